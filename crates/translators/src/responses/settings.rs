//! What Responses calls its settings. A name with a dot is a member of a member.

use crate::request_ir::{Key, Names};

/// In any order.
pub(super) static NAMES: Names = Names::new(&[
    (Key::MaxOutput, "max_output_tokens"),
    (Key::Temperature, "temperature"),
    (Key::TopP, "top_p"),
    (Key::TopLogprobs, "top_logprobs"),
    (Key::Verbosity, "text.verbosity"),
    (Key::ParallelTools, "parallel_tool_calls"),
    (Key::MaxToolCalls, "max_tool_calls"),
    (Key::PreviousResponse, "previous_response_id"),
    (Key::Conversation, "conversation"),
    (Key::Prompt, "prompt"),
    (Key::Background, "background"),
    (Key::Store, "store"),
    (Key::Truncation, "truncation"),
    (Key::ContextManagement, "context_management"),
    (Key::ServiceTier, "service_tier"),
    (Key::Moderation, "moderation"),
    (Key::Include, "include"),
    (Key::PromptCache, "prompt_cache_key"),
    (Key::CacheRetention, "prompt_cache_retention"),
    (Key::CacheOptions, "prompt_cache_options"),
    (Key::User, "user"),
    (Key::SafetyIdentifier, "safety_identifier"),
    (Key::Metadata, "metadata"),
    (Key::ClientMetadata, "client_metadata"),
]);
