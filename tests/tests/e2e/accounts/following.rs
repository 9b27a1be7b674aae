//! Credential files that are added, edited, replaced, disabled, deleted and made again while streams
//! run.

use super::{MODEL, ask, by};
use cliproxy_core::Protocol::Responses;
use cliproxy_e2e::{AuthDir, Call, Ends, Gateway, Streaming, config, eventually};
use cliproxy_scripted_upstream::{
    Behaviour, Failure, Script, Upstream,
    grammar::{self, Outcome},
    oauth::{Account, Dialect},
};
use serde_json::json;
use std::{fs, time::Duration};

/// Streams that ask for it are long: longer than it takes until a change of a file is seen.
const PACE: &str = r#""headers": {"x-scripted-events": "$x-scripted-events",
    "x-scripted-interval-ms": "$x-scripted-interval-ms"},"#;

struct Home {
    upstream: Upstream,
    auths: AuthDir,
    gateway: Gateway,
    /// Streams that were begun before a change of the files, and by whom they are served.
    running: Vec<(&'static str, String, Streaming)>,
}

impl Home {
    async fn new(settings: &str, behaviours: impl IntoIterator<Item = Behaviour>) -> Self {
        let account = |label| Account::new(label, Dialect::Codex);
        let script = Script::new()
            .account(account("a").behaves(behaviours))
            .account(account("b"))
            .account(account("c"));
        let upstream = Upstream::start(script).unwrap();
        let auths = AuthDir::new();
        let more = format!("{PACE}\"disabled\": false,");
        auths.sign_in(&upstream, "a", Ends::InTime, &more);
        let settings = format!("{}{settings}\n", auths.settings(&upstream));
        let gateway = Gateway::start(&config(&settings, &[])).await;
        Self {
            upstream,
            auths,
            gateway,
            running: Vec::new(),
        }
    }

    fn sign_in(&self, label: &str, more: &str) {
        self.auths.sign_in(
            &self.upstream,
            label,
            Ends::InTime,
            &format!("{PACE}{more}"),
        );
    }

    async fn status(&self) -> u16 {
        self.gateway.send(ask()).await.status
    }

    /// Begins a stream, makes the change, and waits until new requests are served by `then`.
    async fn step(&mut self, what: &'static str, then: &str, change: impl FnOnce(&AuthDir)) {
        let call = Call::generate(Responses, MODEL, true)
            .header("x-scripted-events", "150")
            .header("x-scripted-interval-ms", "20");
        let mut stream = self.gateway.open(call).await;
        stream.until("scripted ").await;
        let label = stream.header("x-cliproxy-served-by").to_owned();
        self.running.push((what, label, stream));
        change(&self.auths);
        eventually(what, async || by(&self.gateway.send(ask()).await) == then).await;
        let stats = self.upstream.stats();
        assert!(stats.streams > 0, "{what}: the streams run on");
    }

