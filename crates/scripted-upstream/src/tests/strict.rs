//! What each provider refuses, in its own words.

mod chat;
mod claude;
mod gemini;
mod responses;

use super::client::{Reply, body, generate, patched, upstream};
use crate::Behaviour;
use cliproxy_core::Protocol;
use serde_json::Value;

/// Sends an ordinary request with a change. An empty `fragment` means that it is accepted;
/// otherwise it must be refused with `status`, and the error must contain the fragment.
async fn check_all(protocol: Protocol, cases: &[(Value, u16, &str)]) {
    let upstream = upstream(Behaviour::Answer);
    for (change, status, fragment) in cases {
        let reply = generate(
            &upstream,
            protocol,
            false,
            &patched(body(protocol, false), change),
        )
        .await;
        check(&reply, *status, fragment, &change.to_string());
    }
}

fn check(reply: &Reply, status: u16, fragment: &str, case: &str) {
    let answer = reply.json();
    assert_eq!(reply.status, status, "{case}: {answer}");
    let error = answer["error"].to_string();
    assert!(error.contains(fragment), "{case}: {error}, not {fragment}");
}
