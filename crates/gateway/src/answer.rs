//! A good attempt as a reply: headers, edits, and the account that is settled at its end.

use crate::{
    attempt::{Reached, Whole},
    edits::Edits,
    failure::{Failure, Refusal},
    gateway::Gateway,
    journal::Journal,
    lane::Lane,
    reply::{Reply, ReplyBody},
    request::Request,
    settlement::Settlement,
    snapshot::Snapshot,
    stream::Pump,
    translation::Translation,
};
use bytes::Bytes;
use cliproxy_core::{ModelId, Protocol};
use cliproxy_executors::for_client;
use cliproxy_scheduler::Pick;
use cliproxy_session_affinity::Binding;
use cliproxy_token_refresh::Current;
use cliproxy_translators::{Part, ReplyPlan, ReplyStream, rename, token_count_body};
use cliproxy_usage::Translation as Record;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use std::{mem, sync::Arc};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-cliproxy-request-id");
const SERVED_BY: HeaderName = HeaderName::from_static("x-cliproxy-served-by");
const ATTEMPTS: HeaderName = HeaderName::from_static("x-cliproxy-attempts");
const AFFINITY: HeaderName = HeaderName::from_static("x-cliproxy-affinity");
const DROPPED: HeaderName = HeaderName::from_static("x-cliproxy-dropped");
const ESTIMATED: HeaderName = HeaderName::from_static("x-cliproxy-estimated");
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// What is about to go to the client.
pub(crate) struct Ready {
    pub(crate) reached: Reached,
    /// How the reply is brought to the client's protocol; `None` if it is in it.
    pub(crate) translation: Option<Translation>,
    /// What of the request did not go up as the client wrote it.
    pub(crate) record: Option<Arc<Record>>,
    /// The label of the credential that serves.
    pub(crate) label: Arc<str>,
    pub(crate) edits: Edits,
    /// `None` for a client's own credential.
    pub(crate) pick: Option<Pick>,
    /// An account's, as they went up.
    pub(crate) tokens: Option<Arc<Current>>,
    pub(crate) target: ModelId,
    pub(crate) binding: Option<Arc<Binding>>,
}

impl Gateway {
    /// Commits: from here on there is no failover.
    pub(crate) fn answer(
        &self,
        snapshot: Arc<Snapshot>,
        request: &Request,
        mut journal: Journal,
        ready: Ready,
    ) -> Reply {
        let (status, upstream) = match &ready.reached {
            Reached::Stream(stream) => stream.head(),
            Reached::Whole(whole) => (whole.status, &whole.headers),
        };
        let plan = ready.translation.as_ref().map(|it| &it.plan);
        let is_array = plan.is_some_and(ReplyPlan::is_array);
        let mut headers = HeaderMap::with_capacity(12);
        match &ready.reached {
            Reached::Stream(_) => stream_headers(is_array, &mut headers),
            Reached::Whole(_) => {
                let kind = upstream.get(header::CONTENT_TYPE).cloned();
                let json = HeaderValue::from_static("application/json");
                headers.insert(header::CONTENT_TYPE, kind.unwrap_or(json));
            }
        }
        own_headers(&snapshot, &journal, Some(&ready.label), &mut headers);
        dropped_header(&snapshot, ready.record.as_deref(), &mut headers);
        for_client(upstream, snapshot.params.upstream_headers, &mut headers);
        journal.answered(status.as_u16());
        // A comment between events would be none in an array.
        let keep_alive = snapshot.params.keep_alive.filter(|_| !is_array);
        let mut settlement = Settlement {
            snapshot,
            memory: Arc::clone(self.memory()),
            pick: ready.pick,
            tokens: ready.tokens,
            target: ready.target,
            label: Arc::clone(&ready.label),
            client: *request.principal.digest(),
            binding: ready.binding,
            journal,
        };
        let body = match ready.reached {
            Reached::Stream(stream) => {
                let lane = match ready.translation {
                    Some(translation) => {
                        let reply = ReplyStream::new(translation.upstream, &translation.plan);
                        Lane::Translated {
                            upstream: translation.upstream,
                            reply: Box::new(reply.served_by(ready.label)),
                        }
                    }
                    None => Lane::Raw(ready.edits),
                };
                let (pump, taker) = Pump::new(
                    stream.commit(),
                    request.protocol,
                    lane,
                    keep_alive,
                    self.ear(),
                    settlement,
                );
                self.tasks().spawn(pump);
                ReplyBody::stream(taker)
            }
            Reached::Whole(mut whole) => {
                if let Some(translation) = &ready.translation {
                    let remembered = mem::take(&mut whole.remembered);
                    settlement.keep_reasoning(translation.upstream, remembered);
                    settlement.journal.lost_of_reply(whole.losses);
                }
                settlement.completed(&mut whole.tap);
                match &ready.translation {
                    Some(_) => whole.body.into(),
                    None => renamed(*whole, request.protocol, &ready.edits).into(),
                }
            }
        };
        Reply {
            status,
            headers,
            body,
        }
    }

