//! How requests were decided, and how one would be.

use super::{
    Explanation, ReplyLossesView, Step,
    sign_ins::SignIns,
    steps::{hypothetical, passed_over, step},
};
use crate::{
    gateway::Gateway,
    plan::{Next, Plan},
    recent::Decided,
    snapshot::Snapshot,
};
use cliproxy_core::{CredentialId, Operation, Protocol};
use cliproxy_scheduler::ShardId;
use std::time::{Duration, Instant, SystemTime};

impl Gateway {
    /// How the request with this id was decided, if it is still remembered: the last 512 are.
    #[must_use]
    pub fn explain(&self, request_id: &str) -> Option<Explanation> {
        let decided = self.decided().find(request_id)?;
        Some(self.explained(&decided))
    }

    /// How the newest request that is over was decided.
    #[must_use]
    pub fn explain_last(&self) -> Option<Explanation> {
        self.recent(1).pop()
    }

    /// How the last requests were decided, the newest first.
    #[must_use]
    pub fn recent(&self, limit: usize) -> Vec<Explanation> {
        let newest = self.decided().newest(limit);
        newest
            .iter()
            .map(|decided| self.explained(decided))
            .collect()
    }

    /// What would become of a request for this model now, fallbacks included, for the protocol given or
    /// for each; those that are served alike are told together. Takes no turn.
    ///
    /// # Errors
    ///
    /// What such a request would be told, if nobody could be asked.
    pub fn explain_model(
        &self,
        model: &str,
        protocol: Option<Protocol>,
    ) -> Result<Vec<Explanation>, String> {
        let (snapshot, now) = (self.snapshot(), Instant::now());
        let asked = Protocol::ALL
            .into_iter()
            .filter(|spoken| protocol.is_none_or(|asked| asked == *spoken));
        // Protocols that are served by the same in the same order are told together.
        let mut told: Vec<(Vec<Protocol>, Option<ShardId>, Vec<Next<'_>>)> = Vec::new();
        let mut refused = None;
        for spoken in asked {
            let plan = Plan::of(&snapshot, spoken, Operation::Generate, model);
            let fallbacks = plan.fallbacks(&snapshot, (spoken, Operation::Generate));
            let fallbacks: Vec<_> = fallbacks.collect();
            let can_be_asked =
                plan.asked.is_ok() || fallbacks.iter().any(|next| matches!(next, Next::Step(_)));
            let first = match plan.asked {
                Ok(step) => Some(step),
                Err(failure) => {
                    refused.get_or_insert_with(|| failure.to_string());
                    None
                }
            };
            if !can_be_asked {
                continue;
            }
            let shard = first.as_ref().map(|step| step.shard);
            if let Some((protocols, ..)) = told.iter_mut().find(|(_, known, _)| *known == shard) {
                protocols.push(spoken);
                continue;
            }
            let steps = first.into_iter().map(Next::Step).chain(fallbacks);
            told.push((vec![spoken], shard, steps.collect()));
        }
        match refused {
            Some(refused) if told.is_empty() => Err(refused),
            _ => {
                let sign_ins = SignIns::of(self);
                let explained = told.into_iter().map(|(protocols, _, steps)| {
                    let steps = steps.into_iter().map(|next| match next {
                        Next::Step(step) => {
                            let state = (&*snapshot, &sign_ins);
                            hypothetical(state, &protocols, (step, model), now)
                        }
                        Next::PassedOver(model, why) => passed_over(model, why),
                    });
                    let steps = steps.collect();
                    let protocols = match &*protocols {
                        [_, _, _, _] => "any".to_owned(),
                        some => joined(some),
                    };
                    self.hypothetical(model, &protocols, steps)
                });
                Ok(explained.collect())
            }
        }
    }

    /// A request that was never made.
    fn hypothetical(&self, model: &str, protocol: &str, steps: Vec<Step>) -> Explanation {
        Explanation {
            request_id: String::new(),
            at_ms: unix_ms((self.clock())()),
            client: String::new(),
            protocol: protocol.to_owned(),
            operation: String::new(),
            model: model.to_owned(),
            status: 0,
            ending: String::new(),
            error: None,
            total_ms: 0,
            steps,
            reply_losses: None,
        }
    }

    fn explained(&self, decided: &Decided) -> Explanation {
        let Decided {
            record,
            trace,
            begun,
        } = decided;
        let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(str::to_owned);
        let at = (self.clock())().checked_sub(begun.elapsed());
        let courses = trace.courses.iter().enumerate();
        let snapshot = self.snapshot();
        // What was given up half-way was refused by no model, and served by none.
        let outcome = match (&record.served_model, &record.error) {
            (Some(_), _) => "served",
            (None, Some(error)) => error,
            (None, None) => record.ending.as_str(),
        };
        let steps = courses.map(|(number, course)| {
            let next = trace.courses.get(number + 1);
            let end = next.map_or(record.attempts.len(), |next| next.first_attempt);
            let attempts = record.attempts.get(course.first_attempt..end);
            let outcome = course.failure.as_deref().unwrap_or(outcome);
            let attempts = attempts.unwrap_or_default();
            step(&snapshot, record.protocol, course, attempts, outcome)
        });
        Explanation {
            request_id: record.request_id.to_string(),
            at_ms: unix_ms(at.unwrap_or(SystemTime::UNIX_EPOCH)),
            client: record.client.to_string(),
            protocol: record.protocol.to_string(),
            operation: record
                .operation
                .map_or("", |operation| operation.as_str())
                .to_owned(),
            model: text(&record.model).unwrap_or_default(),
            status: record.status,
            ending: record.ending.as_str().to_owned(),
            error: text(&record.error),
            total_ms: whole_ms(record.total),
            steps: steps.collect(),
            reply_losses: record.reply_losses.as_ref().map(|losses| ReplyLossesView {
                semantic: losses.semantic,
                quality: losses.quality,
                opaque: losses.opaque,
                what: losses.what.to_string(),
            }),
        }
    }
}

/// Protocols as they are listed.
pub(super) fn joined(protocols: &[Protocol]) -> String {
    let names: Vec<_> = protocols.iter().map(|protocol| protocol.as_str()).collect();
    names.join(", ")
}

/// What people call a credential; one that is gone has only its id.
pub(super) fn label(snapshot: &Snapshot, credential: &CredentialId) -> String {
    let member = snapshot.members.get(credential);
    member.map_or_else(
        || credential.to_string(),
        |member| member.credential.label.to_string(),
    )
}

pub(super) fn unix_ms(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, whole_ms)
}

pub(super) fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
