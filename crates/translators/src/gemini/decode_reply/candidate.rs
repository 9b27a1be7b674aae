//! What one candidate of a Gemini reply says: its parts, in order, as many as a frame has.
//!
//! | part | what is told |
//! | --- | --- |
//! | `text` | text; a paragraph of its own if another kind of part lies between it and the text before |
//! | `text` with `thought` | reasoning |
//! | `functionCall` | a whole call, its `args` without whitespace, `{}` if there are none; its id, or one made of the reply's id, its place, its name and its arguments |
//! | `functionCall` with `partialArgs` or `willContinue` | the same once it is complete, see `partial_args`; with arguments that nothing closes if the reply was cut off before |
//! | `thoughtSignature` of a call | the signature of the call |
//! | `thoughtSignature` of a thought | opaque reasoning of that thought, which ends with it; a thought without text is one if it is signed |
//! | `thoughtSignature` of a text, or of an empty one behind it | opaque reasoning of the text, which goes on; a second one is a loss, and so is that of any other part |
//! | `inlineData` | an image or a recording, whole |
//! | `executableCode` | a run of code |
//! | `codeExecutionResult` | nothing: it belongs to the run |
//! | `fileData`, `toolCall`, `toolResponse`, and what nobody knows; a call without a name | a loss |
//!
//! So are the pages of `urlContextMetadata`, which are one run.
//!
//! `logprobsResult` belongs to the first visible text of its frame, or else to the text that is open.
//!
//! Another kind of part closes the open text. Empty texts open nothing, and a signature does not make
//! reasoning of visible text.

use super::{
    grounding::Grounding,
    partial_args::{self, PartialCall},
};
use crate::{
    gemini::{finish, logprobs},
    json_str::JsonStr,
    reply::{
        Emitter, Event, Finish, Kind, Logprobs, Opening, PartId, ReplyLoss, Running, ServerRun,
        TextIndex, argument_text,
    },
    request_ir::{Family, Opaque, OpaqueKind, ServerKind},
    tap::tokens,
};
use cliproxy_json::Value;
use std::borrow::Cow;

/// Any text, to ask whether one is open.
const TEXT: Kind = Kind::Text {
    begins_paragraph: false,
};

#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) index: u16,
    /// As the last frame said it.
    pub(super) finish: Option<Finish<'static>>,
    running: Running,
    has_text: bool,
    /// The text that is signed.
    signed: Option<PartId>,
    /// The text that is open or was last, and its offsets.
    last_text: Option<PartId>,
    text: TextIndex,
    grounding: Grounding,
    /// It has read pages, which is told once.
    has_fetched: bool,
    partial: Option<PartialCall>,
}

/// The members of a part.
#[derive(Default)]
struct Part<'a> {
    text: Option<JsonStr<'a>>,
    is_thought: bool,
    signature: Option<JsonStr<'a>>,
    call: Option<Value<'a>>,
    data: Option<Value<'a>>,
    runs_code: bool,
    /// It has a member that is not translated.
    is_foreign: bool,
}

impl<'a> Part<'a> {
    fn of(value: Value<'a>) -> Self {
        let mut part = Self::default();
        for (key, value) in value.members() {
            match &*key {
                "text" => part.text = JsonStr::of(value),
                "thought" => part.is_thought = value.as_bool() == Some(true),
                "thoughtSignature" => part.signature = JsonStr::of(value),
                "functionCall" => part.call = Some(value),
                "inlineData" => part.data = Some(value),
                "executableCode" => part.runs_code = true,
                "codeExecutionResult" | "videoMetadata" | "partMetadata" => {}
                _ => part.is_foreign = true,
            }
        }
        part
    }

    fn ends_text(&self) -> bool {
        self.call.is_some() || self.data.is_some() || self.runs_code || self.is_thought
    }

    fn is_text(&self) -> bool {
        !self.ends_text() && self.text.as_ref().is_some_and(|text| !text.is_empty())
    }
}

/// What a frame says of a candidate.
pub(super) struct Said<'a> {
    pub(super) index: u64,
    parts: Option<Value<'a>>,
    reason: Option<Cow<'a, str>>,
    sources: [Option<Value<'a>>; 2],
    logprobs: Option<Logprobs<'static>>,
    has_fetched: bool,
}

