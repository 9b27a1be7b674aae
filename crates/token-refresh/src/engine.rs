//! What runs it all: the lock around what is decided, the timer, the tasks.

use crate::{
    Clock, Counts, LiveTokens, Observer, Outcome, Reason, Revision, Settings, Spec, Status,
    attempt,
    ready::Life,
    registry::{Demand, Registry},
    turn::Turn,
};
use cliproxy_core::CredentialId;
use futures_util::future::join_all;
use parking_lot::Mutex;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{runtime::Handle, sync::Notify};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A timer stands still while a laptop sleeps. So no sleep is longer than this, and each ends with
/// a look at the date. Nothing scheduled, no timer.
const LONGEST_SLEEP: Duration = Duration::from_secs(5 * 60);

/// What a shutdown leaves for writing what is at risk, and the pause between two tries.
const LAST_WRITES: Duration = Duration::from_secs(5);
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// Where attempts run: on this runtime, and where a shutdown waits for them.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a tracker and its runtime")]
pub struct Spawner {
    /// Every task is on it.
    pub tasks: TaskTracker,
    /// What they run on; it outlives every request.
    pub runtime: Handle,
}

/// Keeps the tokens of all credentials fresh.
///
/// Cheap to share; all methods may be called from any thread, and none but
/// [`ensure_fresh`](Self::ensure_fresh) and [`close`](Self::close) waits.
pub struct Engine(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stop: CancellationToken,
    observer: Arc<dyn Observer>,
    spawner: Spawner,
    registry: Mutex<Registry>,
    started: Mutex<bool>,
    /// The timer looks again.
    changed: Notify,
    /// An attempt has ended.
    ended: Notify,
}

impl Engine {
    /// An engine without credentials, at rest.
    #[must_use]
    pub fn new(
        settings: Settings,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
        spawner: Spawner,
    ) -> Self {
        Self(Arc::new(Shared {
            clock,
            stop: CancellationToken::new(),
            observer,
            spawner,
            registry: Mutex::new(Registry::new(settings)),
            started: Mutex::new(false),
            changed: Notify::new(),
            ended: Notify::new(),
        }))
    }

    /// Begins to refresh what is due. A second call does nothing. Requests are served before it.
    pub fn start(&self) {
        let mut started = self.0.started.lock();
        if !*started {
            *started = true;
            let timer = keep_time(Arc::clone(&self.0));
            let Spawner { tasks, runtime } = &self.0.spawner;
            tasks.spawn_on(timer, runtime);
        }
    }

    /// Changes how many work, and whether disabled credentials are refreshed. Attempts that run
    /// beyond a lower number end as they would.
    pub fn set(&self, settings: Settings) {
        self.0.act(|registry, now| registry.set(settings, now));
    }

    /// Adds and changes credentials; give those that appear together in one call, since those of
    /// them that are due are spread. Returns where the tokens of each are found.
    pub fn upsert(&self, batch: Vec<(CredentialId, Spec)>) -> Vec<Arc<LiveTokens>> {
        self.0.act(|registry, now| registry.upsert(batch, now))
    }

    /// Takes credentials away. Whoever waits for one is told, and what an attempt under way brings
    /// does not bring it back.
    pub fn remove(&self, ids: &[CredentialId]) {
        self.0.act(|registry, _| {
            for id in ids {
                registry.remove(id);
            }
        });
    }

    /// Where the tokens of a credential are found.
    #[must_use]
    pub fn live(&self, id: &CredentialId) -> Option<Arc<LiveTokens>> {
        self.0.look(|registry, _| registry.live(id))
    }

    /// Gives tokens newer than those `seen`, refreshed if need be, before others that are due.
    ///
    /// All who ask at a time wait for one attempt, for `patience` at most. Whoever stops waiting,
    /// or is dropped, does not stop the attempt.
    pub async fn ensure_fresh(
        &self,
        id: &CredentialId,
        seen: Revision,
        reason: Reason,
        patience: Duration,
    ) -> Outcome {
        let demand = self.0.act(|r, now| r.demand(id, seen, reason, now));
        let hears = match demand {
            Demand::Answered(outcome) => return outcome,
            Demand::Waits(hears) => hears,
        };
        tokio::select! {
            biased;
            outcome = hears => outcome.unwrap_or(Outcome::Stopped),
            () = self.0.clock.sleep(patience) => Outcome::TimedOut,
        }
    }

