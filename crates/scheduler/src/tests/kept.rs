//! Blocks that outlive the process.

use super::*;

#[test]
fn blocks_are_the_same_in_the_next_process() {
    let both = || vec![pool("a", &["m", "n"]), pool("b", &["m"])];
    let mut stage = Stage::new(both());
    stage.record(&stage.visit("a"), quota(2 * HOUR));
    stage.attempt("b", failed(ErrorKind::Auth, Scope::Credential, None));
    stage.wait(MINUTE);
    let kept = stage.roster.kept_blocks(stage.now);
    let words = kept.iter().map(|kept| {
        let model = kept.model.as_ref().map_or("-", ModelId::as_str);
        let (reason, left) = (kept.reason.as_str(), kept.remaining.as_secs() / 60);
        format!("{} {model} {reason} {left} {}", kept.credential, kept.level)
    });
    assert_eq!(
        words.collect::<Vec<_>>(),
        ["a m quota 119 0", "b - auth 29 0"]
    );

    let next = Stage::new(both());
    for kept in &kept {
        assert!(next.roster.restore(kept, next.now));
    }
    assert_eq!(next.roster.kept_blocks(next.now), kept);
    assert!(
        next.block("a", "m").unwrap().probe.is_some(),
        "and as doubtful"
    );
    assert_eq!(next.turns(2), "a a", "the other model of the pool serves");
}

#[test]
fn a_back_off_goes_on() {
    let mut stage = Stage::new(tier("a"));
    let limit = failed(ErrorKind::Quota, Scope::Model, None);
    for seconds in [1, 2, 4] {
        stage.attempt("a", limit);
        stage.wait(Duration::from_secs(seconds) - Duration::from_nanos(1));
        if seconds < 4 {
            stage.wait(Duration::from_nanos(1));
        }
    }
    let kept = stage.roster.kept_blocks(stage.now);
    assert_eq!(kept[0].level, 3);
    let mut next = Stage::new(tier("a"));
    assert!(next.roster.restore(&kept[0], next.now));
    next.wait(Duration::from_nanos(1));
    let Recorded::Blocked(block) = next.attempt("a", limit) else {
        panic!("a limit blocks");
    };
    assert_eq!(block.remaining, Duration::from_secs(8));
}

#[test]
fn what_is_gone_or_does_not_rest_any_more_is_left_out() {
    let kept = |credential, model: Option<&str>, reason| KeptBlock {
        credential: id(credential),
        model: model.map(self::model),
        reason,
        remaining: HOUR,
        level: u32::MAX,
    };
    let off = Cooling {
        enabled: false,
        ..Cooling::default()
    };
    let stage = Stage::new(vec![
        CandidateSpec {
            cooling: off,
            ..candidate("off", 0)
        },
        candidate("a", 0),
    ]);
    let check = |block: KeptBlock, restored| {
        assert_eq!(
            stage.roster.restore(&block, stage.now),
            restored,
            "{block:?}"
        );
    };
    check(kept("gone", None, ErrorKind::Quota), false);
    check(kept("a", Some("other"), ErrorKind::Quota), false);
    check(kept("off", None, ErrorKind::Quota), false);
    check(kept("off", Some("m"), ErrorKind::ModelUnavailable), true);
    check(kept("a", Some("m(high)"), ErrorKind::Quota), true);
    assert_eq!(
        stage.turns(1),
        NoCapacity::CoolingDown { retry_after: HOUR }.to_string()
    );
}
