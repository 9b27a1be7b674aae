//! What each outcome does to health.

use super::*;

use Recorded::{Cleared, Unchanged};

const NO_COOLING: Cooling = Cooling {
    enabled: false,
    transient: Some(MINUTE),
};

fn only(cooling: Cooling) -> Stage {
    Stage::new(vec![CandidateSpec {
        cooling,
        ..candidate("a", 0)
    }])
}

/// One failure of a healthy credential.
fn check(cooling: Cooling, outcome: Outcome, expected: Recorded) {
    let stage = only(cooling);
    assert_eq!(stage.attempt("a", outcome), expected, "{outcome:?}");
    let block = match expected {
        Recorded::Blocked(block) => Some(block),
        Cleared | Unchanged => None,
    };
    assert_eq!(stage.block("a", "m"), block, "{outcome:?}");
    assert_eq!(stage.pick("").is_err(), block.is_some(), "{outcome:?}");
}

#[test]
fn each_failure_blocks_for_its_time() {
    let check = |kind, time| {
        let expected = blocked(kind, Scope::Model, time);
        check(
            Cooling::default(),
            failed(kind, Scope::Model, None),
            expected,
        );
    };
    check(ErrorKind::Auth, 30 * MINUTE);
    check(ErrorKind::Forbidden, 30 * MINUTE);
    check(ErrorKind::ModelUnavailable, 12 * HOUR);
    check(ErrorKind::NotFound, 12 * HOUR);
    check(ErrorKind::Quota, SECOND);
    check(ErrorKind::Transport, MINUTE);
    check(ErrorKind::Upstream, MINUTE);
}

#[test]
fn faults_of_the_request_the_client_and_the_gateway_block_nothing() {
    for kind in [
        ErrorKind::BadRequest,
        ErrorKind::Cancelled,
        ErrorKind::Cooldown,
        ErrorKind::Internal,
    ] {
        for scope in [Scope::Model, Scope::Credential, Scope::Provider] {
            let outcome = failed(kind, scope, Some(MINUTE));
            check(Cooling::default(), outcome, Unchanged);
        }
    }
}

#[test]
fn request_scope_blocks_nothing() {
    for kind in [
        ErrorKind::Auth,
        ErrorKind::ModelUnavailable,
        ErrorKind::NotFound,
        ErrorKind::Quota,
        ErrorKind::Transport,
        ErrorKind::Upstream,
    ] {
        let outcome = failed(kind, Scope::Request, Some(MINUTE));
        check(Cooling::default(), outcome, Unchanged);
    }
}

#[test]
fn hints() {
    let check = |kind, hint, time| {
        let outcome = failed(kind, Scope::Model, Some(hint));
        check(
            Cooling::default(),
            outcome,
            blocked(kind, Scope::Model, time),
        );
    };
    check(ErrorKind::Quota, 7 * SECOND, 7 * SECOND);
    check(
        ErrorKind::Quota,
        Duration::from_millis(5),
        Duration::from_millis(5),
    );
    check(ErrorKind::Quota, Duration::ZERO, SECOND);
    check(ErrorKind::Quota, 30 * DAY, 7 * DAY);
    check(ErrorKind::Quota, Duration::MAX, 7 * DAY);
    check(ErrorKind::Upstream, 5 * SECOND, MINUTE);
    check(ErrorKind::Upstream, 5 * MINUTE, 5 * MINUTE);
    check(ErrorKind::Transport, 30 * DAY, 7 * DAY);
    check(ErrorKind::Auth, 5 * SECOND, 30 * MINUTE);
}

#[test]
fn the_transient_block_is_configured() {
    let check = |transient, hint, expected| {
        let cooling = Cooling {
            transient,
            ..Cooling::default()
        };
        check(
            cooling,
            failed(ErrorKind::Upstream, Scope::Model, hint),
            expected,
        );
    };
    let for_time = |time| blocked(ErrorKind::Upstream, Scope::Model, time);
    check(Some(5 * SECOND), None, for_time(5 * SECOND));
    check(Some(5 * SECOND), Some(9 * SECOND), for_time(9 * SECOND));
    check(Some(Duration::ZERO), None, Unchanged);
    check(None, None, Unchanged);
    check(None, Some(MINUTE), Unchanged);
}

