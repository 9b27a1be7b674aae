//! One request, from its head to a response.

use crate::{
    body::{self, BodyLimits},
    door::DoorParams,
    health, listing,
    refusal::{clipped, denied, refuse},
    route::{Route, protocol_of, route},
};
use bytes::Bytes;
use cliproxy_access::{Presented, Principal, strip_credentials_from_query};
use cliproxy_core::{Operation, Protocol};
use cliproxy_gateway::{Failure, Gateway, Journal, Reply, ReplyBody, Request, Snapshot};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use http_body::Body;
use serde_json::Value;
use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// The settings of the HTTP side.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerParams {
    /// Who may address it.
    pub door: DoorParams,
    /// The largest request body, compressed and not, in bytes.
    pub max_body: usize,
    /// The longest silence inside a request body.
    pub body_silence: Duration,
}

impl ServerParams {
    /// Settings.
    #[must_use]
    pub const fn new(door: DoorParams, max_body: usize, body_silence: Duration) -> Self {
        Self {
            door,
            max_body,
            body_silence,
        }
    }
}

/// Answers HTTP requests. Shared by every connection.
#[derive(Debug)]
pub struct Server {
    gateway: Arc<Gateway>,
    params: ServerParams,
    draining: AtomicBool,
}

impl Server {
    /// A server in front of this gateway.
    #[must_use]
    pub const fn new(gateway: Arc<Gateway>, params: ServerParams) -> Self {
        Self {
            gateway,
            params,
            draining: AtomicBool::new(false),
        }
    }

    /// From now on `/readyz` says that no new work should be sent here.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Answers one request. A panic on the way becomes a 500 and leaves the connection usable.
    pub async fn answer<B>(&self, request: http::Request<B>) -> Response<ReplyBody>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let (parts, body) = request.into_parts();
        let protocol = protocol_of(parts.uri.path());
        let answered = AssertUnwindSafe(self.route(parts, body)).catch_unwind();
        match answered.await {
            Ok(response) => response,
            Err(_) => {
                let journal = self.gateway.begin(protocol, None);
                let message = "the gateway failed to handle this request; its log says why";
                let failure = refuse(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal_server_error",
                    message,
                );
                response(self.gateway.refuse(protocol, &failure, journal))
            }
        }
    }

    async fn route<B>(&self, parts: Parts, body: B) -> Response<ReplyBody>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let judged = (self.params.door).check(parts.version, &parts.uri, &parts.headers);
        let origin = match judged {
            Ok(origin) => origin,
            Err(failure) => return self.refuse(&parts, &failure),
        };
        if let Some(origin) = &origin
            && parts.method == Method::OPTIONS
        {
            return preflight(origin);
        }
        let mut response = match route(&parts.method, parts.uri.path()) {
            Route::Banner => json(StatusCode::OK, &health::banner()),
            Route::Alive => json(StatusCode::OK, &health::alive()),
            Route::Ready => {
                let draining = self.draining.load(Ordering::Relaxed);
                let (status, body) = health::ready(&self.gateway.snapshot(), draining);
                json(status, &body)
            }
            Route::Call {
                protocol,
                operation,
                model,
            } => self.call(parts, body, protocol, operation, model).await,
            Route::Models { gemini } => self.models(&parts, gemini, None).await,
            Route::Model { id, gemini } => self.models(&parts, gemini, Some(&id)).await,
            Route::WebSocket => self.no_web_socket(&parts),
            Route::MethodNotAllowed { allow } => self.method_not_allowed(&parts, allow),
            Route::NotFound => self.not_found(&parts),
        };
        if let Some(origin) = origin {
            cors(origin, response.headers_mut());
        }
        response
    }

    async fn call<B>(
        &self,
        parts: Parts,
        mut body: B,
        protocol: Protocol,
        operation: Operation,
        model: Option<String>,
    ) -> Response<ReplyBody>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let snapshot = self.gateway.snapshot();
        let mut journal = self.begin(protocol, &parts.headers);
        let principal = match authenticate(&snapshot, &parts).await {
            Ok(principal) => principal,
            Err(failure) => {
                return with_challenge(response(self.gateway.refuse(protocol, &failure, journal)));
            }
        };
        journal.client(principal.label());
        let limits = BodyLimits {
            size: self.params.max_body,
            silence: self.params.body_silence,
        };
        let read = match body::read(&parts.headers, &mut body, limits).await {
            Ok(read) => read,
            Err(failure) => {
                if failure.status() != StatusCode::REQUEST_TIMEOUT {
                    body::drain(&parts.headers, body).await;
                }
                let mut refused = response(self.gateway.refuse(protocol, &failure, journal));
                // What is left of the body is not read, so the connection cannot go on.
                let close = HeaderValue::from_static("close");
                refused.headers_mut().insert(header::CONNECTION, close);
                return refused;
            }
        };
        let query = parts.uri.query().and_then(strip_credentials_from_query);
        let request = Request {
            protocol,
            operation,
            model,
            body: read,
            query: query.map(std::borrow::Cow::into_owned),
            headers: parts.headers,
            principal,
        };
        response(self.gateway.handle(snapshot, request, journal).await)
    }

    async fn models(&self, parts: &Parts, gemini: bool, id: Option<&str>) -> Response<ReplyBody> {
        let shape = listing::shape(&parts.headers, gemini);
        let snapshot = self.gateway.snapshot();
        let mut journal = self.begin(shape, &parts.headers);
        match authenticate(&snapshot, parts).await {
            Ok(principal) => journal.client(principal.label()),
            Err(failure) => {
                return with_challenge(response(self.gateway.refuse(shape, &failure, journal)));
            }
        }
        let now = Instant::now();
        let listed = match id {
            None => listing::list(shape, snapshot.listed(now), parts.uri.query()),
            Some(id) => match snapshot.listed_model(id, now) {
                Some(model) => listing::one(shape, model),
                None => {
                    let failure = listing::unknown(shape, id);
                    return response(self.gateway.refuse(shape, &failure, journal));
                }
            },
        };
        let mut found = json(StatusCode::OK, &listed);
        self.gateway.sign(&journal, found.headers_mut());
        journal.answered_here(found.status().as_u16());
        found
    }

    fn no_web_socket(&self, parts: &Parts) -> Response<ReplyBody> {
        let mut refused = self.refuse(
            parts,
            &refuse(
                StatusCode::UPGRADE_REQUIRED,
                "websocket_not_supported",
                "Responses over WebSocket is not available yet; send POST /v1/responses over HTTP",
            ),
        );
        // RFC 9110 section 15.5.22: a 426 names what it wants instead.
        let http = HeaderValue::from_static("HTTP/1.1");
        refused.headers_mut().insert(header::UPGRADE, http);
        refused
    }

    fn method_not_allowed(&self, parts: &Parts, allow: &'static str) -> Response<ReplyBody> {
        let message = format!("{} is not allowed here; use {allow}", parts.method);
        let failure = refuse(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            message,
        );
        let mut refused = self.refuse(parts, &failure);
        let allow = HeaderValue::from_static(allow);
        refused.headers_mut().insert(header::ALLOW, allow);
        refused
    }

    fn not_found(&self, parts: &Parts) -> Response<ReplyBody> {
        let path = clipped(parts.uri.path());
        let failure = refuse(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("{path} not found."),
        );
        self.refuse(parts, &failure)
    }

    fn refuse(&self, parts: &Parts, failure: &Failure) -> Response<ReplyBody> {
        let protocol = protocol_of(parts.uri.path());
        let journal = self.begin(protocol, &parts.headers);
        response(self.gateway.refuse(protocol, failure, journal))
    }

    fn begin(&self, protocol: Protocol, headers: &HeaderMap) -> Journal {
        let proposed = headers.get("x-request-id");
        let proposed = proposed.and_then(|id| id.to_str().ok());
        self.gateway.begin(protocol, proposed)
    }
}