impl<'a> Said<'a> {
    pub(super) fn of(candidate: Value<'a>) -> Self {
        let (mut index, mut parts, mut reason, mut sources) = (0, None, None, [None; 2]);
        let (mut logprobs, mut has_fetched) = (None, false);
        // One walk: every lookup would be another.
        for (key, value) in candidate.members() {
            match &*key {
                "index" => index = tokens(Some(value)).unwrap_or(0),
                "content" => parts = value.get("parts"),
                "finishReason" => reason = value.as_str().filter(|reason| !reason.is_empty()),
                "groundingMetadata" => sources[0] = Some(value),
                "citationMetadata" => sources[1] = Some(value),
                "logprobsResult" => logprobs = logprobs::decode(value),
                "urlContextMetadata" => has_fetched = value.members().next().is_some(),
                _ => {}
            }
        }
        Self {
            index,
            parts,
            reason,
            sources,
            logprobs,
            has_fetched,
        }
    }

    /// How many parts there are up to the last visible text.
    fn texts_end(&self) -> usize {
        let parts = self.parts.iter().flat_map(Value::elements);
        let texts = parts
            .enumerate()
            .filter(|(_, part)| Part::of(*part).is_text());
        texts.last().map_or(0, |(at, _)| at + 1)
    }
}

impl Candidate {
    pub(super) fn new(index: u16) -> Self {
        Self {
            index,
            finish: None,
            running: Running::default(),
            has_text: false,
            signed: None,
            last_text: None,
            text: TextIndex::default(),
            grounding: Grounding::default(),
            has_fetched: false,
            partial: None,
        }
    }

    /// Takes what a frame says of the candidate.
    pub(super) fn read(&mut self, mut said: Said<'_>, out: &mut Emitter<'_>) {
        self.grounding.keep(said.sources);
        if said.has_fetched && !std::mem::replace(&mut self.has_fetched, true) {
            out.lost(ReplyLoss::Run);
        }
        let texts_end = match self.grounding.is_news() {
            true => said.texts_end(),
            false => 0,
        };
        let parts = said.parts.iter().flat_map(Value::elements);
        for (at, part) in parts.map(Part::of).enumerate() {
            // What came with or before a text's end is about that text, unless more text came with it.
            if at >= texts_end && part.ends_text() {
                self.cite_open(out);
            }
            self.part(part, &mut said.logprobs, out);
        }
        if let Some(logprobs) = said.logprobs {
            match self.running.part(TEXT) {
                Some(part) => out.event(Event::Logprobs { part, logprobs }),
                None => out.lost(ReplyLoss::Logprobs),
            }
        }
        if let Some(reason) = said.reason {
            self.finish = Some(finish::decode(&reason));
        }
    }

    /// The reply has ended.
    pub(super) fn end(&mut self, out: &mut Emitter<'_>) {
        let cited = self.last_text.map(|part| (part, &self.text));
        self.grounding.cite_last(cited, out);
        if let Some(call) = self.partial.take() {
            let is_whole = matches!(self.finish, None | Some(Finish::Stop));
            let args = if is_whole {
                call.args()
            } else {
                call.cut_args()
            };
            self.call_in_pieces(call, &args, out);
        }
        self.running.close(out);
        if let Some(run) = self.grounding.search() {
            out.whole(self.index, Opening::Server(run));
        }
        out.finish(self.index, self.finish.take().unwrap_or(Finish::Stop));
    }

    /// Tells the sources that are known of the text that is about to close.
    fn cite_open(&mut self, out: &mut Emitter<'_>) {
        if let Some(part) = self.running.part(TEXT) {
            self.grounding.cite_open((part, &self.text), out);
        }
    }

    fn part(
        &mut self,
        part: Part<'_>,
        logprobs: &mut Option<Logprobs<'static>>,
        out: &mut Emitter<'_>,
    ) {
        let signature = part.signature.filter(|data| !data.is_empty());
        let text = part.text.unwrap_or_default();
        if let Some(call) = part.call {
            return self.call(call, signature, out);
        }
        if (part.data.is_some() || part.runs_code) && signature.is_some() {
            out.lost(ReplyLoss::Signature);
        }
        if let Some(data) = part.data {
            self.media(data, out);
        } else if part.runs_code {
            self.running.close(out);
            let run = ServerRun {
                kind: ServerKind::CodeExecution,
                id: None,
                queries: Vec::new(),
                sources: Vec::new(),
            };
            out.whole(self.index, Opening::Server(run));
        } else if part.is_thought {
            self.thought(text, signature, out);
        } else if !text.is_empty() {
            let kind = Kind::Text {
                begins_paragraph: self.has_text,
            };
            if self.running.part(kind).is_none() {
                self.text = TextIndex::default();
            }
            self.text.push(text.as_escaped());
            self.has_text = true;
            let part = self.running.begin(kind, self.index, out);
            self.last_text = Some(part);
            if let Some(logprobs) = logprobs.take() {
                out.event(Event::Logprobs { part, logprobs });
            }
            out.delta(part, text);
            self.sign_text(signature, out);
        } else if part.is_foreign {
            out.lost(ReplyLoss::Content);
        } else {
            self.sign_text(signature, out);
        }
    }

