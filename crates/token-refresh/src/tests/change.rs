//! Credentials that appear, change and disappear, also while they are refreshed.

use super::{Answer, HOUR, LAZY, LEAD, MINUTE, SECOND, Stage, pass};
use crate::{Condition, Ending, Outcome, Policy, Reason, Revision, Settings};
use cliproxy_core::CredentialId;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_newer_token_in_the_file_moves_the_date() {
    let stage = Stage::with(LEAD, 10 * MINUTE);
    pass(MINUTE).await;
    stage.idp.valid.lock().insert("a".into(), 3);
    stage.put("a", HOUR);
    stage.add("a", LEAD);
    assert_eq!(stage.used("a"), "a-a3");
    pass(30 * MINUTE).await;
    assert_eq!(stage.asked(), [0; 0]);
    let due = stage.due_in("a").unwrap();
    assert!((24 * MINUTE..=25 * MINUTE).contains(&due), "{due:?}");
}

#[tokio::test(start_paused = true)]
async fn one_that_waits_for_a_worker_may_find_it_is_not_due() {
    let stage = Stage::with(LEAD, Duration::ZERO);
    stage.engine.set(Settings {
        workers: 1,
        ..Settings::default()
    });
    *stage.idp.latency.lock() = 20 * SECOND;
    for id in ["b", "c"] {
        stage.put(id, Duration::ZERO);
        stage.add(id, LEAD);
    }
    pass(SECOND).await;
    let waits = stage.asks("c", Revision::default(), Reason::Expired);
    pass(SECOND).await;
    for id in ["b", "c"] {
        stage.idp.valid.lock().insert(id.into(), 1);
        stage.put(id, HOUR);
        stage.add(id, LEAD);
    }
    assert!(matches!(waits.await.unwrap(), Outcome::Fresh(_)));
    pass(10 * MINUTE).await;
    assert_eq!(stage.asked(), [0], "only the first");
}

