//! What a request asks for, in terms that the four protocols share.

use crate::prompt_cache::Segment;
use serde_json::Value;

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
    /// The tools the answer should call.
    ///
    /// A forced choice is obeyed once: after the tool's result the same forced request would ask
    /// for a call for ever, so results are answered with text unless the user asks again.
    pub(crate) fn wanted_tools(&self) -> Vec<&Tool> {
        if self.tools.is_empty() || self.results.is_some() || self.choice == Choice::None {
            return Vec::new();
        }
        if let Choice::Named(name) = &self.choice {
            return self
                .tools
                .iter()
                .filter(|tool| tool.name == *name)
                .take(1)
                .collect();
        }
        let wish = self.user.to_ascii_lowercase();
        if wish.contains("use the tools") && self.parallel {
            return self.tools.iter().collect();
        }
        if self.choice == Choice::Required || wish.contains("use the tool") {
            return self.tools.iter().take(1).collect();
        }
        Vec::new()
    }
}
