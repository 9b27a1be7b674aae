//! One request and its reply.

use crate::{
    Behaviour, Failure, credential,
    delivery::{Answering, Delivery, Ended, Ending, Plan},
    failure::{ErrorReply, render},
    keyring::Key,
    lenient,
    record::Recorded,
    reply::{self, Context, Reply},
    route::Route,
    script::Shape,
    shared::Shared,
    violation,
    wire::Orders,
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header, request::Parts};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

const HTML: &[u8] = b"<!DOCTYPE html><html><head><title>Sign in (scripted)</title></head><body>Please sign in.</body></html>";

/// Answers a request that arrived on connection number `connection`.
pub(crate) async fn exchange(
    shared: Arc<Shared>,
    orders: Arc<Orders>,
    connection: u64,
    request: http::Request<Incoming>,
) -> Result<Response<Delivery>, Ended> {
    let mut answering = Answering::begin(&shared);
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
    if shared.prepared.is_none() {
        record(&shared, serial, connection, key.as_deref(), &head, &body);
    }
    let act = match (key.as_deref(), behaviour) {
        (Some(key), Some(behaviour)) => {
            if let Behaviour::HeaderDelay(delay) = behaviour {
                tokio::time::sleep(delay).await;
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
            act(&route, &head.uri, &body, behaviour, &cx)
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

/// What happens on the connection.
#[derive(Debug)]
enum Act {
    Reset,
    Say(Bytes),
    Respond {
        status: StatusCode,
        headers: HeaderMap,
        kind: &'static str,
        plan: Plan,
    },
}

impl Act {
    fn refuse(error: &ErrorReply) -> Self {
        Self::Respond {
            status: error.status,
            headers: error.header_map(),
            kind: content_type(false),
            plan: Plan::unary(error.body.to_string().into()),
        }
    }

    fn ok(kind: &'static str, plan: Plan) -> Self {
        Self::Respond {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            kind,
            plan,
        }
    }
}

/// What `behaviour` makes of a request.
fn act(route: &Route, uri: &Uri, body: &Bytes, behaviour: Behaviour, cx: &Context<'_>) -> Act {
    let protocol = route.protocol();
    let unary = |bytes: Bytes, kind| Act::ok(kind, Plan::unary(bytes));
    match behaviour {
        Behaviour::Fail(failure) => {
            let named = serde_json::from_slice::<Value>(body).unwrap_or_default();
            let model = route
                .model()
                .or_else(|| named["model"].as_str())
                .unwrap_or("the model");
            Act::refuse(&render(failure, protocol, model, cx.now))
        }
        Behaviour::Status {
            status,
            headers,
            body,
        } => Act::Respond {
            status,
            headers,
            kind: content_type(false),
            plan: Plan::unary(body),
        },
        Behaviour::Redirect(url) => {
            let mut headers = HeaderMap::new();
            if let Ok(url) = HeaderValue::from_str(&url) {
                headers.insert(header::LOCATION, url);
            }
            Act::Respond {
                status: StatusCode::TEMPORARY_REDIRECT,
                headers,
                kind: "text/plain",
                plan: Plan::unary(Bytes::new()),
            }
        }
        Behaviour::Html => unary(Bytes::from_static(HTML), "text/html; charset=utf-8"),
        Behaviour::Empty => unary(Bytes::new(), content_type(false)),
        Behaviour::Raw(bytes) => Act::Say(bytes),
        Behaviour::JsonErrorIn200 => error_in_200(protocol, cx.now),
        Behaviour::ResetAfter(0) => Act::Reset,
        behaviour => match reply::answer(route, body, cx) {
            Err(_) if matches!(route, Route::Unknown { .. }) => {
                Act::refuse(&reply::no_route(protocol, uri.path()))
            }
            Err(error) => Act::refuse(&error),
            Ok(Reply::Document(document)) => misbehave(&document, &behaviour, protocol, cx.now),
            Ok(Reply::Events(events)) => Act::ok(
                content_type(true),
                reply::stage(events, false, &behaviour, protocol, cx),
            ),
            Ok(Reply::Array(chunks)) => Act::ok(
                content_type(false),
                reply::stage(chunks, true, &behaviour, protocol, cx),
            ),
        },
    }
}

/// What a behaviour that is about streams does to a unary reply.
fn misbehave(document: &Value, behaviour: &Behaviour, protocol: Protocol, now: SystemTime) -> Act {
    let text = document.to_string();
    let half = Bytes::copy_from_slice(&text.as_bytes()[..text.len() / 2]);
    let ending = |chunks: Arc<[Bytes]>, ending| Plan {
        chunks,
        ending,
        interval: None,
        streaming: false,
    };
    match behaviour {
        Behaviour::ErrorEventAt(_) | Behaviour::ErrorEventFirst => error_in_200(protocol, now),
        Behaviour::MalformedAt(_) => Act::ok(content_type(false), Plan::unary(half)),
        Behaviour::ResetAfter(_) => Act::Reset,
        Behaviour::StallAfter(_) => {
            Act::ok(content_type(false), ending(Arc::new([]), Ending::Stall))
        }
        Behaviour::TruncateAfter(_) => {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
            Act::Respond {
                status: StatusCode::OK,
                headers,
                kind: content_type(false),
                plan: ending(Arc::new([half]), Ending::Short),
            }
        }
        _ => Act::ok(content_type(false), Plan::unary(text.into())),
    }
}

fn error_in_200(protocol: Protocol, now: SystemTime) -> Act {
    let error = render(Failure::Overloaded, protocol, "", now);
    Act::ok(
        content_type(false),
        Plan::unary(error.body.to_string().into()),
    )
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

const fn content_type(streaming: bool) -> &'static str {
    if streaming {
        "text/event-stream; charset=utf-8"
    } else {
        "application/json"
    }
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

impl Shape {
    /// The shape a request asks for itself.
    fn overridden(self, headers: &HeaderMap) -> Self {
        let number = |name: &str| -> Option<u64> { headers.get(name)?.to_str().ok()?.parse().ok() };
        let size = |name: &str| number(name).and_then(|number| usize::try_from(number).ok());
        Self {
            events: size("x-scripted-events").or(self.events),
            event_bytes: size("x-scripted-event-bytes").or(self.event_bytes),
            interval: number("x-scripted-interval-ms")
                .map(Duration::from_millis)
                .or(self.interval),
        }
    }
}
