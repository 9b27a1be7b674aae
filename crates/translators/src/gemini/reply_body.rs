//! A reply, written for a client: as one response.
//!
//! The parts of a candidate are those of a stream put together; see `write_reply`.

use super::{
    finish, logprobs,
    write_reply::{self, Grounding, Run, RunKind},
};
use crate::reply::{
    Finish, Folded, FoldedKind, FoldedPart, ReplyContext, add_elements, carried, tail,
};
use cliproxy_json::ObjectWriter;

/// Writes a whole reply.
pub(crate) fn write(reply: &Folded, cx: &ReplyContext, out: &mut Vec<u8>) {
    ObjectWriter::write(out, |object| match cx.is_enveloped {
        true => object.object("response", |object| response(reply, cx, object)),
        false => response(reply, cx, object),
    });
}

fn response(reply: &Folded, cx: &ReplyContext, object: &mut ObjectWriter<'_>) {
    let candidates = reply.finishes.iter().map(|(number, reason)| {
        let parts = reply.parts.iter().filter(|part| part.choice == *number);
        (*number, reason, Candidate::of(parts, cx))
    });
    let candidates: Vec<_> = candidates.collect();
    let is_blocked = |(_, reason, candidate): &(u16, &Finish<'_>, Candidate<'_>)| {
        write_reply::blocks_prompt(reason) && candidate.parts.is_empty()
    };
    if candidates.iter().all(is_blocked) {
        object.object("promptFeedback", |feedback| {
            feedback.text("blockReason", "SAFETY");
        });
    } else {
        object.array("candidates", |list| {
            for (number, reason, candidate) in &candidates {
                list.object(|object| candidate.write((*number, reason), object));
            }
        });
    }
    object.object("usageMetadata", |object| {
        write_reply::usage(&reply.usage.unwrap_or_default(), object);
    });
    object.text("modelVersion", &cx.model);
    object.escaped("responseId", &tail(&reply.id, cx));
}

#[derive(Default)]
struct Candidate<'r> {
    parts: Vec<Part<'r>>,
    run: Run,
    grounding: Grounding,
    logprobs: String,
}

enum Part<'r> {
    /// Escaped, with the signature of a thought.
    Text(RunKind, String, Option<String>),
    Whole(&'r FoldedPart),
}

impl<'r> Candidate<'r> {
    fn of(parts: impl Iterator<Item = &'r FoldedPart>, cx: &ReplyContext) -> Self {
        let mut candidate = Self::default();
        for part in parts {
            match &part.kind {
                FoldedKind::Text { begins_paragraph } => {
                    candidate.text(part, RunKind::Text, *begins_paragraph);
                }
                FoldedKind::Refusal => candidate.text(part, RunKind::Text, true),
                FoldedKind::Thinking { .. } | FoldedKind::Redacted => candidate.thought(part, cx),
                FoldedKind::Tool { .. } | FoldedKind::Media { .. } => {
                    candidate.run.interrupt();
                    candidate.parts.push(Part::Whole(part));
                }
                FoldedKind::Server(run) => candidate.grounding.search(run),
            }
        }
        candidate
    }

    fn text(&mut self, part: &FoldedPart, kind: RunKind, is_paragraph: bool) {
        add_elements(&part.logprobs, &mut self.logprobs);
        if part.text.is_empty() {
            return;
        }
        let text = part.paragraphs();
        let goes_on = self.run.goes_on(kind);
        let has_break = self.run.begin(kind, is_paragraph);
        let start = self.run.text.len();
        self.run.push(kind, &text);
        match self.parts.last_mut() {
            Some(Part::Text(_, all, None)) if goes_on => {
                if has_break {
                    all.push_str(r"\n\n");
                }
                all.push_str(&text);
            }
            _ => self.parts.push(Part::Text(kind, text, None)),
        }
        for citation in &part.citations {
            let (run, part) = (&self.run.text, self.run.part);
            self.grounding.cite(citation, run, start, part);
        }
    }

    fn thought(&mut self, part: &FoldedPart, cx: &ReplyContext) {
        self.text(part, RunKind::Thought, true);
        let opaque = part.opaque.as_ref();
        let Some(signature) = opaque.and_then(|opaque| carried(opaque, cx)) else {
            return;
        };
        // A client that puts a stream together cannot tell a thought without text from the end of the one
        // before it either.
        if part.text.is_empty() && !self.run.goes_on(RunKind::Thought) {
            self.run.begin(RunKind::Thought, false);
            let part = Part::Text(RunKind::Thought, String::new(), Some(signature));
            self.parts.push(part);
        } else if let Some(Part::Text(_, _, last)) = self.parts.last_mut() {
            *last = Some(signature);
        }
        self.run.end();
    }

    fn write(&self, (number, reason): (u16, &Finish<'_>), candidate: &mut ObjectWriter<'_>) {
        candidate.object("content", |content| {
            content.text("role", "model");
            content.array("parts", |list| {
                for part in &self.parts {
                    list.object(|object| part.write(object));
                }
            });
        });
        candidate.text("finishReason", finish::encode(reason));
        candidate.number("index", number.into());
        self.grounding.write(candidate);
        logprobs::write(&self.logprobs, candidate);
    }
}

impl Part<'_> {
    fn write(&self, object: &mut ObjectWriter<'_>) {
        match self {
            Self::Text(kind, text, signature) => {
                object.escaped("text", text);
                if *kind == RunKind::Thought {
                    object.boolean("thought", true);
                }
                if let Some(signature) = signature {
                    object.text("thoughtSignature", signature);
                }
            }
            Self::Whole(part) => match &part.kind {
                FoldedKind::Tool {
                    id,
                    name,
                    signature,
                    ..
                } => {
                    let call = (id.as_str(), &*name.name, part.text.as_str());
                    write_reply::call(call, signature.as_ref(), object);
                }
                FoldedKind::Media { mime, base64 } => write_reply::media(mime, base64, object),
                _ => {}
            },
        }
    }
}
