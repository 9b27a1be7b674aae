//! Which models clients are shown.

use crate::rig::{Ask, Rig, config, entry, in_order, limited, refusing, s, section, upstream};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Failure};
use std::time::Instant;

const CLAUDE: Protocol = Protocol::Claude;

/// The names that are shown.
fn listed(rig: &Rig) -> Vec<String> {
    let snapshot = rig.gateway.snapshot();
    let names = snapshot.listed(Instant::now());
    names.map(|route| route.id.as_str().to_owned()).collect()
}

#[tokio::test]
async fn models_of_credentials_that_rest_are_listed_and_lost_ones_are_not() {
    let check = async |failures: Vec<Behaviour>, shown: bool| {
        let keys = &["a", "b"][..failures.len()];
        let name = format!("{failures:?}");
        let ready = failures.iter().any(|one| matches!(one, Behaviour::Answer));
        let upstream = upstream(failures);
        let base = upstream.base_url();
        let entries = keys.iter().map(|key| entry(CLAUDE, &base, key, "m", ""));
        let entries = in_order(&entries.collect::<String>());
        let rig = Rig::new(&format!("request-retry: 0\nclaude-api-key:\n{entries}"));
        assert_eq!(listed(&rig), ["m"]);
        assert!(rig.gateway.snapshot().is_ready(Instant::now()));
        rig.send(&Ask::new(CLAUDE, "m", false)).await;
        let snapshot = rig.gateway.snapshot();
        assert_eq!(listed(&rig).contains(&"m".to_owned()), shown, "{name}");
        let one = snapshot.listed_model("m", Instant::now());
        assert_eq!(one.is_some(), shown, "{name}");
        assert_eq!(snapshot.is_ready(Instant::now()), ready, "{name}");
    };
    let limit = || limited(s(30));
    let down = || Behaviour::from(Failure::Internal);
    let refused = || Behaviour::from(Failure::Unauthorized);
    let unpaid = || Behaviour::from(Failure::Billing);
    let unknown = || Behaviour::from(Failure::ModelNotFound);
    let lacking = || refusing(400, r#"{"error":"the requested model is not supported"}"#);
    check(vec![limit()], true).await;
    check(vec![down()], true).await;
    check(vec![refused()], false).await;
    check(vec![unpaid()], false).await;
    check(vec![unknown()], false).await;
    check(vec![lacking()], false).await;
    // One that is well, or will be, is enough.
    check(vec![refused(), Behaviour::Answer], true).await;
    check(vec![refused(), limit()], true).await;
    check(vec![limit(), unknown()], true).await;
    check(vec![unknown(), down()], true).await;
    check(vec![refused(), lacking()], false).await;
}

#[tokio::test]
async fn a_model_is_shown_again_when_its_rest_is_over() {
    let upstream = upstream([Failure::Unauthorized.into()]);
    let entry = entry(CLAUDE, &upstream.base_url(), "a", "m", "");
    let rig = Rig::new(&format!("claude-api-key:\n{entry}"));
    rig.send(&Ask::new(CLAUDE, "m", false)).await;
    let snapshot = rig.gateway.snapshot();
    let shown = |minutes: u64| {
        let later = Instant::now() + s(minutes * 60);
        snapshot.listed(later).count()
    };
    // Nobody has to ask in between.
    assert_eq!([0, 29, 31].map(shown), [0, 0, 1]);
}

#[tokio::test]
async fn a_list_is_always_in_the_same_order() {
    let upstream = upstream([Behaviour::Answer]);
    let base = upstream.base_url();
    let claude = entry(CLAUDE, &base, "a", "z b=B-1 M", "");
    let chat = entry(Protocol::Chat, &base, "a", "y a M", "prefix: team");
    let yaml = format!("claude-api-key:\n{claude}openai-compatibility:\n{chat}");
    let rig = Rig::new(&yaml);
    let first = listed(&rig);
    assert_eq!(
        first,
        ["M", "a", "b", "team/M", "team/a", "team/y", "y", "z"]
    );
    for _ in 0..10 {
        assert_eq!(listed(&rig), first);
        rig.gateway.reload(config(&yaml)).unwrap();
    }
}

/// A model goes with the last that offers it, and moves with its provider.
#[tokio::test]
async fn lists_and_picks_agree_after_a_reload() {
    let upstream = upstream([Behaviour::Answer, Behaviour::Answer]);
    let base = upstream.base_url();
    let of = |protocol, key, models| {
        let entry = entry(protocol, &base, key, models, "");
        format!("{}:\n{entry}", section(protocol))
    };
    let (gemini, claude) = (Protocol::Gemini, Protocol::Claude);
    let rig = Rig::new("port: 1");
    let check = async |yaml: String, shown: &[&str], serves: &[(Protocol, u16)]| {
        rig.gateway.reload(config(&yaml)).unwrap();
        assert_eq!(listed(&rig), shown, "{yaml}");
        for (protocol, status) in serves {
            let answer = rig.send(&Ask::new(*protocol, "m", false)).await;
            assert_eq!(answer.status, *status, "{yaml}: {}", answer.text());
        }
    };
    let both = of(gemini, "a", "m n") + &of(claude, "b", "m o");
    check(both, &["m", "n", "o"], &[(gemini, 200), (claude, 200)]).await;
    let one = of(claude, "b", "m o");
    check(one, &["m", "o"], &[(gemini, 200), (claude, 200)]).await;
    let other = of(gemini, "a", "m p");
    check(other, &["m", "p"], &[(gemini, 200), (claude, 200)]).await;
    // The same key and model at another provider.
    let vertex = of(gemini, "a", "m").replace("gemini-api-key", "vertex-api-key");
    check(vertex, &["m"], &[(gemini, 200)]).await;
    let status = rig.gateway.status();
    assert_eq!(status.credentials[0].provider, "vertex");
    check("port: 1".to_owned(), &[], &[(gemini, 404), (claude, 404)]).await;
}
