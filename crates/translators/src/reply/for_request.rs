//! What a request says about its reply.
//!
//! | of the reply | said by |
//! | --- | --- |
//! | usage in a stream | chat: `stream_options.include_usage` |
//! | encrypted reasoning | Responses: `reasoning.encrypted_content` in `include` |
//! | reasoning is shown | Claude: `thinking`, unless it is disabled; Gemini: `includeThoughts`; chat: unless `reasoning` excludes it; Responses: always |
//! | signatures without reasoning | Claude: `thinking.display: omitted` |
//! | calls as `function_call` | chat: `functions` |
//! | members that are repeated | Responses: those of its rules |
//!
//! What the model was asked for and what the client sees of it are two things: a suffix of the model's
//! name makes a model reason, and a Claude client that does not know of it still sees nothing.

use super::ReplyContext;
use crate::{
    compact::one_line,
    hub::ClientContext,
    protocols::rules,
    request_ir::{Key, Request},
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use cliproxy_json::Value;

impl ReplyContext {
    /// The context of a decoded request's reply; `body` is what it was decoded from. `protocol` is the
    /// client's, which may have written the body in another one.
    ///
    /// What nobody can read in a request is for the caller to set: when the reply is made, whose account
    /// serves it, whether the Responses log keeps it, and how a Gemini client reads a stream.
    pub(crate) fn for_request(
        protocol: Protocol,
        request: &Request<'_>,
        body: Value<'_>,
        client: &ClientContext<'_>,
    ) -> Self {
        let mut cx = Self::new(protocol, client.model, 0);
        cx.include_usage = request.include_usage;
        cx.uses_legacy_functions = request.uses_legacy_functions;
        cx.is_enveloped = client.is_enveloped;
        // The body may be one of another protocol than the client reads replies in.
        cx.show_thinking = (rules(request.source).reply.shows)(request, body);
        let rules = &rules(protocol).reply;
        cx.include_encrypted = rules.sealed_is_optional && includes_encrypted(request);
        cx.echo = echo(body, rules.echoed);
        cx
    }
}

fn includes_encrypted(request: &Request<'_>) -> bool {
    let include = request.settings.get(Key::Include);
    let include = include.and_then(|setting| setting.value.value());
    include.is_some_and(|include| {
        let mut texts = include.elements().filter_map(|element| element.as_str());
        texts.any(|text| text == crate::profile::codex::INCLUDE)
    })
}

fn echo(body: Value<'_>, echoed: &[&'static str]) -> Vec<(&'static str, Bytes)> {
    if echoed.is_empty() {
        return Vec::new();
    }
    let members = body.members().filter(|(_, value)| !value.is_null());
    let known = members.filter_map(|(name, value)| {
        let key = echoed.iter().find(|key| ***key == *name)?;
        let said = one_line(value.raw());
        Some((*key, Bytes::copy_from_slice(said.as_bytes())))
    });
    known.collect()
}
