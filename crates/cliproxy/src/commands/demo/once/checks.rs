//! What is shown once, for all protocols together.

use super::{
    rows::visits,
    visitor::{Visitor, hello},
};
use crate::{
    client::Reply,
    commands::demo::{
        account,
        ask::{Ask, credential},
        models::{ACCOUNT, ALIAS, EMBEDDING, SCARCE, of},
    },
};
use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, DEMO_KEYS};
use http::{Request, StatusCode};
use http_body_util::Full;
use serde_json::Value;
use std::{fmt, time::Duration};

/// Requests until the scarce model must have refused one. On a machine so slow that its limit passes
/// between two of them it takes more than two.
const MOST_ANSWERS: usize = 5;
/// The longest Retry-After, in seconds, that its limit of one second can lead to, and some more.
const LONGEST_WAIT: u64 = 3;

/// Something that was tried, and what came of it.
pub(super) struct Check {
    name: &'static str,
    outcome: anyhow::Result<String>,
}

impl Check {
    /// What is not as it should be.
    pub(super) fn wrong(&self) -> Option<String> {
        let error = self.outcome.as_ref().err()?;
        Some(format!("{}: {error:#}", self.name))
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = self
            .outcome
            .as_ref()
            .map_or("wrong, see below", |seen| seen);
        write!(f, "{:<11}  {seen}", self.name)
    }
}

/// Everything besides the rows. The rows come first: they have shown each account what it can do.
pub(super) async fn all(visitor: &Visitor<'_>) -> Vec<Check> {
    let check = |name, outcome| Check { name, outcome };
    vec![
        check("cooling", cooling(visitor).await),
        check("alias", alias(visitor).await),
        check("models", models(visitor).await),
        check("wrong key", wrong_key(visitor).await),
        check("retry-after", retry_after(visitor).await),
        check("refresh", refresh(visitor).await),
    ]
}

/// New conversations keep away from accounts that have failed.
async fn cooling(visitor: &Visitor<'_>) -> anyhow::Result<String> {
    for protocol in Protocol::ALL {
        for streamed in [false, true, false, true] {
            let served = visitor.open(protocol, streamed).await?;
            ensure!(
                served.attempts == 1,
                "{protocol}: {} attempts",
                served.attempts
            );
        }
    }
    for account in &DEMO_KEYS {
        let hits = visitor.hits(account.label);
        ensure!(
            matches!(account.behaviour, Behaviour::Answer) || hits == visits(account),
            "{} was asked {hits} times and not {}",
            account.label,
            visits(account)
        );
    }
    Ok("accounts that failed or were limited were left after one refusal".to_owned())
}

/// One name for each protocol's model, which replies use too.
async fn alias(visitor: &Visitor<'_>) -> anyhow::Result<String> {
    for protocol in Protocol::ALL {
        for streamed in [false, true] {
            let served = visitor.open_with(protocol, streamed, ALIAS).await;
            served.with_context(|| protocol.to_string())?;
        }
    }
    Ok(format!(
        "`{ALIAS}` serves in every protocol, and replies say `{ALIAS}`"
    ))
}

/// The list, in the shape of the vendor whose SDK asks.
async fn models(visitor: &Visitor<'_>) -> anyhow::Result<String> {
    let mut expected: Vec<&str> = Protocol::ALL.map(of).to_vec();
    expected.extend([ACCOUNT, ALIAS, EMBEDDING, SCARCE]);
    expected.sort_unstable();
    expected.dedup();
    for (protocol, list, name) in [
        (Protocol::Chat, "data", "id"),
        (Protocol::Claude, "data", "id"),
        (Protocol::Gemini, "models", "name"),
    ] {
        let reply = get(visitor, protocol, "/v1/models").await?;
        ensure!(reply.status.is_success(), "{protocol}: {}", reply.excerpt());
        let listed = json(&reply)?;
        let mut names: Vec<&str> = listed[list]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|model| model[name].as_str())
            .map(|name| name.strip_prefix("models/").unwrap_or(name))
            .collect();
        names.sort_unstable();
        ensure!(
            names == expected,
            "{protocol}: {names:?} and not {expected:?}"
        );
        ensure!(
            (protocol == Protocol::Claude) == listed["has_more"].is_boolean(),
            "{protocol}: the list has another vendor's shape"
        );
    }
    Ok(format!(
        "{} are listed, as OpenAI, Anthropic and Google list theirs",
        expected.len()
    ))
}

