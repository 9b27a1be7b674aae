//! Authorization codes: what a browser brings back from signing in.

use crate::oauth::{TokenFailure, books::Family, digest::challenge, failure::Refused};
use rustc_hash::FxHashMap;
use std::time::{Duration, Instant};

/// As long as the standard allows (RFC 6749, section 4.1.2).
const LIFETIME: Duration = Duration::from_mins(10);

/// Codes that were handed out.
#[derive(Default)]
pub(crate) struct Codes(FxHashMap<String, Code>);

pub(crate) struct Code {
    pub(crate) account: usize,
    /// Where it was sent, and has to be said to have been sent.
    pub(crate) redirect: Redirect,
    /// By the method `S256`.
    pub(crate) challenge: String,
    pub(crate) made: Instant,
    /// What was made of it.
    pub(crate) used: Option<Family>,
}

/// What a redirect URI is compared with.
pub(crate) enum Redirect {
    Exactly(String),
    /// What it ends with: `OpenAI`'s device flow names its own host.
    EndsWith(&'static str),
}

/// Why a code gets no tokens, and which family that costs.
pub(crate) struct Spent {
    pub(crate) refused: Refused,
    pub(crate) revokes: Option<Family>,
}

impl Codes {
    pub(crate) fn add(&mut self, text: String, code: Code) {
        self.0.insert(text, code);
    }

    pub(crate) fn owner(&self, code: &str) -> Option<usize> {
        self.0.get(code).map(|code| code.account)
    }

    /// Whether tokens may be made of `code`, which is used up by that.
    pub(crate) fn redeem(
        &mut self,
        code: &str,
        redirect: &str,
        verifier: &str,
        family: Family,
        now: Instant,
    ) -> Result<(), Spent> {
        let refuse = |why| Spent {
            refused: TokenFailure::InvalidGrant.because(why),
            revokes: None,
        };
        let Some(code) = self.0.get_mut(code) else {
            return Err(refuse("Unknown authorization code."));
        };
        if let Some(revokes) = code.used {
            // Two have the code, and one of them should not (RFC 6749, section 4.1.2).
            return Err(Spent {
                revokes: Some(revokes),
                ..refuse("The authorization code has been used.")
            });
        }
        if now.saturating_duration_since(code.made) >= LIFETIME {
            return Err(refuse("The authorization code has expired."));
        }
        let same_place = match &code.redirect {
            Redirect::Exactly(uri) => redirect == uri,
            Redirect::EndsWith(end) => redirect.ends_with(end),
        };
        if !same_place {
            return Err(refuse("The redirect URI is another one."));
        }
        if !is_verifier(verifier) || challenge(verifier) != code.challenge {
            return Err(refuse("The code verifier does not match the challenge."));
        }
        code.used = Some(family);
        Ok(())
    }
}

/// 43 to 128 unreserved characters (RFC 7636, section 4.1).
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{Code, Codes, Redirect};
    use crate::oauth::digest::challenge;
    use std::time::{Duration, Instant};

    #[test]
    fn a_code_is_good_once_and_only_for_who_asked() {
        let made = Instant::now();
        let verifier = "v".repeat(43);
        let place = "http://localhost:1/callback";
        let check = |redirect: &str, verifier: &str, after: Duration, good: bool| {
            let mut codes = Codes::default();
            let code = Code {
                account: 0,
                redirect: Redirect::Exactly(place.to_owned()),
                challenge: challenge(&"v".repeat(43)),
                made,
                used: None,
            };
            codes.add("c".to_owned(), code);
            let first = codes.redeem("c", redirect, verifier, 7, made + after);
            assert_eq!(first.is_ok(), good, "{redirect} {verifier} {after:?}");
            let second = codes.redeem("c", place, &"v".repeat(43), 8, made);
            let second = second.err().map(|spent| spent.revokes);
            assert_eq!(second, good.then_some(Some(7)), "once only");
        };
        check(place, &verifier, Duration::from_secs(599), true);
        check(place, &verifier, Duration::from_secs(600), false);
        check(
            "http://localhost:2/callback",
            &verifier,
            Duration::ZERO,
            false,
        );
        check(place, &"w".repeat(43), Duration::ZERO, false);
        check(place, "short", Duration::ZERO, false);
    }
}
