//! The models of the demo, by the names clients use.

use cliproxy_core::Protocol;

/// Another name of every protocol's model, see [`of`].
pub(super) const ALIAS: &str = "scripted";
/// Served by one account only, which soon has had enough.
pub(super) const SCARCE: &str = "scripted-scarce";
/// The model of the tour's conversation.
pub(super) const TOUR: &str = "scripted-tour";
/// What stands in for [`TOUR`] where nobody can serve it.
pub(super) const TOUR_FALLBACK: &str = "scripted-tour-small";
/// The model of the account that signs in.
pub(super) const ACCOUNT: &str = "scripted-account";
/// What its upstream calls it: a model that such accounts have.
pub(super) const ACCOUNT_TARGET: &str = "gpt-5.4";
/// The model that embeds.
pub(super) const EMBEDDING: &str = "text-embedding-scripted-1";

/// The model that a protocol's accounts serve.
pub(super) const fn of(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Chat | Protocol::Responses => "gpt-scripted-1",
        Protocol::Claude => "claude-scripted-1",
        Protocol::Gemini => "gemini-scripted-1",
    }
}

#[cfg(test)]
mod tests {
    use super::{EMBEDDING, of};
    use cliproxy_core::Protocol;
    use cliproxy_scripted_upstream::DEMO_MODELS;

    #[test]
    fn the_upstream_serves_them() {
        let mut names = Protocol::ALL.map(of).to_vec();
        names.push(EMBEDDING);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names, DEMO_MODELS);
    }
}
