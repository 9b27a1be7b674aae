//! What becomes of each kind of answer: when it is asked again, and what is reported.

use super::{
    Answer::{self, *},
    DAY, HOUR, LEAD, MINUTE, SECOND, Stage, pass,
};
use crate::{Condition, Ending, LoginReason, Outcome, Reason, Trouble};
use std::time::Duration;

/// A credential that is expired, and so due at once; what happens within `time`.
async fn check(script: &[Answer], time: Duration, asked: &[u64], condition: &str) -> Stage {
    let stage = Stage::new();
    stage.put("a", Duration::ZERO);
    stage.script(script);
    stage.add("a", LEAD);
    stage.engine.start();
    pass(time).await;
    assert_eq!(stage.asked(), asked, "{script:?}");
    assert_eq!(stage.condition("a").as_str(), condition, "{script:?}");
    stage
}

#[tokio::test(start_paused = true)]
async fn within_an_attempt() {
    let minute = 59 * SECOND;
    check(&[Grants], minute, &[0], "fresh").await;
    check(&[Unreached, Unreached, Grants], minute, &[0, 1, 3], "fresh").await;
    check(&[Empty, Grants], minute, &[0, 1], "fresh").await;
    check(&[NoProxy, Grants], minute, &[0, 1], "fresh").await;
    check(&[Vanishes, Grants], minute, &[0, 1], "fresh").await;
    check(&[Swallows], minute, &[0, 1], "needs-login").await;
    check(&[Refused], minute, &[0], "needs-login").await;
    check(&[NotThisClient], minute, &[0], "misconfigured").await;
    check(&[Hangs], 29 * SECOND, &[0], "refreshing").await;
    check(&[Hangs], 31 * SECOND, &[0], "rotation-uncertain").await;
}

#[tokio::test(start_paused = true)]
async fn after_failures_in_a_row() {
    // Three questions in each attempt; the next one 30 s, 2, 5 and 15 minutes after it ended.
    let asked = [
        0, 1, 3, 33, 34, 36, 156, 157, 159, 459, 460, 462, 1362, 1363, 1365, 2265, 2266, 2268,
    ];
    check(&[Unreached; 18], 50 * MINUTE, &asked, "failing").await;
    // A token that is still good has one more try a minute before its end.
    let stage = Stage::with(LEAD, 5 * MINUTE);
    stage.script(&[Unreached; 12]);
    pass(5 * MINUTE).await;
    assert_eq!(
        stage.asked(),
        [0, 1, 3, 33, 34, 36, 156, 157, 159, 240, 241, 243]
    );
    assert_eq!(stage.used("a"), "a-a0");
}

