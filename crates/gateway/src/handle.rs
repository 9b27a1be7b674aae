//! The life of one request: from what a client asks to a reply.

use crate::{
    alt::as_from_google,
    answer::Ready,
    bodies::Bodies,
    count::{self, Instead},
    effort::{Effort, out_of_time},
    execute::Execution,
    failure::Failure,
    gateway::Gateway,
    journal::Journal,
    own_credential::{self, OwnCredential, hinted},
    plan::{Plan, Step},
    reply::Reply,
    request::Request,
    snapshot::Snapshot,
};
use bytes::Bytes;
use cliproxy_core::{CredentialId, Operation, Protocol};
use cliproxy_json::{Body, Flag, Head};
use cliproxy_models::{Resolved, Route};
use cliproxy_scheduler::Availability;
use cliproxy_session_affinity::{Session, at_turn_boundary};
use cliproxy_translators::{RequestError, requested_model, wants_stream};
use std::{borrow::Cow, mem, sync::Arc, time::Instant};
use tokio::time::timeout;

impl Gateway {
    /// Serves one request under one snapshot.
    ///
    /// Always answers: a failure is rendered in the client's own protocol. Dropping the future, or
    /// the reply's body, cancels the upstream call.
    pub async fn handle(
        &self,
        mut snapshot: Arc<Snapshot>,
        mut request: Request,
        mut journal: Journal,
    ) -> Reply {
        journal.client(request.principal.label());
        let streams_gemini = (Protocol::Gemini, Operation::GenerateStream);
        if snapshot.params.streams_arrays && (request.protocol, request.operation) == streams_gemini
        {
            request.query = as_from_google(request.query.take());
        }
        // The only handle to it: the body is taken over, not copied.
        let body = mem::take(&mut request.body);
        match self
            .serve(&mut snapshot, &request, body, &mut journal)
            .await
        {
            Ok(ready) => self.answer(snapshot, &request, journal, ready),
            Err(Instead::Refusal(failure)) => {
                self.refuse_under(&snapshot, request.protocol, &failure, journal)
            }
            Err(Instead::Count(tokens)) => {
                self.answer_count(&snapshot, request.protocol, tokens, journal)
            }
        }
    }

    async fn serve(
        &self,
        snapshot: &mut Arc<Snapshot>,
        request: &Request,
        body: Bytes,
        journal: &mut Journal,
    ) -> Result<Ready, Instead> {
        journal.asked(request.operation, request.model.as_deref());
        let body = Body::new(body)?;
        let head = body.head();
        let operation = operation(request, &head);
        let asked = asked(request, &head)?;
        journal.asked(operation, Some(&asked));
        if let Some(member) = own_credential::member(snapshot, request) {
            let own = OwnCredential {
                snapshot,
                clock: self.clock(),
                random: self.random(),
                request,
                operation,
                member,
            };
            // Boxed, because it is rare: it must not make every request's future larger.
            let bodies = Bodies::new(&body, (request.protocol, operation), &asked);
            let serving = Box::pin(own.serve(&asked, bodies, journal));
            let served = match snapshot.params.retry.deadline {
                None => serving.await,
                Some(deadline) => match timeout(deadline, serving).await {
                    Ok(result) => result,
                    Err(_) => Err(out_of_time(journal)),
                },
            };
            return Ok(served?);
        }
        let mut effort = Effort::new(&snapshot.params.retry);
        loop {
            let current = Arc::clone(snapshot);
            let plan = Plan::of(&current, request.protocol, operation, &asked);
            let failback = current.params.priority_failback;
            let mut execution = Execution {
                snapshot: &current,
                memory: self.memory(),
                clock: self.clock(),
                random: self.random(),
                request,
                operation,
                asked: &asked,
                bodies: Bodies::new(&body, (request.protocol, operation), &asked),
                pin: self.pin(request, &head, Instant::now()),
                session: self.session(&current, request, operation, &head),
                begins_turn: failback && at_turn_boundary(&head, request.protocol),
                effort,
                is_superseded: false,
                journal: &mut *journal,
            };
            let result = execution.run(plan).await;
            if !execution.is_superseded {
                let told = (&*current, request);
                let result = result.map_err(|failure| hinted(failure, told, &asked));
                return result.map_err(|failure| match operation {
                    Operation::CountTokens => {
                        let known = current.models().resolve(&asked).ok();
                        let model = known.and_then(|known| known.route.info.capabilities.as_ref());
                        count::instead(failure, request.protocol, &body, model)
                    }
                    _ => failure.into(),
                });
            }
            effort = execution.effort;
            drop(execution);
            *snapshot = self.snapshot();
        }
    }

