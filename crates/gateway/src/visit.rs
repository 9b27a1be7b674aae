//! One credential at work: its upstream models in order, and what becomes of each attempt.

use crate::{
    answer::Ready,
    attempt::{Reached, attempt},
    bodies::Goal,
    edits::Edits,
    error_rules::{self, Verdict},
    execute::{Course, Execution, RoundEnd},
    member::Member,
    replay::Owner,
    settlement::outcome_of,
    translation::Translation,
};
use cliproxy_core::{ModelId, Protocol, Scope};
use cliproxy_executors::{Call, UpstreamError};
use cliproxy_json::{Slices, Value};
use cliproxy_scheduler::{Outcome, Pick};
use cliproxy_translators::{
    Account, Asked, ErrorView, Refused, Report, client_status, error_body, read_error,
    refuses_reasoning,
};
use cliproxy_usage::Translation as Record;
use http::{StatusCode, header};
use std::{
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

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

/// A good attempt, and how its reply is brought to the client's protocol.
struct Attempted {
    reached: Reached,
    translation: Option<Translation>,
    record: Option<Arc<Record>>,
}

/// What goes up in one attempt.
struct Outgoing {
    body: Slices,
    translation: Option<Translation>,
    /// What of the request does not as the client wrote it.
    record: Option<Arc<Record>>,
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
        if let Some((action, verdict)) = error_rules::judge(&member.rules, error) {
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
        let result = self.attempt(course, member, target).await;
        if let Err(AttemptEnd::Failed(error)) = &result
            && error.status.is_client_error()
            && refuses_reasoning(&error.body)
            && !self.effort.is_spent()
            && self.leave_out_reasoning(course, member, target)
        {
            return self.attempt(course, member, target).await;
        }
        result
    }

    /// Leaves sealed reasoning out from now on. Says whether that makes a difference to this upstream.
    fn leave_out_reasoning(
        &mut self,
        course: &Course<'_>,
        member: &Member,
        target: &ModelId,
    ) -> bool {
        let Ok(before) = self.body(course, member, target) else {
            return false;
        };
        self.memory
            .replay
            .forget(&self.bodies.leave_out_reasoning());
        let after = self.body(course, member, target);
        after.is_ok_and(|after| after.body.to_bytes() != before.body.to_bytes())
    }

    async fn attempt(
        &mut self,
        course: &Course<'_>,
        member: &Member,
        target: &ModelId,
    ) -> Result<Attempted, AttemptEnd> {
        let Outgoing {
            body,
            translation,
            record,
        } = self.body(course, member, target)?;
        self.effort.spend();
        let call = Call {
            credential: &member.credential,
            client: &member.client,
            protocol: translation
                .as_ref()
                .map_or(self.request.protocol, |translation| translation.upstream),
            operation: self.operation,
            model: target,
            headers: &self.request.headers,
            is_translated: translation.is_some(),
            query: match translation {
                Some(_) => None,
                None => self.request.query.as_deref(),
            },
            body,
            clock: self.clock,
            spread: (self.random)(),
        };
        let label = &member.credential.label;
        self.journal.attempts_with(label, target, record.clone());
        let executor = &*member.provider.executor;
        let result = attempt(executor, call, self.snapshot.params.max_event).await;
        let result = match (&translation, result) {
            (Some(translation), Ok(Reached::Whole(whole))) => {
                translation.whole(*whole, self.operation.streams())
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
                translation,
                record,
            }),
            Err(error) => Err(AttemptEnd::Failed(placed(error, label))),
        }
    }

    /// What goes up, and what its reply has to be translated with.
    fn body(
        &mut self,
        course: &Course<'_>,
        member: &Member,
        target: &ModelId,
    ) -> Result<Outgoing, AttemptEnd> {
        let client = self.request.protocol;
        let goal = Goal::of(&course.step, member, client, target, self.operation);
        let account = Account {
            realm: Some(member.realm),
            ..Account::default()
        };
        let options = &self.snapshot.params.translation;
        if self.bodies.is_native_to(goal.dialect.protocol) {
            let usage = member.force_stream_usage && self.operation.streams();
            let unsealed = self.bodies.unsealed_cut();
            let native = self.bodies.native(&goal, usage, options.policy);
            let native = native.map_err(AttemptEnd::Unspeakable)?;
            let finished = native.body.finish(&account);
            return Ok(Outgoing {
                record: native_record(client, &native.report, finished.cut + unsealed),
                body: finished.body,
                translation: None,
            });
        }
        let asked = Asked {
            protocol: client,
            model: self.asked,
            streams: self.operation.streams(),
            now: unix_seconds((self.clock)()),
            id: self.journal.request_id(),
        };
        let owner = Owner {
            client: self.request.principal.digest(),
            upstream: goal.dialect.protocol,
            model: target.as_str(),
        };
        let view = || self.memory.replay.view(&owner, Instant::now());
        let translated = self
            .bodies
            .in_dialect(&asked, &goal, options, view)
            .map_err(AttemptEnd::Unspeakable)?;
        let upstream = goal.dialect.protocol;
        let finished = translated.body.finish(&account);
        Ok(Outgoing {
            record: Some(record_of(upstream, &translated.report, finished.cut)),
            body: finished.body,
            translation: Some(Translation {
                upstream,
                plan: translated.reply.with_account(&account),
            }),
        })
    }

    /// An error of an upstream that speaks another protocol, as the client's would say it.
    fn in_clients_words(
        &self,
        mut error: Box<UpstreamError>,
        member: &Member,
    ) -> Box<UpstreamError> {
        let client = self.request.protocol;
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
            translation,
            record,
        }: Attempted,
        member: &Member,
        pick: Pick,
        target: ModelId,
    ) -> Ready {
        let label = &member.credential.label;
        self.journal.served(label, &target);
        let asked_for_usage = member.force_stream_usage && self.operation.streams();
        Ready {
            reached,
            translation,
            record,
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

/// What is noted of a body whose losses are these. `cut` pieces of reasoning were taken out for this
/// attempt.
fn record_of(upstream: Protocol, report: &Report, cut: usize) -> Arc<Record> {
    let text = |text: &Option<String>| text.as_deref().map(Arc::from);
    Arc::new(Record {
        upstream,
        dropped: report.dropped + cut,
        cut,
        changed: report.changed,
        dropped_paths: text(&report.dropped_paths),
        changed_paths: text(&report.changed_paths),
    })
}

/// The same of a body in the client's own protocol, if it has lost something.
pub(crate) fn native_record(
    protocol: Protocol,
    report: &Report,
    cut: usize,
) -> Option<Arc<Record>> {
    let is_lossy = report.dropped + report.changed + cut > 0;
    is_lossy.then(|| record_of(protocol, report, cut))
}

fn unix_seconds(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
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
