//! What Chat calls its settings. A name with a dot is a member of a member.

use crate::request_ir::{Key, Names};

/// In any order.
pub(super) static NAMES: Names = Names::new(&[
    (Key::MaxOutput, "max_completion_tokens"),
    (Key::Temperature, "temperature"),
    (Key::TopP, "top_p"),
    (Key::TopK, "top_k"),
    (Key::MinP, "min_p"),
    (Key::Stop, "stop"),
    (Key::Seed, "seed"),
    (Key::PresencePenalty, "presence_penalty"),
    (Key::FrequencyPenalty, "frequency_penalty"),
    (Key::LogitBias, "logit_bias"),
    (Key::Logprobs, "logprobs"),
    (Key::TopLogprobs, "top_logprobs"),
    (Key::Choices, "n"),
    (Key::Verbosity, "verbosity"),
    (Key::Modalities, "modalities"),
    (Key::Audio, "audio"),
    (Key::Prediction, "prediction"),
    (Key::ParallelTools, "parallel_tool_calls"),
    (Key::Store, "store"),
    (Key::ServiceTier, "service_tier"),
    (Key::Moderation, "moderation"),
    (Key::PromptCache, "prompt_cache_key"),
    (Key::CacheRetention, "prompt_cache_retention"),
    (Key::CacheOptions, "prompt_cache_options"),
    (Key::User, "user"),
    (Key::SafetyIdentifier, "safety_identifier"),
    (Key::Metadata, "metadata"),
]);
