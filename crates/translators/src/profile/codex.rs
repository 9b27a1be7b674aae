//! What the ChatGPT backend wants different from Responses, of translated and of native bodies.
//!
//! | member | becomes |
//! | --- | --- |
//! | `stream` | `true`; who asked for a whole reply gets the stream folded |
//! | `store` | `false` |
//! | `instructions` | `""` where absent |
//! | `input` that is text | one user message |
//! | role `system` | `developer` |
//! | `include` | also contains [`INCLUDE`] |
//! | `parallel_tool_calls` | `true` where absent, taken away without tools |
//! | `previous_response_id` | refused; the gateway has expanded it before |
//! | [`REMOVED`] | taken away |
//! | `prompt_cache_breakpoint` of parts | taken away |
//! | `service_tier` | taken away unless it is [`SERVICE_TIER`] |
//! | tools of [`WEB_SEARCH_PREVIEW`] | `web_search` |
//! | `prompt_cache_key` | the client's, else the account's |

use crate::request_ir::Class;

/// Members that the backend refuses, and what is lost with each.
pub(crate) const REMOVED: &[(&str, Class)] = &[
    ("max_output_tokens", Class::Quality),
    ("max_completion_tokens", Class::Quality),
    ("max_tokens", Class::Quality),
    ("temperature", Class::Quality),
    ("top_p", Class::Quality),
    ("top_logprobs", Class::Quality),
    ("truncation", Class::Quality),
    ("context_management", Class::Quality),
    ("background", Class::Quality),
    ("user", Class::Bookkeeping),
    ("safety_identifier", Class::Bookkeeping),
    ("metadata", Class::Bookkeeping),
    ("generate", Class::Bookkeeping),
    ("prompt_cache_retention", Class::Bookkeeping),
    ("prompt_cache_options", Class::Bookkeeping),
    ("stream_options", Class::Bookkeeping),
];

/// What `include` always contains: reasoning that comes back with the history.
pub(crate) const INCLUDE: &str = "reasoning.encrypted_content";

/// The only tier that stays.
pub(crate) const SERVICE_TIER: &str = "priority";

/// How the types of tools begin that are now called [`WEB_SEARCH`].
pub(crate) const WEB_SEARCH_PREVIEW: &str = "web_search_preview";

/// Search on the web.
pub(crate) const WEB_SEARCH: &str = "web_search";
