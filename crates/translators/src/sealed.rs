//! Reasoning that only its maker, or only one account of it, can read: refusals of it, and native
//! requests without it.
//!
//! A conversation that has moved to another account, or whose client has changed what it was given, is
//! refused as a whole. Asked again without what is sealed, it goes on: the model thinks anew.
//!
//! | upstream | refuses with |
//! | --- | --- |
//! | Responses | the code `invalid_encrypted_content`; encrypted content that could not be verified or decrypted |
//! | Claude | a message about the signature of a thinking block, or about `redacted_thinking` |
//! | Gemini | a message about a thought signature |

use crate::{protocols::rules, read_error};
use cliproxy_core::Protocol;
use cliproxy_json::{Body, Edit};

#[cfg(test)]
mod tests;

/// A refusal has all the words of a row, in whatever case.
const WORDINGS: [&[&str]; 7] = [
    &["signature", "thinking"],
    &["redacted_thinking"],
    &["thought signature"],
    &["thought_signature"],
    &["thoughtsignature"],
    &["encrypted content", "verified"],
    &["encrypted content", "decrypt"],
];

/// Whether the body of a refusal says that sealed reasoning is why.
#[must_use]
pub fn refuses_reasoning(body: &[u8]) -> bool {
    let Some(error) = read_error(body) else {
        return false;
    };
    if error.code.as_deref() == Some("invalid_encrypted_content") {
        return true;
    }
    let message = error.message.to_ascii_lowercase();
    let says = |words: &&[&str]| words.iter().all(|word| message.contains(word));
    WORDINGS.iter().any(says)
}

/// The edits that take sealed reasoning out of a request of `protocol`; none if there is none, or if
/// nothing is known to be sealed in this protocol.
#[must_use]
pub fn without_reasoning(protocol: Protocol, body: &Body) -> Vec<Edit> {
    let without = rules(protocol).native.without_reasoning;
    without.map_or_else(Vec::new, |without| without(body))
}
