//! Requests, failures, edits, deletions, crashes and stops in any order: nothing is asked twice,
//! nothing that was granted is lost, and nobody is left waiting.

use super::{
    Answer, DAY, HOUR, LEAD, SECOND, Stage, Wall,
    disk::{Disk, Fault},
    idp::Idp,
    pass, start,
};
use crate::{Condition, Event, Fingerprint, Outcome, Reason, Remembered, Spec, Verdict};
use cliproxy_core::{CredentialId, Secret};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::task::JoinHandle;

#[derive(Clone, Debug)]
enum Act {
    Asks(Account, Reason),
    /// One who asked leaves.
    Leaves(prop::sample::Index),
    Passes(u64),
    Answers(Answer),
    Breaks(Fault),
    /// Somebody signs in again; the engine hears of it, or not.
    SignsIn(Account, bool),
    Deletes(Account),
    /// The engine is told again what is on disk.
    Tells(Account),
    Crashes,
    Stops,
}

type Account = usize;
const ACCOUNTS: [&str; 2] = ["a", "b"];

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let account = || 0..ACCOUNTS.len();
    let reason = prop::sample::select(vec![Reason::Expired, Reason::Rejected, Reason::Checked]);
    let answers = prop::sample::select(vec![
        Answer::Grants,
        Answer::Unreached,
        Answer::NoProxy,
        Answer::Vanishes,
        Answer::Swallows,
        Answer::Hangs,
        Answer::Throttled(None),
        Answer::Refused,
        Answer::NotThisClient,
    ]);
    let fault = prop::sample::select(vec![
        Fault::None,
        Fault::None,
        Fault::Full,
        Fault::ReadOnly,
        Fault::Garbled,
    ]);
    let millis = prop_oneof![0_u64..500, 500_u64..5_000, 5_000_u64..4_000_000];
    let act = prop_oneof![
        6 => (account(), reason).prop_map(|(account, reason)| Act::Asks(account, reason)),
        2 => any::<prop::sample::Index>().prop_map(Act::Leaves),
        8 => millis.prop_map(Act::Passes),
        3 => answers.prop_map(Act::Answers),
        2 => fault.prop_map(Act::Breaks),
        2 => (account(), any::<bool>()).prop_map(|(account, told)| Act::SignsIn(account, told)),
        1 => account().prop_map(Act::Deletes),
        2 => account().prop_map(Act::Tells),
        2 => Just(Act::Crashes),
        1 => Just(Act::Stops),
    ];
    prop::collection::vec(act, 0..40)
}

/// What outlives a process.
struct World {
    disk: Arc<Disk>,
    idp: Arc<Idp>,
    verdicts: BTreeMap<CredentialId, Verdict>,
    date: SystemTime,
    /// Refresh tokens that must not be asked with again.
    spent: BTreeSet<String>,
    signed_in: u64,
}

/// One process.
struct Life<'a> {
    world: &'a mut World,
    stage: Stage,
    asking: Vec<JoinHandle<Outcome>>,
    setup: u64,
}

