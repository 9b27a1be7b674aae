//! One request and its reply.

use crate::{
    Behaviour, Failure,
    act::{Act, content_type, decide},
    clock::Moment,
    credential,
    delivery::{Answering, Delivery, Ended, Plan},
    derail,
    failure::render,
    lenient,
    oauth::{self, Endpoint, Presented},
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
use std::sync::Arc;

/// Answers a request that arrived on connection number `connection`.
pub(crate) async fn exchange(
    shared: Arc<Shared>,
    orders: Arc<Orders>,
    connection: u64,
    request: http::Request<Incoming>,
) -> Result<Response<Delivery>, Ended> {
    // What was ordered for the connection's last response is over with it.
    orders.clear();
    if let Some(endpoint) = Endpoint::of(request.method(), request.uri().path()) {
        return oauth::serve(shared, orders, connection, endpoint, request).await;
    }
    let mut answering = Answering::begin(&shared);
    let (head, body) = request.into_parts();
    let route = Route::of(&head.method, &head.uri, &head.headers);
    let now = Moment::now();
    let known = known(&shared, &head, now);
    let key = known.as_ref().map(|known| &*known.key);
    if let Some(key) = key {
        shared.counters.hit(&key.label);
    }
    let expired = known.as_ref().is_some_and(|known| !known.is_good);
    let behaviour = key.filter(|_| !expired).map(|key| key.behave(now.at));
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
        record(&shared, serial, connection, known.as_ref(), &head, &body);
    }
    shared.counters.update(|stats| stats.received += 1);
    let act = match (key, behaviour) {
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
                now: now.wall,
            };
            decide(&route, &head.uri, &body, behaviour, &cx)
        }
        _ => {
            let failure = if expired {
                Failure::Unauthorized
            } else {
                unknown_key(&route, &head.headers)
            };
            Act::refuse(&render(failure, route.protocol(), "", now.wall))
        }
    };
    carry_out(act, orders, answering)
}

/// What a request comes with: a key, or an access token that is one for a while.
fn known(shared: &Shared, head: &Parts, now: Moment) -> Option<Presented> {
    let key =
        credential::all(&head.headers, &head.uri).find_map(|key| shared.keys.get(&key).cloned());
    if let Some(key) = key {
        return Some(Presented {
            key,
            is_good: true,
            account_id: None,
        });
    }
    let token = credential::bearer(&head.headers)?;
    shared.oauth.presented(token, now.at)
}

/// Does what was decided.
pub(crate) fn carry_out(
    act: Act,
    orders: Arc<Orders>,
    mut answering: Answering,
) -> Result<Response<Delivery>, Ended> {
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
    known: Option<&Presented>,
    head: &Parts,
    body: &Bytes,
) {
    let mut violations = violation::find(number, &head.headers, &head.uri);
    let account = known.and_then(|known| known.account_id.as_deref());
    violations.extend(violation::foreign_account(number, &head.headers, account));
    let request = Recorded {
        number,
        connection,
        label: known.map(|known| known.key.label.clone()),
        method: head.method.clone(),
        uri: head.uri.clone(),
        headers: head.headers.clone(),
        body: body.clone(),
    };
    shared.record.add(request, violations);
}