    fn thought(
        &mut self,
        text: JsonStr<'_>,
        signature: Option<JsonStr<'_>>,
        out: &mut Emitter<'_>,
    ) {
        if text.is_empty() && signature.is_none() {
            return;
        }
        let part = self.running.begin(Kind::Thinking, self.index, out);
        out.delta(part, text);
        if let Some(data) = signature {
            let opaque = opaque(OpaqueKind::Thought, data);
            out.event(Event::Opaque { part, opaque });
            self.running.close(out);
        }
    }

    /// Signs the text that is open.
    fn sign_text(&mut self, signature: Option<JsonStr<'_>>, out: &mut Emitter<'_>) {
        let Some(data) = signature else {
            return;
        };
        match self
            .running
            .part(TEXT)
            .filter(|part| self.signed != Some(*part))
        {
            Some(part) => {
                self.signed = Some(part);
                let opaque = opaque(OpaqueKind::Text, data);
                out.event(Event::Opaque { part, opaque });
            }
            None => out.lost(ReplyLoss::Signature),
        }
    }

    fn call(&mut self, call: Value<'_>, signature: Option<JsonStr<'_>>, out: &mut Emitter<'_>) {
        if partial_args::is_partial(call) || self.partial.is_some() {
            let partial = self.partial.get_or_insert_default();
            let is_complete = partial.add(call, signature);
            if is_complete && let Some(call) = self.partial.take() {
                let args = call.args();
                self.call_in_pieces(call, &args, out);
            }
            return;
        }
        let text = |key: &str| call.get(key).and_then(JsonStr::of).unwrap_or_default();
        let args = call.get("args").filter(|args| !args.is_null());
        let args = args.map_or(JsonStr::escaped("{}"), argument_text);
        self.whole_call(&text("id"), &text("name"), args, signature, out);
    }

    fn call_in_pieces(&mut self, call: PartialCall, args: &str, out: &mut Emitter<'_>) {
        let args = JsonStr::plain(args);
        let (id, name) = (call.id, call.name);
        self.whole_call(&id, &name, args, call.signature, out);
    }

    fn whole_call(
        &mut self,
        id: &JsonStr<'_>,
        name: &JsonStr<'_>,
        args: JsonStr<'_>,
        signature: Option<JsonStr<'_>>,
        out: &mut Emitter<'_>,
    ) {
        // A call of nothing cannot be shown.
        if name.is_empty() {
            return out.lost(ReplyLoss::Call);
        }
        let signature = signature.map(|data| opaque(OpaqueKind::Call, data));
        self.running.close(out);
        let name = name.decoded();
        let id = match id.is_empty() {
            true => out.mint(&name, &args.decoded()).into(),
            false => id.decoded(),
        };
        let opening = Opening::Tool {
            id,
            name,
            namespace: None,
            is_freeform: false,
            signature,
        };
        let part = out.open(self.index, opening);
        out.delta(part, args);
        out.close(part);
    }

    fn media(&mut self, data: Value<'_>, out: &mut Emitter<'_>) {
        let text = |key: &str| data.get(key).and_then(|value| value.as_str());
        let Some(base64) = text("data").filter(|data| !data.is_empty()) else {
            return;
        };
        self.running.close(out);
        let mime = text("mimeType").unwrap_or(Cow::Borrowed("application/octet-stream"));
        out.whole(self.index, Opening::Media { mime, base64 });
    }
}

const fn opaque(kind: OpaqueKind, data: JsonStr<'_>) -> Opaque<'_> {
    Opaque {
        family: Family::Gemini,
        kind,
        item: None,
        data,
        realm: None,
    }
}