/// An access token ends before its time: it is replaced once, and the client notices nothing.
async fn refresh(visitor: &Visitor<'_>) -> anyhow::Result<String> {
    account::refresh(visitor.stage(), "demo-refresh").await?;
    Ok("401, a new token, asked again; the client sees only the answer".to_owned())
}

/// A key the gateway does not know.
async fn wrong_key(visitor: &Visitor<'_>) -> anyhow::Result<String> {
    for protocol in Protocol::ALL {
        let said = [hello("a stranger")];
        let ask = Ask {
            protocol,
            streamed: false,
            model: of(protocol),
            session: "stranger",
            said: &said,
        };
        let request = ask.request(&visitor.stage().gateway_url(), "sk-demo-wrong")?;
        let reply = visitor.client().send(request).await?;
        ensure!(
            reply.status == StatusCode::UNAUTHORIZED,
            "{protocol}: answered {}",
            reply.status
        );
        let (place, word) = match protocol {
            Protocol::Chat | Protocol::Responses => ("/error/code", "invalid_api_key"),
            Protocol::Claude => ("/error/type", "authentication_error"),
            Protocol::Gemini => ("/error/status", "UNAUTHENTICATED"),
        };
        let body = json(&reply)?;
        ensure!(
            body.pointer(place).and_then(Value::as_str) == Some(word),
            "{protocol}: no `{word}` at {place}: {body}"
        );
    }
    Ok("401, in the words of each protocol".to_owned())
}

/// The only account of a model runs into its limit: the client is told when to come back, the
/// upstream is left alone until then, and then serves again.
async fn retry_after(visitor: &Visitor<'_>) -> anyhow::Result<String> {
    let session = visitor.new_session();
    let said = [hello(&session)];
    let ask = Ask {
        protocol: Protocol::Chat,
        streamed: false,
        model: SCARCE,
        session: &session,
        said: &said,
    };
    let mut refused = false;
    for _ in 0..MOST_ANSWERS {
        let reply = visitor.try_ask(&ask).await?;
        refused = reply.status == StatusCode::TOO_MANY_REQUESTS;
        if refused {
            wait_of(&reply)?;
            break;
        }
    }
    ensure!(refused, "the limit was not reached");
    let hits = visitor.hits(SCARCE);
    let reply = visitor.try_ask(&ask).await?;
    if reply.status != StatusCode::TOO_MANY_REQUESTS {
        bail!("answered {} while everybody cools down", reply.status);
    }
    let wait = wait_of(&reply)?;
    ensure!(
        visitor.hits(SCARCE) == hits,
        "the upstream was asked although it had said when to come back"
    );
    tokio::time::sleep(wait).await;
    let served = visitor.ask(&ask).await;
    served.with_context(|| format!("after {} s", wait.as_secs()))?;
    Ok(format!(
        "429 said {} s, upstream was left alone, then served again",
        wait.as_secs()
    ))
}

fn wait_of(reply: &Reply) -> anyhow::Result<Duration> {
    let seconds: u64 = reply
        .header("retry-after")
        .parse()
        .context("a 429 without Retry-After")?;
    ensure!(
        (1..=LONGEST_WAIT).contains(&seconds),
        "a 429 with Retry-After: {seconds}"
    );
    Ok(Duration::from_secs(seconds))
}

async fn get(visitor: &Visitor<'_>, protocol: Protocol, path: &str) -> anyhow::Result<Reply> {
    let stage = visitor.stage();
    let mut request = Request::get(format!("{}{path}", stage.gateway_url()));
    for (name, value) in credential(protocol, stage.key()) {
        request = request.header(name, value);
    }
    visitor
        .client()
        .send(request.body(Full::new(Bytes::new()))?)
        .await
}

fn json(reply: &Reply) -> anyhow::Result<Value> {
    serde_json::from_slice(&reply.body)
        .with_context(|| format!("not JSON, but {}", reply.excerpt()))
}
