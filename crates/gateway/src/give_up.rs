//! What a client is told when nobody could serve.

use crate::{
    execute::{Course, Execution, RoundEnd},
    failure::Failure,
    plan::Step,
};
use cliproxy_core::{CredentialId, ErrorKind};
use cliproxy_scheduler::{NoCapacity, Standing, State, Tried};
use std::time::{Duration, Instant};

/// How many candidates are looked at for a reason: a refusal must not cost more than an answer.
const ASKED: usize = 16;

impl<'a> Execution<'a> {
    /// When the first credential of the model that is not left out is ready again, if what keeps it
    /// passes by itself.
    pub(crate) fn recovery(&self, course: &Course<'_>) -> Option<Duration> {
        self.first_back(&course.step, &course.tried)
    }

    /// Of those who may serve, which may be a single one.
    fn first_back(&self, step: &Step<'_>, tried: &Tried) -> Option<Duration> {
        let (roster, now) = (&self.snapshot.roster, Instant::now());
        match &self.pin {
            Some(pin) => roster.recovery_of(step.shard, pin, now),
            None => roster.earliest_recovery(step.shard, tried, now),
        }
    }

    /// Who is waited for, as far as a few of them tell: the first that is back within this time.
    pub(crate) fn first_to_rest(
        &self,
        course: &Course<'_>,
        wait: Duration,
    ) -> Option<CredentialId> {
        if self.pin.is_some() {
            return self.pin.clone();
        }
        let standings = self
            .snapshot
            .roster
            .standings(course.step.shard, Instant::now());
        let untried = standings
            .take(ASKED)
            .filter(|standing| !course.tried.contains(standing.credential));
        let back = untried.filter_map(|standing| match standing.state {
            State::Blocked(block) => Some((block.remaining, standing.credential)),
            State::Behind(trial) => Some((trial, standing.credential)),
            _ => None,
        });
        let (left, first) = back.min()?;
        (left <= wait).then(|| first.clone())
    }

    pub(crate) fn give_up(&self, step: &Step<'a>, end: RoundEnd) -> Failure {
        match end {
            RoundEnd::Unspeakable(refused) => Failure::unspeakable(refused),
            RoundEnd::Failed(error) | RoundEnd::Stopped(error) => Failure::Upstream {
                retry_after: (error.kind == ErrorKind::Quota)
                    .then(|| self.cooldown(step))
                    .flatten(),
                error,
            },
            RoundEnd::NoCapacity(NoCapacity::CoolingDown { retry_after }) => Failure::Cooldown {
                model: match step.is_fallback {
                    true => step.route.id.as_str().into(),
                    false => self.asked.into(),
                },
                provider: self.snapshot.roster.only_provider(step.shard).cloned(),
                retry_after,
                reason: self.resting_for(step),
                is_pinned: self.pin.is_some(),
            },
            RoundEnd::NoCapacity(none) => self.nobody(step, none),
        }
    }

    /// How long all credentials of a model rest.
    fn cooldown(&self, step: &Step<'_>) -> Option<Duration> {
        let recovery = self.first_back(step, &Tried::default());
        recovery.filter(|recovery| !recovery.is_zero())
    }

    /// Why the credential rests that is back first, as far as a few of them tell.
    fn resting_for(&self, step: &Step<'_>) -> Option<ErrorKind> {
        let (roster, now) = (&self.snapshot.roster, Instant::now());
        let block = |standing: Standing<'_>| match standing.state {
            State::Blocked(block) => Some(block),
            _ => None,
        };
        let first = match &self.pin {
            Some(pin) => block(roster.standing(step.shard, pin, now)?),
            None => {
                let standings = roster.standings(step.shard, now).take(ASKED);
                standings
                    .filter_map(block)
                    .min_by_key(|block| block.remaining)
            }
        };
        first.map(|block| block.reason)
    }

    fn nobody(&self, step: &Step<'_>, none: NoCapacity) -> Failure {
        let code = match none {
            NoCapacity::Unavailable => "auth_unavailable",
            _ => "auth_not_found",
        };
        let members = self
            .snapshot
            .members_of(step.route, self.asking())
            .map(|member| member.credential.provider.as_str());
        let mut providers: Vec<_> = members.collect();
        providers.sort_unstable();
        providers.dedup();
        let (who, remedy) = match self.pin {
            None => (
                "no credential is available",
                "check the entries that serve this model and the log for why they fail",
            ),
            Some(_) => (
                "the credential that holds the state this request refers to cannot serve it",
                "begin anew without the reference",
            ),
        };
        let (providers, model) = (providers.join(","), self.asked);
        Failure::NoCredential {
            code,
            message: format!("{who} (providers={providers}, model={model}); {remedy}"),
        }
    }
}
