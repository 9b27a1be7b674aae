//! Keeps the requests of one conversation on one credential, where its prompt cache is.
//!
//! Two questions are answered here: which conversation a request belongs to ([`Extractor`]), and
//! which credential that conversation is bound to ([`Bindings`]). State that lives at a provider
//! (a stored response, an uploaded file) binds harder than a conversation does; [`Pins`] remembers
//! who made it. Nothing here knows providers, health or how a credential is chosen; the time is an
//! argument.
//!
//! ```
//! use cliproxy_core::{CredentialId, KeyDigest, Protocol};
//! use cliproxy_session_affinity::{Bindings, Extractor, Source};
//! use http::HeaderMap;
//! use std::time::{Duration, Instant};
//!
//! let extractor = Extractor::new([7; 32]);
//! let mut headers = HeaderMap::new();
//! headers.insert("session-id", "0199-8a1b".parse()?);
//! let session = extractor
//!     .extract(&KeyDigest::ANONYMOUS, &headers, None, Protocol::Responses)
//!     .ok_or("the header names a session")?;
//! assert_eq!(session.source, Source::Codex);
//!
//! let start = Instant::now();
//! let bindings = Bindings::new(Duration::from_secs(3600), 200_000, start);
//! let id = session.for_model("gpt-5.4(high)");
//! assert!(bindings.lookup(&id, start).is_none());
//! bindings.bind(&id, &CredentialId::from("work"), start);
//!
//! let later = start + Duration::from_secs(600);
//! let binding = bindings.lookup(&id, later).ok_or("bound for an hour")?;
//! assert_eq!(binding.credential().as_str(), "work");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod key;
mod source;

mod session;

mod explicit;
mod extract;
mod opening;

mod binding;
mod holders;
mod table;

mod bindings;

mod state;

mod pins;

mod turn;

pub use self::{
    binding::Binding,
    bindings::Bindings,
    extract::Extractor,
    key::SessionKey,
    pins::Pins,
    session::{Session, SessionId},
    source::Source,
    state::{StateKind, StateRef, state_references},
    table::{DEFAULT_TTL, MAX_TTL},
    turn::at_turn_boundary,
};

#[cfg(test)]
mod tests;
