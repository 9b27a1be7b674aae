//! What a token endpoint gives.

use crate::Tokens;
use cliproxy_core::Secret;
use std::time::SystemTime;

/// New tokens. What the answer left out, or left empty, is `None` and stays as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Never empty: an answer without one is no grant.
    pub access: Secret,
    /// The next refresh token, where the old one has been used up.
    pub refresh: Option<Secret>,
    /// A new id token.
    pub id: Option<Secret>,
    /// Counted from when the answer came, not from what the server's clock says. `None` if the
    /// answer does not say: the end of the old token says nothing about the new one.
    pub expires_at: Option<SystemTime>,
    /// When the answer came.
    pub received_at: SystemTime,
}

impl Grant {
    /// The tokens that follow those of `before`.
    #[must_use]
    pub fn over(&self, before: &Tokens) -> Tokens {
        let or = |new: &Option<Secret>, old: &Option<Secret>| {
            let new = new.as_ref().filter(|secret| !secret.is_empty());
            new.or(old.as_ref()).cloned()
        };
        Tokens {
            access: self.access.clone(),
            refresh: or(&self.refresh, &before.refresh),
            id: or(&self.id, &before.id),
            expires_at: self.expires_at,
            refreshed_at: Some(self.received_at),
        }
    }

    /// With everything said, for a place that does not have what came before.
    pub(crate) fn in_full(self, tokens: &Tokens) -> Self {
        Self {
            refresh: tokens.refresh.clone(),
            id: tokens.id.clone(),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Grant;
    use crate::Tokens;
    use cliproxy_core::Secret;
    use std::time::SystemTime;

    #[test]
    fn what_the_answer_leaves_out_stays() {
        let secret = |text: Option<&str>| text.map(Secret::from);
        let before = Tokens {
            access: Secret::from("a1"),
            refresh: secret(Some("r1")),
            id: secret(Some("i1")),
            expires_at: Some(SystemTime::UNIX_EPOCH),
            refreshed_at: None,
        };
        let check = |refresh, id, expected: (&str, &str)| {
            let grant = Grant {
                access: Secret::from("a2"),
                refresh: secret(refresh),
                id: secret(id),
                expires_at: None,
                received_at: SystemTime::UNIX_EPOCH,
            };
            let after = Tokens {
                access: Secret::from("a2"),
                refresh: secret(Some(expected.0)),
                id: secret(Some(expected.1)),
                expires_at: None,
                refreshed_at: Some(SystemTime::UNIX_EPOCH),
            };
            assert_eq!(grant.over(&before), after);
            assert_eq!(grant.in_full(&after).over(&before), after);
        };
        check(Some("r2"), Some("i2"), ("r2", "i2"));
        check(None, Some("i2"), ("r1", "i2"));
        check(Some("r2"), Some(""), ("r2", "i1"));
        check(Some(""), None, ("r1", "i1"));
    }
}
