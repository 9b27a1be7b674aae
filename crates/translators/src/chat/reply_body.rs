//! A reply, written for a client: as one body.
//!
//! The texts of a choice are one `content`, its reasoning parts one `reasoning_content`, joined as in a
//! stream; `content` is `null` if there is no text. What stands where is in `write_reply`.

use super::write_reply;
use crate::reply::{
    Annotation, Folded, FoldedKind, FoldedPart, ReplyContext, add_elements, code_points, tail,
};
use cliproxy_json::ObjectWriter;

/// Writes a whole reply.
pub(crate) fn write(reply: &Folded, cx: &ReplyContext, out: &mut Vec<u8>) {
    ObjectWriter::write(out, |object| {
        object.escaped("id", &format!("chatcmpl-{}", tail(&reply.id, cx)));
        object.text("object", "chat.completion");
        object.number("created", reply.created.unwrap_or(cx.created));
        object.text("model", &cx.model);
        object.array("choices", |choices| {
            for (number, finish) in &reply.finishes {
                let parts = reply.parts.iter().filter(|part| part.choice == *number);
                let message = Message::of(parts);
                choices.object(|choice| {
                    choice.number("index", (*number).into());
                    choice.object("message", |object| message.write(cx, object));
                    message.write_logprobs(choice);
                    choice.text("finish_reason", super::finish_reason(finish, cx));
                });
            }
        });
        object.object("usage", |object| {
            write_reply::usage(&reply.usage.unwrap_or_default(), object);
        });
    });
}

/// What one choice says. Texts are escaped.
#[derive(Default)]
struct Message<'r> {
    content: String,
    refusal: String,
    reasoning: String,
    thoughts: Vec<(u64, String, &'r FoldedPart)>,
    calls: Vec<&'r FoldedPart>,
    annotations: Vec<Annotation>,
    images: Vec<(&'r str, &'r str)>,
    /// Of the content, and of the refusal.
    logprobs: [String; 2],
}

impl<'r> Message<'r> {
    fn of(parts: impl Iterator<Item = &'r FoldedPart>) -> Self {
        let mut message = Self::default();
        let mut shown = 0;
        for part in parts {
            match &part.kind {
                FoldedKind::Text { begins_paragraph } => message.text(part, *begins_paragraph),
                FoldedKind::Refusal => {
                    message.refusal.push_str(&part.text);
                    add_elements(&part.logprobs, &mut message.logprobs[1]);
                }
                FoldedKind::Thinking { .. } | FoldedKind::Redacted => {
                    message.thought(part, &mut shown);
                }
                FoldedKind::Tool { .. } => message.calls.push(part),
                FoldedKind::Media { mime, base64 } if mime.starts_with("image/") => {
                    message.images.push((mime, base64));
                }
                FoldedKind::Media { .. } | FoldedKind::Server(_) => {}
            }
        }
        message
    }

    fn text(&mut self, part: &FoldedPart, begins_paragraph: bool) {
        if begins_paragraph && !part.text.is_empty() && !self.content.is_empty() {
            self.content.push_str(r"\n\n");
        }
        let start = match part.citations.is_empty() {
            true => 0,
            false => code_points(&self.content),
        };
        self.content.push_str(&part.text);
        add_elements(&part.logprobs, &mut self.logprobs[0]);
        if !part.citations.is_empty() {
            let range = (start, start + code_points(&part.text));
            let found = part.citations.iter();
            self.annotations
                .extend(found.filter_map(|citation| Annotation::new(citation, range)));
        }
    }

    fn thought(&mut self, part: &'r FoldedPart, shown: &mut u64) {
        let text = part.paragraphs();
        if !text.is_empty() && !self.reasoning.is_empty() {
            self.reasoning.push_str(r"\n\n");
        }
        self.reasoning.push_str(&text);
        if !text.is_empty() || part.opaque.is_some() {
            self.thoughts.push((*shown, text, part));
            *shown += 1;
        }
    }

    fn write(&self, cx: &ReplyContext, message: &mut ObjectWriter<'_>) {
        message.text("role", "assistant");
        nullable(message, "content", &self.content);
        nullable(message, "refusal", &self.refusal);
        if !self.reasoning.is_empty() {
            message.escaped("reasoning_content", &self.reasoning);
        }
        let thoughts = self.thoughts.iter().filter_map(|(number, text, part)| {
            let opaque = part.opaque.as_ref();
            let opaque = opaque.filter(|opaque| write_reply::is_shown(opaque))?;
            Some((*number, text, opaque))
        });
        let thoughts: Vec<_> = thoughts.collect();
        if cx.reasoning_details && !thoughts.is_empty() {
            message.array("reasoning_details", |details| {
                for (number, text, opaque) in thoughts {
                    write_reply::reasoning_detail(opaque, text, number, cx, details);
                }
            });
        }
        self.write_calls(cx, message);
        if !self.annotations.is_empty() {
            message.array("annotations", |list| {
                self.annotations
                    .iter()
                    .for_each(|entry| write_reply::annotate(entry, list));
            });
        }
        if !self.images.is_empty() {
            message.array("images", |images| {
                for (mime, base64) in &self.images {
                    write_reply::image(mime, base64, images);
                }
            });
        }
    }

    fn write_logprobs(&self, choice: &mut ObjectWriter<'_>) {
        match &self.logprobs {
            [content, refusal] if content.is_empty() && refusal.is_empty() => {
                choice.null("logprobs");
            }
            [content, refusal] => write_reply::both_logprobs(content, refusal, choice),
        }
    }

    fn write_calls(&self, cx: &ReplyContext, message: &mut ObjectWriter<'_>) {
        if cx.uses_legacy_functions {
            let first = self.calls.first().map(|part| (&part.kind, &part.text));
            if let Some((FoldedKind::Tool { name, .. }, text)) = first {
                message.object("function_call", |call| {
                    call.text("name", &name.name);
                    call.escaped("arguments", or_empty(text));
                });
            }
        } else if !self.calls.is_empty() {
            message.array("tool_calls", |calls| {
                for part in &self.calls {
                    calls.object(|call| write_call(part, call));
                }
            });
        }
    }
}

fn write_call(part: &FoldedPart, call: &mut ObjectWriter<'_>) {
    let FoldedKind::Tool {
        id,
        name,
        is_freeform,
        signature,
    } = &part.kind
    else {
        return;
    };
    call.text("id", id);
    if *is_freeform {
        call.text("type", "custom");
        call.object("custom", |tool| {
            tool.text("name", &name.name);
            tool.escaped("input", &part.text);
        });
    } else {
        call.text("type", "function");
        call.object("function", |function| {
            function.text("name", &name.name);
            function.escaped("arguments", or_empty(&part.text));
        });
    }
    write_reply::extra_content(signature.as_ref(), call);
}

/// Arguments: an empty object if there are none.
fn or_empty(arguments: &str) -> &str {
    match arguments {
        "" => "{}",
        arguments => arguments,
    }
}

fn nullable(object: &mut ObjectWriter<'_>, key: &str, escaped: &str) {
    match escaped {
        "" => object.null(key),
        text => object.escaped(key, text),
    }
}
