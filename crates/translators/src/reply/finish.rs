//! Why a reply has ended.

use crate::json_str::JsonStr;

/// As every protocol can say it, or nearly.
///
/// | here | chat | responses | claude | gemini |
/// | --- | --- | --- | --- | --- |
/// | `Stop` | `stop` | completed | `end_turn` | `STOP` |
/// | `StopSequence` | `stop` | completed | `stop_sequence` | `STOP` |
/// | `Length` | `length` | incomplete, `max_output_tokens` | `max_tokens` | `MAX_TOKENS` |
/// | `ContextFull` | `length` | incomplete, `max_output_tokens` | `model_context_window_exceeded` | `MAX_TOKENS` |
/// | `ToolUse` | `tool_calls` | completed | `tool_use` | `STOP` |
/// | `Filter` | `content_filter` | incomplete, `content_filter` | `refusal` | `SAFETY` |
/// | `Refusal` | `content_filter` | incomplete, `content_filter` | `refusal` | `SAFETY` |
/// | `Pause` | `stop` | completed | `pause_turn` | `STOP` |
/// | `Malformed` | `stop` | completed | `end_turn` | `MALFORMED_FUNCTION_CALL` |
/// | `Other` | `stop` | completed | `end_turn` | `OTHER` |
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finish<'a> {
    Stop,
    /// With the sequence, where the upstream says which.
    StopSequence(Option<JsonStr<'a>>),
    Length,
    ContextFull,
    ToolUse,
    /// `is_prompt`: it was the prompt that was blocked, and the reply is empty.
    Filter {
        is_prompt: bool,
    },
    Refusal,
    Pause,
    Malformed,
    Other,
}

impl Finish<'_> {
    /// What holds once the whole reply is known: a cut, a filter or a pause is never a call to act on;
    /// a stop after a call is a call; a call that never came is a stop.
    pub(crate) fn settled(self, has_calls: bool) -> Self {
        match self {
            Self::Stop | Self::StopSequence(_) | Self::Other if has_calls => Self::ToolUse,
            Self::ToolUse if !has_calls => Self::Stop,
            other => other,
        }
    }

    pub(crate) fn into_owned(self) -> Finish<'static> {
        match self {
            Self::Stop => Finish::Stop,
            Self::StopSequence(text) => Finish::StopSequence(text.map(JsonStr::into_owned)),
            Self::Length => Finish::Length,
            Self::ContextFull => Finish::ContextFull,
            Self::ToolUse => Finish::ToolUse,
            Self::Filter { is_prompt } => Finish::Filter { is_prompt },
            Self::Refusal => Finish::Refusal,
            Self::Pause => Finish::Pause,
            Self::Malformed => Finish::Malformed,
            Self::Other => Finish::Other,
        }
    }
}
