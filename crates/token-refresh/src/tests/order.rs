//! What is written before what is used, and what happens when it cannot be written.

use super::{Answer, DAY, HOUR, LAZY, LEAD, MINUTE, SECOND, Stage, disk::Fault, pass};
use crate::{Condition, Ending, LoginReason, Outcome, Reason, Remembered, Spec, Trouble};
use std::{sync::Arc, time::Duration};

#[tokio::test(start_paused = true)]
async fn written_down_then_written_then_used_then_settled() {
    let stage = Stage::with(LAZY, Duration::ZERO);
    let live = stage.engine.live(&"a".into()).unwrap();
    let probe = move || live.load().tokens.access.expose().to_owned();
    *stage.disk.probe.lock() = Some(Box::new(probe));
    stage.ask("a", Reason::Expired).await;
    let log = ["begin using a-a0", "commit using a-a0", "settle using a-a1"];
    assert_eq!(*stage.disk.log.lock(), log);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_in_the_journal_once_it_is_known() {
    use Answer::{Grants, Hangs, NotThisClient, Refused, Throttled, Unreached};
    for (script, seconds, left) in [
        (&[Grants; 1][..], 1, 0),
        (&[Unreached; 3], 5, 0),
        (&[Refused], 1, 0),
        (&[Throttled(None)], 1, 0),
        (&[NotThisClient], 1, 0),
        (&[Hangs], 45, 1),
        (&[Hangs, Unreached, Unreached, Unreached], 65, 1),
        (&[Hangs, Throttled(None)], 65, 1),
        // The verdict takes its place.
        (&[Hangs, Refused], 65, 1),
    ] {
        let stage = Stage::with(LEAD, Duration::ZERO);
        stage.script(script);
        pass(seconds * SECOND).await;
        let count = stage.disk.journal.lock()["a"].len();
        assert_eq!(count, left, "{script:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_is_used_and_reported() {
    let stage = Stage::with(LEAD, 2 * MINUTE);
    *stage.disk.fault.lock() = Fault::Full;
    pass(SECOND / 2).await;
    assert_eq!(
        (stage.used("a").as_str(), stage.disk.access("a").as_str()),
        ("a-a1", "a-a0")
    );
    assert_eq!(stage.condition("a").as_str(), "at-risk");
    assert_eq!(stage.engine.at_risk(), ["a".into()]);
    assert_eq!(stage.ended(Ending::AtRisk), 1);
    assert!(stage.status("a").last_error.is_some());
    assert_eq!(stage.disk.journal.lock()["a"].len(), 1);

    // It is tried again after 1, 2, 4 … 60 s, and nothing else is asked meanwhile.
    pass(63 * SECOND).await;
    assert_eq!(stage.ended(Ending::Unwritten), 6);
    pass(121 * SECOND).await;
    assert_eq!(stage.ended(Ending::Unwritten), 8);
    assert_eq!(stage.asked(), [0]);
    // Neither does a stale look at the file change anything.
    stage.add("a", LEAD);
    assert_eq!(
        (stage.used("a").as_str(), stage.condition("a").as_str()),
        ("a-a1", "at-risk")
    );
    let rejected = stage.ask("a", Reason::Rejected).await;
    assert!(matches!(
        rejected,
        Outcome::Failed {
            trouble: Trouble::Storage,
            ..
        }
    ));

    *stage.disk.fault.lock() = Fault::None;
    pass(MINUTE).await;
    assert_eq!(stage.condition("a"), Condition::Fresh);
    assert_eq!(stage.disk.access("a"), "a-a1");
    assert_eq!(stage.disk.journal.lock()["a"].len(), 0);
    assert_eq!(stage.engine.at_risk(), []);
    assert_eq!(stage.asked(), [0]);
}

#[tokio::test(start_paused = true)]
async fn only_an_expired_token_is_replaced_while_one_is_at_risk() {
    let stage = Stage::with(LEAD, 2 * MINUTE);
    *stage.disk.fault.lock() = Fault::Full;
    // The second answer leaves out the refresh token: what the first one brought must not be lost.
    stage.script(&[Answer::Grants, Answer::Grants, Answer::Keeps]);
    pass(HOUR - SECOND).await;
    assert_eq!(stage.asked(), [0]);
    let rejected = stage.ask("a", Reason::Expired).await;
    assert!(matches!(rejected, Outcome::Fresh(_)));
    pass(2 * MINUTE).await;
    assert_eq!((stage.asked().len(), stage.used("a").as_str()), (2, "a-a2"));
    pass(HOUR + MINUTE).await;
    assert_eq!((stage.asked().len(), stage.used("a").as_str()), (3, "a-a3"));
    *stage.disk.fault.lock() = Fault::None;
    pass(MINUTE).await;
    assert_eq!(stage.disk.access("a"), "a-a3");
    assert_eq!(stage.disk.refresh(&"a".into()).as_deref(), Some("a-r2"));
    assert_eq!(stage.condition("a").as_str(), "fresh");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_read_does_not_make_writing_a_loop() {
    let stage = Stage::with(LEAD, 2 * MINUTE);
    *stage.disk.fault.lock() = Fault::Full;
    pass(SECOND / 2).await;
    *stage.disk.fault.lock() = Fault::Garbled;
    pass(63 * SECOND).await;
    assert_eq!(stage.ended(Ending::Storage), 6);
    assert_eq!(stage.condition("a").as_str(), "at-risk");
    *stage.disk.fault.lock() = Fault::None;
    pass(MINUTE).await;
    assert_eq!(
        (stage.disk.access("a").as_str(), stage.asked().len()),
        ("a-a1", 1)
    );
    assert_eq!(stage.condition("a"), Condition::Fresh);
}

#[tokio::test(start_paused = true)]
async fn who_comes_while_one_is_written_gets_his_own_refresh() {
    let stage = Stage::with(LAZY, HOUR);
    *stage.disk.fault.lock() = Fault::Full;
    stage.ask("a", Reason::Rejected).await;
    assert_eq!(stage.condition("a").as_str(), "at-risk");
    pass(30 * SECOND).await;
    *stage.disk.fault.lock() = Fault::None;
    *stage.disk.latency.lock() = 3 * SECOND;
    // It is written from second 31 on; reading and writing take three seconds each.
    pass(5 * SECOND).await;
    let seen = stage.engine.live(&"a".into()).unwrap().load().revision;
    let waits = stage.asks("a", seen, Reason::Rejected);
    pass(3 * MINUTE).await;
    assert!(matches!(waits.await.unwrap(), Outcome::Fresh(_)));
    assert_eq!(
        (stage.used("a").as_str(), stage.disk.access("a").as_str()),
        ("a-a2", "a-a2")
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_that_is_at_risk_is_written_all_the_same() {
    let stage = Stage::with(LEAD, Duration::ZERO);
    *stage.disk.fault.lock() = Fault::Full;
    stage.script(&[Answer::Grants, Answer::Refused]);
    pass(HOUR + MINUTE).await;
    assert_eq!(stage.condition("a").as_str(), "needs-login");
    *stage.disk.fault.lock() = Fault::None;
    pass(MINUTE).await;
    // Else the file would hold a token that a restart asks with once more.
    assert_eq!(stage.disk.refresh(&"a".into()).as_deref(), Some("a-r1"));
    assert_eq!(stage.condition("a").as_str(), "needs-login");
    assert_eq!(stage.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_good_token_is_not_replaced_where_nothing_can_be_written() {
    let stage = Stage::with(LEAD, 5 * MINUTE);
    *stage.disk.fault.lock() = Fault::ReadOnly;
    pass(239 * SECOND).await;
    assert_eq!(stage.asked(), [0; 0]);
    assert!(matches!(
        stage.condition("a"),
        Condition::Failing {
            trouble: Trouble::Storage,
            ..
        }
    ));
    // In its last minute it is: better at risk than without.
    pass(2 * SECOND).await;
    assert_eq!(stage.condition("a").as_str(), "at-risk");
    assert_eq!(stage.asked(), [240]);
    // A file that cannot be read now is asked for later, and nobody else is.
    let stage = Stage::with(LEAD, 5 * MINUTE);
    *stage.disk.fault.lock() = Fault::Garbled;
    pass(MINUTE).await;
    assert_eq!(
        (stage.asked().len(), stage.condition("a").as_str()),
        (0, "failing")
    );
    *stage.disk.fault.lock() = Fault::None;
    pass(2 * MINUTE).await;
    assert_eq!(
        (stage.asked().len(), stage.condition("a").as_str()),
        (1, "fresh")
    );
}

#[tokio::test(start_paused = true)]
async fn a_stop_writes_what_is_at_risk() {
    // The disk is free again after so many seconds of the stop.
    for (free_after, left) in [(0, 0), (3, 0), (7, 1)] {
        let stage = Stage::with(LEAD, Duration::ZERO);
        *stage.disk.fault.lock() = Fault::Full;
        pass(20 * SECOND).await;
        assert_eq!(stage.condition("a").as_str(), "at-risk");
        let disk = Arc::clone(&stage.disk);
        let frees = stage.tasks.spawn(async move {
            pass(free_after * SECOND).await;
            *disk.fault.lock() = Fault::None;
        });
        let before = tokio::time::Instant::now();
        assert_eq!(stage.engine.close().await.len(), left, "{free_after}");
        assert!(before.elapsed() <= 5 * SECOND);
        frees.await.unwrap();
        let written = stage.disk.access("a") == "a-a1";
        assert_eq!(written, left == 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_the_answer_that_is_out() {
    let stage = Stage::with(LEAD, Duration::ZERO);
    *stage.idp.latency.lock() = 10 * SECOND;
    stage.put("b", Duration::ZERO);
    stage.engine.set(crate::Settings {
        workers: 1,
        ..crate::Settings::default()
    });
    stage.add("b", LAZY);
    pass(SECOND).await;
    let waits = stage.asks("b", crate::Revision::default(), Reason::Expired);
    pass(SECOND).await;
    assert_eq!(stage.engine.close().await, []);
    assert_eq!(waits.await.unwrap(), Outcome::Stopped);
    assert_eq!(stage.disk.access("a"), "a-a1");
    assert_eq!(stage.asked(), [0], "nothing begins any more");
    assert_eq!(stage.ask("b", Reason::Expired).await, Outcome::Stopped);
    // Every task has ended.
    stage.tasks.close();
    stage.tasks.wait().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_between_questions() {
    let stage = Stage::with(LEAD, Duration::ZERO);
    stage.script(&[Answer::Unreached; 9]);
    pass(SECOND / 2).await;
    let before = tokio::time::Instant::now();
    stage.engine.close().await;
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!(stage.asked(), [0]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_leaves_nobody_waiting_for_another_attempt() {
    let stage = Stage::with(LAZY, HOUR);
    *stage.idp.latency.lock() = 5 * SECOND;
    stage.script(&[Answer::NotThisClient]);
    let waits = stage.asks("a", crate::Revision(1), Reason::Rejected);
    pass(SECOND).await;
    // The answer is for a client that is replaced meanwhile; another attempt would be made.
    let id = "a".into();
    let spec = Spec {
        setup: 1,
        ..stage.spec(&id, LAZY)
    };
    stage.engine.upsert(vec![(id, spec)]);
    stage.engine.close().await;
    assert_eq!(waits.await.unwrap(), Outcome::Stopped);
    assert_eq!(stage.asked(), [0]);
}

/// What is found at a start after a kill in the middle of a refresh.
#[tokio::test(start_paused = true)]
async fn a_rotation_without_an_outcome_is_tried_once() {
    for (rotated, condition) in [
        (false, Condition::Fresh),
        (true, Condition::NeedsLogin(LoginReason::AmbiguousRotation)),
    ] {
        let stage = Stage::new();
        stage.put("a", HOUR);
        if rotated {
            stage.idp.valid.lock().insert("a".into(), 1);
        }
        let id = "a".into();
        let remembered = Remembered {
            uncertain: true,
            verdict: None,
        };
        let spec = Spec {
            remembered,
            ..stage.spec(&id, LEAD)
        };
        stage.engine.upsert(vec![(id, spec)]);
        assert_eq!(stage.condition("a"), Condition::RotationUncertain);
        stage.engine.start();
        pass(10 * MINUTE).await;
        assert_eq!(stage.asked(), [0]);
        assert_eq!(stage.condition("a"), condition);
    }
}

#[tokio::test(start_paused = true)]
async fn a_verdict_outlives_a_restart_and_not_its_token() {
    let stage = Stage::with(LEAD, Duration::ZERO);
    stage.script(&[Answer::Refused]);
    pass(SECOND).await;
    let verdicts = |stage: &Stage| {
        let notes = stage.notes.0.lock();
        let mut all = Vec::new();
        for (_, event) in &*notes {
            if let crate::Event::Verdict(verdict) = event {
                all.push(verdict.clone());
            }
        }
        all
    };
    let [Some(verdict)] = &verdicts(&stage)[..] else {
        panic!("{:?}", verdicts(&stage));
    };
    assert_eq!(&*verdict.code, "invalid_grant");

    let after = Stage::new();
    after.put("a", Duration::ZERO);
    let id = "a".into();
    let remembers = |spec: Spec| Spec {
        remembered: Remembered {
            verdict: Some(verdict.clone()),
            uncertain: false,
        },
        ..spec
    };
    after
        .engine
        .upsert(vec![("a".into(), remembers(after.spec(&id, LEAD)))]);
    after.engine.start();
    pass(DAY).await;
    assert_eq!(after.asked(), [0; 0]);
    assert_eq!(after.condition("a").as_str(), "needs-login");

    let other = Stage::new();
    other.idp.valid.lock().insert("a".into(), 5);
    other.put("a", Duration::ZERO);
    other
        .engine
        .upsert(vec![("a".into(), remembers(other.spec(&id, LEAD)))]);
    other.engine.start();
    pass(SECOND).await;
    assert_eq!(other.used("a"), "a-a6");
    assert_eq!(verdicts(&other), [None], "it may be forgotten");
}

#[tokio::test(start_paused = true)]
async fn nothing_that_is_shown_holds_a_token() {
    let stage = Stage::with(LEAD, Duration::ZERO);
    stage.script(&[Answer::Grants, Answer::Refused]);
    *stage.disk.fault.lock() = Fault::Full;
    pass(SECOND).await;
    let outcome = stage.ask("a", Reason::Expired).await;
    pass(2 * HOUR).await;
    let live = stage.engine.live(&"a".into()).unwrap();
    let notes = stage.notes.0.lock();
    let shown = format!(
        "{outcome:?} {:?} {live:?} {notes:?}",
        stage.engine.statuses()
    );
    for token in ["a-a", "a-r"] {
        assert!(!shown.contains(token), "{shown}");
    }
}
