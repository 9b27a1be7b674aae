//! What a client is told when nobody could serve.

use crate::{
    execute::{Course, Execution, RoundEnd},
    failure::Failure,
    plan::Step,
};
use cliproxy_core::ErrorKind;
use cliproxy_scheduler::{NoCapacity, State, Tried};
use std::time::{Duration, Instant};

/// How many candidates are looked at for a reason: a refusal must not cost more than an answer.
const ASKED: usize = 16;

impl<'a> Execution<'a> {
    /// When the first credential of the model that is not left out is ready again, if what keeps it
    /// passes by itself.
    pub(crate) fn recovery(&self, course: &Course<'_>) -> Option<Duration> {
        let roster = &self.snapshot.roster;
        roster.earliest_recovery(course.step.shard, &course.tried, Instant::now())
    }

    pub(crate) fn give_up(&self, step: &Step<'a>, end: RoundEnd) -> Failure {
        match end {
            RoundEnd::Invalid(failure) => failure,
            RoundEnd::Failed(error) | RoundEnd::Stopped(error) => Failure::Upstream {
                retry_after: (error.kind == ErrorKind::Quota)
                    .then(|| self.cooldown(step))
                    .flatten(),
                error,
            },
            RoundEnd::NoCapacity(NoCapacity::CoolingDown { retry_after }) => Failure::Cooldown {
                model: self.asked.into(),
                provider: self.snapshot.roster.only_provider(step.shard).cloned(),
                retry_after,
                reason: self.resting_for(step),
            },
            RoundEnd::NoCapacity(none) => self.nobody(step, none),
        }
    }

    /// How long all credentials of a model rest.
    fn cooldown(&self, step: &Step<'_>) -> Option<Duration> {
        let roster = &self.snapshot.roster;
        let recovery = roster.earliest_recovery(step.shard, &Tried::default(), Instant::now());
        recovery.filter(|recovery| !recovery.is_zero())
    }

    /// Why the credential rests that is back first, as far as a few of them tell.
    fn resting_for(&self, step: &Step<'_>) -> Option<ErrorKind> {
        let standings = self.snapshot.roster.standings(step.shard, Instant::now());
        let blocks = standings
            .take(ASKED)
            .filter_map(|standing| match standing.state {
                State::Blocked(block) => Some(block),
                _ => None,
            });
        let first = blocks.min_by_key(|block| block.remaining);
        first.map(|block| block.reason)
    }

    fn nobody(&self, step: &Step<'_>, none: NoCapacity) -> Failure {
        let code = match none {
            NoCapacity::Unavailable => "auth_unavailable",
            _ => "auth_not_found",
        };
        let members = self
            .snapshot
            .members_of(step.route, self.request.protocol)
            .map(|member| member.credential.provider.as_str());
        let mut providers: Vec<_> = members.collect();
        providers.sort_unstable();
        providers.dedup();
        Failure::NoCredential {
            code,
            message: format!(
                "no credential is available (providers={}, model={}); check the entries that serve \
                 this model and the log for why they fail",
                providers.join(","),
                self.asked
            ),
        }
    }
}
