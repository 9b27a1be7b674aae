//! One request on its way through the policy, as `execute.rs` and `visit.rs` take it: rounds over
//! the credentials, visits, attempts. What decides is the real thing.

use super::{
    Simulation,
    checks::{Turn, View},
    reign::{Reign, RouteId},
    upstream::{End, Reaction},
};
use crate::{
    affinity::Seat,
    effort::Effort,
    retry::{Ended, Situation, jittered, next_round},
    settlement::outcome_of,
};
use cliproxy_core::{ModelId, Protocol, Scope};
use cliproxy_executors::UpstreamError;
use cliproxy_scheduler::{NoCapacity, Outcome, Pick, ShardId, Tried};
use cliproxy_session_affinity::Session;
use std::{rc::Rc, time::Duration};

/// What a client asks.
#[derive(Clone)]
pub(super) struct Ask {
    /// The session, and its number.
    pub(super) session: Option<(Session, usize)>,
    pub(super) protocol: Protocol,
    pub(super) model: usize,
    pub(super) begins_turn: bool,
}

/// How a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ending {
    /// A reply has begun.
    Served,
    /// Nobody could be asked.
    Refused,
    /// All who could be asked have failed.
    Failed,
    /// The attempts of a request are used up.
    Spent,
    /// What it says is wrong; nobody else was asked.
    Stopped,
}

struct Request<'a> {
    sim: &'a Simulation,
    reign: Rc<Reign>,
    ask: &'a Ask,
    shard: ShardId,
    seat: Seat,
    tried: Tried,
    effort: Effort,
    turn: Turn,
}

enum RoundEnd {
    Served,
    Failed(Box<UpstreamError>),
    NoCapacity(NoCapacity),
    Stopped,
}

enum Visit {
    Served,
    Next(Box<UpstreamError>),
    Blocked,
    Stopped,
}

/// Lives through a request, to the end of its reply.
pub(super) async fn request(sim: &Simulation, ask: &Ask) {
    let reign = sim.reign();
    let route = RouteId::of(ask.protocol, ask.model);
    let shard = reign.shard(route);
    let model: ModelId = sim.model_name(ask.model);
    let session = ask.session.as_ref();
    let affine = session.filter(|_| sim.scale.affinity);
    let now = sim.clock.now();
    let id = affine.map(|(session, _)| session.for_model(model.as_str()));
    let mut turn = Turn::new(route, session.map(|&(_, number)| (number, ask.model)));
    sim.checks()
        .arrives(&mut turn, id.as_ref(), &sim.memory, now);
    let seat = match affine {
        Some((session, _)) => Seat::find(&sim.memory, session, &model, now),
        None => Seat::default(),
    };
    let seat = match ask.begins_turn && sim.scale.failback {
        true => seat.unless(|own| {
            turn.outranked = reign.roster.is_outranked(shard, own, now);
            turn.outranked
        }),
        false => seat,
    };
    // Threads are not in step.
    sim.pause(Duration::from_millis(2)).await;
    let mut request = Request {
        sim,
        ask,
        shard,
        seat,
        reign,
        tried: Tried::default(),
        effort: Effort::new(&sim.scale.policy),
        turn,
    };
    let ending = request.rounds().await;
    let now = sim.clock.now();
    sim.checks().ends(&request.turn, ending, now);
}

