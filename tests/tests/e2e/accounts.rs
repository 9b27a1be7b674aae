//! The accounts of credential files, as whoever keeps them sees it.

mod disk;
mod following;
mod refresh;

use cliproxy_core::Protocol;
use cliproxy_e2e::{Call, Reply};
use cliproxy_scripted_upstream::{Upstream, oauth::Outcome};

/// A model that every plan of Codex has.
const MODEL: &str = "gpt-5.4";

fn ask() -> Call {
    Call::generate(Protocol::Responses, MODEL, false)
}

/// Whose answer it is.
#[track_caller]
fn by(reply: &Reply) -> &str {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.header("x-cliproxy-served-by")
}

/// The refresh token that was handed out last, by its digest.
fn granted(upstream: &Upstream) -> String {
    let calls = upstream.oauth().calls();
    let mut granted = calls.iter().rev().filter_map(|call| match &call.outcome {
        Outcome::Granted { refresh_token, .. } => refresh_token.clone(),
        _ => None,
    });
    granted.next().expect("a grant")
}
