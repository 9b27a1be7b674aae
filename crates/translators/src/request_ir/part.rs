//! What a turn consists of.

use super::{Place, ServerTool, ToolResult, ToolUse};
use crate::json_str::JsonStr;
use cliproxy_core::Protocol;
use cliproxy_json::Value;
use std::borrow::Cow;

/// One piece of a turn.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub(crate) kind: PartKind<'a>,
    pub(crate) place: Place,
    /// A caching mark of the client.
    pub(crate) cache: Option<CacheMark>,
    /// A text that is a paragraph of its own, not glued to the text before it. Claude and Gemini: another
    /// kind of part lies between. Responses: the first text of each further message item. Chat: never.
    pub(crate) begins_paragraph: bool,
    /// Members that say how the part is meant, and that no other protocol has.
    pub(crate) aside: Vec<Place>,
}

#[derive(Debug)]
pub(crate) enum PartKind<'a> {
    Text(Text<'a>),
    Refusal(JsonStr<'a>),
    Media(Box<Media<'a>>),
    Thinking(Box<Thought<'a>>),
    /// Reasoning that only its maker can read.
    Redacted(Box<Opaque<'a>>),
    ToolUse(Box<ToolUse<'a>>),
    ToolResult(Box<ToolResult<'a>>),
    /// A tool that ran at a provider.
    ServerTool(Box<ServerTool<'a>>),
    /// What only its own protocol knows.
    Foreign(Protocol),
}

#[derive(Debug, Default)]
pub(crate) struct Text<'a> {
    pub(crate) text: JsonStr<'a>,
    pub(crate) phase: Option<Phase>,
    /// Pages that an answer cites.
    pub(crate) citations: Vec<Citation<'a>>,
}

/// Where a text of an answer is from: a page.
#[derive(Debug)]
pub(crate) struct Citation<'a> {
    pub(crate) place: Place,
    /// In code points of the text; `None` for all of it.
    pub(crate) range: Option<(u64, u64)>,
    pub(crate) url: JsonStr<'a>,
    pub(crate) title: JsonStr<'a>,
}

/// What a Responses message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Commentary,
    FinalAnswer,
}

/// Reasoning in the open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Thought<'a> {
    pub(crate) text: JsonStr<'a>,
    /// The texts of a summary in several parts; empty if there is only `text`, which is all of them.
    pub(crate) summary: Vec<JsonStr<'a>>,
    pub(crate) opaque: Option<Opaque<'a>>,
}

/// Reasoning, or proof of it, that only its maker can read.
#[derive(Clone, Debug)]
pub(crate) struct Opaque<'a> {
    pub(crate) family: Family,
    pub(crate) kind: OpaqueKind,
    /// The id of the reasoning item it belongs to.
    pub(crate) item: Option<Cow<'a, str>>,
    /// As the maker wrote it.
    pub(crate) data: JsonStr<'a>,
    /// The account that can read it, if only one can: see `carrier`.
    pub(crate) realm: Option<u32>,
}

/// Who made an [`Opaque`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    Anthropic,
    OpenAi,
    Gemini,
    Xai,
    Kimi,
    Unknown,
}

/// What an [`Opaque`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OpaqueKind {
    /// The signature of a thinking block (Anthropic).
    Signature,
    /// A redacted block (Anthropic).
    Redacted,
    /// `encrypted_content` (OpenAI).
    Encrypted,
    /// The signature of the function call that follows (Gemini).
    Call,
    /// The signature of a text (Gemini).
    Text,
    /// The signature of a thought (Gemini).
    Thought,
}

/// An image, a recording, a film or a document.
#[derive(Debug)]
pub(crate) struct Media<'a> {
    pub(crate) kind: MediaKind,
    pub(crate) source: Source<'a>,
    /// Lower case, without parameters; `None` where nothing says it.
    pub(crate) mime: Option<Cow<'a, str>>,
    pub(crate) detail: Option<Detail>,
    /// Where `detail` stands.
    pub(crate) detail_place: Place,
    /// The file's name.
    pub(crate) name: Option<JsonStr<'a>>,
    pub(crate) title: Option<JsonStr<'a>>,
    pub(crate) context: Option<JsonStr<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaKind {
    Image,
    Audio,
    Video,
    Document,
}

#[derive(Debug)]
pub(crate) enum Source<'a> {
    /// Standard alphabet, no white space.
    Base64(Cow<'a, str>),
    Url(JsonStr<'a>),
    /// A file that a provider keeps.
    File {
        owner: Protocol,
        id: JsonStr<'a>,
    },
    /// A document of plain text.
    Text(JsonStr<'a>),
}

/// How closely an image is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    Auto,
    Low,
    Medium,
    High,
    Original,
}

/// The client's own caching mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheMark {
    /// Claude's `cache_control`, for five minutes.
    Ephemeral,
    /// For an hour.
    EphemeralHour,
    /// OpenAI's `prompt_cache_breakpoint`.
    Breakpoint,
}

impl<'a> Media<'a> {
    pub(crate) const fn new(kind: MediaKind, source: Source<'a>) -> Self {
        Self {
            kind,
            source,
            mime: None,
            detail: None,
            detail_place: Place::NOWHERE,
            name: None,
            title: None,
            context: None,
        }
    }
}

impl<'a> Part<'a> {
    pub(crate) const fn new(kind: PartKind<'a>, place: Place) -> Self {
        Self {
            kind,
            place,
            cache: None,
            begins_paragraph: false,
            aside: Vec::new(),
        }
    }

    /// Notes a member that only the client's protocol has, unless it says nothing.
    pub(crate) fn note_aside(
        &mut self,
        value: Option<Value<'_>>,
        says: impl Fn(Value<'_>) -> bool,
    ) {
        self.aside
            .extend(value.filter(|it| says(*it)).map(Place::of));
    }

    /// What a text part says.
    pub(crate) const fn as_text(&self) -> Option<&JsonStr<'a>> {
        match &self.kind {
            PartKind::Text(text) => Some(&text.text),
            _ => None,
        }
    }

    pub(crate) fn text(text: JsonStr<'a>, place: Place) -> Self {
        let text = Text {
            text,
            ..Text::default()
        };
        Self::new(PartKind::Text(text), place)
    }
}

impl Opaque<'_> {
    pub(crate) fn into_owned(self) -> Opaque<'static> {
        Opaque {
            family: self.family,
            kind: self.kind,
            item: self.item.map(|item| item.into_owned().into()),
            data: self.data.into_owned(),
            realm: self.realm,
        }
    }
}
