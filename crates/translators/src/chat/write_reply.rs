//! Pieces that stand in a chat body and in the chunks of a stream alike.
//!
//! | what | where |
//! | --- | --- |
//! | a signature of Anthropic, or of a thought of Gemini's | `reasoning_details`, `{"type":"reasoning.text","text","signature","index"}`; the text is that of its own part |
//! | any other opaque reasoning | `reasoning_details`, `{"type":"reasoning.encrypted","data","index"}` |
//! | Gemini's signature of a call | the call's `extra_content.google.thought_signature`, which is Google's own field |
//! | citations | `annotations`, `{"type":"url_citation","url_citation":{"start_index","end_index","url","title"}}`; offsets count code points of the whole content |
//! | probabilities of tokens | `logprobs` of the choice, `content` for its text and `refusal` for its refusal |
//! | images | `images`, `{"type":"image_url","image_url":{"url":"data:…"}}` |
//!
//! `index` is the running number of reasoning parts that show anything.

use crate::{
    reply::{Annotation, ReplyContext, UsagePatch, carried, write_logprobs},
    request_ir::{Family, Opaque, OpaqueKind},
};
use cliproxy_json::{ArrayWriter, ObjectWriter, escape_into};

/// `usage`.
pub(crate) fn usage(usage: &UsagePatch, object: &mut ObjectWriter<'_>) {
    object.number("prompt_tokens", usage.input());
    object.number("completion_tokens", usage.output.unwrap_or(0));
    object.number("total_tokens", usage.tokens());
    object.object("prompt_tokens_details", |details| {
        details.number("cached_tokens", usage.cache_read.unwrap_or(0));
        if let Some(written @ 1..) = usage.cache_write {
            details.number("cache_write_tokens", written);
        }
    });
    object.object("completion_tokens_details", |details| {
        details.number("reasoning_tokens", usage.reasoning.unwrap_or(0));
    });
}

/// Whether there is an entry for it in `reasoning_details`.
pub(super) fn is_shown(opaque: &Opaque<'_>) -> bool {
    opaque.family != Family::Unknown
}

/// An entry of `reasoning_details`; nothing for what no carrier can name.
pub(super) fn reasoning_detail(
    opaque: &Opaque<'_>,
    text: &str,
    index: u64,
    cx: &ReplyContext,
    details: &mut ArrayWriter<'_>,
) {
    let Some(data) = carried(opaque, cx) else {
        return;
    };
    let is_signature = matches!(opaque.kind, OpaqueKind::Signature | OpaqueKind::Thought);
    details.object(|detail| {
        if is_signature {
            detail.text("type", "reasoning.text");
            detail.escaped("text", text);
            detail.text("signature", &data);
        } else {
            detail.text("type", "reasoning.encrypted");
            detail.text("data", &data);
        }
        detail.number("index", index);
    });
}

/// Writes a citation into a list of annotations.
pub(super) fn annotate(annotation: &Annotation, annotations: &mut ArrayWriter<'_>) {
    annotations.object(|out| {
        out.text("type", "url_citation");
        out.object("url_citation", |citation| annotation.members(citation));
    });
}

/// Google's own field for the signature of a call.
pub(super) fn extra_content(signature: Option<&Opaque<'_>>, call: &mut ObjectWriter<'_>) {
    let Some(signature) = signature.filter(|opaque| opaque.family == Family::Gemini) else {
        return;
    };
    call.object("extra_content", |extra| {
        extra.object("google", |google| {
            google.escaped("thought_signature", signature.data.as_escaped());
        });
    });
}

/// `logprobs` of a choice: of its `content`, or of its `refusal`; nothing if there are none.
pub(super) fn logprobs(key: &str, elements: &str, choice: &mut ObjectWriter<'_>) {
    match key {
        _ if elements.is_empty() => {}
        "refusal" => both_logprobs("", elements, choice),
        _ => both_logprobs(elements, "", choice),
    }
}

/// `logprobs` of a choice, of its content and of its refusal.
pub(super) fn both_logprobs(content: &str, refusal: &str, choice: &mut ObjectWriter<'_>) {
    choice.object("logprobs", |lists| {
        for (key, elements) in [("content", content), ("refusal", refusal)] {
            match elements {
                "" => lists.null(key),
                elements => write_logprobs(key, elements, lists),
            }
        }
    });
}

/// An element of `images`.
pub(super) fn image(mime: &str, base64: &str, images: &mut ArrayWriter<'_>) {
    images.object(|image| {
        image.text("type", "image_url");
        image.object("image_url", |url| {
            url.member("url", |out| {
                out.extend_from_slice(b"\"data:");
                escape_into(out, mime);
                out.extend_from_slice(b";base64,");
                escape_into(out, base64);
                out.push(b'"');
            });
        });
    });
}
