//! Reads a reply along, before anything of it is hidden from the client.

use super::Remembered;
use crate::{
    call_id::CallIds,
    json_str::JsonStr,
    reply::{Event, Opening, PartId, Sink, client_id},
    request_ir::{Opaque, OpaqueKind, Thought},
};
use cliproxy_core::Protocol;
use std::mem;

/// More reasoning than this in one reply is not kept, in bytes.
const MOST: usize = 4 << 20;

/// What of a reply is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Remembers {
    #[default]
    Nothing,
    /// What its maker has sealed.
    Sealed,
    /// Plain reasoning as well.
    Texts,
}

/// Records one reply.
#[derive(Debug)]
pub(crate) struct Recorder {
    client: Protocol,
    texts: bool,
    open: Vec<OpenThought>,
    /// What has closed since the last call.
    thoughts: Vec<Thought<'static>>,
    /// The signature of the next call, as it was told of the reasoning before it.
    signature: Option<Opaque<'static>>,
    /// No call since the reply or the last reasoning has begun.
    begins_step: bool,
    bytes: usize,
    made: Vec<(String, Remembered)>,
    ids: CallIds<'static>,
    has_ended: bool,
}

#[derive(Debug)]
struct OpenThought {
    part: PartId,
    /// The parts of a summary; the last is being written.
    pieces: Vec<String>,
    opaque: Option<Opaque<'static>>,
}

impl Recorder {
    /// `None` if nothing is to be recorded.
    pub(crate) fn new(client: Protocol, remembers: Remembers) -> Option<Self> {
        (remembers != Remembers::Nothing).then(|| Self {
            client,
            texts: remembers == Remembers::Texts,
            open: Vec::new(),
            thoughts: Vec::new(),
            signature: None,
            begins_step: true,
            bytes: 0,
            made: Vec::new(),
            ids: CallIds::default(),
            has_ended: false,
        })
    }

    /// What was recorded, by the client's ids of calls, once the reply is whole; it is given once.
    pub(crate) fn take(&mut self) -> Vec<(String, Remembered)> {
        match self.has_ended && self.bytes <= MOST {
            true => mem::take(&mut self.made),
            false => Vec::new(),
        }
    }

    fn observe(&mut self, event: &Event<'_>) {
        match event {
            Event::Open {
                part,
                choice: 0,
                opening,
            } => self.opens(*part, opening),
            Event::Delta { part, text } => {
                if let Some(open) = find(&mut self.open, *part) {
                    self.bytes += text.as_escaped().len();
                    if self.bytes <= MOST
                        && let Some(piece) = open.pieces.last_mut()
                    {
                        piece.push_str(text.as_escaped());
                    }
                }
            }
            Event::NextSummary { part } => {
                if let Some(open) = find(&mut self.open, *part)
                    && open.pieces.last().is_some_and(|piece| !piece.is_empty())
                {
                    open.pieces.push(String::new());
                }
            }
            Event::Opaque { part, opaque } => {
                if let Some(open) = find(&mut self.open, *part) {
                    self.bytes += opaque.data.as_escaped().len();
                    let opaque = Some(opaque.clone().into_owned());
                    match opaque.as_ref().map(|opaque| opaque.kind) {
                        Some(OpaqueKind::Call) => self.signature = opaque,
                        _ => open.opaque = opaque,
                    }
                }
            }
            Event::Close { part } => {
                if let Some(at) = self.open.iter().position(|open| open.part == *part) {
                    let thought = self.open.remove(at).whole();
                    if thought.opaque.is_some() || self.texts && !thought.text.is_empty() {
                        self.thoughts.push(thought);
                    }
                }
            }
            Event::End => self.has_ended = true,
            _ => {}
        }
    }

    fn opens(&mut self, part: PartId, opening: &Opening<'_>) {
        match opening {
            Opening::Thinking { .. } | Opening::Redacted => {
                self.begins_step = true;
                self.open.push(OpenThought {
                    part,
                    pieces: vec![String::new()],
                    opaque: None,
                });
            }
            Opening::Tool { id, signature, .. } => {
                let told = self.signature.take();
                let thoughts = mem::take(&mut self.thoughts);
                // Calls that are not recorded have ids as well.
                let id = client_id(self.client, &mut self.ids, id);
                if !mem::take(&mut self.begins_step) {
                    return;
                }
                let signature = signature.clone().map(Opaque::into_owned).or(told);
                if thoughts.is_empty() && signature.is_none() {
                    return;
                }
                let remembered = Remembered {
                    thoughts,
                    signature,
                };
                self.made.push((id, remembered));
            }
            _ => {}
        }
    }
}

impl OpenThought {
    fn whole(mut self) -> Thought<'static> {
        self.pieces.retain(|piece| !piece.is_empty());
        // Escaped text, between whose parts a blank line stands.
        let text = self.pieces.join("\\n\\n");
        let mut summary = Vec::new();
        if self.pieces.len() > 1 {
            summary = self.pieces.into_iter().map(JsonStr::written).collect();
        }
        Thought {
            text: JsonStr::written(text),
            summary,
            opaque: self.opaque,
        }
    }
}

fn find(open: &mut [OpenThought], part: PartId) -> Option<&mut OpenThought> {
    open.iter_mut().rev().find(|open| open.part == part)
}

/// Events on their way to `sink`, read along.
pub(crate) struct Tapped<'a> {
    pub(crate) recorder: &'a mut Recorder,
    pub(crate) sink: &'a mut dyn Sink,
}

impl Sink for Tapped<'_> {
    fn event(&mut self, event: Event<'_>) {
        self.recorder.observe(&event);
        self.sink.event(event);
    }
}
