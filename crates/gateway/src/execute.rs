//! Attempts over credentials and upstream models, until one is good or none is left.

use crate::{
    affinity::{Own, Seat},
    answer::Ready,
    attempt::{Reached, attempt},
    bodies::Bodies,
    edits::Edits,
    failure::Failure,
    journal::Journal,
    member::Member,
    memory::Memory,
    request::Request,
    retry::{Ended, Situation, jittered, next_round},
    settlement::outcome_of,
    snapshot::Snapshot,
};
use cliproxy_core::{CredentialId, ErrorKind, ModelId, Operation, Scope};
use cliproxy_executors::{Call, UpstreamError, WallClock};
use cliproxy_models::Route;
use cliproxy_scheduler::{NoCapacity, Outcome, Pick, Query, ShardId, Tried};
use cliproxy_translators::refuses_reasoning;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// One request on its way through the credentials of its route.
pub(crate) struct Execution<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) memory: &'a Memory,
    pub(crate) clock: WallClock,
    pub(crate) request: &'a Request,
    pub(crate) operation: Operation,
    pub(crate) route: &'a Route,
    pub(crate) shard: ShardId,
    /// The model as the client named it.
    pub(crate) asked: &'a str,
    pub(crate) bodies: Bodies<'a>,
    /// The only credential that can serve, because it holds state the request refers to.
    pub(crate) pin: Option<CredentialId>,
    pub(crate) seat: Seat,
    pub(crate) journal: &'a mut Journal,
}

/// Why a round brought no reply.
enum RoundEnd {
    Failed(Box<UpstreamError>),
    Invalid(Failure),
    NoCapacity(NoCapacity),
}

impl<'a> Execution<'a> {
    /// Rounds over the credentials, with waits between them where waiting helps.
    pub(crate) async fn run(&mut self) -> Result<Ready, Failure> {
        let policy = self.snapshot.params.retry;
        let mut rounds = 0;
        let mut waited = Duration::ZERO;
        let mut left_out = Tried::default();
        loop {
            let end = match self.round(left_out).await {
                Ok(ready) => return Ok(ready),
                Err(end) => end,
            };
            rounds += 1;
            let ended = match &end {
                RoundEnd::Failed(error) => Ended::Failed(error),
                RoundEnd::NoCapacity(NoCapacity::CoolingDown { .. }) => Ended::CoolingDown,
                RoundEnd::NoCapacity(_) | RoundEnd::Invalid(_) => return Err(self.give_up(end)),
            };
            let Some(out) = self.left_out(rounds) else {
                return Err(self.give_up(end));
            };
            let situation = Situation {
                ended,
                rounds,
                streams: self.operation.streams(),
                recovery: self.recovery(&out),
                waited,
            };
            let Some(wait) = next_round(&policy, &situation) else {
                return Err(self.give_up(end));
            };
            let wait = jittered(wait, policy.wait.saturating_sub(waited), fastrand::f64());
            waited += wait;
            left_out = out;
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
        }
    }

    /// One visit to each credential that is not among the `tried` ones, until one serves or the
    /// request itself is refused.
    async fn round(&mut self, mut tried: Tried) -> Result<Ready, RoundEnd> {
        let limit = self.snapshot.params.retry.credentials;
        let mut visited = 0;
        let mut last = None;
        loop {
            if limit > 0 && visited >= limit {
                break;
            }
            let (pick, member) = match self.pick(&mut tried) {
                Ok(found) => found,
                Err(none) => {
                    return Err(last.map_or(RoundEnd::NoCapacity(none), RoundEnd::Failed));
                }
            };
            visited += 1;
            match self.visit(pick, member, &mut tried).await {
                Ok(ready) => return Ok(ready),
                Err(Visit::Over(end)) => return Err(end),
                Err(Visit::Next(error)) => last = Some(error),
                Err(Visit::Blocked) => visited -= 1,
            }
        }
        Err(last.map_or(
            RoundEnd::NoCapacity(NoCapacity::Exhausted),
            RoundEnd::Failed,
        ))
    }

    /// The credentials that take no part in this round, because their entries allow fewer; `None`
    /// if none takes part.
    fn left_out(&self, round: u32) -> Option<Tried> {
        let bootstrap = match self.operation.streams() {
            true => self.snapshot.params.retry.bootstrap_rounds,
            false => 0,
        };
        let takes_part = |member: &&Member| member.rounds.max(bootstrap) >= round;
        let protocol = self.request.protocol;
        let members = self.snapshot.members_of(self.route, protocol);
        members.clone().find(takes_part)?;
        let mut out = Tried::default();
        for member in members.filter(|member| !takes_part(member)) {
            out.push(member.credential.id.clone());
        }
        Some(out)
    }

    /// The next credential, already among the tried ones.
    fn pick(&mut self, tried: &mut Tried) -> Result<(Pick, &'a Member), NoCapacity> {
        let now = Instant::now();
        let mut pick = self.pick_preferring(tried, now)?;
        if self.pin.is_none() {
            let snapshot = self.snapshot;
            let (route, protocol) = (self.route, self.request.protocol);
            let own = |credential: &CredentialId| {
                let Some(target) = snapshot.target(route, protocol, credential) else {
                    return Own::Gone;
                };
                match snapshot.roster.block_of(credential, target, now) {
                    Some(block) => Own::Blocked(block),
                    None => Own::Free,
                }
            };
            if let Some(word) = self.seat.settle(self.memory, &pick, own, now) {
                self.journal.affinity(word);
            }
            // Another request of the same session was quicker: join it.
            if self.seat.was_outrun()
                && let Ok(joined) = self.pick_preferring(tried, now)
                && joined.sticky_hit()
            {
                pick = joined;
            }
        } else {
            self.journal.affinity("pinned");
        }
        tried.visited(&pick);
        // The roster and the members are of one derivation.
        let member = self.snapshot.members.get(pick.credential());
        Ok((pick, member.ok_or(NoCapacity::Unserved)?))
    }

