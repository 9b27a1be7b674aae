//! The dialect of a protocol that an upstream speaks, as data.
//!
//! A profile shapes translated requests. A native body is touched only by what an entry itself switches
//! on, and by the two dialects that have to be (the ChatGPT backend, Code Assist).
//!
//! An entry names its profile, or the host of its base URL does; a host that nobody knows speaks the
//! protocol as its copies do. Single flags are overridden by the entry's switches.
//!
//! # Chat
//!
//! | flag | `openai` | `compat` | vendors |
//! | --- | --- | --- | --- |
//! | output limit | `max_completion_tokens` | `max_tokens` | |
//! | role `developer` | kept | becomes `system` | |
//! | arrays of parts | everywhere | in user messages | |
//! | freeform tools | yes | wrapped as functions | |
//! | ids of calls | at most 40 characters | any | mistral: nine letters and digits |
//! | reasoning | `reasoning_effort` | `reasoning_effort` | deepseek, kimi, openrouter, qwen, zhipu: their own |
//! | `reasoning_content` goes back | never | with calls | deepseek, kimi, minimax, zhipu: always; mistral: never |
//! | labels | sent | not sent | |
//! | `top_k`, `min_p` | not sent | not sent | openrouter: sent |
//! | usage in streams | asked for | asked for | mistral: not asked for, and refused if it were |
//! | later system messages | kept | kept | minimax, mistral: tagged text of the user, since they take one only at the start |
//! | images in tool results | after them | after them | |
//! | Google's signatures of calls, in the client's own protocol | cut | cut | google: go back |
//! | own protocol of | Chat and Responses clients | nobody | |
//!
//! Labels are `store`, `metadata`, `prompt_cache_*`, `service_tier` and `safety_identifier`.
//! A vendor is `compat` where the last column is empty or does not name it.
//!
//! # Responses
//!
//! | flag | `openai` | `codex` | `xai` | `compat` |
//! | --- | --- | --- | --- | --- |
//! | ids of calls | at most 64 characters | same | same | same |
//! | freeform tools | yes | yes | wrapped | yes |
//! | members that are taken away | none | see [`codex`] | a few labels | none |
//! | own protocol of | Chat and Responses clients | same | nobody | nobody |
//!
//! # Claude and Gemini
//!
//! | profile | is |
//! | --- | --- |
//! | `anthropic` | Anthropic's own host, the only one that takes system messages inside the conversation |
//! | `compat` | another vendor's host for Claude clients; nobody's own protocol |
//! | `gemini` | the Gemini API: calls and their responses carry ids, schemas are JSON Schema |
//! | `vertex` | the same on Vertex AI |
//! | `code-assist` | the same in an envelope |
//! | `compat` | another host of the Gemini API; nobody's own protocol |
//! | `compat-openapi` | an older one: no ids, and schemas in the form of OpenAPI |

pub(crate) mod codex;
mod hosts;
mod switches;

#[cfg(test)]
mod tests;

use crate::{
    protocols::rules,
    request_ir::{Class, Key},
    thinking::Form,
};
use cliproxy_core::Protocol;

pub(crate) use self::hosts::Host;
pub use self::switches::{MaxTokensField, Params, RoleDeveloper, StreamUsage};

