//! What one choice of a chat reply says.
//!
//! The members of a delta are taken in this order, whatever theirs is:
//!
//! 1. reasoning: the first that says something of `reasoning_content`, `reasoning` and the texts of
//!    `reasoning_details`; vendors send the same text in several of them;
//! 2. `content`: a text, or an array of texts, refusals and (Mistral) thinking;
//! 3. `refusal`, and the transcript of `audio`; sound without a format cannot be passed on;
//! 4. `annotations` of the text that is open or was last: their offsets count from the beginning of the message;
//! 5. `images` as data URLs;
//! 6. `tool_calls`, and `function_call` of old.
//!
//! `logprobs` belong to the text or refusal beside them, or else to the one that is open.
//!
//! Text of another kind closes the open text. Empty texts open nothing.
//!
//! A loss is what has no event: parts of `content` without text, sound, reasoning that is sealed,
//! annotations without a page or without a text, images by address, and `logprobs` without a text.

use super::{Form, calls::Calls};
use crate::{
    data_url::DataUrl,
    json_str::JsonStr,
    reply::{
        Emitter, Event, Finish, Kind, Logprobs, Opening, PartId, ReplyCitation, ReplyLoss, Running,
        TextIndex,
    },
    tap::tokens,
};
use cliproxy_json::Value;

const TEXT: Kind = Kind::Text {
    begins_paragraph: false,
};

#[derive(Debug)]
pub(super) struct Choice {
    pub(super) index: u16,
    pub(super) has_finished: bool,
    running: Running,
    calls: Calls,
    has_sound: bool,
    /// All visible text, its part that is open or was last, and where in it that begins.
    text: TextIndex,
    part: Option<PartId>,
    part_begins: u64,
}

/// The members of a delta or message that say something.
#[derive(Default)]
struct Said<'a> {
    /// In the order in which they are looked at.
    reasoning: [Option<Value<'a>>; 3],
    content: Option<Value<'a>>,
    refusal: Option<Value<'a>>,
    audio: Option<Value<'a>>,
    annotations: Option<Value<'a>>,
    images: Option<Value<'a>>,
    tool_calls: Option<Value<'a>>,
    function_call: Option<Value<'a>>,
    text_logprobs: Option<Logprobs<'a>>,
    refusal_logprobs: Option<Logprobs<'a>>,
}

impl<'a> Said<'a> {
    fn of(value: Option<Value<'a>>) -> Self {
        let mut said = Self::default();
        for (key, value) in value.iter().flat_map(Value::members) {
            let member = match &*key {
                "reasoning_content" => &mut said.reasoning[0],
                "reasoning" => &mut said.reasoning[1],
                "reasoning_details" => &mut said.reasoning[2],
                "content" => &mut said.content,
                "refusal" => &mut said.refusal,
                "audio" => &mut said.audio,
                "annotations" => &mut said.annotations,
                "images" => &mut said.images,
                "tool_calls" => &mut said.tool_calls,
                "function_call" => &mut said.function_call,
                _ => continue,
            };
            *member = Some(value);
        }
        said
    }
}

impl Choice {
    pub(super) fn new(index: u16) -> Self {
        Self {
            index,
            has_finished: false,
            running: Running::default(),
            calls: Calls::default(),
            has_sound: false,
            text: TextIndex::default(),
            part: None,
            part_begins: 0,
        }
    }

    /// Takes a delta, or the message of a body.
    pub(super) fn say(
        &mut self,
        value: Option<Value<'_>>,
        logprobs: Option<Value<'_>>,
        form: Form,
        out: &mut Emitter<'_>,
    ) {
        if self.has_finished {
            return;
        }
        let mut said = Said::of(value);
        if let Some(logprobs) = logprobs {
            let [text, refusal] = logprobs.pick(["content", "refusal"]);
            said.text_logprobs = text.and_then(Logprobs::of);
            said.refusal_logprobs = refusal.and_then(Logprobs::of);
            // Another form of them, from a vendor.
            if text.is_none() && refusal.is_none() && logprobs.members().next().is_some() {
                out.lost(ReplyLoss::Logprobs);
            }
        }
        let mut reasoning = said.reasoning.into_iter().flatten();
        reasoning.find(|value| self.reason(*value, out));
        for detail in said.reasoning[2].iter().flat_map(Value::elements) {
            let seals = ["data", "signature"].map(|key| detail.get(key).and_then(JsonStr::of));
            if seals.into_iter().flatten().any(|seal| !seal.is_empty()) {
                out.lost(ReplyLoss::Signature);
            }
        }
        if let Some(content) = said.content {
            self.content(content, &mut said, out);
        }
        if let Some(refusal) = said.refusal.and_then(JsonStr::of) {
            self.push(Kind::Refusal, refusal, &mut said.refusal_logprobs, out);
        }
        let transcript = said.audio.and_then(|audio| audio.get("transcript"));
        if let Some(transcript) = transcript.and_then(JsonStr::of) {
            self.push(TEXT, transcript, &mut said.text_logprobs, out);
        }
        self.without_delta(TEXT, said.text_logprobs.take(), out);
        self.without_delta(Kind::Refusal, said.refusal_logprobs.take(), out);
        let sound = said.audio.and_then(|audio| audio.get("data"));
        let has_sound = sound
            .and_then(JsonStr::of)
            .is_some_and(|data| !data.is_empty());
        if has_sound && !std::mem::replace(&mut self.has_sound, true) {
            out.lost(ReplyLoss::Media);
        }
        for annotation in said.annotations.iter().flat_map(Value::elements) {
            self.annotate(annotation, out);
        }
        for image in said.images.iter().flat_map(Value::elements) {
            self.image(image, out);
        }
        for call in said.tool_calls.iter().flat_map(Value::elements) {
            self.calls
                .take(call, form, (self.index, &mut self.running), out);
        }
        if let Some(call) = said.function_call {
            self.calls
                .take_function(call, (self.index, &mut self.running), out);
        }
    }

