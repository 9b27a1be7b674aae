//! The chunks of one part.

use super::Encoder;
use crate::{
    chat::write_reply,
    json_str::JsonStr,
    reply::{Annotation, Logprobs, Opening, PartId, ReplyCitation, code_points},
    request_ir::Opaque,
};
use cliproxy_json::ObjectWriter;

/// What is known of a choice.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) number: u16,
    /// Code points of its content.
    content: u64,
    has_reasoning: bool,
    /// Reasoning parts that have shown anything.
    thoughts: u64,
    calls: u64,
    pub(super) annotations: Vec<Annotation>,
    /// The text that closed last, and where it stands in the content.
    last_text: Option<(PartId, (u64, u64))>,
}

#[derive(Debug)]
pub(super) struct OpenPart {
    pub(super) part: PartId,
    /// Its place in `choices`.
    choice: usize,
    kind: Kind,
    /// Of the delta that comes next.
    logprobs: String,
}

#[derive(Debug)]
enum Kind {
    Text {
        /// Where it begins in the content, once it does.
        start: Option<u64>,
        begins_paragraph: bool,
        citations: Vec<ReplyCitation<'static>>,
    },
    Refusal,
    Thinking {
        text: String,
        number: Option<u64>,
        opaque: Option<Opaque<'static>>,
    },
    Call {
        index: u64,
        is_freeform: bool,
        has_arguments: bool,
    },
    Hidden,
}

impl Choice {
    pub(super) const fn new(number: u16) -> Self {
        Self {
            number,
            content: 0,
            has_reasoning: false,
            thoughts: 0,
            calls: 0,
            annotations: Vec::new(),
            last_text: None,
        }
    }
}

impl Encoder {
    pub(super) fn open(&mut self, part: PartId, number: u16, opening: Opening<'_>) {
        let choice = self.choice(number);
        let kind = match opening {
            Opening::Text { begins_paragraph } => Kind::Text {
                start: None,
                begins_paragraph,
                citations: Vec::new(),
            },
            Opening::Refusal => Kind::Refusal,
            Opening::Thinking { .. } | Opening::Redacted => Kind::Thinking {
                text: String::new(),
                number: None,
                opaque: None,
            },
            Opening::Tool {
                id,
                name,
                is_freeform,
                signature,
                ..
            } => {
                let calls = &mut self.choices[choice].calls;
                let index = *calls;
                *calls += 1;
                if self.cx.uses_legacy_functions {
                    self.old_call(number, index, &name);
                } else {
                    self.call(number, index, |call| {
                        call.text("id", &id);
                        let kind = call_kind(is_freeform);
                        call.text("type", kind);
                        call.object(kind, |function| {
                            function.text("name", &name);
                            function.text(arguments(is_freeform), "");
                        });
                        write_reply::extra_content(signature.as_ref(), call);
                    });
                }
                Kind::Call {
                    index,
                    is_freeform,
                    has_arguments: false,
                }
            }
            Opening::Media { mime, base64 } => {
                if mime.starts_with("image/") {
                    self.delta(number, |delta| {
                        delta.array("images", |images| {
                            write_reply::image(&mime, &base64, images);
                        });
                    });
                }
                Kind::Hidden
            }
            Opening::Server(_) => Kind::Hidden,
        };
        self.parts.push(OpenPart {
            part,
            choice,
            kind,
            logprobs: String::new(),
        });
    }

    /// A delta of `tool_calls`.
    fn call(&mut self, choice: u16, index: u64, members: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.delta(choice, |delta| {
            delta.array("tool_calls", |calls| {
                calls.object(|call| {
                    call.number("index", index);
                    members(call);
                });
            });
        });
    }

    pub(super) fn text(&mut self, part: PartId, text: &JsonStr<'_>) {
        let Some(at) = self.part(part) else {
            return;
        };
        let open = &mut self.parts[at];
        let choice = &mut self.choices[open.choice];
        let number = choice.number;
        let key = match &mut open.kind {
            Kind::Text {
                start,
                begins_paragraph,
                ..
            } => {
                let has_break = start.is_none() && *begins_paragraph && choice.content > 0;
                if start.is_none() {
                    choice.content += if has_break { 2 } else { 0 };
                    *start = Some(choice.content);
                }
                choice.content += code_points(text.as_escaped());
                if has_break {
                    self.delta(number, |delta| delta.text("content", "\n\n"));
                }
                "content"
            }
            Kind::Refusal => "refusal",
            Kind::Thinking {
                text: whole,
                number: thought,
                ..
            } => {
                let has_break = whole.is_empty() && choice.has_reasoning;
                choice.has_reasoning = true;
                if thought.is_none() {
                    *thought = Some(choice.thoughts);
                    choice.thoughts += 1;
                }
                whole.push_str(text.as_escaped());
                if has_break {
                    self.delta(number, |delta| delta.text("reasoning_content", "\n\n"));
                }
                "reasoning_content"
            }
            Kind::Call {
                index,
                is_freeform,
                has_arguments,
            } => {
                *has_arguments = true;
                let (index, is_freeform) = (*index, *is_freeform);
                self.arguments(number, index, is_freeform, text.as_escaped());
                return;
            }
            Kind::Hidden => return,
        };
        let logprobs = std::mem::take(&mut self.parts[at].logprobs);
        self.chunk(
            number,
            |delta| delta.escaped(key, text.as_escaped()),
            |choice| write_reply::logprobs(key, &logprobs, choice),
            None,
        );
    }