    /// The conversation a request belongs to, if conversations are kept together.
    fn session(
        &self,
        snapshot: &Snapshot,
        request: &Request,
        operation: Operation,
        head: &Head<'_>,
    ) -> Option<Session> {
        // Embeddings have no prompt cache, and each text would be a session of its own.
        let embeds = matches!(operation, Operation::Embed | Operation::EmbedBatch);
        if !snapshot.params.session_affinity || embeds {
            return None;
        }
        let client = request.principal.digest();
        let extractor = &self.memory().extractor;
        extractor.extract(client, &request.headers, Some(head), request.protocol)
    }

    /// The credential that made what the request refers to.
    fn pin(&self, request: &Request, head: &Head<'_>, now: Instant) -> Option<CredentialId> {
        let client = request.principal.digest();
        let pins = &self.memory().pins;
        let (_, maker) = pins.find(client, request.protocol, Some(head), now)?;
        Some(maker)
    }
}

/// Gemini says in the address whether it streams, the others in the body.
fn operation(request: &Request, head: &Head<'_>) -> Operation {
    match (request.operation, wants_stream(request.protocol, head)) {
        (Operation::Generate, Flag::True) => Operation::GenerateStream,
        (operation, _) => operation,
    }
}

/// The model that is asked for: by the address, else by the body.
fn asked<'a>(request: &'a Request, head: &Head<'a>) -> Result<Cow<'a, str>, Failure> {
    if let Some(model) = &request.model {
        return Ok(Cow::Borrowed(model));
    }
    match requested_model(request.protocol, head) {
        Ok(model) => Ok(model.text),
        Err(error) => Err(bad_model(error)),
    }
}

fn bad_model(error: RequestError) -> Failure {
    Failure::invalid(error.to_string(), Some("model"))
}

/// The route of a model, and the credentials that can do what is asked.
pub(crate) fn route<'a>(
    snapshot: &'a Snapshot,
    asking: (Protocol, Operation),
    asked: &'a str,
) -> Result<Step<'a>, Failure> {
    let now = Instant::now();
    // What is counted is counted for the model that would answer.
    let answering = match asking {
        (protocol, Operation::CountTokens) => (protocol, Operation::Generate),
        asking => asking,
    };
    let is_ready = |route: &Route| {
        let shard = snapshot.shard(route, answering);
        shard.is_some_and(|shard| snapshot.roster.availability(shard, now) == Availability::Ready)
    };
    let Resolved { route, .. } = snapshot
        .models()
        .resolve_available(asked, is_ready)
        .map_err(|unknown| Failure::unknown_model(&unknown))?;
    match snapshot.shard(route, asking) {
        Some(shard) => Ok(Step {
            route,
            shard,
            is_fallback: false,
            suffix: None,
            provider: None,
        }),
        None => Err(other_protocol(route, asking)),
    }
}

pub(crate) fn other_protocol(route: &Route, (client, operation): (Protocol, Operation)) -> Failure {
    let served: Vec<_> = route
        .protocols()
        .map(|protocol| format!("{protocol} ({})", address(protocol, operation)))
        .collect();
    Failure::OtherProtocol {
        message: format!(
            "model `{}` is served in another protocol only: {}; only what generates is translated",
            route.id,
            served.join(", ")
        ),
        served: route.protocols().next().unwrap_or(client),
    }
}

/// Where that is asked, or where the protocol generates if it has no such thing.
const fn address(protocol: Protocol, operation: Operation) -> &'static str {
    match (protocol, operation) {
        (Protocol::Chat, Operation::Embed | Operation::EmbedBatch) => "POST /v1/embeddings",
        (Protocol::Gemini, Operation::Embed) => "POST /v1beta/models/{model}:embedContent",
        (Protocol::Gemini, Operation::EmbedBatch) => {
            "POST /v1beta/models/{model}:batchEmbedContents"
        }
        (protocol, _) => generating(protocol),
    }
}

const fn generating(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Chat => "POST /v1/chat/completions",
        Protocol::Claude => "POST /v1/messages",
        Protocol::Gemini => "POST /v1beta/models/{model}:generateContent",
        Protocol::Responses => "POST /v1/responses",
    }
}