    /// The choice has ended; only the first time counts.
    pub(super) fn finish(&mut self, reason: Finish<'_>, out: &mut Emitter<'_>) {
        if self.has_finished {
            return;
        }
        self.has_finished = true;
        self.running.close(out);
        self.calls.close(out);
        out.finish(self.index, reason);
    }

    /// Takes reasoning in one of its forms; whether there is any.
    fn reason(&mut self, value: Value<'_>, out: &mut Emitter<'_>) -> bool {
        if let Some(text) = JsonStr::of(value) {
            let says = !text.is_empty();
            self.push(Kind::Thinking, text, &mut None, out);
            return says;
        }
        let mut says = false;
        for detail in value.elements() {
            let text = detail.get("text").or_else(|| detail.get("summary"));
            let text = text.and_then(JsonStr::of).unwrap_or_default();
            says |= !text.is_empty();
            self.push(Kind::Thinking, text, &mut None, out);
        }
        says
    }

    fn content(&mut self, content: Value<'_>, said: &mut Said<'_>, out: &mut Emitter<'_>) {
        let logprobs = &mut said.text_logprobs;
        if let Some(text) = JsonStr::of(content) {
            return self.push(TEXT, text, logprobs, out);
        }
        for part in content.elements() {
            let kind = part.get("type").and_then(|kind| kind.escaped());
            match kind {
                Some("thinking") => {
                    if let Some(value) = part.get("thinking") {
                        self.reason(value, out);
                    }
                }
                Some("refusal") => {
                    let text = part.get("refusal").and_then(JsonStr::of);
                    let logprobs = &mut said.refusal_logprobs;
                    self.push(Kind::Refusal, text.unwrap_or_default(), logprobs, out);
                }
                _ => match part.get("text").and_then(JsonStr::of) {
                    Some(text) => self.push(TEXT, text, logprobs, out),
                    None => out.lost(ReplyLoss::Content),
                },
            }
        }
    }

    /// More of a text, and how probable it is if that is known of this kind.
    fn push(
        &mut self,
        kind: Kind,
        text: JsonStr<'_>,
        logprobs: &mut Option<Logprobs<'_>>,
        out: &mut Emitter<'_>,
    ) {
        if text.is_empty() {
            return;
        }
        if self.running.part(kind).is_none() {
            self.calls.another_begins(out);
            if kind == TEXT {
                self.part_begins = self.text.code_points();
            }
        }
        let part = self.running.begin(kind, self.index, out);
        if kind == TEXT {
            self.text.push(text.as_escaped());
            self.part = Some(part);
        }
        if let Some(logprobs) = logprobs.take() {
            out.event(Event::Logprobs { part, logprobs });
        }
        out.delta(part, text);
    }

    /// Tokens that made no text of their own, as half a character does.
    fn without_delta(&self, kind: Kind, logprobs: Option<Logprobs<'_>>, out: &mut Emitter<'_>) {
        match (logprobs, self.running.part(kind)) {
            (Some(logprobs), Some(part)) => out.event(Event::Logprobs { part, logprobs }),
            (Some(_), None) => out.lost(ReplyLoss::Logprobs),
            (None, _) => {}
        }
    }

    fn annotate(&self, annotation: Value<'_>, out: &mut Emitter<'_>) {
        let page = annotation.get("url_citation");
        let (Some(part), Some(page)) = (self.part, page) else {
            return out.lost(ReplyLoss::Citation);
        };
        let offset = |key| Some(tokens(page.get(key))?.saturating_sub(self.part_begins));
        let text = |key| page.get(key).and_then(JsonStr::of);
        let citation = ReplyCitation {
            range: offset("start_index").zip(offset("end_index")),
            url: text("url"),
            title: text("title"),
            cited: text("content"),
        };
        out.event(Event::Citation { part, citation });
    }

    fn image(&mut self, image: Value<'_>, out: &mut Emitter<'_>) {
        let url = image.at(&["image_url", "url"]).and_then(|url| url.as_str());
        let Some(DataUrl { mime, base64 }) = url.as_deref().and_then(DataUrl::parse) else {
            return out.lost(ReplyLoss::Media);
        };
        self.running.close(out);
        self.calls.another_begins(out);
        out.whole(self.index, Opening::Media { mime, base64 });
    }
}