    pub(super) fn logprobs(&mut self, part: PartId, logprobs: &Logprobs<'_>) {
        if let Some(at) = self.part(part) {
            logprobs.append_to(&mut self.parts[at].logprobs);
        }
    }

    /// The old form, which has room for one call.
    fn old_call(&mut self, choice: u16, index: u64, name: &str) {
        if index == 0 {
            self.delta(choice, |delta| {
                delta.object("function_call", |function| {
                    function.text("name", name);
                    function.text("arguments", "");
                });
            });
        }
    }

    fn arguments(&mut self, choice: u16, index: u64, is_freeform: bool, text: &str) {
        if self.cx.uses_legacy_functions {
            if index == 0 {
                self.delta(choice, |delta| {
                    delta.object("function_call", |call| call.escaped("arguments", text));
                });
            }
            return;
        }
        self.call(choice, index, |call| {
            call.object(call_kind(is_freeform), |function| {
                function.escaped(arguments(is_freeform), text);
            });
        });
    }

    pub(super) fn next_summary(&mut self, part: PartId) {
        let Some(at) = self.part(part) else {
            return;
        };
        let open = &mut self.parts[at];
        if let Kind::Thinking { text, .. } = &mut open.kind {
            text.push_str(r"\n\n");
            let number = self.choices[open.choice].number;
            self.delta(number, |delta| delta.text("reasoning_content", "\n\n"));
        }
    }

    pub(super) fn cite(&mut self, part: PartId, citation: ReplyCitation<'_>) {
        let Some(at) = self.part(part) else {
            return self.cite_closed(part, &citation);
        };
        if let Kind::Text { citations, .. } = &mut self.parts[at].kind {
            citations.push(citation.into_owned());
        }
    }

    fn cite_closed(&mut self, part: PartId, citation: &ReplyCitation<'_>) {
        for choice in &mut self.choices {
            if let Some((_, range)) = choice.last_text.filter(|(last, _)| *last == part) {
                choice.annotations.extend(Annotation::new(citation, range));
            }
        }
    }

    pub(super) fn opaque(&mut self, part: PartId, told: Opaque<'_>) {
        if let Some(at) = self.part(part)
            && let Kind::Thinking { opaque, .. } = &mut self.parts[at].kind
        {
            *opaque = Some(told.into_owned());
        }
    }

    pub(super) fn close(&mut self, part: PartId) {
        let Some(at) = self.part(part) else {
            return;
        };
        let open = self.parts.remove(at);
        let number = self.choices[open.choice].number;
        if !open.logprobs.is_empty() {
            let key = match open.kind {
                Kind::Refusal => "refusal",
                _ => "content",
            };
            self.chunk(
                number,
                |_| {},
                |choice| write_reply::logprobs(key, &open.logprobs, choice),
                None,
            );
        }
        let choice = &mut self.choices[open.choice];
        match open.kind {
            Kind::Text {
                start, citations, ..
            } => {
                let range = (start.unwrap_or(choice.content), choice.content);
                let found = citations.iter().filter_map(|c| Annotation::new(c, range));
                choice.annotations.extend(found);
                choice.last_text = Some((part, range));
            }
            Kind::Thinking {
                text,
                number: thought,
                opaque: Some(opaque),
            } => {
                let thought = thought.unwrap_or_else(|| {
                    choice.thoughts += 1;
                    choice.thoughts - 1
                });
                self.reasoning_detail(number, &opaque, &text, thought);
            }
            Kind::Call {
                index,
                is_freeform: false,
                has_arguments: false,
            } => self.arguments(number, index, false, "{}"),
            Kind::Call { .. } | Kind::Refusal | Kind::Thinking { .. } | Kind::Hidden => {}
        }
    }

    fn reasoning_detail(&mut self, choice: u16, opaque: &Opaque<'_>, text: &str, thought: u64) {
        let cx = self.cx.clone();
        if !cx.reasoning_details || !write_reply::is_shown(opaque) {
            return;
        }
        self.delta(choice, |delta| {
            delta.array("reasoning_details", |details| {
                write_reply::reasoning_detail(opaque, text, thought, &cx, details);
            });
        });
    }
}

const fn call_kind(is_freeform: bool) -> &'static str {
    match is_freeform {
        true => "custom",
        false => "function",
    }
}

const fn arguments(is_freeform: bool) -> &'static str {
    match is_freeform {
        true => "input",
        false => "arguments",
    }
}
