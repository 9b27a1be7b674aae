//! What the gateway decides, and what it says about it when it is asked.

mod affinity;
mod commands;
mod fallback;
mod limits;
mod reload;
mod rules;
mod weights;

use cliproxy_core::Protocol;
use cliproxy_e2e::{Call, Entry, Finished, Gateway, Reply, World, config};
use cliproxy_scripted_upstream::{Behaviour, Failure};
use serde_json::Value;
use std::time::Duration;

/// Refuses for so long.
fn limit(seconds: u64) -> Behaviour {
    let retry_after = Duration::from_secs(seconds);
    Failure::RateLimit { retry_after }.into()
}

/// A gateway with these accounts, in falling priority. Each has its behaviours and its models.
async fn world<const N: usize>(
    protocol: Protocol,
    settings: &str,
    accounts: [(&str, Vec<Behaviour>, &str); N],
) -> World {
    let names = accounts.each_ref().map(|(name, ..)| *name);
    let models = accounts.each_ref().map(|(.., models)| *models);
    let queues = accounts.map(|(name, queue, _)| (name, queue));
    World::queued_with(queues, |base| {
        let entries = names.iter().zip(models).zip(0..);
        let entries = entries.map(|((name, models), place)| {
            let entry = Entry::new(protocol, name, base).with(&format!("priority: -{place}"));
            entry.models(models)
        });
        config(settings, &entries.collect::<Vec<_>>())
    })
    .await
}

/// What a command of the gateway's user prints.
#[track_caller]
fn told(gateway: &Gateway, args: &[&str]) -> String {
    let Finished {
        code,
        stdout,
        stderr,
        ..
    } = gateway.command(args).run();
    assert_eq!((code, &*stderr), (Some(0), ""), "{args:?}: {stdout}");
    stdout
}

/// The same, as JSON.
#[track_caller]
fn asked(gateway: &Gateway, args: &[&str]) -> Value {
    let text = told(gateway, &[args, &["--json"]].concat());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// How a reply came about. The request must not have been streamed: a stream is noted after its
/// last byte.
#[track_caller]
fn explained(gateway: &Gateway, reply: &Reply) -> Value {
    asked(gateway, &["explain", reply.header("x-cliproxy-request-id")])
}

/// Who was tried in a step, and what came of it.
fn attempts(step: &Value) -> Vec<(String, String)> {
    let attempts = step["attempts"].as_array().unwrap();
    attempts
        .iter()
        .map(|attempt| (text(&attempt["credential"]), text(&attempt["outcome"])))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// One of the credentials or candidates of this label.
fn named<'a>(list: &'a Value, label: &str) -> &'a Value {
    let mut list = list.as_array().unwrap().iter();
    list.find(|one| one["credential"] == label)
        .unwrap_or_else(|| panic!("no {label}"))
}

/// How an account is.
fn account(gateway: &Gateway, label: &str) -> Value {
    named(&asked(gateway, &["status"])["credentials"], label).clone()
}

/// A request of the session with this name.
fn in_session(protocol: Protocol, session: &str) -> Call {
    Call::unary(protocol).header("x-session-id", session)
}

/// Who served, with how many attempts, and what affinity did.
fn signed(reply: &Reply) -> [&str; 3] {
    [
        "x-cliproxy-served-by",
        "x-cliproxy-attempts",
        "x-cliproxy-affinity",
    ]
    .map(|name| reply.header(name))
}
