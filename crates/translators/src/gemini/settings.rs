//! What Gemini calls its settings. A name with a dot is a member of a member.

use crate::request_ir::{Key, Names};

/// In any order.
pub(super) static NAMES: Names = Names::new(&[
    (Key::MaxOutput, "generationConfig.maxOutputTokens"),
    (Key::Temperature, "generationConfig.temperature"),
    (Key::TopP, "generationConfig.topP"),
    (Key::TopK, "generationConfig.topK"),
    (Key::Stop, "generationConfig.stopSequences"),
    (Key::Seed, "generationConfig.seed"),
    (Key::PresencePenalty, "generationConfig.presencePenalty"),
    (Key::FrequencyPenalty, "generationConfig.frequencyPenalty"),
    (Key::Logprobs, "generationConfig.responseLogprobs"),
    (Key::TopLogprobs, "generationConfig.logprobs"),
    (Key::Choices, "generationConfig.candidateCount"),
    (Key::Modalities, "generationConfig.responseModalities"),
    (Key::Speech, "generationConfig.speechConfig"),
    (Key::MediaResolution, "generationConfig.mediaResolution"),
    (Key::CachedContent, "cachedContent"),
    (Key::ServiceTier, "serviceTier"),
    (Key::SafetySettings, "safetySettings"),
    (Key::Labels, "labels"),
    (Key::UserPromptId, "user_prompt_id"),
    (Key::SessionId, "session_id"),
]);
