//! A request between two protocols.
//!
//! What every decoder produces and every encoder writes. It borrows from the client's body: texts are
//! escaped spans, schemas and arguments are values that are moved, and what is said about a piece of the
//! body names it by its [`Place`]. Between decoder and encoder the normalise pass makes of it what the
//! target can take, so that an encoder only writes.
//!
//! | file | what it has |
//! | --- | --- |
//! | `conversation` | system messages, turns, parts |
//! | `part` | texts, media, thinking |
//! | `tool_use` | calls, results, tools that run at a provider |
//! | `tools` | declared tools, and which may be chosen |
//! | `settings` | everything that is one member: sampling, limits, labels |
//! | `format` | what the answer has to look like |
//! | `place` | where in the client's body something stands |
//! | `losses` | what did not arrive, or arrived as something else |

pub use self::losses::Class as LossClass;

mod conversation;
mod format;
mod losses;
mod part;
mod place;
mod settings;
mod tool_use;
mod tools;

#[cfg(test)]
pub(crate) use self::settings::{ROWS, Shape};
pub(crate) use self::{
    conversation::{Role, SystemMessage, SystemRole, Turn},
    format::{Format, FormatKind},
    losses::{Class, Losses, Lost, Why},
    part::{
        CacheMark, Citation, Detail, Family, Media, MediaKind, Opaque, OpaqueKind, Part, PartKind,
        Phase, Source, Text, Thought,
    },
    place::Place,
    settings::{Key, Names, RawJson, Setting, Settings, key_of, row},
    tool_use::{ServerKind, ServerTool, ToolInput, ToolResult, ToolUse},
    tools::{
        Choice, FreeformTool, FunctionTool, HostedKind, HostedTool, ReadyTool, SchemaFlavour, Tool,
        ToolName, ToolSchema,
    },
};

use crate::thinking::{Control, Show, Written};
use cliproxy_core::Protocol;

/// A decoded request.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// Whose body it was.
    pub(crate) source: Protocol,
    /// The client speaks Gemini inside the Code Assist envelope.
    pub(crate) is_enveloped: bool,
    /// The reply is to be streamed.
    pub(crate) streams: bool,
    /// What a chat client says about usage in streams; elsewhere it is always reported.
    pub(crate) include_usage: bool,
    /// The leading run of system messages. Later ones are [`Turn::System`], in their place.
    pub(crate) system: Vec<SystemMessage<'a>>,
    pub(crate) turns: Vec<Turn<'a>>,
    /// Where the list of messages stands, for refusals.
    pub(crate) conversation: Place,
    pub(crate) tools: Vec<Tool<'a>>,
    pub(crate) choice: Option<Choice<'a>>,
    /// Where `choice` stands.
    pub(crate) choice_place: Place,
    /// The client declared `functions` and expects `function_call` back (old chat clients).
    pub(crate) uses_legacy_functions: bool,
    pub(crate) control: Control,
    /// The member that `control` was read from; [`Place::MODEL`] for a suffix of the model.
    pub(crate) control_place: Place,
    pub(crate) show: Show,
    /// What the target is told about reasoning. Decoders leave it at [`Written::Nothing`].
    pub(crate) reasoning: Written,
    pub(crate) format: Option<Format<'a>>,
    pub(crate) settings: Settings<'a>,
    /// Top-level members that nobody knows.
    pub(crate) unknown: Vec<Place>,
    /// The one of `unknown` that is an effort beside another control.
    pub(crate) unused_effort: Place,
}

impl Request<'_> {
    /// A request that says nothing.
    pub(crate) fn new(source: Protocol) -> Self {
        Self {
            source,
            is_enveloped: false,
            streams: false,
            include_usage: false,
            system: Vec::new(),
            turns: Vec::new(),
            conversation: Place::NOWHERE,
            tools: Vec::new(),
            choice: None,
            choice_place: Place::NOWHERE,
            uses_legacy_functions: false,
            control: Control::Unset,
            control_place: Place::NOWHERE,
            show: Show::Unset,
            reasoning: Written::Nothing,
            format: None,
            settings: Settings::default(),
            unknown: Vec::new(),
            unused_effort: Place::NOWHERE,
        }
    }
}
