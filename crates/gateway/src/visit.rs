//! One credential at work: its upstream models in order, and what becomes of each attempt.

use crate::{
    answer::Ready,
    attempt::{Reached, attempt},
    count::is_missing,
    credentials::Refused as NoToken,
    edits::Edits,
    error_rules::{self, Verdict},
    execute::{Course, Execution, RoundEnd},
    member::Member,
    outgoing::{Outgoing, Way},
    secrets::{of_tokens, without},
    settlement::outcome_of,
    translation::passed,
    wording::{describe, detailed, placed},
};
use cliproxy_core::{ModelId, Operation, Scope};
use cliproxy_executors::{Call, UpstreamError};
use cliproxy_json::Value;
use cliproxy_scheduler::{Outcome, Pick};
use cliproxy_token_refresh::Current;
use cliproxy_translators::{
    ErrorView, Refused, client_status, error_body, read_error, refuses_reasoning,
};
use cliproxy_usage::Translation as Record;
use http::{StatusCode, header};
use std::{sync::Arc, time::Instant};

/// Why a visit brought no reply.
pub(crate) enum Visit {
    /// Another credential may do better.
    Next(Box<UpstreamError>),
    /// What is asked cannot be said in what its upstream speaks. The visit does not count.
    Unspeakable(Refused),
    /// None of its models is ready after all; the visit does not count.
    Blocked,
    /// The round is over.
    Over(RoundEnd),
}

enum AttemptEnd {
    Failed(Box<UpstreamError>),
    /// The request cannot be said in what this upstream speaks.
    Unspeakable(Refused),
}

/// A good attempt, and how its reply goes to the client.
struct Attempted {
    reached: Reached,
    way: Way,
    record: Option<Arc<Record>>,
    tokens: Option<Arc<Current>>,
}

impl<'a> Execution<'a> {
    /// Tries the upstream models of one credential.
    pub(crate) async fn visit(
        &mut self,
        course: &mut Course<'a>,
        pick: Pick,
        member: &'a Member,
    ) -> Result<Ready, Visit> {
        let roster = &self.snapshot.roster;
        let mut last = None;
        let mut unspeakable = None;
        let mut served = None;
        for target in roster.targets(&pick, Instant::now()) {
            if self.effort.is_spent() {
                break;
            }
            let error = match self.attempt_twice(course, member, target).await {
                Ok(attempted) => {
                    roster.record(&pick, target, Outcome::Began, Instant::now());
                    course.seat.serves(&pick);
                    served = Some((attempted, target.clone()));
                    break;
                }
                // Another model of the pool may take it.
                Err(AttemptEnd::Unspeakable(refused)) => {
                    unspeakable.get_or_insert(refused);
                    continue;
                }
                Err(AttemptEnd::Failed(error)) => error,
            };
            let Verdict { outcome, stops } = self.judge(member, &error);
            if let Some(outcome) = outcome {
                let recorded = roster.record(&pick, target, outcome, Instant::now());
                self.memory.recorded(recorded);
            }
            if error.scope == Scope::Provider {
                course.tried.met_failing(&pick);
            }
            if stops {
                let error = self.in_clients_words(error, member);
                return Err(Visit::Over(RoundEnd::Stopped(error)));
            }
            let whole_credential = error.scope == Scope::Credential;
            last = Some(self.in_clients_words(error, member));
            if whole_credential {
                break;
            }
        }
        match served {
            Some((attempted, target)) => Ok(self.ready(course, attempted, member, pick, target)),
            None => Err(match (last, unspeakable) {
                (Some(error), _) => Visit::Next(error),
                (None, Some(refused)) => Visit::Unspeakable(refused),
                (None, None) => Visit::Blocked,
            }),
        }
    }

    /// What a failure means: what the operator's rules say, else what it says itself.
    fn judge(&mut self, member: &Member, error: &UpstreamError) -> Verdict {
        if let Some((action, verdict)) = error_rules::judge(&member.calls.rules, error) {
            self.journal.ruled(action);
            return verdict;
        }
        Verdict {
            outcome: Some(outcome_of(error)),
            stops: error.stop,
        }
    }