    /// Tells a client the gateway's own estimate of its tokens.
    pub(crate) fn answer_count(
        &self,
        snapshot: &Snapshot,
        protocol: Protocol,
        tokens: u64,
        mut journal: Journal,
    ) -> Reply {
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        own_headers(snapshot, &journal, None, &mut headers);
        if snapshot.params.response_headers {
            headers.insert(ESTIMATED, HeaderValue::from_static("true"));
        }
        journal.estimated(tokens);
        journal.answered_here(StatusCode::OK.as_u16());
        Reply {
            status: StatusCode::OK,
            headers,
            // No client counts tokens in a protocol that has no word for the answer.
            body: token_count_body(protocol, tokens)
                .unwrap_or_default()
                .into(),
        }
    }

    /// Adds the gateway's own headers to a response that needed no upstream.
    pub fn sign(&self, journal: &Journal, headers: &mut HeaderMap) {
        own_headers(&self.snapshot(), journal, None, headers);
    }

    /// Renders a failure for a client and writes its record.
    #[must_use]
    pub fn refuse(&self, protocol: Protocol, failure: &Failure, journal: Journal) -> Reply {
        self.refuse_under(&self.snapshot(), protocol, failure, journal)
    }

    pub(crate) fn refuse_under(
        &self,
        snapshot: &Snapshot,
        protocol: Protocol,
        failure: &Failure,
        journal: Journal,
    ) -> Reply {
        let secrets = match failure {
            Failure::Upstream { .. } => snapshot.secrets(),
            _ => &[],
        };
        let policy = snapshot.params.upstream_headers;
        let Refusal {
            status,
            mut headers,
            body,
        } = failure.refuse(protocol, journal.request_id(), policy, secrets);
        // Whose words these are: an upstream's 401 looks like a wrong client key otherwise.
        let last = journal.last_tried().cloned();
        let said_by = last.filter(|_| matches!(failure, Failure::Upstream { .. }));
        own_headers(snapshot, &journal, said_by.as_deref(), &mut headers);
        journal.refused(status.as_u16(), failure.to_string());
        Reply {
            status,
            headers,
            body: body.into(),
        }
    }
}

fn stream_headers(is_array: bool, headers: &mut HeaderMap) {
    let kind = HeaderValue::from_static(match is_array {
        true => "application/json; charset=utf-8",
        false => "text/event-stream; charset=utf-8",
    });
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Asks a reverse proxy in front not to collect the stream (nginx's documented header).
    headers.insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
}

/// The gateway's own headers: which request this was, who served it, and why.
fn own_headers(
    snapshot: &Snapshot,
    journal: &Journal,
    served_by: Option<&str>,
    headers: &mut HeaderMap,
) {
    if !snapshot.params.response_headers {
        return;
    }
    let mut put = |name: HeaderName, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    };
    put(REQUEST_ID, journal.request_id());
    if let Some(label) = served_by {
        match journal.served_model().filter(|_| journal.is_fallback()) {
            Some(model) => put(SERVED_BY, &format!("{label}; model={model}")),
            None => put(SERVED_BY, label),
        }
    }
    if let Some(word) = journal.affinity_word() {
        put(AFFINITY, word);
    }
    if journal.attempts() > 0 {
        headers.insert(ATTEMPTS, journal.attempts().into());
    }
}

/// What of the request its upstream was not told.
fn dropped_header(snapshot: &Snapshot, record: Option<&Record>, headers: &mut HeaderMap) {
    if let Some(dropped) = record.and_then(|record| record.dropped_paths.as_deref())
        && snapshot.params.response_headers
        && let Ok(value) = HeaderValue::from_str(dropped)
    {
        headers.insert(DROPPED, value);
    }
}

/// A unary reply shows the model name the client asked for.
fn renamed(whole: Whole, protocol: Protocol, edits: &Edits) -> Bytes {
    let model = edits.model.as_deref();
    match model.and_then(|model| rename(protocol, &whole.body, Part::Body, model)) {
        Some(slices) => slices.to_bytes(),
        None => whole.body,
    }
}