    /// How a credential is.
    #[must_use]
    pub fn status(&self, id: &CredentialId) -> Option<Status> {
        self.0.look(|registry, now| registry.status(id, now))
    }

    /// How all are, in the order of their ids.
    #[must_use]
    pub fn statuses(&self) -> Vec<(CredentialId, Status)> {
        self.0.look(|registry, now| registry.statuses(now))
    }

    /// How many attempts ended how.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.0.look(|registry, _| registry.counts.clone())
    }

    /// The credentials whose tokens are in use and are not on disk.
    #[must_use]
    pub fn at_risk(&self) -> Vec<CredentialId> {
        self.0.look(|registry, _| registry.at_risk())
    }

    /// How many attempts run now.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.0.look(|registry, _| registry.in_flight())
    }

    /// Begins nothing more, waits for questions that are out (30 s at most), and then for up to 5 s
    /// writes what is at risk. Returns those that still are.
    pub async fn close(&self) -> Vec<CredentialId> {
        self.0.stop.cancel();
        self.0.look(|registry, _| registry.close());
        while self.in_flight() > 0 {
            self.0.ended.notified().await;
        }
        let at_risk = self.at_risk();
        let writes = join_all(at_risk.iter().map(|id| self.0.write_at_last(id)));
        tokio::select! {
            biased;
            _ = writes => {}
            () = self.0.clock.sleep(LAST_WRITES) => {}
        }
        self.at_risk()
    }
}

impl Drop for Engine {
    /// Nothing is refreshed for nobody.
    fn drop(&mut self) {
        self.0.stop.cancel();
    }
}

impl Shared {
    /// Looks, or notes; nobody begins and nobody is woken by it but whom events are for.
    pub(crate) fn look<R>(&self, with: impl FnOnce(&mut Registry, SystemTime) -> R) -> R {
        let now = self.clock.now();
        let (result, events) = {
            let mut registry = self.registry.lock();
            (with(&mut registry, now), registry.take_events())
        };
        for (id, event) in events {
            self.observer.note(&id, &event);
        }
        result
    }

    /// Does something after which others may begin.
    pub(crate) fn act<R>(self: &Arc<Self>, with: impl FnOnce(&mut Registry, SystemTime) -> R) -> R {
        let (result, begun, now) = self.look(|registry, now| {
            let before = registry.earliest();
            let result = with(registry, now);
            if registry.earliest() != before {
                self.changed.notify_one();
            }
            (result, registry.dispatch(now), now)
        });
        for life in begun {
            self.spawn(life, now);
        }
        self.ended.notify_one();
        result
    }

    /// Wakes the timer and whoever waits for the end of attempts.
    pub(crate) fn look_again(&self) {
        self.changed.notify_one();
        self.ended.notify_one();
    }

    fn spawn(self: &Arc<Self>, life: Life, now: SystemTime) {
        let turn = Turn::new(Arc::clone(self), life, now);
        let Spawner { tasks, runtime } = &self.spawner;
        tasks.spawn_on(attempt::run(turn), runtime);
    }

    /// Tries to write what is at risk until it is written.
    async fn write_at_last(self: &Arc<Self>, id: &CredentialId) {
        while let Some(life) = self.look(|registry, now| registry.begin_last(id, now)) {
            let turn = Turn::new(Arc::clone(self), life, self.clock.now());
            attempt::run(turn).await;
            if self.look(|registry, _| !registry.at_risk().contains(id)) {
                return;
            }
            self.clock.sleep(LAST_PAUSE).await;
        }
    }
}

/// Sleeps until somebody is due, and hands them to the workers.
async fn keep_time(shared: Arc<Shared>) {
    let mut last = shared.clock.now();
    loop {
        let next = shared.act(|registry, now| {
            if now < last {
                registry.reschedule_all(now);
            }
            last = now;
            registry.promote(now);
            registry.earliest()
        });
        let sleep = async {
            match next {
                None => std::future::pending().await,
                Some(next) => {
                    let until = next.duration_since(shared.clock.now()).unwrap_or_default();
                    shared.clock.sleep(until.min(LONGEST_SLEEP)).await;
                }
            }
        };
        tokio::select! {
            biased;
            () = shared.stop.cancelled() => return,
            () = shared.changed.notified() => {}
            () = sleep => {}
        }
    }
}