impl Request<'_> {
    async fn rounds(&mut self) -> Ending {
        let policy = self.sim.scale.policy;
        let mut rounds = 0;
        loop {
            let end = self.round().await;
            rounds += 1;
            let (ended, ending) = match &end {
                RoundEnd::Served => return Ending::Served,
                RoundEnd::Stopped => return Ending::Stopped,
                RoundEnd::NoCapacity(NoCapacity::CoolingDown { .. }) => {
                    (Ended::CoolingDown, Ending::Refused)
                }
                RoundEnd::NoCapacity(_) => return Ending::Refused,
                RoundEnd::Failed(error) => (Ended::Failed(error), Ending::Failed),
            };
            if self.effort.is_spent() {
                return Ending::Spent;
            }
            self.tried.clear();
            if policy.rounds < rounds {
                return ending;
            }
            let now = self.sim.clock.now();
            let roster = &self.reign.roster;
            let situation = Situation {
                ended,
                rounds,
                streams: true,
                recovery: roster.earliest_recovery(self.shard, &self.tried, now),
                waited: self.effort.waited,
            };
            let Some(wait) = next_round(&policy, &situation) else {
                return ending;
            };
            let left = policy.wait.saturating_sub(self.effort.waited);
            let wait = jittered(wait, left, self.sim.rng().f64());
            self.effort.waited += wait;
            if !wait.is_zero() {
                self.sim.checks().waits();
                self.sim.clock.sleep(wait).await;
            }
        }
    }

    async fn round(&mut self) -> RoundEnd {
        let mut last = None;
        while !self.effort.is_spent() {
            let pick = match self.pick() {
                Ok(pick) => pick,
                Err(none) => return last.map_or(RoundEnd::NoCapacity(none), RoundEnd::Failed),
            };
            match self.visit(pick).await {
                Visit::Served => return RoundEnd::Served,
                Visit::Stopped => return RoundEnd::Stopped,
                Visit::Next(error) => last = Some(error),
                Visit::Blocked => {}
            }
        }
        last.map_or(
            RoundEnd::NoCapacity(NoCapacity::Exhausted),
            RoundEnd::Failed,
        )
    }

    fn pick(&mut self) -> Result<Pick, NoCapacity> {
        let (sim, reign) = (self.sim, Rc::clone(&self.reign));
        let now = sim.clock.now();
        let mut checks = sim.checks();
        let before =
            checks.before_pick(&mut self.turn, &view(&reign, self.shard, &self.tried), now);
        let (roster, shard) = (&reign.roster, self.shard);
        let picked = self.seat.pick(&sim.memory, roster, shard, &self.tried, now);
        let view = view(&reign, self.shard, &self.tried);
        let (pick, _word) = match picked {
            Ok(picked) => picked,
            Err(none) => {
                checks.refused(&self.turn, &view, &before, none, &sim.truth(), now);
                return Err(none);
            }
        };
        checks.picked(&mut self.turn, &view, &before, &pick, now);
        self.tried.visited(&pick);
        Ok(pick)
    }

    async fn visit(&mut self, pick: Pick) -> Visit {
        let (sim, reign) = (self.sim, Rc::clone(&self.reign));
        let roster = &reign.roster;
        let account = reign.account(pick.credential());
        let mut last = None;
        let mut served = None;
        for target in roster.targets(&pick, sim.clock.now()) {
            if self.effort.is_spent() {
                break;
            }
            self.effort.spend();
            let begun = sim.clock.now();
            sim.checks()
                .attempts(&mut self.turn, account, &pick, target, begun);
            let protocol = self.ask.protocol;
            let reaction = sim.asks(account, protocol, target);
            let error = match reaction {
                Reaction::Served { begins, lasts, end } => {
                    sim.clock.sleep(begins).await;
                    let now = sim.clock.now();
                    roster.record(&pick, target, Outcome::Began, now);
                    self.seat.serves(&pick);
                    sim.checks()
                        .began(&mut self.turn, account, &pick, target, now);
                    served = Some((target, lasts, end));
                    break;
                }
                Reaction::Failed { after, error } => {
                    sim.clock.sleep(after).await;
                    error
                }
            };
            self.record(&pick, target, &error);
            if error.scope == Scope::Provider {
                self.tried.met_failing(&pick);
                self.turn.meets_failing(account);
            }
            if error.stop {
                sim.checks().leaves_empty(&mut self.turn, account);
                return Visit::Stopped;
            }
            let whole_credential = error.scope == Scope::Credential;
            last = Some(error);
            if whole_credential {
                break;
            }
        }
        if let Some((target, lasts, end)) = served {
            sim.clock.sleep(lasts).await;
            self.settle(&pick, target, &end);
            return Visit::Served;
        }
        sim.checks().leaves_empty(&mut self.turn, account);
        last.map_or(Visit::Blocked, Visit::Next)
    }

    /// What a settlement does.
    fn settle(&self, pick: &Pick, target: &ModelId, end: &End) {
        let (sim, roster) = (self.sim, &self.reign.roster);
        let account = self.reign.account(pick.credential());
        let now = sim.clock.now();
        match end {
            End::Complete => {
                roster.record(pick, target, Outcome::Succeeded, now);
                if let Some(binding) = self.seat.binding() {
                    sim.memory.bindings.touch(binding, now);
                }
                sim.checks()
                    .completes(&self.turn, account, pick, target, now);
            }
            End::Broken(error) => self.record(pick, target, error),
            End::Abandoned => {}
        }
    }

    fn record(&self, pick: &Pick, target: &ModelId, error: &UpstreamError) {
        let (sim, roster) = (self.sim, &self.reign.roster);
        let now = sim.clock.now();
        let before = roster.block_of(pick.credential(), target, now);
        let recorded = roster.record(pick, target, outcome_of(error), now);
        let account = self.reign.account(pick.credential());
        sim.checks()
            .failed(account, target, error, before, recorded, now);
    }
}

fn view<'a>(reign: &'a Reign, shard: ShardId, tried: &'a Tried) -> View<'a> {
    View {
        reign,
        shard,
        tried,
    }
}
