//! How many at a time, when, and by which clock.

use super::{Answer, HOUR, LEAD, MINUTE, SECOND, Stage, pass, settle};
use crate::{Ending, Outcome, Reason, Settings};
use cliproxy_core::CredentialId;
use std::time::Duration;

fn workers(count: usize) -> Settings {
    Settings {
        workers: count,
        ..Settings::default()
    }
}

/// So many credentials that are due, each told by itself, so that they are not spread.
fn crowd(stage: &Stage, count: usize) {
    for name in 0..count {
        let id = format!("c{name:03}");
        stage.put(&id, Duration::ZERO);
        stage.add(&id, LEAD);
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_run_than_there_are_workers() {
    for (count, seconds) in [(4, 1), (1, 4), (0, 4)] {
        let stage = Stage::new();
        stage.engine.set(workers(count));
        *stage.idp.latency.lock() = SECOND / 10;
        crowd(&stage, 40);
        stage.engine.start();
        pass(seconds * SECOND + SECOND / 2).await;
        assert_eq!(stage.idp.peak(), count.max(1));
        assert_eq!(stage.asked().len(), 40, "each once");
        assert_eq!(stage.ended(Ending::Granted), 40);
    }
}

#[tokio::test(start_paused = true)]
async fn their_number_changes_while_they_work() {
    let stage = Stage::new();
    *stage.idp.latency.lock() = 10 * SECOND;
    crowd(&stage, 60);
    stage.engine.start();
    pass(SECOND).await;
    assert_eq!(stage.engine.in_flight(), 16);
    stage.engine.set(workers(2));
    pass(10 * SECOND).await;
    for _ in 0..5 {
        assert_eq!(stage.engine.in_flight(), 2);
        pass(10 * SECOND).await;
    }
    stage.engine.set(workers(30));
    settle().await;
    assert_eq!(stage.engine.in_flight(), 30);
    pass(MINUTE).await;
    assert_eq!(stage.asked().len(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_start_is_spread_and_a_request_does_not_wait_for_it() {
    for (count, window) in [(500, 60), (40, 20), (1, 0)] {
        let stage = Stage::new();
        let batch = (0..count).map(|name| {
            let id = CredentialId::from(format!("c{name:03}"));
            stage.put(id.as_str(), 2 * MINUTE);
            let spec = stage.spec(&id, LEAD);
            (id, spec)
        });
        let batch = batch.collect();
        stage.engine.upsert(batch);
        stage.engine.start();
        let last = (0..count).map(|n| format!("c{n:03}"));
        let last = last.max_by_key(|id| stage.due_in(id)).unwrap();
        stage.ask(&last, Reason::Rejected).await;
        assert_eq!(stage.asked().first(), Some(&0));
        pass(window * SECOND + SECOND).await;
        let asked = stage.asked();
        assert_eq!(asked.len(), count);
        let busiest = (0..=window).map(|s| asked.iter().filter(|at| **at == u64::from(s)).count());
        let each = count / usize::try_from(window.max(1)).unwrap();
        assert!(busiest.max() <= Some(each + 2), "{asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn expired_ones_are_first_in_the_spread() {
    let stage = Stage::new();
    let batch = (0..20).map(|name| {
        let id = CredentialId::from(format!("c{name:03}"));
        let left = if name % 4 == 0 {
            Duration::ZERO
        } else {
            MINUTE
        };
        stage.put(id.as_str(), left);
        let spec = stage.spec(&id, LEAD);
        (id, spec)
    });
    let batch = batch.collect();
    stage.engine.upsert(batch);
    let due = |name: i32| stage.due_in(&format!("c{name:03}")).unwrap();
    let expired = (0..20).filter(|n| n % 4 == 0).map(due).max();
    let good = (0..20).filter(|n| n % 4 != 0).map(due).min();
    assert!(expired < good);
}

#[tokio::test(start_paused = true)]
async fn dates_are_moved_earlier_and_apart() {
    let stage = Stage::new();
    let names = (0..50).map(|n| format!("c{n:03}"));
    for id in names.clone() {
        stage.put(&id, HOUR);
        stage.add(&id, LEAD);
    }
    let mut dates: Vec<_> = names.map(|id| stage.due_in(&id).unwrap()).collect();
    dates.sort();
    dates.dedup();
    assert_eq!(dates.len(), 50);
    assert!(dates[0] >= 55 * MINUTE - 15 * SECOND && dates[49] <= 55 * MINUTE);
}

#[tokio::test(start_paused = true)]
async fn a_second_start_changes_nothing() {
    let stage = Stage::with(LEAD, Duration::ZERO);
    let tasks = stage.tasks.len();
    stage.engine.start();
    assert_eq!(stage.tasks.len(), tasks);
    pass(MINUTE).await;
    assert_eq!(stage.asked(), [0]);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_dropped_ends() {
    let stage = Stage::with(LEAD, HOUR);
    let Stage {
        engine, tasks, idp, ..
    } = stage;
    drop(engine);
    tasks.close();
    tasks.wait().await;
    assert_eq!(idp.asked.lock().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn nothing_wakes_up_while_nothing_is_scheduled() {
    let stage = Stage::new();
    stage.engine.start();
    settle().await;
    let outcome = tokio::time::timeout(Duration::from_secs(u32::MAX.into()), async {
        // With a timer anywhere, the paused clock would stop there first.
        stage.tasks.close();
        stage.tasks.wait().await;
    });
    assert!(outcome.await.is_err());
    assert_eq!(stage.engine.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_over_an_expiry_is_noticed() {
    let stage = Stage::with(LEAD, HOUR);
    pass(MINUTE).await;
    stage.wall.sleeps(2 * HOUR);
    // A request that comes first does not use what it finds.
    let live = stage.engine.live(&"a".into()).unwrap().load();
    assert!(live.is_expired(stage.now()));
    assert!(matches!(
        stage.ask("a", Reason::Expired).await,
        Outcome::Fresh(current) if current.tokens.access.expose() == "a-a1"
    ));
    // Without one, the timer notices within five minutes.
    stage.wall.sleeps(2 * HOUR);
    pass(5 * MINUTE + SECOND).await;
    assert_eq!(stage.used("a"), "a-a2");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_put_back_does_not_make_seconds_into_hours() {
    let stage = Stage::with(LEAD, Duration::ZERO);
    stage.script(&[Answer::Unreached; 3]);
    pass(4 * SECOND).await;
    assert_eq!(stage.condition("a").as_str(), "failing");
    stage.wall.puts_back(2 * HOUR);
    // By this clock the token is good again; by nobody else's.
    let outcome = stage.ask("a", Reason::Rejected).await;
    assert!(matches!(outcome, Outcome::Fresh(_)), "{outcome:?}");
    stage.wall.puts_back(2 * HOUR);
    let again = stage.ask("a", Reason::Rejected).await;
    assert!(matches!(again, Outcome::Fresh(_)), "{again:?}");
    // Dates that were worked out before are worked out again.
    let due = stage.due_in("a").unwrap();
    assert!(due >= 54 * MINUTE, "{due:?}");
    *stage.disk.fault.lock() = crate::tests::disk::Fault::Full;
    pass(31 * SECOND).await;
    stage.ask("a", Reason::Rejected).await;
    assert_eq!(stage.condition("a").as_str(), "at-risk");
    stage.wall.puts_back(2 * HOUR);
    *stage.disk.fault.lock() = crate::tests::disk::Fault::None;
    pass(5 * MINUTE + SECOND).await;
    assert_eq!(stage.disk.access("a"), stage.used("a"));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_is_dropped_leaves_nobody_waiting() {
    let stage = Stage::with(LEAD, Duration::ZERO);
    stage.script(&[Answer::Hangs]);
    let (engine, idp) = (&stage.engine, &stage.idp);
    // A worker that panics in the middle.
    *stage.disk.probe.lock() = Some(Box::new(|| panic!("a fault in the vault")));
    let outcome = stage.ask("a", Reason::Expired).await;
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    assert_eq!(stage.ended(Ending::Interrupted), 1);
    assert_eq!(engine.in_flight(), 0);
    *stage.disk.probe.lock() = None;
    idp.script.lock().clear();
    pass(31 * SECOND).await;
    assert_eq!(stage.used("a"), "a-a1");
}
