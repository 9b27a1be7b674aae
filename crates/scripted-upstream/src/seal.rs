//! Opaque values a provider hands out and wants back: thinking signatures, encrypted reasoning,
//! thought signatures.
//!
//! A seal says `Scripted` in plain sight and holds three digests: whose it is, what it belongs to,
//! and a check over both, so that a damaged or foreign value is found without remembering anything.
//! Its characters mean the same in standard and URL-safe base64 and its length is a multiple of
//! four, because SDKs decode and re-encode some of these values as bytes.

use rustc_hash::FxHasher;
use std::hash::{Hash as _, Hasher as _};

/// What is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Seal {
    /// Anthropic's `signature` of a thinking block.
    Signature,
    /// OpenAI's `encrypted_content` of a reasoning item.
    Encrypted,
    /// Gemini's `thoughtSignature`.
    Thought,
}

impl Seal {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Signature => "EqScriptedSignature0",
            Self::Encrypted => "gAAAAScriptedReasoning00",
            Self::Thought => "CiScriptedThought000",
        }
    }

    /// Seals `text` for `owner`; an empty owner is everybody.
    pub(crate) fn make(self, owner: &str, text: &str) -> String {
        let owner = self.digest(owner) >> 32;
        let text = self.digest(text);
        format!(
            "{}{owner:08x}{text:016x}{:08x}",
            self.prefix(),
            self.check(owner, text)
        )
    }

    /// Whether `value` is a seal of this kind made for `owner`, and over `text` if that is known.
    pub(crate) fn verify(self, value: &str, owner: &str, text: Option<&str>) -> bool {
        let Some((whose, rest)) = value
            .strip_prefix(self.prefix())
            .and_then(|digits| digits.split_at_checked(8))
        else {
            return false;
        };
        let Some((what, check)) = rest.split_at_checked(16) else {
            return false;
        };
        let number = |digits: &str| u64::from_str_radix(digits, 16).ok();
        let (Some(whose), Some(what)) = (number(whose), number(what)) else {
            return false;
        };
        check == format!("{:08x}", self.check(whose, what))
            && whose == self.digest(owner) >> 32
            && text.is_none_or(|text| what == self.digest(text))
    }

    fn digest(self, text: &str) -> u64 {
        let mut hasher = FxHasher::default();
        self.hash(&mut hasher);
        text.hash(&mut hasher);
        hasher.finish()
    }

    fn check(self, owner: u64, text: u64) -> u64 {
        let mut hasher = FxHasher::default();
        (self, owner, text).hash(&mut hasher);
        hasher.finish() >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::Seal;

    #[test]
    fn only_an_intact_seal_of_its_owner_is_accepted() {
        for kind in [Seal::Signature, Seal::Encrypted, Seal::Thought] {
            let seal = kind.make("a", "text");
            assert_eq!(seal.len() % 4, 0);
            assert!(seal.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            assert!(kind.verify(&seal, "a", Some("text")));
            assert!(kind.verify(&seal, "a", None));
            assert!(!kind.verify(&seal, "a", Some("other")));
            assert!(!kind.verify(&seal, "b", None));
            assert!(!kind.verify(&seal[1..], "a", None));
            assert!(!kind.verify(&format!("{seal}0"), "a", None));
            let mut damaged = seal.clone();
            let last = damaged.pop();
            damaged.push(if last == Some('0') { '1' } else { '0' });
            assert!(!kind.verify(&damaged, "a", None));
        }
        assert!(!Seal::Signature.verify(&Seal::Thought.make("", ""), "", None));
    }
}