    /// Every stream ends as if nothing had happened.
    async fn all_end_well(&mut self) {
        for (what, label, stream) in self.running.drain(..) {
            let reply = stream.finish().await;
            let outcome = grammar::check(Responses, &reply.body);
            assert_eq!(outcome, Ok(Outcome::Completed), "{what}, by {label}");
            assert!(reply.whole, "{what}, by {label}");
        }
    }
}

#[tokio::test]
async fn files_change_while_streams_run() {
    let mut home = Home::new("", []).await;
    assert_eq!(by(&home.gateway.send(ask()).await), "a");
    home.sign_in("b", "\"priority\": 5, \"disabled\": false,");
    home.step("added", "b", |_| ()).await;
    home.step("edited in place", "a", |auths| {
        let edited = auths.text("a");
        let edited = edited.replacen("\"disabled\"", "\"priority\": 9, \"disabled\"", 1);
        auths.overwrite("a", &edited);
    })
    .await;

    // Half of a file is no file: the one before stays in use.
    let whole = home.auths.text("a");
    home.auths.overwrite("a", &whole[..whole.len() / 2]);
    home.gateway.logged("a.json").await;
    assert_eq!(by(&home.gateway.send(ask()).await), "a");
    home.auths.overwrite("a", &whole);

    home.step("disabled", "b", |auths| {
        let disabled = auths.with("a", "disabled", &json!(true));
        auths.replace("a", &disabled);
    })
    .await;
    home.step("enabled", "a", |auths| {
        let enabled = auths.with("a", "disabled", &json!(false));
        auths.overwrite("a", &enabled);
    })
    .await;
    home.sign_in("c", "\"priority\": 1, \"disabled\": true,");
    home.step("replaced by another account's", "c", |auths| {
        let other = auths.with("c", "disabled", &json!(false));
        let other = other.replacen("\"priority\": 1,", "\"priority\": 9,", 1);
        auths.replace("a", &other);
        fs::remove_file(auths.file("c")).unwrap();
    })
    .await;
    home.step("deleted", "b", |auths| {
        fs::remove_file(auths.file("a")).unwrap();
    })
    .await;
    home.sign_in("a", "\"priority\": 9,");
    home.step("made again", "a", |_| ()).await;
    home.step("the directory is exchanged", "b", |auths| {
        let aside = auths.path().with_extension("aside");
        let only_b = auths.text("b");
        fs::rename(auths.path(), &aside).unwrap();
        fs::create_dir(auths.path()).unwrap();
        auths.replace("b", &only_b);
        fs::remove_dir_all(&aside).unwrap();
    })
    .await;
    fs::remove_file(home.auths.file("b")).unwrap();
    eventually("nobody serves", async || home.status().await == 404).await;
    home.all_end_well().await;
    assert_eq!(home.upstream.violations(), []);
}

/// Health is that of one account: an edit does not end a rest, a file that was deleted and made again
/// is somebody else.
#[tokio::test]
async fn who_is_made_again_does_not_rest() {
    let limit = Failure::RateLimit {
        retry_after: Duration::from_secs(900),
    };
    let home = Home::new("request-retry: 0", [limit.into(), Behaviour::Answer]).await;
    assert_eq!(home.status().await, 429);
    let hits = || home.upstream.stats().hits("a");
    assert_eq!((home.status().await, hits()), (429, 1), "it rests");
    // An edit that shows, so that it is known to have been seen.
    let edited = home.auths.with("a", "email", &json!("new@example.com"));
    let edited = edited.replacen("\"disabled\"", "\"prefix\": \"team\", \"disabled\"", 1);
    home.auths.replace("a", &edited);
    let prefixed = format!("team/{MODEL}");
    eventually("the edit is seen", async || {
        let call = Call::generate(Responses, &prefixed, false);
        home.gateway.send(call).await.status == 429
    })
    .await;
    assert_eq!((home.status().await, hits()), (429, 1), "it rests on");
    fs::remove_file(home.auths.file("a")).unwrap();
    eventually("it is gone", async || home.status().await == 404).await;
    home.auths.replace("a", &edited);
    eventually("it is back", async || home.status().await == 200).await;
}

/// What the gateway writes is no news to it: it is neither another sign-in nor a reason to refresh.
#[tokio::test]
async fn its_own_writes_change_nothing() {
    let home = Home::new("", []).await;
    home.upstream.oauth().expire("a");
    assert_eq!(home.status().await, 200);
    // What comes later is seen later, so what was written before has been seen.
    home.sign_in("b", "\"priority\": 5,");
    eventually("b serves", async || {
        by(&home.gateway.send(ask()).await) == "b"
    })
    .await;
    assert_eq!(home.upstream.stats().refreshes("a"), 1);
    assert_eq!(home.gateway.log_count("by another program"), 0);
    assert_eq!(home.gateway.tokens("a")["condition"], "fresh");
}
