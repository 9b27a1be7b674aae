//! Long blocks are doubted: one request at a time, and only when nobody else is ready.

use super::*;

const fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 60 * 60)
}

#[test]
fn a_long_block_is_doubted_before_its_end() {
    let check = |block: Duration, after: Option<Duration>| {
        let mut stage = Stage::new(tier("a"));
        stage.attempt("a", quota(block));
        let Some(after) = after else {
            stage.wait(block - Duration::from_nanos(1));
            assert!(stage.pick("").is_err(), "{block:?}");
            return;
        };
        stage.wait(after - Duration::from_nanos(1));
        assert!(stage.pick("").is_err(), "{block:?}");
        stage.wait(Duration::from_nanos(1));
        let probe = stage.pick("").unwrap();
        assert!(probe.is_probe(), "{block:?}");
        assert!(stage.pick("").is_err(), "one at a time");
        assert_eq!(stage.record(&probe, Outcome::Began), Recorded::Cleared);
        assert_eq!(stage.turns(2), "a a");
    };
    check(HOUR, None);
    check(
        HOUR + Duration::from_nanos(4),
        Some(Duration::from_secs(900) + Duration::from_nanos(1)),
    );
    check(hours(2), Some(hours(2) / 4));
    check(hours(4), Some(HOUR));
    check(5 * DAY, Some(HOUR));
}

#[test]
fn nobody_is_doubted_while_another_is_ready() {
    let mut stage = Stage::new(vec![candidate("a", 10), candidate("b", 0)]);
    stage.attempt("a", quota(DAY));
    stage.wait(hours(2));
    assert_eq!(stage.turns(2), "b b");
    stage.attempt("b", quota(MINUTE));
    assert!(stage.pick("").unwrap().is_probe());
    let sticky = stage.pick_from(stage.route(), None, Some("a"), &tried("b"));
    assert!(sticky.unwrap().is_probe(), "the first probe is over");
}

#[test]
fn a_probe_in_vain_postpones_the_next() {
    let mut stage = Stage::new(tier("a"));
    stage.attempt("a", quota(hours(8)));
    stage.wait(HOUR);
    let probe = stage.pick("").unwrap();
    let outcome = stage.record(&probe, quota(MINUTE));
    let Recorded::Blocked(block) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!((block.remaining, block.probe), (hours(7), Some(HOUR)));
    drop(probe);
    assert!(stage.pick("").is_err());
    stage.wait(HOUR);
    // A client that left says nothing: the next request asks.
    drop(stage.pick("").unwrap());
    let probe = stage.pick("").unwrap();
    stage.record(&probe, failed(ErrorKind::BadRequest, Scope::Request, None));
    drop(probe);
    assert!(stage.pick("").unwrap().is_probe());
}

#[test]
fn a_request_doubts_one_block() {
    let mut stage = Stage::new(tier("a b"));
    stage.attempt("a", quota(DAY));
    stage.attempt("b", quota(DAY));
    stage.wait(HOUR);
    let probe = stage.pick("").unwrap();
    let mut tried = Tried::default();
    tried.visited(&probe);
    let second = stage.pick_from(stage.route(), None, None, &tried);
    assert!(second.is_err());
    tried.clear();
    assert!(
        stage.pick_from(stage.route(), None, None, &tried).is_err(),
        "nor in another round"
    );
    // Another request may doubt the other.
    assert_eq!(stage.pick("").unwrap().credential().as_str(), "b");
}

#[test]
fn a_probe_of_the_whole_credential_frees_all_its_models() {
    let mut stage = Stage::new(vec![pool("a", &["m", "n"])]);
    let whole = failed(ErrorKind::Quota, Scope::Credential, Some(DAY));
    stage.attempt("a", whole);
    stage.wait(HOUR);
    let probe = stage.pick("").unwrap();
    let targets: Vec<_> = stage
        .roster
        .targets(&probe, stage.now)
        .map(ModelId::as_str)
        .collect();
    assert_eq!(targets.len(), 1, "it asks for one");
    stage.record(&probe, Outcome::Began);
    assert_eq!((stage.block("a", "m"), stage.block("a", "n")), (None, None));
}

#[test]
fn a_pin_doubts_too() {
    let mut stage = Stage::new(tier("a b"));
    stage.attempt("a", quota(DAY));
    stage.wait(HOUR);
    let pin = |stage: &Stage| stage.pick_from(stage.route(), Some("a"), None, &Tried::default());
    let probe = pin(&stage).unwrap();
    assert!(probe.is_probe());
    assert!(pin(&stage).is_err());
    stage.record(&probe, Outcome::Succeeded);
    assert!(!pin(&stage).unwrap().is_probe());
}

#[test]
fn a_late_success_of_another_model_frees_nobody() {
    let stage = Stage::with(RosterSpec {
        shards: vec![
            shard(ROUTE, vec![pool("a", &["m"])]),
            shard("other", vec![pool("a", &["n"])]),
        ],
        ..RosterSpec::default()
    });
    let late = stage
        .pick_from(
            stage.roster.shard("other").unwrap(),
            None,
            None,
            &Tried::default(),
        )
        .unwrap();
    stage.attempt("a", failed(ErrorKind::Quota, Scope::Credential, Some(DAY)));
    stage
        .roster
        .record(&late, &model("n"), Outcome::Succeeded, stage.now);
    assert!(stage.pick("").is_err());
}

#[test]
fn a_shorter_block_beside_it_puts_the_doubt_off_and_no_more() {
    let whole = failed(ErrorKind::Quota, Scope::Credential, Some(DAY));
    let refused = failed(ErrorKind::Auth, Scope::Credential, None);
    let check = |first, second, free_after: Duration| {
        let mut stage = Stage::new(tier("a"));
        let late = stage.visit("a");
        stage.attempt("a", first);
        stage.record(&late, second);
        drop(late);
        assert!(stage.pick("").is_err(), "it is parked with both");
        stage.wait(free_after - Duration::from_nanos(1));
        assert!(stage.pick("").is_err(), "{first:?}, {second:?}");
        stage.wait(Duration::from_nanos(1));
        let probe = stage.pick("").unwrap();
        assert!(probe.is_probe());
        assert_eq!(stage.roster.targets(&probe, stage.now).count(), 1);
    };
    check(quota(MINUTE), whole, HOUR);
    check(
        quota(HOUR),
        failed(ErrorKind::Quota, Scope::Credential, Some(hours(2))),
        HOUR,
    );
    // An account that was refused is doubted no sooner than it would be asked.
    check(quota(hours(2)), refused, hours(2) / 4);
    check(quota(hours(1) + MINUTE), refused, hours(1) / 2);
}
