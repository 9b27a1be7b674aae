//! One request and its reply.

use crate::{
    Behaviour, Failure,
    act::{Act, content_type, decide},
    credential,
    delivery::{Answering, Delivery, Ended, Plan},
    derail,
    failure::render,
    keyring::Key,
    lenient,
    record::Recorded,
    reply::Context,
    route::Route,
    shared::Shared,
    violation,
    wire::Orders,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header, request::Parts};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use std::{
    sync::Arc,
    time::{Instant, SystemTime},
};

/// Answers a request that arrived on connection number `connection`.
pub(crate) async fn exchange(
    shared: Arc<Shared>,
    orders: Arc<Orders>,
    connection: u64,
    request: http::Request<Incoming>,
) -> Result<Response<Delivery>, Ended> {
    let mut answering = Answering::begin(&shared);
    // What was ordered for the connection's last response is over with it.
    orders.clear();
    let (head, body) = request.into_parts();
    let route = Route::of(&head.method, &head.uri, &head.headers);
    let key =
        credential::all(&head.headers, &head.uri).find_map(|key| shared.keys.get(&key).cloned());
    let behaviour = key.as_ref().map(|key| {
        shared.counters.hit(&key.label);
        key.behave(Instant::now())
    });
    let shape = shared.shape.overridden(&head.headers);
    if let Some(prepared) = &shared.prepared
        && let (Some(Behaviour::Answer | Behaviour::Paced { .. }), Some(kind)) =
            (&behaviour, lenient::Kind::of(&route))
    {
        let interval = match &behaviour {
            Some(Behaviour::Paced { interval }) => Some(*interval),
            _ => shape.interval,
        };
        let plan = prepared.answer(kind, shape, body).await?;
        shared.counters.update(|stats| stats.received += 1);
        let streaming = plan.streaming;
        return Ok(respond(
            StatusCode::OK,
            &HeaderMap::new(),
            content_type(streaming),
            Plan { interval, ..plan },
            orders,
            answering,
        ));
    }
    let body = body.collect().await.map_err(|_gone| Ended)?.to_bytes();
    let serial = shared.next_serial();
    if shared.records {
        record(&shared, serial, connection, key.as_deref(), &head, &body);
    }
    shared.counters.update(|stats| stats.received += 1);
    let act = match (key.as_deref(), behaviour) {
        (Some(key), Some(behaviour)) => {
            if let Behaviour::HeaderDelay(delay) = behaviour {
                tokio::time::sleep(delay).await;
            }
            if let Behaviour::Derail { after, then } = &behaviour {
                if then.ends() {
                    answering.complete();
                }
                orders.derail(derail::asked(&head.headers).unwrap_or(*after), then.clone());
            }
            let cx = Context {
                key,
                headers: &head.headers,
                query: head.uri.query().unwrap_or_default(),
                shape,
                tail: &format!("scripted{:08x}{serial:06}", key.digest),
                strict: shared.prepared.is_none(),
                whole: matches!(
                    behaviour,
                    Behaviour::Answer | Behaviour::HeaderDelay(_) | Behaviour::Paced { .. }
                ),
                models: &shared.models,
                now: wall_clock(),
            };
            decide(&route, &head.uri, &body, behaviour, &cx)
        }
        _ => Act::refuse(&render(
            unknown_key(&route, &head.headers),
            route.protocol(),
            "",
            wall_clock(),
        )),
    };
    match act {
        Act::Reset => {
            orders.reset();
            answering.complete();
            Err(Ended)
        }
        Act::Say(bytes) => {
            orders.say(bytes);
            let mut response =
                Response::new(Delivery::new(Plan::unary(Bytes::new()), orders, answering));
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
            Ok(response)
        }
        Act::Respond {
            status,
            headers,
            kind,
            plan,
        } => Ok(respond(status, &headers, kind, plan, orders, answering)),
    }
}

fn respond(
    status: StatusCode,
    headers: &HeaderMap,
    kind: &'static str,
    plan: Plan,
    orders: Arc<Orders>,
    answering: Answering,
) -> Response<Delivery> {
    let mut response = Response::new(Delivery::new(plan, orders, answering));
    *response.status_mut() = status;
    let own = response.headers_mut();
    own.insert(
        header::SERVER,
        HeaderValue::from_static("scripted-upstream"),
    );
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    for name in headers.keys() {
        own.remove(name);
    }
    for (name, value) in headers {
        own.append(name.clone(), value.clone());
    }
    response
}

/// Google answers a bad API key with its disguised 400, and a bad token with 401. Vertex only knows
/// tokens.
fn unknown_key(route: &Route, headers: &HeaderMap) -> Failure {
    match route {
        Route::Gemini { vertex, .. } if *vertex || credential::is_bearer(headers) => {
            Failure::Unauthorized
        }
        _ => Failure::InvalidKey,
    }
}

fn record(
    shared: &Shared,
    number: u64,
    connection: u64,
    key: Option<&Key>,
    head: &Parts,
    body: &Bytes,
) {
    let violations = violation::find(number, &head.headers, &head.uri);
    let request = Recorded {
        number,
        connection,
        label: key.map(|key| key.label.clone()),
        method: head.method.clone(),
        uri: head.uri.clone(),
        headers: head.headers.clone(),
        body: body.clone(),
    };
    shared.record.add(request, violations);
}

#[expect(
    clippy::disallowed_methods,
    reason = "an upstream is the world outside: its reset times are wall clock times, made here and passed down"
)]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}
