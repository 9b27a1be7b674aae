//! What a behaviour makes of a request: the status, the headers and the body of the response, or
//! something that is no response at all.

use crate::{
    Behaviour, Failure,
    delivery::{Ending, Plan},
    failure::{ErrorReply, render},
    reply::{self, Context, Reply},
    route::Route,
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use serde_json::Value;
use std::time::SystemTime;

pub(crate) const HTML: &[u8] = b"<!DOCTYPE html><html><head><title>Sign in (scripted)</title></head><body>Please sign in.</body></html>";

/// What happens on the connection.
#[derive(Debug)]
pub(crate) enum Act {
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
    pub(crate) fn refuse(error: &ErrorReply) -> Self {
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
pub(crate) fn decide(
    route: &Route,
    uri: &Uri,
    body: &Bytes,
    behaviour: Behaviour,
    cx: &Context<'_>,
) -> Act {
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
            Ok(reply) => identified(deliver(reply, &behaviour, protocol, cx), protocol, cx.tail),
        },
    }
}

fn deliver(reply: Reply, behaviour: &Behaviour, protocol: Protocol, cx: &Context<'_>) -> Act {
    match reply {
        Reply::Document(document) => misbehave(&document, behaviour, protocol, cx.now),
        Reply::Events(events) => Act::ok(
            content_type(true),
            reply::stage(events, false, behaviour, protocol, cx),
        ),
        Reply::Array(chunks) => Act::ok(
            content_type(false),
            reply::stage(chunks, true, behaviour, protocol, cx),
        ),
    }
}

/// Puts the request id into the header the provider has for it.
fn identified(mut act: Act, protocol: Protocol, tail: &str) -> Act {
    let name = match protocol {
        Protocol::Chat | Protocol::Responses => "x-request-id",
        Protocol::Claude => "request-id",
        Protocol::Gemini => return act,
    };
    if let (Act::Respond { headers, .. }, Ok(id)) =
        (&mut act, HeaderValue::from_str(&format!("req_{tail}")))
    {
        headers.insert(HeaderName::from_static(name), id);
    }
    act
}

/// What a behaviour that is about streams does to a unary reply.
fn misbehave(document: &Value, behaviour: &Behaviour, protocol: Protocol, now: SystemTime) -> Act {
    let text = document.to_string();
    match behaviour {
        Behaviour::ErrorEventAt(_) | Behaviour::ErrorEventFirst => error_in_200(protocol, now),
        Behaviour::MalformedAt(_) => Act::ok(content_type(false), Plan::unary(half(&text))),
        Behaviour::ResetAfter(_) => Act::Reset,
        Behaviour::StallAfter(_) => {
            let plan = Plan {
                ending: Ending::Stall,
                ..Plan::unary(Bytes::new())
            };
            Act::ok(content_type(false), plan)
        }
        Behaviour::TruncateAfter(_) => truncated(&text),
        _ => Act::ok(content_type(false), Plan::unary(text.into())),
    }
}

/// Ends in the middle of a body of the announced length.
pub(crate) fn truncated(text: &str) -> Act {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    Act::Respond {
        status: StatusCode::OK,
        headers,
        kind: content_type(false),
        plan: Plan {
            ending: Ending::Short,
            ..Plan::unary(half(text))
        },
    }
}

fn half(text: &str) -> Bytes {
    Bytes::copy_from_slice(&text.as_bytes()[..text.len() / 2])
}

fn error_in_200(protocol: Protocol, now: SystemTime) -> Act {
    let error = render(Failure::Overloaded, protocol, "", now);
    Act::ok(
        content_type(false),
        Plan::unary(error.body.to_string().into()),
    )
}

pub(crate) const fn content_type(streaming: bool) -> &'static str {
    if streaming {
        "text/event-stream; charset=utf-8"
    } else {
        "application/json"
    }
}
