//! How credentials are, and making them well by hand.

use crate::rig::{Ask, Rig, calls, entries, entry, in_order, limited, refusing, s, upstream};
use cliproxy_core::Protocol;
use cliproxy_gateway::{CredentialView, Reset, ResetError};
use cliproxy_scripted_upstream::{Behaviour, Failure, Upstream};

const CLAUDE: Protocol = Protocol::Claude;

fn of(rig: &Rig, label: &str) -> CredentialView {
    let mut all = rig.gateway.status().credentials.into_iter();
    all.find(|one| one.credential == label).unwrap()
}

/// `ready; m ready, n cooling: quota`.
fn words(one: &CredentialView) -> String {
    let reason = |reason: &Option<String>| {
        let reason = reason.as_deref().map(|reason| format!(": {reason}"));
        reason.unwrap_or_default()
    };
    let models = one.models.iter();
    let models = models.map(|model| {
        let why = reason(&model.reason);
        format!("{} {}{why}", model.model, model.state)
    });
    let models = models.collect::<Vec<_>>().join(", ");
    format!("{}{}; {models}", one.state, reason(&one.reason))
}

#[tokio::test]
async fn what_is_said_of_credentials() {
    let upstream = upstream([Behaviour::Answer, Behaviour::Answer, Behaviour::Answer]);
    let base = upstream.base_url();
    let entries = [
        entry(CLAUDE, &base, "b", "m", ""),
        entry(CLAUDE, &base, "a", "n=n-1 m o", "weight: 3"),
        entry(CLAUDE, &base, "c", "m", "priority: 7, weight: 0"),
    ];
    let rig = Rig::new(&format!(
        "routing: {{strategy: weighted-round-robin, session-affinity: true}}\nclaude-api-key:\n{}",
        entries.concat()
    ));
    let status = rig.gateway.status();
    assert_eq!(status.version, env!("CARGO_PKG_VERSION"));
    assert_eq!((status.epoch, status.bindings), (1, 0));
    assert_eq!(status.strategy, "weighted-round-robin");
    assert!(status.session_affinity && status.upstreams.is_empty());
    let told = status.credentials.iter().map(|one| {
        let place = (one.priority, one.weight);
        (one.credential.as_str(), one.provider.as_str(), place)
    });
    // The highest priority first; a weight of 0 is one.
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("c", "claude", (7, 0)),
            ("a", "claude", (0, 3)),
            ("b", "claude", (0, 1)),
        ]
    );
    assert_eq!(words(&of(&rig, "a")), "ready; m ready, n-1 ready, o ready");
    rig.send(&Ask::new(CLAUDE, "m", false)).await;
    assert_eq!(rig.gateway.status().bindings, 1);
}

#[tokio::test]
async fn how_credentials_are() {
    let check = async |failures: Vec<Behaviour>, asked: &str, state: &str, back_in: u64| {
        let name = format!("{failures:?}");
        let upstream = upstream([Behaviour::Answer]);
        upstream.rewrite("a", failures);
        let entry = entry(CLAUDE, &upstream.base_url(), "a", "m n", "");
        let rig = Rig::new(&format!("request-retry: 0\nclaude-api-key:\n{entry}"));
        for model in asked.split(' ') {
            rig.send(&Ask::new(CLAUDE, model, false)).await;
        }
        let one = of(&rig, "a");
        assert_eq!(words(&one), state, "{name}");
        let left = one.back_in_ms.unwrap_or_default();
        let seconds = back_in * 1_000;
        assert!(left <= seconds && left + 20_000 > seconds, "{name}: {left}");
    };
    check(vec![Behaviour::Answer], "m n", "ready; m ready, n ready", 0).await;
    let one = "partly cooling; m cooling: quota, n ready";
    check(vec![limited(s(600)), Behaviour::Answer], "m n", one, 0).await;
    // The first that is back counts for the credential.
    let both = "cooling: upstream; m cooling: quota, n cooling: upstream";
    check(
        vec![limited(s(600)), Failure::Internal.into()],
        "m n",
        both,
        60,
    )
    .await;
    let whole = "cooling: auth; m ready, n ready";
    check(vec![Failure::Unauthorized.into()], "m", whole, 1_800).await;
}

#[tokio::test]
async fn a_long_rest_says_when_it_is_doubted() {
    let lacking = r#"{"error":{"message":"unsupported model"}}"#;
    let upstream = upstream([refusing(400, lacking)]);
    let rig = Rig::new(&entries(&upstream, CLAUDE, "a"));
    rig.send(&Ask::new(CLAUDE, "m", false)).await;
    let model = of(&rig, "a").models.remove(0);
    let minutes = |left: Option<u64>| left.map(|left| left.div_ceil(60_000));
    // Half a day, which is tried after an hour.
    assert_eq!(minutes(model.back_in_ms), Some(12 * 60));
    assert_eq!(minutes(model.probe_in_ms), Some(60));
}