#[test]
fn with_cooling_off_only_a_missing_model_blocks() {
    let check = |kind, expected| {
        check(
            NO_COOLING,
            failed(kind, Scope::Model, Some(2 * MINUTE)),
            expected,
        );
    };
    for kind in [
        ErrorKind::Auth,
        ErrorKind::Forbidden,
        ErrorKind::NotFound,
        ErrorKind::Quota,
        ErrorKind::Transport,
        ErrorKind::Upstream,
    ] {
        check(kind, Unchanged);
    }
    let missing = ErrorKind::ModelUnavailable;
    check(missing, blocked(missing, Scope::Model, 12 * HOUR));
}

#[test]
fn a_provider_failure_is_a_transient_block_of_the_model() {
    for kind in [ErrorKind::Upstream, ErrorKind::Transport, ErrorKind::Quota] {
        let expected = blocked(kind, Scope::Model, MINUTE);
        check(
            Cooling::default(),
            failed(kind, Scope::Provider, None),
            expected,
        );
        check(NO_COOLING, failed(kind, Scope::Provider, None), Unchanged);
    }
    let stage = Stage::new(tier("a b"));
    stage.attempt("a", failed(ErrorKind::Transport, Scope::Provider, None));
    assert_eq!(*stage.pick("a").unwrap().credential(), id("b"), "a sibling");
}

#[test]
fn back_off_doubles_per_window_and_a_success_ends_it() {
    let mut stage = only(Cooling::default());
    let hit = failed(ErrorKind::Quota, Scope::Model, None);
    for seconds in [1, 2, 4, 8, 16] {
        let expected = blocked(ErrorKind::Quota, Scope::Model, seconds * SECOND);
        assert_eq!(stage.attempt("a", hit), expected);
        stage.wait(seconds * SECOND);
    }
    assert_eq!(stage.attempt("a", Outcome::Succeeded), Cleared);
    assert_eq!(stage.attempt("a", Outcome::Succeeded), Unchanged);
    let expected = blocked(ErrorKind::Quota, Scope::Model, SECOND);
    assert_eq!(stage.attempt("a", hit), expected);
}

#[test]
fn a_burst_is_one_step() {
    let mut stage = only(Cooling::default());
    let burst: Vec<_> = (0..10).map(|_| stage.visit("a")).collect();
    let hit = failed(ErrorKind::Quota, Scope::Model, None);
    for pick in &burst {
        let expected = blocked(ErrorKind::Quota, Scope::Model, SECOND);
        assert_eq!(stage.record(pick, hit), expected);
    }
    stage.wait(SECOND);
    let expected = blocked(ErrorKind::Quota, Scope::Model, 2 * SECOND);
    assert_eq!(stage.attempt("a", hit), expected);
}

#[test]
fn a_block_never_ends_earlier_because_of_a_further_failure() {
    let check = |first, second, expected| {
        let stage = only(Cooling::default());
        let late = stage.visit("a");
        stage.attempt("a", first);
        assert_eq!(
            stage.record(&late, second),
            expected,
            "{first:?}, {second:?}"
        );
    };
    let of = |kind| failed(kind, Scope::Model, None);
    let for_time = |kind, time| blocked(kind, Scope::Model, time);
    check(
        quota(10 * MINUTE),
        quota(5 * SECOND),
        for_time(ErrorKind::Quota, 10 * MINUTE),
    );
    check(
        quota(5 * SECOND),
        quota(10 * MINUTE),
        for_time(ErrorKind::Quota, 10 * MINUTE),
    );
    check(
        of(ErrorKind::NotFound),
        of(ErrorKind::Upstream),
        for_time(ErrorKind::NotFound, 12 * HOUR),
    );
    check(
        of(ErrorKind::Upstream),
        of(ErrorKind::Auth),
        for_time(ErrorKind::Auth, 30 * MINUTE),
    );
    check(
        of(ErrorKind::Upstream),
        quota(MINUTE),
        for_time(ErrorKind::Quota, MINUTE),
    );
}

#[test]
fn models_of_one_credential_are_separate() {
    let stage = Stage::new(vec![pool("a", &["m1", "m2"])]);
    let pick = stage.visit("a");
    let record = |name, outcome| stage.roster.record(&pick, &model(name), outcome, stage.now);
    record("m1", quota(HOUR));
    record("m2", Outcome::Succeeded);
    assert_eq!(
        stage.block("a", "m1").map(|block| block.remaining),
        Some(HOUR)
    );
    assert_eq!(stage.block("a", "m2"), None);
}

