//! One request, from its head to a response.

use crate::{
    admission::Full,
    body::{self, BodyLimits},
    buffered::Buffered,
    concurrency::{Running, Slot},
    health, listing,
    params::ServerParams,
    peer::Peer,
    refusal::{busy, clipped, denied, refuse, too_many},
    response::{close, cors, json, preflight, response, response_holding, with_challenge},
    route::{Route, protocol_of, route},
    served::ServedBody,
};
use arc_swap::ArcSwap;
use bytes::Bytes;
use cliproxy_access::{Presented, Principal, strip_credentials_from_query};
use cliproxy_core::{Operation, Protocol};
use cliproxy_gateway::{Failure, Gateway, Journal, Request, SHUTTING_DOWN, Snapshot};
use futures_util::FutureExt as _;
use http::{HeaderValue, Method, Response, StatusCode, header, request::Parts};
use http_body::Body;
use std::{
    net::IpAddr,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

/// The longest path and query, in bytes.
const MAX_TARGET: usize = 8 << 10;

/// One request's head, and the settings it is judged by.
struct Visit {
    parts: Parts,
    /// The id of the request.
    id: Arc<str>,
    /// The client's address, for the log.
    client: Option<IpAddr>,
    params: Arc<ServerParams>,
}

/// Answers HTTP requests. Shared by every connection.
#[derive(Debug)]
pub struct Server {
    gateway: Arc<Gateway>,
    params: ArcSwap<ServerParams>,
    running: Arc<Running>,
    buffered: Arc<Buffered>,
    draining: AtomicBool,
}

impl Server {
    /// A server in front of this gateway.
    #[must_use]
    pub fn new(gateway: Arc<Gateway>, params: ServerParams) -> Self {
        Self {
            gateway,
            params: ArcSwap::from_pointee(params),
            running: Arc::default(),
            buffered: Arc::default(),
            draining: AtomicBool::new(false),
        }
    }

    /// Replaces the settings, for requests and connections from now on.
    pub fn set_params(&self, params: ServerParams) {
        self.params.store(Arc::new(params));
    }

    pub(crate) fn params(&self) -> Arc<ServerParams> {
        self.params.load_full()
    }

    /// From now on `/readyz` says that no new work should be sent here.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Ends what still runs, in the words of its protocol. For a shutdown that has waited long enough.
    pub(crate) fn cut_short(&self) {
        self.gateway.cut_short();
    }

    /// Answers one request. A panic on the way becomes a 500 and leaves the connection usable.
    pub async fn answer<B>(&self, request: http::Request<B>, peer: Peer) -> Response<ServedBody>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let (parts, body) = request.into_parts();
        let protocol = protocol_of(parts.uri.path());
        // A connection is not handed over to whatever a client would like to speak next, and what it
        // sends in that hope is not read as a request.
        let upgrade = parts.headers.contains_key(header::UPGRADE);
        let proposed = parts.headers.get("x-request-id");
        let proposed = proposed.and_then(|id| id.to_str().ok());
        let id = self.gateway.request_id(proposed);
        let route = self.route(parts, body, peer, Arc::clone(&id));
        let answered = AssertUnwindSafe(route).catch_unwind();
        let answered = tokio::select! {
            biased;
            answered = answered => answered,
            () = self.gateway.is_cut_short() => {
                let failure = busy("shutting_down", SHUTTING_DOWN);
                Ok(self.refuse_unrecorded(protocol, &failure, Arc::clone(&id)))
            }
        };
        let mut response = match answered {
            Ok(response) => response,
            Err(_) => {
                let message = "the gateway failed to handle this request; its log says why";
                let failure = refuse(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal_server_error",
                    message,
                );
                self.refuse_unrecorded(protocol, &failure, id)
            }
        };
        if upgrade {
            close(&mut response);
        }
        response
    }

    /// Refuses a request on a connection that there is no room for. Nothing of it is looked at but
    /// its address.
    pub(crate) fn overloaded<B>(
        &self,
        request: &http::Request<B>,
        full: Full,
    ) -> Response<ServedBody> {
        let protocol = protocol_of(request.uri().path());
        let message = format!("too many connections ({}); try again shortly", full.key());
        // The listener says how many were refused; a line for each would be a flood of its own.
        let failure = busy("too_many_connections", message);
        let id = self.gateway.request_id(None);
        let mut refused = self.refuse_unrecorded(protocol, &failure, id);
        close(&mut refused);
        refused
    }

    async fn route<B>(
        &self,
        parts: Parts,
        body: B,
        peer: Peer,
        id: Arc<str>,
    ) -> Response<ServedBody>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let params = self.params();
        let client = peer.client(&parts.headers, &params);
        let visit = Visit {
            parts,
            id,
            client,
            params,
        };
        let judged = visit.params.door.check(peer, &visit.parts);
        let origin = match judged {
            Ok(origin) => origin,
            Err(failure) => return self.refuse(&visit, &failure),
        };
        let parts = &visit.parts;
        if parts
            .uri
            .path_and_query()
            .map_or(0, |target| target.as_str().len())
            > MAX_TARGET
        {
            let message = format!("the address is longer than {} KiB", MAX_TARGET >> 10);
            let failure = refuse(StatusCode::URI_TOO_LONG, "uri_too_long", message);
            return self.refuse(&visit, &failure);
        }
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
                let (status, body) = health::ready(&self.gateway, draining);
                json(status, &body)
            }
            Route::Call {
                protocol,
                operation,
                model,
            } => self.call(visit, body, protocol, operation, model).await,
            Route::Models { gemini } => self.models(&visit, gemini, None).await,
            Route::Model { id, gemini } => self.models(&visit, gemini, Some(&id)).await,
            Route::WebSocket => self.no_web_socket(&visit),
            Route::MethodNotAllowed { allow } => self.method_not_allowed(&visit, allow),
            Route::NotFound => self.not_found(&visit),
        };
        if let Some(origin) = origin {
            cors(origin, response.headers_mut());
        }
        response
    }

    async fn call<B>(
        &self,
        visit: Visit,
        mut body: B,
        protocol: Protocol,
        operation: Operation,
        model: Option<String>,
    ) -> Response<ServedBody>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let snapshot = self.gateway.snapshot();
        let mut journal = self.begin(protocol, &visit);
        let Visit { parts, params, .. } = visit;
        let principal = match authenticate(&snapshot, &parts).await {
            Ok(principal) => principal,
            Err(failure) => {
                return with_challenge(response(self.gateway.refuse(protocol, &failure, journal)));
            }
        };
        journal.client(principal.label());
        let slot = match self.slot(&params, &principal) {
            Ok(slot) => slot,
            Err(failure) => return response(self.gateway.refuse(protocol, &failure, journal)),
        };
        let limits = BodyLimits {
            size: params.limits.max_body,
            silence: params.limits.body_timeout,
            buffered: params.limits.max_buffered,
        };
        drop(params);
        // Held until the reply has begun, when the body has been sent. A body that held it itself, as
        // the owner of its bytes, cost a third more CPU for 2 MB: the allocator gave the pages back.
        let mut room = self.buffered.begin();
        let read = match body::read(&parts.headers, &mut body, &mut room, limits).await {
            Ok(read) => read,
            Err(failure) => {
                if failure.status() != StatusCode::REQUEST_TIMEOUT {
                    body::drain(&parts.headers, body).await;
                }
                let mut refused = response(self.gateway.refuse(protocol, &failure, journal));
                // What is left of the body is not read, so the connection cannot go on.
                close(&mut refused);
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
        let reply = self.gateway.handle(snapshot, request, journal).await;
        drop(room);
        response_holding(reply, slot)
    }

    /// Room for one more request of this client, where that is limited.
    fn slot(&self, params: &ServerParams, client: &Principal) -> Result<Option<Slot>, Failure> {
        let Some(limit) = params.concurrency.limit(client.digest()) else {
            return Ok(None);
        };
        let slot = self.running.begin(*client.digest(), limit);
        slot.map(Some).ok_or_else(|| {
            let message = format!(
                "this API key has {limit} requests running, its limit (limits.max-concurrency-per-key, \
                 or max-concurrency of the key)"
            );
            too_many("concurrency_limit_exceeded", message)
        })
    }

    async fn models(&self, visit: &Visit, gemini: bool, id: Option<&str>) -> Response<ServedBody> {
        let parts = &visit.parts;
        let shape = listing::shape(&parts.headers, gemini);
        let snapshot = self.gateway.snapshot();
        let mut journal = self.begin(shape, visit);
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

    fn no_web_socket(&self, visit: &Visit) -> Response<ServedBody> {
        let mut refused = self.refuse(
            visit,
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

    fn method_not_allowed(&self, visit: &Visit, allow: &'static str) -> Response<ServedBody> {
        let message = format!("{} is not allowed here; use {allow}", visit.parts.method);
        let failure = refuse(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            message,
        );
        let mut refused = self.refuse(visit, &failure);
        let allow = HeaderValue::from_static(allow);
        refused.headers_mut().insert(header::ALLOW, allow);
        refused
    }

    fn not_found(&self, visit: &Visit) -> Response<ServedBody> {
        let path = clipped(visit.parts.uri.path());
        let failure = refuse(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("{path} not found."),
        );
        self.refuse(visit, &failure)
    }

    fn refuse(&self, visit: &Visit, failure: &Failure) -> Response<ServedBody> {
        let protocol = protocol_of(visit.parts.uri.path());
        let journal = self.begin(protocol, visit);
        response(self.gateway.refuse(protocol, failure, journal))
    }

    /// Refuses a request whose record was written by what it is refused for, or that gets none.
    fn refuse_unrecorded(
        &self,
        protocol: Protocol,
        failure: &Failure,
        id: Arc<str>,
    ) -> Response<ServedBody> {
        let mut journal = self.gateway.begin(protocol, id);
        journal.discard();
        response(self.gateway.refuse(protocol, failure, journal))
    }

    fn begin(&self, protocol: Protocol, visit: &Visit) -> Journal {
        let mut journal = self.gateway.begin(protocol, Arc::clone(&visit.id));
        journal.peer(visit.client);
        journal
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