    /// An attempt, and another one without sealed reasoning if that is refused. The refusal is not
    /// recorded: it says nothing about the credential.
    async fn attempt_twice(
        &mut self,
        course: &Course<'_>,
        member: &Member,
        target: &ModelId,
    ) -> Result<Attempted, AttemptEnd> {
        let result = self.attempt_signed(course, member, target).await;
        if let Err(AttemptEnd::Failed(error)) = &result
            && error.status.is_client_error()
            && refuses_reasoning(&error.body)
            && !self.effort.is_spent()
            && self.leave_out_reasoning(course, member, target)
        {
            return self.attempt_signed(course, member, target).await;
        }
        result
    }

    /// An attempt with the account's tokens of now, and another one with new tokens if those are
    /// refused. Nothing that has ended is sent.
    async fn attempt_signed(
        &mut self,
        course: &Course<'_>,
        member: &Member,
        target: &ModelId,
    ) -> Result<Attempted, AttemptEnd> {
        let Some(sign_in) = &member.sign_in else {
            return self.attempt(course, member, target, None).await;
        };
        let current = match sign_in.current((self.clock)()).await {
            Ok(current) => current,
            Err(refused) => return Err(self.without_token(refused, member, target)),
        };
        let result = self.attempt(course, member, target, Some(&current)).await;
        let Err(AttemptEnd::Failed(error)) = &result else {
            return result;
        };
        if error.status != StatusCode::UNAUTHORIZED || !error.answered || self.effort.is_spent() {
            return result;
        }
        match sign_in.renewed(&current).await {
            Ok(renewed) => {
                let mut result = self.attempt(course, member, target, Some(&renewed)).await;
                if let Err(AttemptEnd::Failed(error)) = &mut result {
                    // It may speak of the one that it has refused.
                    error.body = without(&error.body, &of_tokens(&current));
                }
                result
            }
            // What the upstream has said is closer to what is wrong.
            Err(_) => result,
        }
    }

    /// No attempt is made, and it is noted as one: nobody else would say why.
    fn without_token(&mut self, refused: NoToken, member: &Member, target: &ModelId) -> AttemptEnd {
        let label = &member.credential.label;
        let error = Box::new(refused.into_error((self.clock)()));
        self.journal.attempts_with(label, target, None);
        self.journal.attempted(describe(&error));
        AttemptEnd::Failed(placed(error, label))
    }

    /// Leaves sealed reasoning out from now on. Says whether that makes a difference to this upstream.
    fn leave_out_reasoning(
        &mut self,
        course: &Course<'_>,
        member: &Member,
        target: &ModelId,
    ) -> bool {
        let Ok(before) = self.outgoing(course, member, target) else {
            return false;
        };
        self.memory
            .replay
            .forget(&self.bodies.leave_out_reasoning());
        let after = self.outgoing(course, member, target);
        after.is_ok_and(|after| after.body.to_bytes() != before.body.to_bytes())
    }

