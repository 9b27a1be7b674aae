//! A day with 500 credentials, and the weather of a real network.

use super::{DAY, LEAD, MINUTE, SECOND, Stage, pass};
use crate::Ending;
use cliproxy_core::CredentialId;
use std::{collections::BTreeMap, time::Duration};

const COUNT: usize = 500;
const WORKERS: usize = 16;

#[tokio::test(start_paused = true)]
async fn five_hundred_credentials_are_good_all_day() {
    let stage = Stage::new();
    // The workers get through five a second, and more than eight become due.
    *stage.idp.latency.lock() = 3 * SECOND;
    *stage.idp.weather.lock() = Some(fastrand::Rng::with_seed(500));
    // All of them are due at the start: they end within three to five minutes.
    let batch = (0..COUNT).map(|name| {
        let id = CredentialId::from(format!("c{name:03}"));
        let left = 3 * MINUTE + SECOND * u32::try_from(name * 7 % 120).unwrap();
        stage.put(id.as_str(), left);
        let spec = stage.spec(&id, LEAD);
        (id, spec)
    });
    let batch = batch.collect();
    let live = stage.engine.upsert(batch);
    stage.engine.start();
    let mut passed = Duration::ZERO;
    while passed < DAY {
        passed += 5 * SECOND;
        pass(5 * SECOND).await;
        let now = stage.now();
        let expired = live.iter().filter(|live| live.load().is_expired(now));
        assert_eq!(expired.count(), 0, "after {passed:?}");
    }

    assert_eq!(
        stage.idp.peak(),
        WORKERS,
        "all of them work, and nobody else"
    );
    assert!(stage.idp.doubled().is_empty());
    // About nine a second at the start, and what is asked again because of the weather.
    let mut busy = BTreeMap::<u64, u32>::new();
    for at in stage.asked() {
        *busy.entry(at).or_default() += 1;
    }
    let at_start = busy.range(..60).map(|(_, count)| *count);
    assert!(at_start.max() <= Some(12), "{busy:?}");
    let all_day = busy.values().max();
    assert!(
        all_day <= Some(&40),
        "the dates do not run together: {busy:?}"
    );
    // Nobody is refreshed more often than needed: each about every 55 minutes.
    let granted = stage.ended(Ending::Granted);
    assert!((13_000..13_700).contains(&granted), "{granted}");
    let bad = [Ending::Permanent, Ending::Ineffective, Ending::AtRisk];
    assert_eq!(bad.map(|ending| stage.ended(ending)), [0; 3]);
    let troubled = [Ending::Transient, Ending::Ambiguous, Ending::Throttled];
    assert!(troubled.iter().all(|ending| stage.ended(*ending) > 0));
}