async fn authenticate(snapshot: &Snapshot, parts: &Parts) -> Result<Principal, Failure> {
    let presented = Presented {
        headers: &parts.headers,
        query: parts.uri.query(),
        path: parts.uri.path(),
    };
    let judged = snapshot.access().authenticate(&presented).await;
    judged.map_err(|refusal| denied(&refusal))
}

fn response(reply: Reply) -> Response<ReplyBody> {
    let mut response = Response::new(reply.body);
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}

fn json(status: StatusCode, body: &Value) -> Response<ReplyBody> {
    let mut headers = HeaderMap::new();
    let kind = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, kind);
    response(Reply {
        status,
        headers,
        body: Bytes::from(body.to_string()).into(),
    })
}

fn with_challenge(mut refused: Response<ReplyBody>) -> Response<ReplyBody> {
    if refused.status() == StatusCode::UNAUTHORIZED {
        let bearer = HeaderValue::from_static("Bearer");
        refused
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, bearer);
    }
    refused
}

fn preflight(origin: &HeaderValue) -> Response<ReplyBody> {
    let mut answer = response(Reply {
        status: StatusCode::NO_CONTENT,
        headers: HeaderMap::new(),
        body: Bytes::new().into(),
    });
    let headers = answer.headers_mut();
    let mut put = |name, value| headers.insert(name, HeaderValue::from_static(value));
    put(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS");
    put(header::ACCESS_CONTROL_ALLOW_HEADERS, "*, authorization");
    put(header::ACCESS_CONTROL_MAX_AGE, "600");
    cors(origin.clone(), headers);
    answer
}

/// Never `*`: the origin was named in the configuration.
fn cors(origin: HeaderValue, headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}
