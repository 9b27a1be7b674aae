//! Tokens that are refreshed by two processes over one directory.

use super::{ask, by, granted};
use cliproxy_e2e::{AuthDir, Ends, Gateway, config, eventually, soon, without_tokens};
use cliproxy_scripted_upstream::{
    Script, Upstream,
    oauth::{Account, Dialect, Gate, TokenBehaviour},
};
use tokio::{
    task::{JoinSet, yield_now},
    time::Instant,
};

const REQUESTS: u64 = 64;

/// Who comes to a credential after a process that was killed with its refresh token under way tries that
/// once, and tells what became of it.
#[tokio::test]
async fn a_survivor_knows_what_was_under_way() {
    let gate = Gate::new();
    let held = TokenBehaviour::Answer.held(&gate);
    let account = Account::new("a", Dialect::Codex).tokens([held, TokenBehaviour::Answer]);
    let upstream = Upstream::start(Script::new().account(account)).unwrap();
    let auths = AuthDir::new();
    auths.sign_in(&upstream, "a", Ends::InTime, "");
    let config = config(&auths.settings(&upstream), &[]);
    let (killed, survivor) = tokio::join!(Gateway::start(&config), Gateway::start(&config));
    upstream.oauth().expire("a");

    let session = killed.client().connect().await;
    let mut asking = JoinSet::new();
    asking.spawn(async move { session.try_open(ask()).await.is_ok() });
    let asked = upstream.wait_for(|stats| stats.refreshes("a") == 1);
    soon("a refresh is under way", asked).await;
    drop(killed);
    assert_eq!(survivor.send(ask()).await.status, 401);
    let tokens = survivor.tokens("a");
    assert_eq!(tokens["condition"], "needs-login", "{tokens}");
    assert_eq!(tokens["reason"], "ambiguous-rotation", "{tokens}");
    assert_eq!(upstream.stats().refreshes("a"), 2);
}

/// All who find the token ended, or are refused with it, wait for one refresh, in whichever process
/// they are.
#[tokio::test]
async fn one_refresh_serves_two_processes() {
    for (what, ends) in [("refused", Ends::InTime), ("ended", Ends::Ago)] {
        let gate = Gate::new();
        let account = Account::new("a", Dialect::Codex);
        let account = account.tokens([TokenBehaviour::Answer.held(&gate)]);
        let upstream = Upstream::start(Script::new().account(account)).unwrap();
        let auths = AuthDir::new();
        auths.sign_in(&upstream, "a", ends, "");
        let before = auths.text("a");
        let config = config(&auths.settings(&upstream), &[]);
        let gateways = tokio::join!(Gateway::start(&config), Gateway::start(&config));
        let gateways = [gateways.0, gateways.1];
        if ends == Ends::InTime {
            upstream.oauth().expire("a");
        }
        let mut replies = JoinSet::new();
        for number in 0..REQUESTS {
            let gateway = &gateways[usize::from(number % 2 == 0)];
            let session = gateway.client().connect().await;
            replies.spawn(async move { session.send(ask()).await.0 });
        }
        // Each of them has its turn, and writes its request, before the new token is handed out.
        yield_now().await;
        let refused = if ends == Ends::InTime { REQUESTS } else { 0 };
        let asked = |stats: &cliproxy_scripted_upstream::Stats| {
            stats.refreshes("a") == 1 && stats.received >= refused
        };
        soon("all wait", upstream.wait_for(asked)).await;
        gate.open();
        let began = Instant::now();
        while let Some(reply) = soon("replies", replies.join_next()).await {
            assert_eq!(by(&reply.unwrap()), "a", "{what}");
        }
        let took = began.elapsed();

        assert_eq!(upstream.stats().refreshes("a"), 1, "{what}");
        let received = upstream.stats().received;
        assert_eq!(received, REQUESTS + refused, "{what}: in {took:?}");
        assert_eq!(auths.refresh_token("a"), granted(&upstream), "{what}");
        let after = auths.text("a");
        assert_ne!(before, after, "{what}");
        assert_eq!(without_tokens(&before), without_tokens(&after), "{what}");
        assert_eq!(upstream.violations(), [], "{what}");
        // What was noted before the refresh is taken back after it.
        eventually("nothing is left over", async || {
            auths.names() == [".write.lock", "a.json", "a.json.lock"]
        })
        .await;
        for gateway in &gateways {
            assert_eq!(gateway.tokens("a")["condition"], "fresh", "{what}");
        }
    }
}
