//! Who serves a session, request by request.

use super::Seat;
use crate::memory::Memory;
use cliproxy_core::{ErrorKind, KeyDigest, ModelId, Protocol, ProviderId, Scope};
use cliproxy_scheduler::{
    CandidateSpec, Outcome, Pick, Query, Roster, RosterSpec, ServingSpec, ShardId, ShardSpec, Tried,
};
use cliproxy_session_affinity::Session;
use http::{HeaderMap, HeaderValue};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(60 * 60);
const TTL: Duration = HOUR;

const OVERLOADED: Outcome = Outcome::Failed {
    kind: ErrorKind::Upstream,
    scope: Scope::Model,
    retry_after: None,
};
const UNREACHABLE: Outcome = Outcome::Failed {
    kind: ErrorKind::Transport,
    scope: Scope::Provider,
    retry_after: None,
};
const BROKEN: Outcome = Outcome::Failed {
    kind: ErrorKind::Transport,
    scope: Scope::Request,
    retry_after: None,
};

fn limited(seconds: u64) -> Outcome {
    Outcome::Failed {
        kind: ErrorKind::Quota,
        scope: Scope::Model,
        retry_after: Some(Duration::from_secs(seconds)),
    }
}

/// One session, and who could serve it.
struct Stage {
    memory: Memory,
    roster: Roster,
    shard: ShardId,
    session: Session,
    now: Instant,
}

/// A request of it, and its last pick.
struct Asking<'a> {
    stage: &'a Stage,
    seat: Seat,
    tried: Tried,
    pick: Option<Pick>,
}

impl Stage {
    /// `name@upstream/priority=model+model`, of which all but the name may be missing.
    fn new(members: &str) -> Self {
        let candidates = members.split(' ').map(|text| {
            let (text, models) = text.split_once('=').unwrap_or((text, "m"));
            let (text, priority) = text.split_once('/').unwrap_or((text, "0"));
            let (name, upstream) = text.split_once('@').unwrap_or((text, text));
            let targets = models.split('+').map(ModelId::from).collect();
            let candidate = CandidateSpec {
                upstream: Some(upstream.into()),
                priority: priority.parse().unwrap(),
                ..CandidateSpec::new(name.into(), ProviderId::from("p"))
            };
            ServingSpec::new([candidate], targets)
        });
        let spec = RosterSpec {
            shards: vec![ShardSpec {
                key: "route".into(),
                servings: candidates.collect(),
            }],
            ..RosterSpec::default()
        };
        let now = Instant::now();
        let roster = Roster::build(spec, None, now);
        let memory = Memory::new([7; 32], TTL, now);
        let mut headers = HeaderMap::new();
        headers.insert("x-session-id", HeaderValue::from_static("one"));
        let client = KeyDigest::ANONYMOUS;
        let session = memory
            .extractor
            .extract(&client, &headers, None, Protocol::Claude);
        Self {
            shard: roster.shard("route").unwrap(),
            session: session.unwrap(),
            memory,
            roster,
            now,
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    fn asking(&self) -> Asking<'_> {
        let model = ModelId::from("route");
        Asking {
            stage: self,
            seat: Seat::find(&self.memory, &self.session, &model, self.now),
            tried: Tried::default(),
            pick: None,
        }
    }

    /// A request that is served at the first try: by whom, and what that means.
    #[track_caller]
    fn served(&self, expected: &str) {
        let mut asking = self.asking();
        asking.goes(expected);
        asking.begins();
    }

    /// Another request, of no session: one to this credential, with this end.
    fn other(&self, name: &str, model: &str, outcome: Outcome) {
        let pick = self.visit(name);
        self.roster.record(&pick, &model.into(), outcome, self.now);
    }

    fn visit(&self, name: &str) -> Pick {
        let (pin, tried) = (name.into(), Tried::default());
        let query = Query {
            pin: Some(&pin),
            ..Query::of(self.shard, &tried)
        };
        self.roster.pick(&query, self.now).unwrap()
    }

    /// The rotation goes on.
    fn turn(&self) {
        let tried = Tried::default();
        let query = Query::of(self.shard, &tried);
        self.roster.pick(&query, self.now).unwrap();
    }
}

impl Asking<'_> {
    /// `name: word`.
    #[track_caller]
    fn goes(&mut self, expected: &str) {
        let Stage {
            memory,
            roster,
            shard,
            now,
            ..
        } = self.stage;
        let picked = self.seat.pick(memory, roster, *shard, &self.tried, *now);
        let (pick, word) = picked.unwrap();
        assert_eq!(
            format!("{}: {}", pick.credential(), word.unwrap()),
            expected
        );
        self.tried.visited(&pick);
        self.pick = Some(pick);
    }

