//! A session as a request names it, and as it is bound.

use crate::{key::SessionKey, source::Source};
use std::fmt;

/// The conversation a request belongs to, by up to three names.
///
/// It is bound per model: [`for_model`](Self::for_model) makes the id that bindings are kept under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// The name of the session.
    pub primary: SessionKey,
    /// A second name, whose binding is taken over while `primary` has none of its own.
    pub inherit_from: Option<SessionKey>,
    /// A name that may be fresh in every request. It counts once it has been seen before, and is
    /// bound together with `primary` when the session is.
    pub alias: Option<SessionKey>,
    /// Where `primary` came from.
    pub source: Source,
}

impl Session {
    pub(crate) const fn new(source: Source, primary: SessionKey) -> Self {
        Self {
            primary,
            inherit_from: None,
            alias: None,
            source,
        }
    }

    /// A name for this session that an upstream may see: it says nothing about the client or its ids,
    /// and is another one in every process. In the form of a UUID.
    #[must_use]
    pub fn prompt_cache_key(&self) -> String {
        self.primary.disguised()
    }

    /// The id under which this session is bound for `model`; a thinking suffix makes no difference.
    #[must_use]
    pub fn for_model(&self, model: &str) -> SessionId {
        let model = cliproxy_core::canonical(model);
        let scoped = |key: SessionKey| key.for_model(model);
        SessionId {
            primary: scoped(self.primary),
            inherit_from: self.inherit_from.map(scoped),
            alias: self.alias.map(scoped),
            source: self.source,
        }
    }
}

impl fmt::Display for Session {
    /// `codex:1a2b3c4d`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source.as_str(), self.primary)
    }
}

/// A [`Session`] for one model: what [`Bindings`](crate::Bindings) are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionId {
    /// See [`Session::primary`].
    pub primary: SessionKey,
    /// See [`Session::inherit_from`].
    pub inherit_from: Option<SessionKey>,
    /// See [`Session::alias`].
    pub alias: Option<SessionKey>,
    /// See [`Session::source`].
    pub source: Source,
}

impl fmt::Display for SessionId {
    /// `codex:1a2b3c4d`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source.as_str(), self.primary)
    }
}
