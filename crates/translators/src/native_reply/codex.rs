//! What the ChatGPT backend leaves out of its replies.
//!
//! - The last event may have no `output`: it is made of the items that were finished on the way, in the
//!   order of their `output_index`; those without one come last.
//! - An item there without an `id` gets that of the finished item in its place.
//! - A response without `model` gets the client's name for it.
//!
//! Events that nobody knows pass.

use crate::{
    Failure,
    splice::{Plan, Splices},
    tap::event,
};
use bytes::{Bytes, BytesMut};
use cliproxy_json::{Value, quoted};
use cliproxy_sse::{Frame, Framer, write_event};

/// How many bytes of items are remembered. Of a longer reply the end stays as it is.
const ROOM: usize = 32 << 20;

#[derive(Clone, Debug)]
pub(super) struct Codex {
    model: String,
    /// The finished items and their places, as they came; `None` once they were too long.
    items: Option<Vec<(Option<u64>, Bytes)>>,
    room: usize,
}

/// The events that matter here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It has the response as it is so far.
    Response,
    /// It has the finished response.
    End,
    Item,
    Other,
}

impl Kind {
    fn of(name: &[u8]) -> Self {
        match name {
            b"response.created"
            | b"response.failed"
            | b"response.in_progress"
            | b"response.queued" => Self::Response,
            b"response.completed" | b"response.incomplete" => Self::End,
            b"response.output_item.done" => Self::Item,
            _ => Self::Other,
        }
    }
}

impl Codex {
    pub(super) fn new(model: &str) -> Self {
        Self {
            model: model.to_owned(),
            items: Some(Vec::new()),
            room: ROOM,
        }
    }

    pub(super) fn frame(&mut self, frame: &Frame) -> Option<Bytes> {
        let kind = event(frame, Kind::of)?;
        if kind == Kind::Other {
            return None;
        }
        let data = frame.data()?;
        let document = Value::parse_bytes(&data).ok()?;
        if kind == Kind::Item {
            self.keep(document);
            return None;
        }
        let data = Bytes::copy_from_slice(&self.repaired(document, kind)?);
        let raw = frame.raw();
        Some(match frame.data_span() {
            Some(span) => [&raw[..span.start], &data, &raw[span.end..]]
                .concat()
                .into(),
            None => {
                let mut out = BytesMut::new();
                let name = frame.event().and_then(|name| str::from_utf8(name).ok());
                write_event(&mut out, name, &data);
                out.freeze()
            }
        })
    }

    fn keep(&mut self, document: Value<'_>) {
        let (Some(items), Some(item)) = (&mut self.items, document.get("item")) else {
            return;
        };
        let text = item.raw().as_bytes();
        match self.room.checked_sub(text.len()) {
            Some(room) => {
                self.room = room;
                let place = document.get("output_index");
                let place = place.and_then(|place| place.as_u64());
                items.push((place, Bytes::copy_from_slice(text)));
            }
            None => self.items = None,
        }
    }

    /// The data of an event with a response, if something of that is missing.
    fn repaired(&self, document: Value<'_>, kind: Kind) -> Option<Bytes> {
        let response = document.get("response")?;
        let is_given = |name| response.get(name).is_some_and(|value| !value.is_null());
        let mut splices = Splices::default();
        let mut plan = Plan::default();
        if !is_given("model") {
            plan.set("model", quoted(&self.model));
        }
        let items = self.items.as_deref().unwrap_or_default();
        if kind == Kind::End && !items.is_empty() {
            let output = response.get("output");
            let listed = || output.iter().flat_map(Value::elements);
            if listed().next().is_none() {
                plan.set("output", in_order(items));
            }
            for (place, item) in (0_u64..).zip(listed()) {
                give_id(item, place, items, &mut splices);
            }
        }
        splices.members(response, &plan);
        if splices.is_empty() {
            return None;
        }
        let source = Bytes::copy_from_slice(document.raw().as_bytes());
        Some(splices.render(&source).0.to_bytes())
    }

    pub(super) fn fold(&mut self, events: Bytes) -> Result<Bytes, Failure> {
        let mut framer = Framer::new(usize::MAX);
        framer.push(events);
        while let Some(frame) = framer.next_frame().unwrap_or_default() {
            if let Some(response) = self.end(&frame) {
                return Ok(response);
            }
        }
        // The last event may lack its blank line.
        let rest = std::iter::from_fn(|| framer.finish());
        let mut ends = rest.filter_map(|frame| self.end(&frame));
        ends.next().ok_or_else(|| Failure {
            status: 502,
            code: None,
            message: "upstream stream ended before completion".to_owned(),
            is_quoted: false,
        })
    }

    /// The finished response, if this is the event that has it.
    fn end(&mut self, frame: &Frame) -> Option<Bytes> {
        let repaired = self.frame(frame);
        if event(frame, Kind::of) != Some(Kind::End) {
            return None;
        }
        let data = match &repaired {
            None => frame.data()?.into_owned().into(),
            Some(repaired) => {
                let mut framer = Framer::new(usize::MAX);
                framer.push(repaired.clone());
                let whole = framer.next_frame().ok().flatten();
                let frame = whole.or_else(|| framer.finish())?;
                Bytes::from(frame.data()?.into_owned())
            }
        };
        let response = Value::parse_bytes(&data).ok()?.get("response")?.span();
        Some(data.slice(response))
    }
}

/// A list of all items.
fn in_order(items: &[(Option<u64>, Bytes)]) -> Vec<u8> {
    let mut items: Vec<_> = items.iter().collect();
    items.sort_by_key(|(place, _)| place.unwrap_or(u64::MAX));
    let texts: Vec<&[u8]> = items.iter().map(|(_, text)| &text[..]).collect();
    [b"[", &*texts.join(&b","[..]), b"]"].concat()
}

/// The id of the finished item in the same place, where the list of them has none.
fn give_id(listed: Value<'_>, place: u64, items: &[(Option<u64>, Bytes)], splices: &mut Splices) {
    if listed.get("id").is_some_and(|id| !id.is_null()) {
        return;
    }
    let mut found = items.iter().filter(|(at, _)| *at == Some(place));
    let id = found.find_map(|(_, text)| {
        let id = Value::parse_bytes(text).ok()?.get("id")?;
        (!id.is_null()).then(|| Bytes::copy_from_slice(id.raw().as_bytes()))
    });
    if let Some(id) = id {
        let mut plan = Plan::default();
        plan.set("id", id);
        splices.members(listed, &plan);
    }
}
