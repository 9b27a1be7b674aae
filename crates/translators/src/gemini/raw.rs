//! A `generateContent` reply in the raw lane: how a stream goes, where it ends, what it cost.
//!
//! <https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse>

use crate::{
    Failure, Observed,
    gemini::usage_patch::usage_patch,
    mention,
    read_error::error_of,
    tap::{ReadAlong, data},
};
use cliproxy_core::Usage;
use cliproxy_json::{Kind, Value};
use cliproxy_sse::Frame;

#[derive(Debug, Default)]
pub(crate) struct Tap {
    usage: Usage,
    /// A finish reason, a blocked prompt, an error, or a whole body.
    finished: bool,
}

impl ReadAlong for Tap {
    fn observe(&mut self, frame: &Frame) -> Observed {
        let Some(data) = data(frame) else {
            return Observed::Comment;
        };
        let may_fail = mention::ERROR.has_value_in(&data);
        let worth_reading = [
            &mention::GEMINI_USAGE,
            &mention::GEMINI_FINISH_REASON,
            &mention::BLOCK_REASON,
        ];
        if !may_fail && !worth_reading.iter().any(|key| key.has_value_in(&data)) {
            return Observed::Progress;
        }
        let Ok(document) = Value::parse_bytes(&data) else {
            return Observed::Progress;
        };
        if may_fail && documents(document).any(|part| error_of(part).is_some()) {
            self.finished = true;
            return Observed::Failure(Failure::of_event(frame));
        }
        let ends = responses(document).filter(|part| self.read(*part)).count();
        if ends == 0 {
            return Observed::Progress;
        }
        self.finished = true;
        Observed::Terminal
    }

    fn is_handshake(&self, _frame: &Frame, _document: Value<'_>) -> bool {
        false
    }

    fn body(&mut self, document: Value<'_>) {
        for part in responses(document) {
            self.read(part);
        }
        self.finished = true;
    }

    fn usage(&self) -> Usage {
        self.usage
    }

    fn finished(&self) -> bool {
        self.finished
    }
}

impl Tap {
    /// Takes the usage of one response object; whether it says that the answer ends.
    fn read(&mut self, document: Value<'_>) -> bool {
        let says = |object: Value<'_>, key| object.get(key).is_some_and(|value| !value.is_null());
        let mut ends = false;
        // One walk: every lookup would be another.
        for (key, value) in document.members() {
            match &*key {
                "candidates" => ends |= value.elements().any(|one| says(one, "finishReason")),
                "promptFeedback" => ends |= says(value, "blockReason"),
                "usageMetadata" => {
                    let usage = usage_patch(value).total();
                    if !usage.is_empty() {
                        self.usage = usage;
                    }
                }
                _ => {}
            }
        }
        ends
    }
}

/// The response objects of a frame or body, those of Code Assist without their envelope.
fn responses(document: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    documents(document).map(|document| document.get("response").unwrap_or(document))
}

/// The objects of a frame or body: without `alt=sse` Google streams one JSON array.
pub(crate) fn documents(document: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let single = (document.kind() != Kind::Array).then_some(document);
    single.into_iter().chain(document.elements())
}