#[test]
fn a_thinking_suffix_makes_no_other_model() {
    let shards = vec![
        shard("plain", vec![pool("a", &["m"]), candidate("b", -1).into()]),
        shard(
            "high",
            vec![pool("a", &["m(high)"]), candidate("b", -1).into()],
        ),
    ];
    let stage = Stage::with(RosterSpec {
        shards,
        ..RosterSpec::default()
    });
    let pick = |key| {
        let shard = stage.roster.shard(key).unwrap();
        stage
            .pick_from(shard, None, None, &Tried::default())
            .unwrap()
    };
    let high = pick("high");
    stage
        .roster
        .record(&high, &model("m(high)"), quota(HOUR), stage.now);
    assert_eq!(*pick("plain").credential(), id("b"));
    assert_eq!(*pick("high").credential(), id("b"));
    assert!(stage.block("a", "m").is_some() && stage.block("a", "m(low)").is_some());
}

#[test]
fn routes_to_the_same_upstream_model_share_its_health() {
    let shards = vec![
        shard("alias", vec![pool("a", &["up"]), pool("b", &["up"])]),
        shard("name", vec![pool("a", &["up"]), pool("b", &["other"])]),
        shard("elsewhere", vec![pool("a", &["other"])]),
    ];
    let stage = Stage::with(RosterSpec {
        shards,
        ..RosterSpec::default()
    });
    let pick = |key| {
        let shard = stage.roster.shard(key).unwrap();
        stage
            .pick_from(shard, None, None, &Tried::default())
            .unwrap()
    };
    let first = pick("alias");
    stage
        .roster
        .record(&first, &model("up"), quota(HOUR), stage.now);
    assert_eq!(*pick("alias").credential(), id("b"));
    assert_eq!(*pick("name").credential(), id("b"));
    assert_eq!(*pick("elsewhere").credential(), id("a"), "another model");
}

#[test]
fn a_credential_wide_block_covers_every_model_and_outlasts_a_late_success() {
    let shards = vec![
        shard(ROUTE, vec![pool("a", &["m"])]),
        shard("other", vec![pool("a", &["n"])]),
    ];
    let mut stage = Stage::with(RosterSpec {
        shards,
        ..RosterSpec::default()
    });
    let other = stage.roster.shard("other").unwrap();
    let pick_other = |stage: &Stage| stage.pick_from(other, None, None, &Tried::default());
    let late = pick_other(&stage).unwrap();
    let window = failed(ErrorKind::Quota, Scope::Credential, Some(HOUR));
    let expected = blocked(ErrorKind::Quota, Scope::Credential, HOUR);
    assert_eq!(stage.attempt("a", window), expected);

    let succeed = |stage: &Stage, pick: &Pick| {
        stage
            .roster
            .record(pick, &model("n"), Outcome::Succeeded, stage.now)
    };
    assert_eq!(succeed(&stage, &late), Unchanged);
    assert!(stage.pick("").is_err() && pick_other(&stage).is_err());
    for name in ["m", "n", "never heard of"] {
        let block = stage.block("a", name).unwrap();
        assert_eq!((block.scope, block.remaining), (Scope::Credential, HOUR));
    }

    stage.wait(HOUR);
    let again = pick_other(&stage).unwrap();
    assert_eq!(
        succeed(&stage, &again),
        Cleared,
        "the block is over and forgotten"
    );
    assert_eq!(succeed(&stage, &again), Unchanged);
}

#[test]
fn of_the_credentials_and_the_models_block_the_last_to_end_is_shown() {
    let check = |model_time, whole_time, expected| {
        let stage = only(Cooling::default());
        let late = stage.visit("a");
        stage.attempt("a", quota(model_time));
        stage.record(
            &late,
            failed(ErrorKind::Quota, Scope::Credential, Some(whole_time)),
        );
        let block = stage.block("a", "m").unwrap();
        assert_eq!((block.scope, block.remaining), expected);
    };
    check(HOUR, MINUTE, (Scope::Model, HOUR));
    check(MINUTE, HOUR, (Scope::Credential, HOUR));
}

#[test]
fn a_missing_model_on_one_account_leaves_the_other() {
    let mut stage = Stage::new(tier("a b"));
    let missing = failed(ErrorKind::ModelUnavailable, Scope::Model, None);
    stage.attempt("a", missing);
    assert_eq!(stage.turns(3), "b b b");
    stage.wait(12 * HOUR);
    assert_eq!(stage.turns(2), "a b");
}