    async fn attempt(
        &mut self,
        course: &Course<'_>,
        member: &Member,
        target: &ModelId,
        current: Option<&Arc<Current>>,
    ) -> Result<Attempted, AttemptEnd> {
        let counts = self.operation == Operation::CountTokens;
        if counts && let Some(error) = member.calls.counts.known_answer(Instant::now()) {
            return Err(AttemptEnd::Failed(Box::new(error)));
        }
        let token = current.map(|current| &current.tokens.access);
        let outgoing = self.outgoing(course, member, target);
        let Outgoing {
            body,
            operation,
            mut way,
            conversation,
            record,
        } = outgoing.map_err(AttemptEnd::Unspeakable)?;
        self.effort.spend();
        let call = Call {
            credential: &member.credential,
            token,
            conversation: conversation.as_deref(),
            client: &member.client,
            protocol: way.upstream(self.request.protocol),
            operation,
            model: target,
            headers: &self.request.headers,
            is_translated: way.is_translated(),
            query: match way {
                Way::Translated(_) => None,
                Way::Native(_) => self.request.query.as_deref(),
            },
            body,
            clock: self.clock,
            spread: (self.random)(),
        };
        let label = &member.credential.label;
        self.journal.attempts_with(label, target, record.clone());
        let executor = &*member.calls.provider.executor;
        let max_event = self.snapshot.params.max_event;
        let folds = way.folds() && !self.operation.streams();
        let result = attempt(executor, call, folds, max_event).await;
        let result = match (&mut way, result) {
            (Way::Translated(translation), Ok(Reached::Whole(whole))) => {
                translation.whole(*whole, self.operation.streams())
            }
            (Way::Native(Some(native)), Ok(Reached::Whole(whole))) => {
                passed(native, *whole, self.request.protocol)
            }
            (_, result) => result,
        };
        let outcome = match &result {
            Ok(_) => "ok".into(),
            Err(error) => describe(error),
        };
        self.journal.attempted(outcome);
        match result {
            Ok(reached) => Ok(Attempted {
                reached,
                way,
                record,
                tokens: current.cloned(),
            }),
            Err(mut error) => {
                if counts && is_missing(&error) {
                    member.calls.counts.is_not_there(Instant::now());
                }
                if let Some(current) = current {
                    error.body = without(&error.body, &of_tokens(current));
                }
                let error = detailed(error, self.snapshot.secrets());
                Err(AttemptEnd::Failed(placed(error, label)))
            }
        }
    }

    /// An error of an upstream that speaks another protocol, as the client's would say it.
    fn in_clients_words(
        &self,
        mut error: Box<UpstreamError>,
        member: &Member,
    ) -> Box<UpstreamError> {
        let client = self.request.protocol;
        if error.answered && is_page(&error.body) {
            // Some balancer's: it is long, and says nothing to whoever asked a model.
            let label = &member.credential.label;
            let what = "the upstream answered with an HTML page; check the entry's base-url";
            let mut view = ErrorView::new(error.status.as_u16(), format!("{label}: {what}"));
            view.retry_after = error.retry_after;
            error.body = error_body(client, &view);
            error.headers.remove(header::CONTENT_TYPE);
        }
        let is_foreign = member
            .dialect(client)
            .is_some_and(|dialect| dialect.protocol != client);
        if is_foreign && error.answered {
            let text = read_error(&error.body);
            let status = error.status.as_u16();
            let status = text.as_ref().map_or(status, |text| text.status(status));
            // What is not JSON is worded later; JSON that says nothing would go as it is.
            if text.is_some() || Value::parse_bytes(&error.body).is_ok() {
                let mut view = match &text {
                    Some(text) => text.view(status),
                    None => ErrorView::new(status, ""),
                };
                view.retry_after = error.retry_after;
                error.body = error_body(client, &view);
            }
            error.status =
                StatusCode::from_u16(client_status(client, status)).unwrap_or(error.status);
            error.headers.remove(header::CONTENT_TYPE);
        }
        error
    }

    fn ready(
        &mut self,
        course: &Course<'_>,
        Attempted {
            reached,
            way,
            record,
            tokens,
        }: Attempted,
        member: &Member,
        pick: Pick,
        target: ModelId,
    ) -> Ready {
        let label = &member.credential.label;
        self.journal.served(label, &target);
        let asked_for_usage = member.calls.force_stream_usage && self.operation.streams();
        let (translation, native) = match way {
            Way::Translated(translation) => (Some(translation), None),
            Way::Native(native) => (None, native),
        };
        Ready {
            reached,
            translation,
            record,
            label: Arc::clone(label),
            edits: Edits {
                native,
                model: (self.asked != target.as_str()).then(|| self.asked.into()),
                hide_usage: asked_for_usage && self.bodies.can_ask_for_usage(),
            },
            pick: Some(pick),
            tokens,
            target,
            binding: course.seat.binding().cloned(),
        }
    }
}

fn is_page(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    ["<!doctype html", "<html"].iter().any(|start| {
        let begun = body.get(..start.len());
        begun.is_some_and(|begun| begun.eq_ignore_ascii_case(start.as_bytes()))
    })
}
