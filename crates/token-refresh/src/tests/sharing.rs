//! One attempt at a time, whoever asks, and whoever leaves.

use super::{
    Answer, HOUR, LAZY, LEAD, MINUTE, PATIENCE, SECOND, Stage, Wall, disk::Fault, pass, settle,
    start,
};
use crate::{Condition, Ending, Outcome, Reason, Revision, Settings, Trouble};
use cliproxy_core::CredentialId;
use std::{sync::Arc, time::Duration};

fn is_fresh(outcome: &Outcome, access: &str) -> bool {
    matches!(outcome, Outcome::Fresh(current) if current.tokens.access.expose() == access)
}

#[tokio::test(start_paused = true)]
async fn many_who_ask_at_a_time_share_one_question() {
    for reason in [Reason::Expired, Reason::Rejected] {
        let stage = Stage::new();
        stage.put("a", Duration::ZERO);
        stage.add("a", LAZY);
        *stage.idp.latency.lock() = SECOND / 5;
        let seen = stage.engine.live(&"a".into()).unwrap().load().revision;
        let asking: Vec<_> = (0..50).map(|_| stage.asks("a", seen, reason)).collect();
        for task in asking {
            assert!(is_fresh(&task.await.unwrap(), "a-a1"));
        }
        assert_eq!(stage.asked(), [0]);
        // One that comes late with the old tokens has the new ones without asking.
        let late = stage.asks("a", seen, reason).await.unwrap();
        assert!(is_fresh(&late, "a-a1"));
        assert_eq!(stage.asked(), [0]);
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_refused_anew_are_not_refreshed_at_once() {
    let stage = Stage::with(LAZY, HOUR);
    assert!(is_fresh(&stage.ask("a", Reason::Rejected).await, "a-a1"));
    let again = stage.ask("a", Reason::Rejected).await;
    assert!(matches!(
        again,
        Outcome::Failed {
            trouble: Trouble::Ineffective,
            ..
        }
    ));
    pass(30 * SECOND).await;
    assert!(is_fresh(&stage.ask("a", Reason::Rejected).await, "a-a2"));
    assert_eq!(stage.asked(), [0, 30]);
}

#[tokio::test(start_paused = true)]
async fn requests_that_are_refused_do_not_end_the_schedule() {
    let stage = Stage::with(LEAD, HOUR);
    for _ in 0..3 {
        stage.ask("a", Reason::Rejected).await;
    }
    assert_eq!(stage.asked(), [0]);
    pass(HOUR).await;
    assert_eq!((stage.asked().len(), stage.used("a").as_str()), (2, "a-a2"));
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_does_not_stop_it() {
    let stage = Stage::with(LAZY, Duration::ZERO);
    *stage.idp.latency.lock() = 2 * SECOND;
    let seen = Revision::default();
    let (first, second) = (
        stage.asks("a", seen, Reason::Expired),
        stage.asks("a", seen, Reason::Expired),
    );
    pass(SECOND).await;
    first.abort();
    assert!(is_fresh(&second.await.unwrap(), "a-a1"));
    assert_eq!(
        (stage.disk.access("a").as_str(), stage.asked().len()),
        ("a-a1", 1)
    );

    // Also if nobody is left.
    pass(2 * HOUR).await;
    let only = stage.asks("a", seen, Reason::Expired);
    pass(SECOND).await;
    only.abort();
    pass(2 * SECOND).await;
    assert_eq!(stage.disk.access("a"), "a-a2");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_longer_than_he_wants() {
    let stage = Stage::with(LAZY, Duration::ZERO);
    *stage.idp.latency.lock() = 20 * SECOND;
    let id = "a".into();
    let (seen, reason) = (Revision::default(), Reason::Expired);
    let outcome = stage.engine.ensure_fresh(&id, seen, reason, SECOND).await;
    assert_eq!(outcome, Outcome::TimedOut);
    let outcome = stage.engine.ensure_fresh(&id, seen, reason, PATIENCE).await;
    assert!(is_fresh(&outcome, "a-a1"));
    assert_eq!(stage.asked(), [0]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_refresh_is_begun_once() {
    let stage = Stage::with(LEAD, MINUTE);
    *stage.idp.latency.lock() = 25 * SECOND;
    pass(10 * MINUTE).await;
    assert_eq!(stage.asked(), [0]);
    assert_eq!(stage.ended(Ending::Granted), 1);
}

#[tokio::test(start_paused = true)]
async fn the_one_that_a_request_needs_goes_first() {
    let stage = Stage::new();
    stage.engine.set(Settings {
        workers: 1,
        ..Settings::default()
    });
    *stage.idp.latency.lock() = 10 * SECOND;
    for name in 0..20 {
        let id = format!("c{name:02}");
        stage.put(&id, Duration::ZERO);
        stage.add(&id, LEAD);
    }
    stage.engine.start();
    pass(SECOND).await;
    let outcome = stage.ask("c15", Reason::Expired).await;
    assert!(is_fresh(&outcome, "c15-a1"));
    let second = stage.idp.asked.lock()[1].1.clone();
    assert_eq!(second, "c15-r0");
    pass(20 * 10 * SECOND).await;
    assert_eq!(stage.asked().len(), 20, "nobody twice, nobody left out");
}

#[tokio::test(start_paused = true)]
async fn a_check_refreshes_only_what_is_due() {
    let stage = Stage::new();
    for (id, left) in [("a", HOUR), ("b", MINUTE), ("c", MINUTE)] {
        stage.put(id, left);
        stage.add(id, LEAD);
    }
    assert!(is_fresh(&stage.ask("a", Reason::Checked).await, "a-a0"));
    assert!(is_fresh(&stage.ask("b", Reason::Checked).await, "b-a1"));
    stage.script(&[Answer::Unreached; 3]);
    let failed = stage.ask("c", Reason::Checked).await;
    assert!(matches!(
        failed,
        Outcome::Failed {
            trouble: Trouble::Transient,
            ..
        }
    ));
    // To a request the same tokens are good.
    assert!(is_fresh(&stage.ask("c", Reason::Expired).await, "c-a0"));
    assert_eq!(stage.asked(), [0, 0, 1, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_check_asks_nobody_where_nothing_can_be_written() {
    for left in [MINUTE, Duration::ZERO] {
        let stage = Stage::new();
        stage.put("a", left);
        stage.add("a", LEAD);
        *stage.disk.fault.lock() = Fault::ReadOnly;
        let failed = stage.ask("a", Reason::Checked).await;
        assert!(matches!(
            failed,
            Outcome::Failed {
                trouble: Trouble::Storage,
                ..
            }
        ));
        assert_eq!(stage.asked(), [0; 0]);
        // The refresh token is still good.
        *stage.disk.fault.lock() = Fault::None;
        pass(30 * SECOND).await;
        assert!(is_fresh(&stage.ask("a", Reason::Checked).await, "a-a1"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_waits_for_no_turn() {
    let stage = Stage::new();
    let ids = ["a", "b", "c"].map(CredentialId::from);
    let batch = ids.iter().map(|id| {
        stage.put(id.as_str(), MINUTE);
        (id.clone(), stage.spec(id, LEAD))
    });
    stage.engine.upsert(batch.collect());
    for id in ids.iter().map(CredentialId::as_str) {
        let outcome = stage.ask(id, Reason::Checked).await;
        assert!(is_fresh(&outcome, &format!("{id}-a1")));
    }
    assert_eq!(stage.asked(), [0; 3]);
}

#[tokio::test(start_paused = true)]
async fn who_cannot_be_refreshed_says_so() {
    let stage = Stage::new();
    let key = crate::Policy {
        refreshed: false,
        ..LEAD
    };
    stage.put("key", Duration::ZERO);
    stage.add("key", key);
    stage.engine.start();
    pass(HOUR).await;
    for reason in [Reason::Rejected, Reason::Expired, Reason::Checked] {
        assert_eq!(stage.ask("key", reason).await, Outcome::Unrefreshable);
    }
    assert_eq!(stage.condition("key"), Condition::NotRefreshed);
    assert_eq!(stage.ask("nobody", Reason::Expired).await, Outcome::Gone);
    assert_eq!(stage.asked(), [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn two_processes_over_one_disk_ask_once() {
    let one = Stage::new();
    one.put("a", Duration::ZERO);
    *one.idp.latency.lock() = SECOND;
    let two = Stage::around(
        Arc::clone(&one.disk),
        Arc::clone(&one.idp),
        Wall::at(start()),
    );
    for stage in [&one, &two] {
        stage.add("a", LEAD);
        stage.engine.start();
    }
    let seen = Revision::default();
    let asking = [&one, &two].map(|stage| stage.asks("a", seen, Reason::Rejected));
    for task in asking {
        assert!(is_fresh(&task.await.unwrap(), "a-a1"));
    }
    pass(2 * HOUR).await;
    settle().await;
    // Both know when it is due next, and it does not matter who is first.
    let accounts = one.idp.valid.lock()["a"];
    assert_eq!(one.asked().len() as u64, accounts);
    assert_eq!(one.used("a"), two.used("a"));
    let adopted = one.ended(Ending::Adopted) + two.ended(Ending::Adopted);
    assert_eq!(adopted, accounts);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_somebody_else_has_rotated_is_not_an_error() {
    let stage = Stage::with(LEAD, MINUTE);
    *stage.idp.latency.lock() = 5 * SECOND;
    // A program that takes no lock asks and writes while this one asks.
    stage.script(&[Answer::Refused]);
    pass(SECOND).await;
    stage.idp.valid.lock().insert("a".into(), 1);
    stage.put("a", HOUR);
    pass(5 * SECOND).await;
    assert_eq!(stage.condition("a"), Condition::Fresh);
    assert_eq!(stage.used("a"), "a-a1");
    assert_eq!(stage.asked(), [0]);
}