#[tokio::test(start_paused = true)]
async fn what_is_changed_during_a_refresh_stays_changed() {
    let stage = Stage::with(LEAD, MINUTE);
    *stage.idp.latency.lock() = 5 * SECOND;
    pass(SECOND).await;
    let disabled = Policy {
        disabled: true,
        lead: Some(30 * MINUTE),
        ..LEAD
    };
    stage.add("a", disabled);
    pass(6 * SECOND).await;
    assert_eq!(stage.used("a"), "a-a1");
    // The lead that holds now is the new one.
    let due = stage.due_in("a").unwrap();
    assert!((28 * MINUTE..=30 * MINUTE).contains(&due), "{due:?}");
    assert_eq!(stage.asked(), [0]);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_deleted_stays_deleted() {
    // With or without the file, before or after the engine hears of it.
    for (file, told) in [(true, true), (false, true), (false, false)] {
        let stage = Stage::with(LEAD, MINUTE);
        *stage.idp.latency.lock() = 5 * SECOND;
        pass(SECOND).await;
        let id = CredentialId::from("a");
        let waits = stage.asks("a", Revision(9), Reason::Rejected);
        pass(SECOND).await;
        if !file {
            stage.disk.files.lock().remove(&id);
        }
        if told {
            stage.engine.remove(std::slice::from_ref(&id));
            assert_eq!(waits.await.unwrap(), Outcome::Gone);
        }
        pass(5 * SECOND).await;
        assert_eq!(stage.disk.files.lock().contains_key(&id), file);
        assert_eq!(stage.engine.status(&id).is_none(), told);
        assert_eq!(stage.ended(Ending::Discarded), 1);
        assert_eq!(stage.engine.in_flight(), 0);
        // What was granted is not lost if there is where to keep it.
        if file {
            assert_eq!(stage.disk.access("a"), "a-a1");
        }
        pass(HOUR).await;
        assert_eq!(stage.asked().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_deleted_while_it_waits_is_forgotten() {
    let stage = Stage::with(LEAD, HOUR);
    stage.engine.remove(&["a".into()]);
    pass(2 * HOUR).await;
    assert_eq!(stage.asked(), [0; 0]);
    assert_eq!(stage.engine.statuses(), []);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_created_anew_begins_clean() {
    let stage = Stage::with(LEAD, Duration::ZERO);
    stage.script(&[Answer::Refused]);
    pass(SECOND).await;
    let before = stage.status("a");
    assert_eq!(before.condition.as_str(), "needs-login");
    stage.engine.remove(&["a".into()]);
    stage.add("a", LEAD);
    let after = stage.status("a");
    assert!(
        after.revision > before.revision,
        "a request that saw the old one sees a new one"
    );
    pass(SECOND).await;
    assert_eq!(stage.condition("a"), Condition::Fresh);
    assert_eq!(stage.used("a"), "a-a1");
}

#[tokio::test(start_paused = true)]
async fn the_same_token_in_two_lives_is_asked_with_once() {
    let stage = Stage::with(LEAD, MINUTE);
    *stage.idp.latency.lock() = 5 * SECOND;
    pass(SECOND).await;
    // Taken away and put back, with the same file, while its refresh runs.
    stage.engine.remove(&["a".into()]);
    stage.add("a", LEAD);
    pass(10 * SECOND).await;
    assert_eq!(stage.asked(), [0]);
    assert_eq!(
        (stage.used("a").as_str(), stage.disk.access("a").as_str()),
        ("a-a1", "a-a1")
    );
    assert_eq!(stage.condition("a"), Condition::Fresh);
}

#[tokio::test(start_paused = true)]
async fn what_one_life_is_told_does_not_concern_the_next() {
    let stage = Stage::with(LEAD, MINUTE);
    *stage.idp.latency.lock() = 5 * SECOND;
    stage.script(&[Answer::Throttled(None)]);
    pass(SECOND).await;
    stage.engine.remove(&["a".into()]);
    stage.add("a", LEAD);
    let waits = stage.asks("a", Revision(9), Reason::Rejected);
    pass(5 * SECOND).await;
    assert_eq!(
        stage.condition("a"),
        Condition::Refreshing,
        "it asks for itself"
    );
    pass(5 * SECOND).await;
    assert!(waits.is_finished());
    assert_eq!(
        (stage.used("a").as_str(), stage.asked()),
        ("a-a1", vec![0, 5])
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_sign_in_during_a_refresh_wins() {
    // Its file is read by the engine before the answer comes, or not.
    for told in [true, false] {
        for answer in [Answer::Grants, Answer::Refused, Answer::NotThisClient] {
            let stage = Stage::with(LEAD, MINUTE);
            *stage.idp.latency.lock() = 5 * SECOND;
            stage.script(&[answer]);
            pass(SECOND).await;
            stage.idp.valid.lock().insert("a".into(), 7);
            stage.put("a", HOUR);
            if told {
                stage.add("a", LEAD);
                assert_eq!(stage.used("a"), "a-a7");
            }
            pass(5 * SECOND).await;
            if !told && answer == Answer::NotThisClient {
                // Nothing says that another client would be in the new file.
                stage.add("a", LEAD);
            }
            assert_eq!(stage.used("a"), "a-a7", "{told} {answer:?}");
            assert_eq!(stage.disk.access("a"), "a-a7");
            assert_eq!(stage.condition("a"), Condition::Fresh, "{told} {answer:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_put_back_does_not_bring_back_what_was_used_up() {
    let stage = Stage::with(LAZY, HOUR);
    let old = stage.disk.files.lock().clone();
    stage.ask("a", Reason::Rejected).await;
    *stage.disk.files.lock() = old;
    stage.add("a", LAZY);
    assert_eq!(stage.used("a"), "a-a1");
    pass(2 * HOUR).await;
    stage.ask("a", Reason::Expired).await;
    assert_eq!(
        (stage.used("a").as_str(), stage.disk.access("a").as_str()),
        ("a-a2", "a-a2")
    );
    assert_eq!(stage.disk.refresh(&"a".into()).as_deref(), Some("a-r2"));
}

#[tokio::test(start_paused = true)]
async fn disabled_ones_are_refreshed_unless_that_is_switched_off() {
    let stage = Stage::new();
    let disabled = Policy {
        disabled: true,
        ..LEAD
    };
    stage.put("a", MINUTE);
    stage.engine.set(Settings {
        refresh_disabled: false,
        ..Settings::default()
    });
    stage.add("a", disabled);
    stage.engine.start();
    pass(HOUR).await;
    assert_eq!((stage.asked().len(), stage.due_in("a")), (0, None));
    stage.engine.set(Settings::default());
    pass(SECOND).await;
    assert_eq!(stage.used("a"), "a-a1");
}

#[tokio::test(start_paused = true)]
async fn what_is_said_to_an_old_client_does_not_concern_a_new_one() {
    for answer in [
        Answer::NotThisClient,
        Answer::Throttled(None),
        Answer::NoProxy,
    ] {
        let stage = Stage::with(LEAD, MINUTE);
        *stage.idp.latency.lock() = 5 * SECOND;
        stage.script(&[answer; 3]);
        pass(SECOND).await;
        let waits = stage.asks("a", Revision(1), Reason::Rejected);
        let id = CredentialId::from("a");
        let spec = crate::Spec {
            setup: 1,
            ..stage.spec(&id, LEAD)
        };
        stage.engine.upsert(vec![(id, spec)]);
        stage.idp.script.lock().clear();
        pass(20 * SECOND).await;
        assert!(matches!(waits.await.unwrap(), Outcome::Fresh(_)));
        assert_eq!(stage.used("a"), "a-a1", "{answer:?}");
        assert_eq!(stage.condition("a"), Condition::Fresh);
    }
}