/// What an upstream takes, beyond its protocol.
#[expect(
    clippy::struct_excessive_bools,
    reason = "a row of a table, whose columns are yes or no"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The name in the configuration.
    pub(crate) name: &'static str,
    /// The protocols whose clients speak the vendor's own: what they ask for and the model lacks is
    /// refused, not fitted.
    pub(crate) own: &'static [Protocol],
    /// Chat: the output limit is `max_completion_tokens`, not `max_tokens`.
    pub(crate) max_completion_tokens: bool,
    /// Chat: the role `developer` exists.
    pub(crate) developer_role: bool,
    /// Chat: content may be an array of parts in every message, not only in those of users.
    pub(crate) part_arrays: bool,
    /// Chat and Responses: freeform tools exist.
    pub(crate) freeform_tools: bool,
    pub(crate) call_ids: CallIds,
    /// How reasoning is asked for.
    pub(crate) thinking: Form,
    /// Chat: `reasoning_content` of turns with calls goes back.
    pub(crate) reasoning_replay: bool,
    /// Chat: that of turns without calls too.
    pub(crate) full_reasoning_replay: bool,
    /// Chat: `store`, `metadata`, `prompt_cache_*`, `service_tier`, `safety_identifier` are sent.
    pub(crate) labels: bool,
    /// Chat: `top_k` and `min_p` are sent.
    pub(crate) top_k: bool,
    /// Chat: a stream is asked for its usage.
    pub(crate) stream_usage: bool,
    /// System messages inside the conversation become tagged text of the user.
    pub(crate) folds_system: bool,
    /// Chat: images stand inside tool messages.
    pub(crate) inline_tool_images: bool,
    /// Chat: Google's signatures of calls go back where they came from.
    pub(crate) call_signatures: bool,
    /// Responses: members that the upstream does not take.
    pub(crate) removed: &'static [(&'static str, Class)],
    /// Responses: the ChatGPT backend.
    pub(crate) is_codex: bool,
    /// Gemini: the Code Assist envelope.
    pub(crate) is_code_assist: bool,
    /// Gemini: calls and their responses carry ids.
    pub(crate) function_call_ids: bool,
    /// Gemini: only the older schema form is taken.
    pub(crate) openapi_schemas: bool,
    /// Claude: Anthropic's own host.
    pub(crate) is_anthropic: bool,
}

/// The dialects of one protocol.
pub(crate) struct Profiles {
    /// The first is that of a host nobody knows.
    pub(crate) all: &'static [Profile],
    /// Host and name of the profile. What is not listed has the first profile.
    pub(crate) hosts: &'static [(Host, &'static str)],
    /// The name of the profile of a vendor's own host, by the name of its provider.
    pub(crate) of_vendor: fn(&str) -> &'static str,
}

/// Which ids of calls an upstream takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallIds {
    Any,
    /// Letters, digits, `_` and `-`.
    Claude,
    /// At most so many characters.
    AtMost(usize),
    /// Nine letters and digits.
    Mistral,
}

impl Profile {
    /// The profile of a base URL's host, given in any case and without port.
    pub fn for_host(protocol: Protocol, host: &str) -> &'static Self {
        hosts::profile(protocol, host)
    }

    /// Whether it answers with a stream whatever the client has asked for.
    #[must_use]
    pub const fn always_streams(&self) -> bool {
        self.is_codex
    }

    /// Whether it has a place for [`Account::cache_key`](crate::Account::cache_key).
    #[must_use]
    pub const fn takes_cache_key(&self) -> bool {
        self.is_codex
    }

    /// What the configuration calls it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The profile of a vendor's own host, by the name of its provider.
    #[must_use]
    pub fn of_vendor(protocol: Protocol, provider: &str) -> &'static Self {
        let name = (rules(protocol).profiles.of_vendor)(provider);
        Self::by_name(protocol, name).unwrap_or_else(|| Self::for_host(protocol, ""))
    }

    /// The profile that the configuration calls `name`.
    pub fn by_name(protocol: Protocol, name: &str) -> Option<&'static Self> {
        let mut all = rules(protocol).profiles.all.iter();
        all.find(|profile| profile.name == name)
    }

    /// The names there are, for the configuration's errors.
    pub fn names(protocol: Protocol) -> impl Iterator<Item = &'static str> {
        rules(protocol)
            .profiles
            .all
            .iter()
            .map(|profile| profile.name)
    }

    /// Chat: what the upstream calls a setting that its protocol calls `name`.
    pub(crate) const fn chat_name(&self, key: Key, name: &'static str) -> &'static str {
        match key {
            Key::MaxOutput if !self.max_completion_tokens => "max_tokens",
            _ => name,
        }
    }

    /// Whether a client of this protocol speaks the own protocol of the upstream's vendor.
    pub(crate) fn is_own_of(&self, client: Protocol) -> bool {
        self.own.contains(&client)
    }

    /// Responses: what is lost with a member that the upstream does not take; `None` for one it takes.
    pub(crate) fn removes(&self, member: &str) -> Option<Class> {
        let mut rows = self.removed.iter();
        rows.find_map(|(name, class)| (*name == member).then_some(*class))
    }
}
