//! Upstreams that nobody reaches: other credentials behind them are spared the try.

use crate::rig::{Ask, Rig, calls, entry, in_order, soon, upstream};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Failure, Upstream};
use std::time::Duration;

const CLAUDE: Protocol = Protocol::Claude;

/// Behind one upstream `a` and `b` fail and `c` answers; `d` is behind another, and stands in for
/// `c` with the model `n`.
struct Two {
    rig: Rig,
    first: Upstream,
    /// Kept, so that it answers.
    _second: Upstream,
}

impl Two {
    fn new(rules: &str) -> Self {
        let down = || Behaviour::from(Failure::Unavailable);
        let first = upstream([down(), down(), Behaviour::Answer]);
        let answers = || Behaviour::Answer;
        let second = upstream([answers(), answers(), answers(), answers()]);
        let (x, y) = (first.base_url(), second.base_url());
        let entries = [
            entry(CLAUDE, &x, "a", "a1 a2 a3", rules),
            entry(CLAUDE, &x, "b", "b1", rules),
            entry(CLAUDE, &x, "c", "n o", "priority: 1"),
            entry(CLAUDE, &y, "d", "n", ""),
        ];
        let rig = Rig::new(&format!(
            "request-retry: 0\nclaude-api-key:\n{}",
            entries.concat()
        ));
        Self {
            rig,
            first,
            _second: second,
        }
    }

    async fn fail(&self, models: &str) {
        for model in models.split(' ') {
            let answer = self.rig.send(&Ask::new(CLAUDE, model, false)).await;
            assert_eq!(answer.status, 503, "{model}: {}", answer.text());
        }
    }

    /// Who has the model `n`, and which upstreams are passed over.
    async fn check(&self, served: &str, passed_over: bool) {
        assert_eq!(self.served("n").await, served);
        let status = self.rig.gateway.status();
        let rests: Vec<_> = status.upstreams.iter().map(|rest| &rest.upstream).collect();
        let base = self.first.base_url();
        let expected = if passed_over { vec![&base] } else { Vec::new() };
        assert_eq!(rests, expected);
        let mut all = status.credentials.iter();
        let c = all.find(|one| one.credential == "c").unwrap();
        let state = if passed_over {
            "upstream not reached"
        } else {
            "ready"
        };
        assert_eq!(c.state, state);
        let until = c.back_in_ms.map(|left| left <= 30_000);
        assert_eq!(until, passed_over.then_some(true), "{c:?}");
    }

    async fn served(&self, model: &str) -> String {
        let ask = Ask::new(CLAUDE, model, false);
        self.rig.served(&ask, 1).await.remove(0)
    }
}

#[tokio::test]
async fn what_two_credentials_fail_to_reach_is_passed_over() {
    let two = Two::new("");
    two.check("c", false).await;
    // One credential may fail for itself.
    two.fail("a1 a2 a3").await;
    two.check("c", false).await;
    two.fail("b1").await;
    two.check("d", true).await;
    // Where nobody else is left it is tried all the same, and one success is enough.
    assert_eq!(two.served("o").await, "c");
    two.check("c", false).await;
}

#[tokio::test]
async fn one_request_at_a_time_tries_it() {
    let two = Two::new("");
    two.fail("a1 a2 b1").await;
    let never = Behaviour::HeaderDelay(Duration::MAX);
    two.first.rewrite("c", [never]);
    let ask = Ask::new(CLAUDE, "o", false);
    tokio::select! {
        reply = two.rig.open(&ask) => panic!("{reply:?}"),
        () = async {
            soon(two.first.wait_for(|stats| stats.hits("c") == 1)).await;
            let other = two.rig.send(&ask).await;
            assert_eq!(other.status, 429, "{}", other.text());
            let after: u64 = other.header("retry-after").parse().unwrap();
            assert!((1..=30).contains(&after), "{after}");
        } => {}
    }
    // That client left: the next one tries.
    two.first.rewrite("c", [Behaviour::Answer]);
    assert_eq!(two.served("o").await, "c");
    assert_eq!(calls(&two.first, "c"), [2]);
}

#[tokio::test]
async fn what_an_operator_says_of_an_error_counts() {
    let rules = "request-scoped-errors: [{status: 503, match-regexr: ['.'], action: continue}]";
    let two = Two::new(rules);
    two.fail("a1 a2 a3 b1").await;
    two.check("c", false).await;
}

#[tokio::test]
async fn a_reset_of_one_behind_it_ends_it() {
    let two = Two::new("");
    two.fail("a1 a2 b1").await;
    two.check("d", true).await;
    two.rig.gateway.reset("b", None).unwrap();
    two.check("c", false).await;
}

/// The request that finds out goes on to all the others, those elsewhere first.
#[tokio::test]
async fn siblings_are_not_excluded_for_the_request_that_found_it() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let lost = |keys: &str| {
        let keys = keys.split(' ').filter(|key| !key.is_empty());
        keys.map(|key| entry(CLAUDE, &nowhere, key, "m", ""))
            .collect::<String>()
    };
    let check = async |before: &str, answers: Behaviour, status: u16, expected: &str| {
        for stream in [false, true] {
            let upstream = upstream([answers.clone()]);
            let found = entry(CLAUDE, &upstream.base_url(), "a", "m", "");
            let entries = in_order(&(lost(before) + &found));
            let rig = Rig::new(&format!("request-retry: 0\nclaude-api-key:\n{entries}"));
            let answer = rig.send(&Ask::new(CLAUDE, "m", stream)).await;
            assert_eq!(answer.status, status, "{}", answer.text());
            let attempts = rig.record().await.attempts;
            let tried: Vec<_> = attempts.iter().map(|one| &*one.credential).collect();
            assert_eq!(tried.join(" "), expected);
            let rests = rig.gateway.status().upstreams;
            assert_eq!(rests.len(), usize::from(tried.len() > 3), "{rests:?}");
        }
    };
    check("b", Behaviour::Answer, 200, "b a").await;
    check("b c", Behaviour::Answer, 200, "b c a").await;
    check("b c d e f", Behaviour::Answer, 200, "b c d a").await;
    let refuses = Failure::Unauthorized.into();
    check("b c d e f", refuses, 502, "b c d a e f").await;
}
