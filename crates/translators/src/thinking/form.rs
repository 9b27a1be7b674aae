//! The notations in which upstreams take a control.

/// Where an upstream reads how much it shall reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// Chat: `reasoning_effort`.
    ReasoningEffort,
    /// Chat of Kimi: `thinking: {type, effort}`.
    ThinkingEffort,
    /// Chat of DeepSeek and Zhipu: `thinking: {type}`, on or off.
    ThinkingSwitch,
    /// Chat of OpenRouter: `reasoning: {effort | max_tokens | enabled, exclude}`.
    OpenRouter,
    /// Chat of Qwen: `enable_thinking`, `thinking_budget`.
    EnableThinking,
    /// Responses: `reasoning: {effort, summary}`.
    Responses,
    /// Claude: `thinking`, and `output_config.effort`.
    Claude,
    /// Gemini: `generationConfig.thinkingConfig`.
    Gemini,
}

/// Which controls a form has a place for. Off always has one.
pub(crate) struct Takes {
    pub(crate) levels: bool,
    pub(crate) budgets: bool,
    pub(crate) auto: bool,
}

impl Form {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 8] = [
        Self::ReasoningEffort,
        Self::ThinkingEffort,
        Self::ThinkingSwitch,
        Self::OpenRouter,
        Self::EnableThinking,
        Self::Responses,
        Self::Claude,
        Self::Gemini,
    ];

    pub(crate) const fn takes(self) -> Takes {
        let (levels, budgets, auto) = match self {
            Self::ReasoningEffort | Self::Responses => (true, false, false),
            Self::ThinkingEffort => (true, false, true),
            Self::ThinkingSwitch => (false, false, true),
            Self::EnableThinking => (false, true, true),
            Self::OpenRouter | Self::Claude | Self::Gemini => (true, true, true),
        };
        Takes {
            levels,
            budgets,
            auto,
        }
    }
}
