//! What the upstream says: the same for the same request, and never to be mistaken for a model.

use crate::{
    ask::{Ask, Format, Thinking, ToolInput, Wanted},
    prompt_cache,
    schema_sample::sample,
    script::Shape,
};
use cliproxy_core::Usage;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What every thinking block says.
pub(crate) const THOUGHT: &str = "Scripted thinking: the request was read and nothing was thought.";
/// Tokens that thinking counts for, shown or not.
const THOUGHT_TOKENS: u64 = 12;
/// Bytes of a text event whose size nobody asked for.
const EVENT_BYTES: usize = 32;
/// Characters of the client's own text that a reply repeats.
const ECHO: usize = 200;

/// An answer, ready to be put into any protocol.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Thinking that is shown.
    pub(crate) thought: Option<&'static str>,
    /// The visible text, one entry per stream event. Empty if tools are called.
    pub(crate) text: Vec<String>,
    pub(crate) calls: Vec<Call>,
    /// The token limit cut it off: the text is not whole, and neither are the last call's arguments.
    pub(crate) cut: bool,
    pub(crate) usage: Usage,
}

/// A call of one of the client's tools.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) input: CallInput,
}

#[derive(Debug)]
pub(crate) enum CallInput {
    Json(Value),
    Freeform(String),
}

impl Answer {
    /// Answers as the credential `label`. `cached` is how much of the prompt that credential had
    /// cached.
    pub(crate) fn compose(ask: &Ask, label: &str, shape: Shape, cached: u64) -> Self {
        let calls: Vec<Call> = ask.wanted_tools().into_iter().map(Call::of).collect();
        let cut = ask.is_cut();
        let mut text = if calls.is_empty() {
            text(ask, label, shape)
        } else {
            Vec::new()
        };
        if cut {
            text.truncate(text.len().div_ceil(2));
        }
        let reasoning = if ask.thinking == Thinking::Off {
            0
        } else {
            THOUGHT_TOKENS
        };
        let spoken = text
            .iter()
            .map(|event| event.len() as u64 / 4 + 1)
            .sum::<u64>();
        let called = calls.iter().map(Call::tokens).sum::<u64>();
        let input = prompt_cache::tokens(&ask.prompt);
        Self {
            thought: (ask.thinking == Thinking::Shown).then_some(THOUGHT),
            text,
            calls,
            cut,
            usage: Usage {
                input,
                cache_read: cached,
                cache_write: if ask.writes_cache { input - cached } else { 0 },
                output: reasoning + spoken + called,
                reasoning,
            },
        }
    }

    pub(crate) fn whole_text(&self) -> String {
        self.text.concat()
    }

    /// Whether the arguments of the call at `index` are the ones that were cut off.
    pub(crate) const fn cuts(&self, index: usize) -> bool {
        self.cut && index + 1 == self.calls.len()
    }

    /// The arguments of the call at `index` as text, as far as they were written.
    pub(crate) fn argument_text(&self, index: usize) -> String {
        let whole = self.calls.get(index).map(Call::argument_text);
        let mut text = whole.unwrap_or_default();
        if self.cuts(index) {
            let first = halves(&text).next().map_or(0, str::len);
            text.truncate(first);
        }
        text
    }
}

impl Call {
    fn of(wanted: Wanted<'_>) -> Self {
        let Wanted { tool, arguments } = wanted;
        Self {
            name: tool.name.clone(),
            namespace: tool.namespace.clone(),
            input: match (&tool.input, arguments) {
                (ToolInput::Json(_), Some(arguments)) => CallInput::Json(arguments),
                (ToolInput::Json(schema), None) => CallInput::Json(sample(schema)),
                (ToolInput::Freeform, Some(Value::String(text))) => CallInput::Freeform(text),
                (ToolInput::Freeform, _) => CallInput::Freeform("scripted input".to_owned()),
            },
        }
    }

    /// The arguments as text: JSON, or what a freeform tool gets.
    pub(crate) fn argument_text(&self) -> String {
        match &self.input {
            CallInput::Json(arguments) => arguments.to_string(),
            CallInput::Freeform(text) => text.clone(),
        }
    }

    /// The arguments as an object.
    pub(crate) fn arguments(&self) -> Value {
        match &self.input {
            CallInput::Json(arguments @ Value::Object(_)) => arguments.clone(),
            CallInput::Json(_) => json!({}),
            CallInput::Freeform(text) => json!({"input": text}),
        }
    }

    fn tokens(&self) -> u64 {
        (self.name.len() + self.argument_text().len()) as u64 / 4 + 1
    }
}

/// Two pieces of a text, so that a client has to put them together.
pub(crate) fn halves(text: &str) -> impl Iterator<Item = &str> {
    let middle = (text.len() / 2..text.len())
        .find(|index| text.is_char_boundary(*index))
        .unwrap_or(text.len());
    let (first, second) = text.split_at(middle);
    [first, second].into_iter().filter(|half| !half.is_empty())
}

fn text(ask: &Ask, label: &str, shape: Shape) -> Vec<String> {
    let structured = match &ask.format {
        Format::Text => None,
        Format::Json => Some(json!({"reply": format!("scripted reply from {label}")})),
        Format::Schema(schema) => Some(sample(schema)),
    };
    if let Some(value) = structured {
        return halves(&value.to_string()).map(str::to_owned).collect();
    }
    if ask.recites() {
        return halves(&ask.settings.to_string())
            .map(str::to_owned)
            .collect();
    }
    if let Some(events) = shape.events {
        let bytes = shape.event_bytes.unwrap_or(EVENT_BYTES).max(1);
        return (1..=events.max(1))
            .map(|number| filler(number, events, bytes))
            .collect();
    }
    let mut sentence = match &ask.results {
        Some(results) => format!(
            "scripted reply from {label} to the tool result: {}",
            clip(results)
        ),
        None => format!("scripted reply from {label} to: {}", clip(&ask.user)),
    };
    if ask.reasoned {
        sentence.push_str(" (with its reasoning)");
    }
    if ask.images > 0 {
        _ = write!(sentence, " (images: {})", ask.images);
    }
    sentence.split_inclusive(' ').map(str::to_owned).collect()
}

/// One event of a stream whose size was asked for.
fn filler(number: usize, events: usize, bytes: usize) -> String {
    let mut text = format!("scripted event {number} of {events} ");
    text.truncate(bytes);
    while text.len() < bytes {
        text.push('.');
    }
    text
}

fn clip(text: &str) -> &str {
    match text.char_indices().nth(ECHO) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}