    fn begins(&self) {
        let pick = self.pick.as_ref().unwrap();
        let Stage { roster, now, .. } = self.stage;
        roster.record(pick, &"m".into(), Outcome::Began, *now);
        self.seat.serves(pick);
    }

    fn fails(&mut self, outcome: Outcome) {
        let pick = self.pick.take().unwrap();
        let Stage { roster, now, .. } = self.stage;
        roster.record(&pick, &"m".into(), outcome, *now);
    }
}

#[test]
fn a_stand_in_serves_as_long_as_the_own_credential_cannot() {
    let mut stage = Stage::new("a b c d");
    stage.served("a: new");
    let late = stage.visit("a");
    stage.other("a", "m", limited(60));
    stage.served("b: moved: short block");
    stage.turn();
    stage.served("b: moved: short block");
    // It is back before its time.
    stage
        .roster
        .record(&late, &"m".into(), Outcome::Succeeded, stage.now);
    stage.served("a: hit");
    // Away again: the second warmest cache is where it was.
    stage.wait(600);
    stage.other("a", "m", limited(60));
    stage.served("b: moved: short block");
    stage.other("b", "m", limited(60));
    stage.served("d: moved: short block");
    stage.wait(60);
    stage.served("a: hit");
    stage.wait(1_000);
    stage.served("a: hit");
    stage.wait(2_600);
    stage.other("a", "m", limited(60));
    stage.served("b: moved: short block");
}

#[test]
fn an_upstream_at_rest_does_not_scatter_its_sessions() {
    let mut stage = Stage::new("a@x b@x c@x d@y e@y f@y g@x");
    stage.served("a: new");
    for name in ["b", "c", "g"] {
        stage.other(name, "m", UNREACHABLE);
    }
    stage.served("d: moved: upstream at rest");
    stage.turn();
    stage.served("d: moved: upstream at rest");
    stage.wait(30);
    let mut trial = stage.asking();
    trial.goes("a: hit");
    stage.served("d: moved: upstream at rest");
    trial.begins();
    stage.served("a: hit");
}

#[test]
fn a_session_settles_where_it_is_served() {
    let mut stage = Stage::new("a b c d");
    let mut first = stage.asking();
    first.goes("a: new");
    first.fails(OVERLOADED);
    first.goes("b: new");
    first.begins();
    stage.served("b: hit");
    // It moves for good, and where it moves to fails before it has served.
    let mut moving = stage.asking();
    moving.goes("b: hit");
    moving.fails(limited(600));
    moving.goes("c: moved: quota");
    moving.fails(OVERLOADED);
    moving.goes("d: moved: quota");
    moving.begins();
    stage.wait(300);
    stage.served("d: hit");
    stage.wait(300);
    stage.served("d: hit");
}

#[test]
fn a_cache_is_not_left_because_another_request_failed_there() {
    for (outcome, word) in [
        (OVERLOADED, "moved: short block"),
        (BROKEN, "moved: failed once"),
    ] {
        let mut stage = Stage::new("a b c");
        let (mut first, mut second) = (stage.asking(), stage.asking());
        first.goes("a: new");
        second.goes("a: hit");
        second.begins();
        first.fails(outcome);
        first.goes(&format!("c: {word}"));
        first.begins();
        stage.wait(60);
        stage.served("a: hit");
    }
}

#[test]
fn a_better_credential_that_fails_sends_the_session_back() {
    let mut stage = Stage::new("high/1 b c");
    stage.other("high", "m", limited(60));
    stage.served("b: new");
    stage.turn();
    stage.wait(60);
    let outranked = |stage: &Stage| {
        let own = "b".into();
        stage.roster.is_outranked(stage.shard, &own, stage.now)
    };
    assert!(outranked(&stage));
    let mut asking = stage.asking();
    asking.seat = asking.seat.unless(|_| outranked(&stage));
    asking.goes("high: moved: priority");
    asking.fails(OVERLOADED);
    asking.goes("b: moved: priority");
    asking.begins();
    stage.wait(60);
    stage.served("b: hit");
}

#[test]
fn of_a_pool_the_block_counts_that_ends_first() {
    let lacking = Outcome::Failed {
        kind: ErrorKind::ModelUnavailable,
        scope: Scope::Model,
        retry_after: None,
    };
    let mut stage = Stage::new("a=m+n b=m+n");
    stage.served("a: new");
    stage.other("a", "m", lacking);
    stage.served("a: hit");
    stage.other("a", "n", limited(60));
    stage.served("b: moved: short block");
    stage.wait(60);
    stage.served("a: hit");
    stage.other("a", "n", limited(600));
    stage.served("b: moved: quota");
    stage.wait(600);
    stage.served("b: hit");
}
