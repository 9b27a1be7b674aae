//! What the engine does, seen from outside: a stage with a disk, a token endpoint and a clock.

mod asking;
mod change;
mod day;
mod disk;
mod fakes;
mod idp;
mod interleavings;
mod order;
mod sharing;
mod workers;

use self::{
    disk::{Disk, Drawer},
    fakes::{Notes, Wall},
    idp::{Account, Answer, Idp},
};
use crate::{
    Clock as _, Condition, Ending, Engine, Outcome, Policy, Reason, Remembered, Revision, Settings,
    Spawner, Spec, Status, Tokens,
};
use cliproxy_core::CredentialId;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{runtime::Handle, time::Instant};
use tokio_util::task::TaskTracker;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// As long as a request waits.
const PATIENCE: Duration = Duration::from_secs(35);

const LEAD: Policy = Policy {
    refreshed: true,
    disabled: false,
    lead: Some(Duration::from_secs(5 * 60)),
    interval: None,
};

/// Only a request is a reason to refresh.
const LAZY: Policy = Policy { lead: None, ..LEAD };

/// 2026-04-12T00:00Z
fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_775_952_000)
}

/// An engine and what is around it. Its clock is the runtime's, which is paused.
struct Stage {
    engine: Arc<Engine>,
    disk: Arc<Disk>,
    idp: Arc<Idp>,
    wall: Arc<Wall>,
    notes: Arc<Notes>,
    tasks: TaskTracker,
    began: Instant,
}

impl Stage {
    fn new() -> Self {
        let idp = Arc::new(Idp::default());
        *idp.life.lock() = HOUR;
        Self::around(Arc::default(), idp, Wall::at(start()))
    }

    /// A process over a disk and a token endpoint that others may use too.
    fn around(disk: Arc<Disk>, idp: Arc<Idp>, wall: Wall) -> Self {
        let (wall, notes, tasks) = (Arc::new(wall), Arc::<Notes>::default(), TaskTracker::new());
        let spawner = Spawner {
            tasks: tasks.clone(),
            runtime: Handle::current(),
        };
        let engine = Engine::new(
            Settings::default(),
            Arc::clone(&wall) as _,
            Arc::clone(&notes) as _,
            spawner,
        );
        Self {
            engine: Arc::new(engine),
            disk,
            idp,
            wall,
            notes,
            tasks,
            began: Instant::now(),
        }
    }

    /// One credential `a`, and the engine running.
    fn with(policy: Policy, life_left: Duration) -> Self {
        let stage = Self::new();
        stage.put("a", life_left);
        stage.add("a", policy);
        stage.engine.start();
        stage
    }

    fn now(&self) -> SystemTime {
        self.wall.now()
    }

    /// Writes valid tokens that live so much longer.
    fn put(&self, id: &str, left: Duration) {
        let id = CredentialId::from(id);
        let tokens = Tokens {
            expires_at: Some(self.now() + left),
            refreshed_at: None,
            ..self.idp.tokens(&id, self.now())
        };
        self.disk.put(&id, tokens);
    }

    fn spec(&self, id: &CredentialId, policy: Policy) -> Spec {
        Spec {
            policy,
            tokens: self.disk.files.lock()[id].clone(),
            vault: Arc::new(Drawer {
                disk: Arc::clone(&self.disk),
                id: id.clone(),
            }),
            endpoint: Arc::new(Account {
                idp: Arc::clone(&self.idp),
                id: id.clone(),
                clock: Arc::clone(&self.wall),
            }),
            setup: 0,
            remembered: Remembered::default(),
        }
    }

    /// Tells the engine what is on disk.
    fn add(&self, id: &str, policy: Policy) {
        let id = CredentialId::from(id);
        let spec = self.spec(&id, policy);
        self.engine.upsert(vec![(id, spec)]);
    }

    fn script(&self, answers: &[Answer]) {
        self.idp.script.lock().extend(answers);
    }

    async fn ask(&self, id: &str, reason: Reason) -> Outcome {
        let id = CredentialId::from(id);
        let seen = self.engine.live(&id).map(|live| live.load().revision);
        let seen = seen.unwrap_or_default();
        self.engine.ensure_fresh(&id, seen, reason, PATIENCE).await
    }

    /// Asks in a task of its own, which goes on when nobody waits for it.
    fn asks(&self, id: &str, seen: Revision, reason: Reason) -> tokio::task::JoinHandle<Outcome> {
        let (engine, id) = (Arc::clone(&self.engine), CredentialId::from(id));
        let task = async move { engine.ensure_fresh(&id, seen, reason, PATIENCE).await };
        self.tasks.spawn(task)
    }

    fn status(&self, id: &str) -> Status {
        self.engine.status(&id.into()).unwrap()
    }

    fn condition(&self, id: &str) -> Condition {
        self.status(id).condition
    }

    /// What requests are made with.
    fn used(&self, id: &str) -> String {
        let live = self.engine.live(&id.into()).unwrap();
        live.load().tokens.access.expose().to_owned()
    }

    fn ended(&self, ending: Ending) -> u64 {
        self.engine.counts().of(ending)
    }

    /// When the token endpoint was asked, in seconds since the start.
    fn asked(&self) -> Vec<u64> {
        let asked = self.idp.asked.lock();
        asked
            .iter()
            .map(|(at, _)| (*at - self.began).as_secs())
            .collect()
    }

    fn due_in(&self, id: &str) -> Option<Duration> {
        let due = self.status(id).due_at?;
        Some(due.duration_since(self.now()).unwrap_or_default())
    }
}

/// Lets that much time pass, and everything happen that is due in it.
async fn pass(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Lets others run, without time passing.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}
