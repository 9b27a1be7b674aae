//! Connections that are not made, and those that break.

use super::{Asked, PROVIDERS};
use crate::wire::{Step, Then, Wire};
use cliproxy_proxyutil::ProxySetting;
use cliproxy_token_refresh::{Grant, RefreshError};
use std::net::TcpListener;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// An address nobody listens on.
fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

fn reason(got: Result<Grant, RefreshError>) -> (&'static str, String) {
    match got {
        Err(RefreshError::Ambiguous { reason }) => ("ambiguous", reason.into()),
        Err(RefreshError::Proxy { reason }) => ("proxy", reason.into()),
        Err(RefreshError::Transient { reason }) => ("transient", reason.into()),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check(got: Result<Grant, RefreshError>, class: &str, said: &str) {
    let (found, reason) = reason(got);
    assert_eq!(found, class, "{reason}");
    assert!(reason.contains(said), "{reason}");
}

#[tokio::test]
async fn nothing_was_asked() {
    for provider in PROVIDERS {
        let asked = Asked::new(provider, &format!("http://{}", closed()));
        let said = "127.0.0.1: no connection: Connection refused";
        check(asked.refresh().await, "transient", said);
    }
    // A name of RFC 6761, section 6.4, that nobody resolves.
    let asked = Asked::new("configured", "http://nobody.invalid");
    check(
        asked.refresh().await,
        "transient",
        "nobody.invalid: no connection",
    );
    // A plain server behind `https`: the handshake fails before anything is asked.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let plain = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad\r\n\r\n").await.unwrap();
        // To the end: what is left unread would become a reset.
        let _left = stream.read_to_end(&mut Vec::new()).await;
    };
    let asked = Asked::new("configured", &base);
    let (got, ()) = tokio::join!(asked.refresh(), plain);
    check(got, "transient", "127.0.0.1: the TLS handshake failed");
}

/// The request was whole on its way when the connection went, so nobody knows what became of it.
#[tokio::test]
async fn an_answer_that_is_lost() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"access_token\":\"a\"";
    for (bytes, then) in [
        ("", Then::Reset),
        ("", Then::Close),
        ("HTTP/1.1 200", Then::Close),
        (cut, Then::Close),
        (cut, Then::Reset),
        ("SMTP ready\r\n\r\n", Then::Close),
    ] {
        for provider in PROVIDERS {
            let wire = Wire::start([Step::new(bytes, then)]).await;
            let got = Asked::new(provider, &wire.base()).refresh().await;
            // An assertion is used up by nobody.
            let spent = provider != "vertex";
            let class = if spent { "ambiguous" } else { "transient" };
            check(got, class, "127.0.0.1: ");
            // It is not for the HTTP stack to ask again.
            assert_eq!(wire.requests().len(), 1, "{provider} {bytes:?}");
        }
    }
    // With an error status there was no token to lose.
    let refused = "HTTP/1.1 500 Oops\r\ncontent-length: 9\r\n\r\noo";
    let wire = Wire::start([Step::new(refused, Then::Close)]).await;
    let got = Asked::new("configured", &wire.base()).refresh().await;
    check(got, "transient", "127.0.0.1 answered 500 without a token");
}

/// A connection that ended while it was idle is replaced: nothing was written to it.
#[tokio::test]
async fn a_stale_connection_is_no_loss() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"access_token\":\"a\"}";
    let wire = Wire::start([
        Step::new(answer, Then::Close),
        Step::new(answer, Then::Keep),
    ])
    .await;
    let asked = Asked::new("configured", &wire.base());
    let endpoint = asked.endpoint();
    endpoint.refresh(&asked.tokens).await.unwrap();
    wire.wait_for(|state| state.ended == 1).await;
    endpoint.refresh(&asked.tokens).await.unwrap();
    assert_eq!(wire.accepted(), 2);
}

#[tokio::test]
async fn there_is_no_way_around_a_proxy() {
    let wire = Wire::start([]).await;
    let schemes = ["http", "socks5", "socks5h"];
    for (scheme, provider) in schemes.into_iter().flat_map(|s| PROVIDERS.map(|p| (s, p))) {
        for base in [wire.base(), wire.base().replace("http:", "https:")] {
            let proxy = format!("{scheme}://user:canary-proxy@{}", closed());
            let mut asked = Asked::new(provider, &base);
            asked.proxy = ProxySetting::parse(&proxy).unwrap();
            let said = "127.0.0.1: no connection through the proxy";
            check(asked.refresh().await, "proxy", said);
        }
    }
    assert_eq!(wire.accepted(), 0, "it was never asked directly");
}

#[tokio::test]
async fn a_proxy_that_refuses() {
    let target = Wire::start([]).await;
    let denied = "HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n";
    let check = async |base: String, answer: &'static str| {
        let proxy = Wire::start([Step::new(answer, Then::Close)]).await;
        let mut asked = Asked::new("configured", &base);
        asked.proxy = ProxySetting::parse(&proxy.base()).unwrap();
        let (class, reason) = reason(asked.refresh().await);
        assert_eq!(class, "proxy", "{reason}");
        assert_eq!(proxy.requests().len(), 1);
    };
    check(target.base(), denied).await;
    check(target.base().replace("http:", "https:"), denied).await;
    let forbidden = "HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n";
    check(target.base().replace("http:", "https:"), forbidden).await;
    assert_eq!(target.accepted(), 0);
}