/// Keys `a` and `b` of the entry `pool`, and `c` of the entry `alone`: all rest for `m`.
async fn all_rest() -> (Upstream, Rig) {
    let upstream = upstream([limited(s(600)), limited(s(600)), limited(s(600))]);
    let base = upstream.base_url();
    let pool = entry(Protocol::Chat, &base, "a", "m n", "");
    let pool = pool.replace("name: a,", "name: pool,");
    let pool = pool.replace("[{api-key: a}]", "[{api-key: a}, {api-key: b}]");
    let alone = entry(Protocol::Chat, &base, "c", "m", "").replace("name: c,", "name: alone,");
    let rig = Rig::new(&format!(
        "request-retry: 0\nopenai-compatibility:\n{}",
        in_order(&(pool + &alone))
    ));
    assert_eq!(rig.send(&Ask::chat("m")).await.status, 429);
    assert_eq!(calls(&upstream, "abc"), [1, 1, 1]);
    (upstream, rig)
}

fn resting(rig: &Rig) -> Vec<String> {
    let all = rig.gateway.status().credentials.into_iter();
    let resting = all.filter(|one| one.state != "ready");
    let mut resting: Vec<_> = resting.map(|one| one.credential).collect();
    resting.sort_unstable();
    resting
}

#[tokio::test]
async fn a_reset_names_whom_it_is_for() {
    let check = async |name: &str, model: Option<&str>, expected: &[&str], left: &[&str]| {
        let (upstream, rig) = all_rest().await;
        let name = match name {
            "id of alone" => of(&rig, "alone").id,
            name => name.to_owned(),
        };
        let reset = rig.gateway.reset(&name, model).unwrap();
        let words = reset.iter().map(|one: &Reset| {
            let models = one.models.join(" ");
            format!("{}: {models}: {}", one.credential, one.ended)
        });
        assert_eq!(words.collect::<Vec<_>>(), expected, "{name}");
        assert_eq!(resting(&rig), left, "{name}");
        // At once, and the next request finds it.
        for key in ["a", "b", "c"] {
            upstream.rewrite(key, [Behaviour::Answer]);
        }
        let served = rig.served(&Ask::chat("m"), 1).await;
        assert!(!left.contains(&served[0].as_str()), "{served:?}");
    };
    let others = &["pool#1", "pool#2"];
    check("alone", None, &["alone: m: 1"], others).await;
    check("id of alone", None, &["alone: m: 1"], others).await;
    let both = &["pool#1: m n: 1", "pool#2: m n: 1"];
    check("pool", None, both, &["alone"]).await;
    check("pool#2", None, &["pool#2: m n: 1"], &["alone", "pool#1"]).await;
    let both = &["pool#1: m: 1", "pool#2: m: 1"];
    check("pool", Some("m"), both, &["alone"]).await;
    check("pool#1", Some("m"), &["pool#1: m: 1"], &["alone", "pool#2"]).await;
}

#[tokio::test]
async fn a_reset_that_finds_nobody_names_the_nearest() {
    let (_upstream, rig) = all_rest().await;
    let check = |name: &str, model: Option<&str>, expected: ResetError| {
        assert_eq!(rig.gateway.reset(name, model), Err(expected), "{name}");
        assert_eq!(resting(&rig), ["alone", "pool#1", "pool#2"]);
    };
    let nobody = |nearest: Option<&str>| ResetError::UnknownCredential {
        nearest: nearest.map(str::to_owned),
    };
    check("alnoe", None, nobody(Some("alone")));
    check("pool#3", None, nobody(Some("pool#1")));
    check("somebody else", None, nobody(None));
    check("", None, nobody(None));
    let no_model = |nearest: Option<&str>| ResetError::UnknownModel {
        nearest: nearest.map(str::to_owned),
    };
    check("alone", Some("n"), no_model(Some("m")));
    check("pool", Some("claude-opus-5"), no_model(None));
    // The upstream's name counts.
    let upstream = upstream([Behaviour::Answer]);
    let entry = entry(CLAUDE, &upstream.base_url(), "a", "fast=gpt-5.4", "");
    let rig = Rig::new(&format!("claude-api-key:\n{entry}"));
    let near = rig.gateway.reset("a", Some("gpt-54"));
    assert_eq!(near, Err(no_model(Some("gpt-5.4"))));
    assert!(rig.gateway.reset("a", Some("gpt-5.4(high)")).is_ok());
}

#[tokio::test]
async fn one_model_may_be_reset_alone() {
    let script = [limited(s(600)), limited(s(600)), Behaviour::Answer];
    let upstream = upstream([Behaviour::Answer]);
    upstream.rewrite("a", script);
    let entry = entry(CLAUDE, &upstream.base_url(), "a", "m n", "");
    let rig = Rig::new(&format!("request-retry: 0\nclaude-api-key:\n{entry}"));
    for model in ["m", "n"] {
        assert_eq!(rig.send(&Ask::new(CLAUDE, model, false)).await.status, 429);
    }
    rig.gateway.reset("a", Some("n")).unwrap();
    assert_eq!(
        words(&of(&rig, "a")),
        "partly cooling; m cooling: quota, n ready"
    );
    assert_eq!(rig.served(&Ask::new(CLAUDE, "n", false), 1).await, ["a"]);
    assert_eq!(rig.send(&Ask::new(CLAUDE, "m", false)).await.status, 429);
    assert_eq!(calls(&upstream, "a"), [3]);
}
