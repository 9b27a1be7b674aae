//! What a request asks for, in terms that the four protocols share.

use crate::{dictation, prompt_cache::Segment};
use serde_json::{Value, json};

/// What the answer depends on.
#[derive(Debug, Default)]
pub(crate) struct Ask {
    pub(crate) model: String,
    /// The text of the last user turn.
    pub(crate) user: String,
    /// The text of the tool results, if the request ends with some.
    pub(crate) results: Option<String>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) choice: Choice,
    /// Whether one answer may hold several calls.
    pub(crate) parallel: bool,
    pub(crate) format: Format,
    pub(crate) thinking: Thinking,
    /// The prompt from its beginning, message by message: what is counted and cached.
    pub(crate) prompt: Vec<Segment>,
    /// Whether the client marked something to be written to the cache.
    pub(crate) writes_cache: bool,
    /// Images behind the last answer: in the user's turn, or in results.
    pub(crate) images: usize,
    /// Whether the calls whose results are sent came back with the reasoning that led to them.
    pub(crate) reasoned: bool,
    /// How the answer is to be made, under names that all protocols share.
    pub(crate) settings: Value,
}

/// A tool that the client runs.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) input: ToolInput,
}

#[derive(Clone, Debug)]
pub(crate) enum ToolInput {
    /// An object that matches this JSON schema.
    Json(Value),
    /// Plain text.
    Freeform,
}

/// A tool that the answer calls.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) tool: &'a Tool,
    /// The arguments that the user dictates; without them, a sample will do.
    pub(crate) arguments: Option<Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Choice {
    #[default]
    Auto,
    None,
    Required,
    Named(String),
}

#[derive(Clone, Debug, Default)]
pub(crate) enum Format {
    #[default]
    Text,
    /// Any JSON object.
    Json,
    /// JSON that matches this schema.
    Schema(Value),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Thinking {
    #[default]
    Off,
    /// It happens and is counted, but its text is not shown.
    Hidden,
    Shown,
}

impl Ask {
    /// Whether the answer is to be cut off, as by its token limit.
    pub(crate) fn is_cut(&self) -> bool {
        self.results.is_none() && self.wishes("run into the limit")
    }

    /// Whether the answer is to say which settings arrived.
    pub(crate) fn recites(&self) -> bool {
        self.results.is_none() && self.wishes("recite the settings")
    }

    fn wishes(&self, words: &str) -> bool {
        self.user.to_ascii_lowercase().contains(words)
    }

    /// The tools the answer should call.
    ///
    /// A forced choice is obeyed once: after the tool's result the same forced request would ask
    /// for a call for ever, so results are answered with text unless the user asks again.
    pub(crate) fn wanted_tools(&self) -> Vec<Wanted<'_>> {
        if self.tools.is_empty() || self.results.is_some() || self.choice == Choice::None {
            return Vec::new();
        }
        let most = if self.parallel { usize::MAX } else { 1 };
        let dictated: Vec<_> = self.dictated().take(most).collect();
        if !dictated.is_empty() {
            return dictated;
        }
        let sampled = |tool| Wanted {
            tool,
            arguments: None,
        };
        let mut tools = self.tools.iter();
        if let Choice::Named(name) = &self.choice {
            return tools
                .find(|tool| tool.name == *name)
                .map(sampled)
                .into_iter()
                .collect();
        }
        let wish = self.user.to_ascii_lowercase();
        if wish.contains("use the tools") && self.parallel {
            return tools.map(sampled).collect();
        }
        if self.choice == Choice::Required || wish.contains("use the tool") {
            return tools.take(1).map(sampled).collect();
        }
        Vec::new()
    }

    /// The dictated calls of tools that there are, with arguments that they take, and that the
    /// choice leaves open.
    fn dictated(&self) -> impl Iterator<Item = Wanted<'_>> {
        let open = |name: &str| match &self.choice {
            Choice::Named(forced) => forced == name,
            _ => true,
        };
        let calls = dictation::calls(&self.user).into_iter();
        calls
            .filter(move |call| open(call.name))
            .filter_map(|call| {
                let mut tools = self.tools.iter();
                let tool = tools.find(|tool| tool.name == call.name)?;
                let arguments = match (&tool.input, call.arguments) {
                    // A freeform tool that stands here as a function of one text.
                    (ToolInput::Json(schema), Value::String(text))
                        if schema["properties"]["input"].is_object() =>
                    {
                        json!({"input": text})
                    }
                    (_, arguments) => arguments,
                };
                let fits = match tool.input {
                    ToolInput::Json(_) => arguments.is_object(),
                    ToolInput::Freeform => arguments.is_string(),
                };
                fits.then_some(Wanted {
                    tool,
                    arguments: Some(arguments),
                })
            })
    }
}