    fn pick_preferring(&self, tried: &Tried, now: Instant) -> Result<Pick, NoCapacity> {
        let query = Query {
            pin: self.pin.as_ref(),
            sticky: self.seat.prefer(),
            ..Query::of(self.shard, tried)
        };
        self.snapshot.roster.pick(&query, now)
    }

    /// Tries the upstream models of one credential.
    async fn visit(
        &mut self,
        pick: Pick,
        member: &'a Member,
        tried: &mut Tried,
    ) -> Result<Ready, Visit> {
        let roster = &self.snapshot.roster;
        let mut last = None;
        let mut served = None;
        for target in roster.targets(&pick, Instant::now()) {
            let mut result = self.attempt(member, target).await;
            // Another account wrote it, and this one is asked again without it. The refusal is not
            // recorded: it says nothing about the credential.
            if let Err(AttemptEnd::Failed(error)) = &result
                && refuses_reasoning(&error.body)
                && self.bodies.leave_out_reasoning()
            {
                result = self.attempt(member, target).await;
            }
            let error = match result {
                Ok(reached) => {
                    roster.record(&pick, target, Outcome::Began, Instant::now());
                    served = Some((reached, target.clone()));
                    break;
                }
                Err(AttemptEnd::Invalid(failure)) => {
                    return Err(Visit::Over(RoundEnd::Invalid(failure)));
                }
                Err(AttemptEnd::Failed(error)) => error,
            };
            roster.record(&pick, target, outcome_of(&error), Instant::now());
            if error.scope == Scope::Provider {
                tried.met_failing(&pick);
            }
            if error.stop {
                return Err(Visit::Over(RoundEnd::Failed(error)));
            }
            let whole_credential = error.scope == Scope::Credential;
            last = Some(error);
            if whole_credential {
                break;
            }
        }
        match served {
            Some((reached, target)) => Ok(self.ready(reached, member, pick, target)),
            None => Err(last.map_or(Visit::Blocked, Visit::Next)),
        }
    }

    async fn attempt(&mut self, member: &Member, target: &ModelId) -> Result<Reached, AttemptEnd> {
        let begun = Instant::now();
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
        };
        let executor = &*member.provider.executor;
        let result = attempt(executor, call, self.snapshot.params.max_event).await;
        let outcome = match &result {
            Ok(_) => "ok".into(),
            Err(error) => describe(error),
        };
        let label = &member.credential.label;
        self.journal.attempt(label, outcome, begun.elapsed());
        result.map_err(|error| AttemptEnd::Failed(placed(error, label)))
    }

    fn ready(&mut self, reached: Reached, member: &Member, pick: Pick, target: ModelId) -> Ready {
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
            binding: self.seat.binding().cloned(),
        }
    }

    /// Why the credential rests that is back first, as far as a few of them tell: a refusal must not
    /// cost more than an answer.
    fn resting_for(&self) -> Option<ErrorKind> {
        let (snapshot, now) = (self.snapshot, Instant::now());
        let protocol = self.request.protocol;
        let members = snapshot.members_of(self.route, protocol).take(16);
        let blocks = members.filter_map(|member| {
            let credential = &member.credential.id;
            let target = snapshot.target(self.route, protocol, credential)?;
            snapshot.roster.block_of(credential, target, now)
        });
        let first = blocks.min_by_key(|block| block.remaining);
        first.map(|block| block.reason)
    }

    /// When the first credential of the route that is not left out is ready again.
    fn recovery(&self, left_out: &Tried) -> Option<Duration> {
        let roster = &self.snapshot.roster;
        roster.earliest_recovery(self.shard, left_out, Instant::now())
    }

    fn give_up(&self, end: RoundEnd) -> Failure {
        match end {
            RoundEnd::Invalid(failure) => failure,
            RoundEnd::Failed(error) => Failure::Upstream {
                retry_after: (error.kind == ErrorKind::Quota)
                    .then(|| self.recovery(&Tried::default()))
                    .flatten()
                    .filter(|recovery| !recovery.is_zero()),
                error,
            },
            RoundEnd::NoCapacity(NoCapacity::CoolingDown { retry_after }) => Failure::Cooldown {
                model: self.asked.into(),
                retry_after,
                reason: self.resting_for(),
            },
            RoundEnd::NoCapacity(none) => self.nobody(none),
        }
    }

    fn nobody(&self, none: NoCapacity) -> Failure {
        let code = match none {
            NoCapacity::Unavailable => "auth_unavailable",
            _ => "auth_not_found",
        };
        let mut providers: Vec<_> = self
            .snapshot
            .members_of(self.route, self.request.protocol)
            .map(|member| member.credential.provider.as_str())
            .collect();
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

enum Visit {
    /// Another credential may do better.
    Next(Box<UpstreamError>),
    /// None of its models is ready after all; the visit does not count.
    Blocked,
    /// The request is over.
    Over(RoundEnd),
}

enum AttemptEnd {
    Failed(Box<UpstreamError>),
    Invalid(Failure),
}

/// Names the entry in an error that no upstream worded, so that its reader knows where to look.
fn placed(mut error: Box<UpstreamError>, label: &str) -> Box<UpstreamError> {
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
