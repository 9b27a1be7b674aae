//! One credential at work: its upstream models in order, and what becomes of each attempt.

use crate::{
    answer::Ready,
    attempt::{Reached, attempt},
    edits::Edits,
    error_rules::{self, Verdict},
    execute::{Course, Execution, RoundEnd},
    failure::Failure,
    member::Member,
    settlement::outcome_of,
};
use cliproxy_core::{ModelId, Scope};
use cliproxy_executors::{Call, UpstreamError};
use cliproxy_scheduler::{Outcome, Pick};
use cliproxy_translators::refuses_reasoning;
use std::{sync::Arc, time::Instant};

/// Why a visit brought no reply.
pub(crate) enum Visit {
    /// Another credential may do better.
    Next(Box<UpstreamError>),
    /// None of its models is ready after all; the visit does not count.
    Blocked,
    /// The round is over.
    Over(RoundEnd),
}

enum AttemptEnd {
    Failed(Box<UpstreamError>),
    Invalid(Failure),
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
        let mut served = None;
        for target in roster.targets(&pick, Instant::now()) {
            if self.effort.is_spent() {
                break;
            }
            let error = match self.attempt_twice(member, target).await {
                Ok(reached) => {
                    roster.record(&pick, target, Outcome::Began, Instant::now());
                    course.seat.serves(&pick);
                    served = Some((reached, target.clone()));
                    break;
                }
                Err(AttemptEnd::Invalid(failure)) => {
                    return Err(Visit::Over(RoundEnd::Invalid(failure)));
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
                return Err(Visit::Over(RoundEnd::Stopped(error)));
            }
            let whole_credential = error.scope == Scope::Credential;
            last = Some(error);
            if whole_credential {
                break;
            }
        }
        match served {
            Some((reached, target)) => Ok(self.ready(course, reached, member, pick, target)),
            None => Err(last.map_or(Visit::Blocked, Visit::Next)),
        }
    }

    /// What a failure means: what the operator's rules say, else what it says itself.
    fn judge(&mut self, member: &Member, error: &UpstreamError) -> Verdict {
        if let Some((action, verdict)) = error_rules::judge(&member.rules, error) {
            self.journal.ruled(action);
            return verdict;
        }
        Verdict {
            outcome: Some(outcome_of(error)),
            stops: error.stop,
        }
    }

    /// An attempt, and another one without the reasoning that a different account has sealed. That
    /// refusal is not recorded: it says nothing about the credential.
    async fn attempt_twice(
        &mut self,
        member: &Member,
        target: &ModelId,
    ) -> Result<Reached, AttemptEnd> {
        let result = self.attempt(member, target).await;
        if let Err(AttemptEnd::Failed(error)) = &result
            && refuses_reasoning(&error.body)
            && !self.effort.is_spent()
            && self.bodies.leave_out_reasoning()
        {
            return self.attempt(member, target).await;
        }
        result
    }

    async fn attempt(&mut self, member: &Member, target: &ModelId) -> Result<Reached, AttemptEnd> {
        self.effort.spend();
        let usage = member.force_stream_usage && self.operation.streams();
        let body = self
            .bodies
            .for_model(target, usage)
            .map_err(AttemptEnd::Invalid)?;
        let call = Call {
            credential: &member.credential,
            client: &member.client,
            protocol: self.request.protocol,
            operation: self.operation,
            model: target,
            headers: &self.request.headers,
            query: self.request.query.as_deref(),
            body,
            clock: self.clock,
            spread: (self.random)(),
        };
        let label = &member.credential.label;
        self.journal.attempts_with(label, target);
        let executor = &*member.provider.executor;
        let result = attempt(executor, call, self.snapshot.params.max_event).await;
        let outcome = match &result {
            Ok(_) => "ok".into(),
            Err(error) => describe(error),
        };
        self.journal.attempted(outcome);
        result.map_err(|error| AttemptEnd::Failed(placed(error, label)))
    }

    fn ready(
        &mut self,
        course: &Course<'_>,
        reached: Reached,
        member: &Member,
        pick: Pick,
        target: ModelId,
    ) -> Ready {
        let label = &member.credential.label;
        self.journal.served(label, &target);
        let asked_for_usage = member.force_stream_usage && self.operation.streams();
        Ready {
            reached,
            label: Arc::clone(label),
            edits: Edits {
                model: (self.asked != target.as_str()).then(|| self.asked.into()),
                hide_usage: asked_for_usage && self.bodies.can_ask_for_usage(),
            },
            pick: Some(pick),
            target,
            binding: course.seat.binding().cloned(),
        }
    }
}

/// Names the entry in an error that no upstream worded, so that its reader knows where to look.
pub(crate) fn placed(mut error: Box<UpstreamError>, label: &str) -> Box<UpstreamError> {
    if !error.answered {
        error.message = format!("{label}: {}", error.message).into();
    }
    error
}

/// `quota 429`, `transport`: for the log line.
pub(crate) fn describe(error: &UpstreamError) -> Arc<str> {
    let kind = error.kind.as_str();
    if error.answered {
        format!("{kind} {}", error.status.as_u16()).into()
    } else {
        kind.into()
    }
}
