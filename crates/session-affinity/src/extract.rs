//! Which session a request belongs to.

use crate::{explicit, key::Scope, opening, session::Session, source::Source};
use cliproxy_core::{KeyDigest, Protocol};
use cliproxy_json::Head;
use http::HeaderMap;

/// Names the session of a request.
pub struct Extractor {
    salt: [u8; 32],
}

impl Extractor {
    /// `salt` goes into every key, so that keys say nothing outside this process and nobody can
    /// compute one. Random per process; nodes that are to share bindings share it.
    #[must_use]
    pub const fn new(salt: [u8; 32]) -> Self {
        Self { salt }
    }

    /// The session of a request, scoped by the full digest of the client key and by the protocol.
    ///
    /// The first of these that holds an id names it: `X-Claude-Code-Session-Id`; Claude Code's
    /// `metadata.user_id`; `Session-Id`, `Session_id`; `X-Session-ID`; `X-Session-Affinity`;
    /// `X-Amp-Thread-Id`; the body's `session_id`, `sessionId`; `prompt_cache_key`; `conversation`;
    /// any other `metadata.user_id`; `conversation_id`. Failing these, the opening of the
    /// conversation does, which stays the same as the conversation grows.
    ///
    /// `X-Client-Request-Id` ranks before the body's ids, but as an
    /// [`alias`](crate::Session::alias): many clients send a fresh one with every request.
    #[must_use]
    pub fn extract(
        &self,
        client: &KeyDigest,
        headers: &HeaderMap,
        head: Option<&Head<'_>>,
        protocol: Protocol,
    ) -> Option<Session> {
        let scope = Scope::new(&self.salt, client, protocol);
        let user_id = head.and_then(explicit::user_id);
        if let Some((source, id)) = explicit::dedicated(headers, user_id.as_deref()) {
            return Some(Session::new(source, scope.key(source, &id)));
        }
        let alias =
            explicit::client_request(headers).map(|id| scope.key(Source::ClientRequest, id));
        let in_body = head.and_then(|head| {
            let (source, id) = explicit::in_body(head, user_id.as_deref())?;
            let mut session = Session::new(source, scope.key(source, &id));
            if source == Source::PromptCacheKey {
                session.inherit_from =
                    explicit::conversation(head).map(|id| scope.key(Source::Conversation, &id));
            }
            Some(session)
        });
        let named = in_body.or_else(|| {
            let key = opening::key(&scope, head?, protocol)?;
            Some(Session::new(Source::Derived, key))
        });
        match named {
            Some(session) => Some(Session { alias, ..session }),
            // Nothing else to go by. Should the id be fresh every time, its binding is never found
            // again and idles away.
            None => alias.map(|key| Session::new(Source::ClientRequest, key)),
        }
    }
}

#[cfg(test)]
mod tests;
