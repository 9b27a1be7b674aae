//! A count as each protocol tells it.
//!
//! | protocol | asked at | body |
//! |---|---|---|
//! | Anthropic Messages | `/v1/messages/count_tokens` | `{"input_tokens":N}` |
//! | Gemini | `:countTokens` | `{"totalTokens":N,"promptTokensDetails":[{"modality":"TEXT","tokenCount":N}]}` |
//! | OpenAI Responses | `/v1/responses/input_tokens` | `{"object":"response.input_tokens","input_tokens":N}` |
//! | OpenAI Chat | nowhere | – |

use crate::protocols::rules;
use bytes::Bytes;
use cliproxy_core::Protocol;

/// The reply to a client that asks how many tokens its request has; `None` for OpenAI Chat, which
/// cannot ask.
///
/// ```
/// use cliproxy_core::Protocol;
/// use cliproxy_translators::token_count_body;
///
/// let body = token_count_body(Protocol::Claude, 17);
/// assert_eq!(body.as_deref(), Some(&br#"{"input_tokens":17}"#[..]));
/// assert_eq!(token_count_body(Protocol::Chat, 17), None);
/// ```
#[must_use]
pub fn token_count_body(client: Protocol, tokens: u64) -> Option<Bytes> {
    let body = rules(client).native.token_count?(tokens);
    Some(body.into())
}
