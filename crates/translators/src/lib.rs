//! What the gateway must know about replies, errors and requests of the four wire protocols.
//!
//! Between a client and an upstream of one protocol nothing is translated: a request gives up its model
//! name, a reply is read along by a [`ReplyTap`], the model name in it becomes the one that was asked
//! for by replacing its span, and only errors are worded anew.
//!
//! Where they speak different protocols, [`translate_request`] decodes the client's body, fits it to
//! the upstream's [`Profile`] and writes it anew, says what was lost, and leaves a [`ReplyPlan`]
//! behind. With that [`ReplyStream`] translates the stream that comes back, event by event, and
//! [`translate_reply`] a whole body. `docs/translation.md` has the rules; `examples/translate.rs` shows
//! both directions.
//!
//! No IO, no HTTP types, no time: the same input makes the same bytes.
//!
//! ```
//! use bytes::Bytes;
//! use cliproxy_core::Protocol;
//! use cliproxy_json::{Body, quoted};
//! use cliproxy_translators::{BodySeen, Part, ReplyTap, rename, requested_model};
//!
//! let body = Body::new(r#"{"model":"fast","messages":[]}"#.into())?;
//! let model = requested_model(Protocol::Chat, &body.head())?;
//! assert_eq!(model.text, "fast");
//! let sent = body.replace(model.span, quoted("gpt-5.4"));
//! assert_eq!(sent.to_bytes(), r#"{"model":"gpt-5.4","messages":[]}"#);
//!
//! let reply = Bytes::from(r#"{"model":"gpt-5.4","choices":[],"usage":{"prompt_tokens":9}}"#);
//! let mut tap = ReplyTap::new(Protocol::Chat);
//! assert_eq!(tap.body(&reply), BodySeen::Reply);
//! assert_eq!(tap.usage().input, 9);
//! let shown = rename(Protocol::Chat, &reply, Part::Body, "fast").unwrap();
//! assert!(shown.to_bytes().starts_with(br#"{"model":"fast","#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod failure;
mod finish;
mod model_span;
mod patch;
mod profile;
mod protocols;
mod read_error;
mod redact;
mod rejection;
mod replay;
mod request;
mod rules;
mod sealed;
mod tap;
mod target;

mod chat;
mod claude;
mod gemini;
mod responses;

mod arguments;
mod base64_text;
mod call_id;
mod carrier;
mod client_body;
mod compact;
mod completeness;
mod data_url;
mod fingerprint;
mod freeform;
mod hub;
mod json_str;
mod media_url;
mod mention;
mod mime;
mod native_reply;
mod normalise;
mod object;
mod reply;
mod request_ir;
mod splice;
mod string_pieces;
mod thinking;
mod token_count;
mod tool_name;
mod translate;

mod schema;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod vectors;

pub use self::{
    chat::usage_chunk::{asked_for_usage, include_usage_edit, is_usage_chunk},
    error::{
        Detail, ErrorView, StreamPosition, client_status, error_announcement, error_body,
        error_frame,
    },
    failure::Failure,
    finish::{Account, Encoded, Finished, realm},
    model_span::{Part, model_spans, rename},
    native_reply::NativeReply,
    patch::{Native, Patched, code_assist::unwrap_code_assist, patch_request},
    profile::{MaxTokensField, Params, Profile, RoleDeveloper, StreamUsage},
    read_error::{ErrorText, read_error},
    redact::redact,
    replay::{Remembered, Replay},
    reply::{ReplyLoss, ReplyLosses},
    request::{ModelName, RequestError, is_responses_body, requested_model, wants_stream},
    request_ir::LossClass,
    sealed::{refuses_reasoning, without_reasoning},
    tap::{BodySeen, Observed, ReplyTap, ResponseIds, Seen},
    target::{LossPolicy, Options},
    thinking::is_thinking_suffix,
    token_count::{ImageRule, ImageSize, estimate_tokens, image_tokens, token_count_body},
    translate::{
        Asked, Loss, Refused, ReplyPlan, ReplyStream, Report, Translated, TranslatedReply,
        Upstream, fold_reply, translate_reply, translate_request,
    },
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
