//! The whole policy of a gateway under hours of load, in seconds: real rosters, bindings and seats,
//! upstreams that fail in every way, and a clock that jumps.
//!
//! Everything is drawn from one seed, so a run can be repeated. While it runs, `checks` compares
//! what happens with what `docs/scheduling.md`, `docs/affinity.md` and `docs/failures.md` promise; the
//! modules of `checks` say what that is, in figures, and why it can be no other. `runs` has the runs
//! themselves.
//!
//! | module | what it has |
//! | --- | --- |
//! | `clock` | time |
//! | `world`, `reign` | the configuration, and what a reload makes of it |
//! | `upstream`, `quota`, `refusal` | what only upstreams know, and what they say |
//! | `session`, `request` | clients, and a request on its way through the policy |
//! | `checks` | what has to hold |

mod checks;
mod clock;
mod quota;
mod refusal;
mod reign;
mod request;
mod runs;
mod session;
mod upstream;
mod world;

use crate::{memory::Memory, replay::ReplayStore, retry::RetryPolicy};
use checks::{Checks, Report};
use cliproxy_core::{ModelId, Protocol};
use cliproxy_session_affinity::{Bindings, Extractor, Pins};
use clock::Clock;
use fastrand::Rng;
use reign::Reign;
use std::{
    cell::{Ref, RefCell, RefMut},
    rc::Rc,
    time::Duration,
};
use tokio::sync::Notify;
use upstream::{Reaction, Upstreams};
use world::{Account, World};

/// How much of everything.
#[derive(Clone, Debug)]
struct Scale {
    seed: u64,
    credentials: usize,
    sessions: usize,
    hours: u64,
    /// Requests of a session, on average.
    turns: f64,
    affinity: bool,
    failback: bool,
    /// Of so many routes, the rotation of one is watched: that takes most of the time.
    watched: usize,
    /// Room for so many bindings.
    capacity: u64,
    policy: RetryPolicy,
}

const TTL: Duration = Duration::from_secs(60 * 60);

impl Scale {
    /// What a team has: 200 credentials, and 5,000 sessions in twelve hours.
    const fn team(seed: u64) -> Self {
        Self {
            seed,
            credentials: 200,
            sessions: 5_000,
            hours: 12,
            turns: 8.0,
            watched: 1,
            affinity: true,
            failback: false,
            capacity: 200_000,
            policy: RetryPolicy {
                rounds: 3,
                fewest_rounds: 3,
                bootstrap_rounds: 0,
                credentials: 0,
                wait: Duration::ZERO,
                attempts: 32,
                deadline: None,
            },
        }
    }

    fn time(&self) -> Duration {
        Duration::from_secs(self.hours * 60 * 60)
    }
}

struct Simulation {
    scale: Scale,
    clock: Rc<Clock>,
    memory: Memory,
    world: RefCell<World>,
    upstreams: RefCell<Upstreams>,
    reign: RefCell<Rc<Reign>>,
    rng: RefCell<Rng>,
    checks: RefCell<Checks>,
}

impl Simulation {
    /// Runs to the end, and says what was seen.
    fn run(scale: Scale) -> Report {
        let clock = Rc::new(Clock::new());
        let now = clock.now();
        let mut rng = Rng::with_seed(scale.seed);
        let world = World::draw(&scale, &mut rng);
        let upstreams = Upstreams::draw(&scale, &world, now, &mut rng);
        let reign = Reign::begin(&world, None, now);
        let sim = Rc::new(Self {
            memory: Memory {
                extractor: Extractor::new([7; 32]),
                bindings: Bindings::new(TTL, scale.capacity, now),
                pins: Pins::new(TTL, 1, now),
                replay: ReplayStore::new(now),
                added: tokio::sync::watch::Sender::new(0),
                health_changed: Notify::new(),
            },
            checks: RefCell::new(Checks::new(&scale, &upstreams, now)),
            upstreams: RefCell::new(upstreams),
            world: RefCell::new(world),
            reign: RefCell::new(Rc::new(reign)),
            rng: RefCell::new(rng),
            clock: Rc::clone(&clock),
            scale,
        });
        clock.spawn(Rc::clone(&sim).reload());
        clock.spawn(Rc::clone(&sim).open());
        clock.run();
        sim.checks().report(&sim.scale, &sim.memory)
    }

    /// Clients begin their conversations.
    async fn open(self: Rc<Self>) {
        let mut rng = self.rng().fork();
        let span = u64::try_from(self.scale.time().as_millis()).unwrap();
        let mut starts: Vec<_> = (0..self.scale.sessions).map(|_| rng.u64(..span)).collect();
        starts.sort_unstable();
        for (number, start) in starts.into_iter().enumerate() {
            let start = Duration::from_millis(start);
            self.clock
                .sleep(start.saturating_sub(self.clock.elapsed()))
                .await;
            let rng = Rng::with_seed(self.scale.seed ^ (number as u64) << 20);
            self.clock
                .spawn(session::converse(Rc::clone(&self), number, rng));
        }
    }

    /// Somebody edits the configuration.
    async fn reload(self: Rc<Self>) {
        let mut rng = self.rng().fork();
        while !self.is_over() {
            self.clock
                .sleep(Duration::from_secs(rng.u64(600..2_400)))
                .await;
            let now = self.clock.now();
            let mut world = self.world.borrow_mut();
            world.change(&mut rng);
            let refused: Vec<_> = self
                .upstreams
                .borrow()
                .refused(&world.accounts, now)
                .collect();
            for account in refused {
                if rng.u8(..4) == 0 {
                    world.replace_key(account);
                }
            }
            let reign = Reign::begin(&world, Some(&self.reign()), now);
            self.reign.replace(Rc::new(reign));
            self.checks().reloads();
        }
    }

    fn is_over(&self) -> bool {
        self.clock.elapsed() >= self.scale.time()
    }

    fn reign(&self) -> Rc<Reign> {
        Rc::clone(&self.reign.borrow())
    }

    fn rng(&self) -> RefMut<'_, Rng> {
        self.rng.borrow_mut()
    }

    fn checks(&self) -> RefMut<'_, Checks> {
        self.checks.borrow_mut()
    }

    fn truth(&self) -> Ref<'_, Upstreams> {
        self.upstreams.borrow()
    }

    fn model_name(&self, model: usize) -> ModelId {
        self.world.borrow().models[model].name.as_str().into()
    }

    fn wish(&self, rng: &mut Rng) -> (Protocol, usize) {
        self.world.borrow().wish(rng)
    }

    fn asks(&self, account: &Account, protocol: Protocol, target: &ModelId) -> Reaction {
        let now = self.clock.now();
        let mut upstreams = self.upstreams.borrow_mut();
        upstreams.ask(account, protocol, target, now, &mut self.rng())
    }

    /// Up to so long.
    async fn pause(&self, most: Duration) {
        let time = most.mul_f64(self.rng().f64());
        self.clock.sleep(time).await;
    }
}
