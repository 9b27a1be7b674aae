//! What a request says about its reply.
//!
//! | of the reply | said by |
//! | --- | --- |
//! | usage in a stream | chat: `stream_options.include_usage` |
//! | encrypted reasoning | Responses: `reasoning.encrypted_content` in `include` |
//! | reasoning is shown | Claude: `thinking`, unless it is disabled; Gemini: `includeThoughts`; chat: unless `reasoning` excludes it; Responses: always |
//! | signatures without reasoning | Claude: `thinking.display: omitted` |
//! | calls as `function_call` | chat: `functions` |
//! | members that are repeated | Responses: those of [`ECHOED`] |
//!
//! What the model was asked for and what the client sees of it are two things: a suffix of the model's
//! name makes a model reason, and a Claude client that does not know of it still sees nothing.

use super::{ReplyContext, ShowThinking};
use crate::{
    compact::one_line,
    hub::ClientContext,
    request_ir::{Key, Request},
    thinking::Show,
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use cliproxy_json::Value;

/// Members of a Responses request that stand in its reply as they were sent, but on one line.
pub(crate) const ECHOED: [&str; 15] = [
    "background",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "parallel_tool_calls",
    "previous_response_id",
    "reasoning",
    "service_tier",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_p",
    "truncation",
];

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
        cx.show_thinking = show(request, body);
        if protocol == Protocol::Responses {
            cx.include_encrypted = includes_encrypted(request);
            cx.echo = echo(body);
        }
        cx
    }
}

fn show(request: &Request<'_>, body: Value<'_>) -> ShowThinking {
    let is_shown = match request.source {
        Protocol::Claude => {
            let kind = body.at(&["thinking", "type"]);
            let kind = kind.and_then(|kind| kind.as_str());
            let is_on = kind.is_some_and(|kind| kind != "disabled");
            if is_on && request.show == Show::Hidden {
                return ShowThinking::Omitted;
            }
            is_on
        }
        Protocol::Gemini => matches!(request.show, Show::Shown(_)),
        Protocol::Chat => request.show != Show::Hidden,
        Protocol::Responses => true,
    };
    match is_shown {
        true => ShowThinking::Yes,
        false => ShowThinking::No,
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

fn echo(body: Value<'_>) -> Vec<(&'static str, Bytes)> {
    let members = body.members().filter(|(_, value)| !value.is_null());
    let known = members.filter_map(|(name, value)| {
        let key = ECHOED.iter().find(|key| ***key == *name)?;
        let said = one_line(value.raw());
        Some((*key, Bytes::copy_from_slice(said.as_bytes())))
    });
    known.collect()
}