#[tokio::test(start_paused = true)]
async fn patience_is_had_as_asked_within_bounds() {
    for (asked, waits) in [
        (None, 30),
        (Some(900), 5),
        (Some(2_000), 5),
        (Some(3_600_000), 300),
    ] {
        let script = [Throttled(asked)];
        let before = Duration::from_secs(waits - 1);
        let stage = check(&script, before, &[0], "failing").await;
        assert!(matches!(
            stage.ask("a", Reason::Expired).await,
            Outcome::Failed {
                trouble: Trouble::Throttled,
                ..
            }
        ));
        check(&script, before + 2 * SECOND, &[0, waits], "fresh").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_refused_for_good_is_never_used_again() {
    let stage = check(&[Refused], MINUTE, &[0], "needs-login").await;
    let refused = Outcome::NeedsLogin(LoginReason::Refused);
    for _ in 0..7 {
        pass(DAY).await;
        for reason in [Reason::Expired, Reason::Rejected, Reason::Checked] {
            assert_eq!(stage.ask("a", reason).await, refused);
        }
        stage.add("a", LEAD);
    }
    assert_eq!(stage.asked(), [0]);
    assert_eq!(stage.due_in("a"), None);

    // Somebody signs in, and the file has another token.
    stage.idp.valid.lock().insert("a".into(), 7);
    stage.put("a", 6 * MINUTE);
    stage.add("a", LEAD);
    assert_eq!(stage.condition("a"), Condition::Fresh);
    assert_eq!(stage.used("a"), "a-a7");
    pass(6 * MINUTE).await;
    assert_eq!(stage.used("a"), "a-a8");
}

#[tokio::test(start_paused = true)]
async fn silence_and_then_a_refusal_says_so() {
    let stage = check(&[Swallows], MINUTE, &[0, 1], "needs-login").await;
    let lost = Condition::NeedsLogin(LoginReason::AmbiguousRotation);
    assert_eq!(stage.condition("a"), lost);
    // Also when the silence was in an earlier attempt.
    let stage = check(&[Hangs], HOUR, &[0, 60], "needs-login").await;
    assert_eq!(stage.condition("a"), lost);
    assert_eq!(stage.ended(Ending::Ambiguous), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_in_doubt_is_tried_once_per_attempt() {
    let silent = [Vanishes, Vanishes, Vanishes, Vanishes, Grants];
    check(&silent[..2], 20 * SECOND, &[0, 1], "rotation-uncertain").await;
    check(&silent, 10 * MINUTE, &[0, 1, 31, 151, 451], "fresh").await;
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_changes_nothing_is_left_alone() {
    let stage = Stage::with(LEAD, MINUTE);
    *stage.idp.life.lock() = Duration::ZERO;
    pass(20 * MINUTE).await;
    assert_eq!(stage.asked(), [0, 30, 150, 450]);
    assert_eq!(stage.ended(Ending::Ineffective), 4);
    assert!(matches!(
        stage.ask("a", Reason::Expired).await,
        Outcome::Failed {
            trouble: Trouble::Ineffective,
            ..
        }
    ));
    // And one whose answer is what is known already.
    let stage = Stage::with(LEAD, 10 * MINUTE);
    let live = stage.engine.live(&"a".into()).unwrap().load();
    *stage.idp.life.lock() = 10 * MINUTE;
    stage.script(&[Repeats]);
    let outcome = stage.ask("a", Reason::Rejected).await;
    assert!(matches!(
        outcome,
        Outcome::Failed {
            trouble: Trouble::Ineffective,
            ..
        }
    ));
    assert_eq!(
        stage.engine.live(&"a".into()).unwrap().load().revision,
        live.revision
    );
    assert!(stage.due_in("a") >= Some(30 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn short_lives_do_not_make_a_loop() {
    let stage = Stage::with(LEAD, Duration::ZERO);
    *stage.idp.life.lock() = 2 * SECOND;
    pass(10 * MINUTE).await;
    let asked = stage.asked();
    assert!(
        asked.windows(2).all(|pair| pair[1] - pair[0] >= 30),
        "{asked:?}"
    );
    // A lead of days on a token of an hour: every half an hour.
    let stage = Stage::with(
        crate::Policy {
            lead: Some(5 * DAY),
            ..LEAD
        },
        HOUR,
    );
    pass(2 * HOUR).await;
    let asked = stage.asked();
    assert_eq!(asked.len(), 5, "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_token_that_lives_a_minute() {
    let stage = Stage::with(LEAD, MINUTE);
    *stage.idp.life.lock() = MINUTE;
    *stage.idp.latency.lock() = 2 * SECOND;
    let live = stage.engine.live(&"a".into()).unwrap();
    for second in 0..600 {
        assert!(!live.load().is_expired(stage.now()), "second {second}");
        pass(SECOND).await;
    }
    let asked = stage.asked();
    assert!((12..=14).contains(&asked.len()), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_refused_waits_for_another() {
    let stage = check(&[NotThisClient], DAY, &[0], "misconfigured").await;
    assert_eq!(
        stage.ask("a", Reason::Expired).await,
        Outcome::Misconfigured
    );
    stage.add("a", LEAD);
    assert_eq!(stage.condition("a"), Condition::Misconfigured);
    let id = "a".into();
    let spec = crate::Spec {
        setup: 1,
        ..stage.spec(&id, LEAD)
    };
    stage.engine.upsert(vec![(id, spec)]);
    pass(SECOND).await;
    assert_eq!(stage.condition("a"), Condition::Fresh);
    assert_eq!(stage.used("a"), "a-a1");
}