impl Life<'_> {
    fn tell(&self, id: &CredentialId) {
        if !self.stage.disk.files.lock().contains_key(id) {
            return;
        }
        let spec = self.stage.spec(id, LEAD);
        let token = spec.tokens.fingerprint();
        let journal = self.stage.disk.journal.lock();
        let begun = journal.get(id).zip(token);
        let remembered = Remembered {
            verdict: self.world.verdicts.get(id).cloned(),
            uncertain: begun.is_some_and(|(tokens, token)| tokens.contains(&token)),
        };
        drop(journal);
        let spec = Spec {
            remembered,
            setup: self.setup,
            ..spec
        };
        self.stage.engine.upsert(vec![(id.clone(), spec)]);
    }

    async fn act(&mut self, act: Act) {
        let stage = &self.stage;
        match act {
            Act::Asks(account, reason) => {
                let (engine, id) = (Arc::clone(&stage.engine), ACCOUNTS[account].into());
                let seen = engine.live(&id).map(|live| live.load().revision);
                let asks = async move {
                    let seen = seen.unwrap_or_default();
                    engine.ensure_fresh(&id, seen, reason, 100 * DAY).await
                };
                self.asking.push(stage.tasks.spawn(asks));
            }
            Act::Leaves(index) if !self.asking.is_empty() => {
                let index = index.index(self.asking.len());
                self.asking.swap_remove(index).abort();
            }
            Act::Passes(millis) => pass(Duration::from_millis(millis)).await,
            Act::Answers(answer) => stage.script(&[answer]),
            Act::Breaks(fault) => *stage.disk.fault.lock() = fault,
            Act::SignsIn(account, told) => {
                self.world.signed_in += 1_000;
                let id = CredentialId::from(ACCOUNTS[account]);
                let mut valid = stage.idp.valid.lock();
                valid.insert(id.clone(), self.world.signed_in);
                drop(valid);
                stage.put(id.as_str(), HOUR / 2);
                stage.idp.lost.lock().remove(&id);
                if told {
                    self.tell(&id);
                }
            }
            Act::Deletes(account) => {
                let id = CredentialId::from(ACCOUNTS[account]);
                stage.disk.files.lock().remove(&id);
                stage.engine.remove(&[id]);
            }
            Act::Tells(account) => self.tell(&ACCOUNTS[account].into()),
            Act::Leaves(_) | Act::Crashes | Act::Stops => {}
        }
    }

    /// What holds at every moment.
    fn check(&self) {
        let stage = &self.stage;
        for (id, status) in stage.engine.statuses() {
            let used = stage.used(id.as_str());
            let known = stage.disk.ever.lock().contains(&used)
                || matches!(
                    status.condition,
                    Condition::AtRisk { .. } | Condition::NeedsLogin(_)
                );
            assert!(
                known,
                "{id} uses {used}, which was never on disk: {status:?}"
            );
        }
        assert!(stage.idp.doubled().is_empty(), "{:?}", stage.idp.doubled());
        for (token, count) in &*stage.idp.answered.lock() {
            assert!(*count <= 1, "{token} was answered {count} times");
        }
        for (_, token) in &*stage.idp.asked.lock() {
            assert!(
                !self.world.spent.contains(token),
                "{token} was spent before"
            );
        }
        assert!(stage.engine.in_flight() <= 16);
    }

    /// Everything works again, and time passes.
    async fn heals(&mut self) {
        *self.stage.disk.fault.lock() = Fault::None;
        self.stage.idp.script.lock().clear();
        self.setup += 1;
        for id in ACCOUNTS {
            self.tell(&id.into());
        }
        pass(DAY).await;
        while self.stage.engine.in_flight() > 0 {
            pass(SECOND).await;
        }
        self.check();
        for asking in self.asking.drain(..) {
            assert!(asking.is_finished(), "somebody still waits");
            assert_ne!(asking.await.unwrap(), Outcome::TimedOut);
        }
        let files = self.stage.disk.files.lock().clone();
        for (id, tokens) in files {
            let condition = self.stage.condition(id.as_str());
            if self.stage.idp.lost.lock().contains(&id) {
                continue;
            }
            assert_eq!(condition, Condition::Fresh, "{id}");
            let valid = self.stage.idp.tokens(&id, self.stage.now()).refresh;
            assert_eq!(tokens.refresh, valid, "{id}");
            let live = self.stage.engine.live(&id).unwrap().load();
            assert_eq!(live.tokens, tokens, "{id}");
            assert!(!live.is_expired(self.stage.now()));
        }
    }

    /// Notes what the next process finds.
    fn ends(self, clean: bool) {
        let Self { world, stage, .. } = self;
        for (id, event) in &*stage.notes.0.lock() {
            match event {
                Event::Verdict(Some(verdict)) => {
                    world.verdicts.insert(id.clone(), verdict.clone());
                }
                Event::Verdict(None) => {
                    world.verdicts.remove(id);
                }
                Event::Ended(..) => {}
            }
        }
        world.date = stage.now();
        let on_disk: BTreeMap<_, _> = ACCOUNTS
            .iter()
            .filter_map(|id| Some((stage.disk.refresh(&(*id).into())?, CredentialId::from(*id))))
            .collect();
        for (token, _) in std::mem::take(&mut *stage.idp.answered.lock()) {
            let print = Fingerprint::of(&Secret::from(token.as_str()));
            let refused = world
                .verdicts
                .values()
                .any(|verdict| verdict.token == print);
            match on_disk.get(&token) {
                Some(id) if !refused => {
                    assert!(
                        !clean,
                        "{token} is used up, still on disk, and nobody knows"
                    );
                    // The process took the answer with it.
                    stage.idp.lost.lock().insert(id.clone());
                }
                _ => {
                    world.spent.insert(token);
                }
            }
        }
        // Questions that are out are answered to nobody.
        for (token, id) in on_disk {
            if !clean && stage.idp.tokens(&id, world.date).refresh != Some(token.as_str().into()) {
                stage.idp.lost.lock().insert(id);
            }
        }
        stage.idp.asked.lock().clear();
    }
}

/// Lives one life; whether more acts are left.
fn live(world: &mut World, acts: &mut dyn Iterator<Item = Act>) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let wall = Wall::at(world.date);
        let stage = Stage::around(Arc::clone(&world.disk), Arc::clone(&world.idp), wall);
        let mut life = Life {
            world,
            stage,
            asking: Vec::new(),
            setup: 0,
        };
        for id in ACCOUNTS {
            life.tell(&id.into());
        }
        life.stage.engine.start();
        for act in acts {
            match act {
                Act::Crashes => {
                    life.ends(false);
                    return true;
                }
                Act::Stops => {
                    let at_risk = life.stage.engine.close().await;
                    life.check();
                    for asking in life.asking.drain(..) {
                        asking.await.unwrap();
                    }
                    life.ends(at_risk.is_empty());
                    return true;
                }
                act => life.act(act).await,
            }
            life.check();
        }
        life.heals().await;
        false
    })
}

proptest! {
    #[test]
    fn nothing_is_asked_twice_and_nothing_is_lost(acts in acts()) {
        let mut world = World {
            disk: Arc::default(),
            idp: Arc::default(),
            verdicts: BTreeMap::new(),
            date: start(),
            spent: BTreeSet::new(),
            signed_in: 0,
        };
        *world.idp.life.lock() = HOUR;
        *world.idp.latency.lock() = SECOND;
        *world.disk.latency.lock() = SECOND / 10;
        for id in ACCOUNTS {
            let id = CredentialId::from(id);
            world.disk.put(&id, world.idp.tokens(&id, start()));
        }
        let mut acts = acts.into_iter();
        while live(&mut world, &mut acts) {}
    }
}
