//! The output items of a response: which item an event is about.
//!
//! - An event names its item by `item_id`, and only if no item has that id by `output_index`: vendors
//!   change ids between an item's beginning and its end.
//! - An item that `output_item.done` brings for the first time begins and ends with it; its index may be
//!   wrong (some vendors count none), so only an open item of the same type is taken for it.
//! - Items in the `output` of the terminal event are known by id, or else by their place, and are told if
//!   they never were.
//! - Texts and reasoning of an item that was never begun begin it; arguments of one are ignored, since
//!   only the item says whose they are: it brings them at its end.
//!
//! | item | what is told |
//! | --- | --- |
//! | `message` | see `message` |
//! | `reasoning` | see `reasoning` |
//! | `function_call`, `custom_tool_call` | see `call` |
//! | `web_search_call` and other tools of the provider | see `server` |
//! | any other | a loss |

use super::{call::Call, message::Message, reasoning::Reasoning, server};
use crate::reply::Emitter;
use cliproxy_json::Value;
use std::borrow::Cow;

#[derive(Debug, Default)]
pub(super) struct Items {
    items: Vec<Item>,
}

/// Where in the output an event belongs.
#[derive(Default)]
pub(super) struct Address<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) index: Option<u64>,
    /// `content_index` or `summary_index`.
    pub(super) part: u64,
}

#[derive(Debug)]
struct Item {
    id: String,
    index: Option<u64>,
    is_done: bool,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Message(Message),
    Reasoning(Reasoning),
    Call(Call),
    /// With its type.
    Server(String),
}

impl Kind {
    fn of(item: Value<'_>) -> Self {
        let kind = item.get("type").and_then(|kind| kind.as_str());
        match kind.as_deref().unwrap_or_default() {
            "message" => Self::Message(Message::default()),
            "reasoning" => Self::Reasoning(Reasoning::default()),
            "function_call" => Self::Call(Call::new(false)),
            "custom_tool_call" => Self::Call(Call::new(true)),
            kind => Self::Server(kind.to_owned()),
        }
    }

    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Message(_), Self::Message(_)) | (Self::Reasoning(_), Self::Reasoning(_)) => true,
            (Self::Call(one), Self::Call(other)) => one.is_freeform() == other.is_freeform(),
            (Self::Server(one), Self::Server(other)) => one == other,
            _ => false,
        }
    }
}

impl Items {
    /// An item begins.
    pub(super) fn added(&mut self, index: Option<u64>, value: Value<'_>, out: &mut Emitter<'_>) {
        let id = id(value);
        if self.by_id(&id).is_none() {
            let at = self.push(id.into_owned(), index, Kind::of(value));
            if let Kind::Call(call) = &mut self.items[at].kind {
                call.begin(value, out);
            }
        }
    }

    /// An item has ended.
    pub(super) fn done(&mut self, index: Option<u64>, value: Value<'_>, out: &mut Emitter<'_>) {
        let kind = Kind::of(value);
        let id = id(value);
        let open = |item: &Item| !item.is_done && item.index == index && item.kind.is(&kind);
        let known = self.by_id(&id);
        let known = known.or_else(|| {
            self.items
                .iter()
                .position(|item| index.is_some() && open(item))
        });
        let at = known.unwrap_or_else(|| self.push(id.into_owned(), index, kind));
        self.end(at, value, out);
    }

    /// An item of the finished response.
    pub(super) fn listed(&mut self, index: u64, value: Value<'_>, out: &mut Emitter<'_>) {
        let kind = Kind::of(value);
        let id = id(value);
        let here = |item: &Item| item.index == Some(index) && item.kind.is(&kind);
        let known = self.by_id(&id).or_else(|| self.items.iter().position(here));
        let at = known.unwrap_or_else(|| self.push(id.into_owned(), Some(index), kind));
        self.end(at, value, out);
    }

    /// The response has ended: what is still open closes.
    pub(super) fn close(&mut self, out: &mut Emitter<'_>) {
        for item in &mut self.items {
            match &mut item.kind {
                Kind::Message(message) => message.close(out),
                Kind::Reasoning(reasoning) => reasoning.close(out),
                Kind::Call(call) => call.finish(out),
                Kind::Server(_) => {}
            }
        }
    }

    /// The message that an event is about.
    pub(super) fn message(&mut self, address: &Address<'_>) -> Option<&mut Message> {
        let new = || Kind::Message(Message::default());
        let at = self.find(address, new);
        self.message_at(at)
    }

    /// The reasoning that an event is about.
    pub(super) fn reasoning(&mut self, address: &Address<'_>) -> Option<&mut Reasoning> {
        let new = || Kind::Reasoning(Reasoning::default());
        let at = self.find(address, new);
        match &mut self.items.get_mut(at)?.kind {
            Kind::Reasoning(reasoning) => Some(reasoning),
            _ => None,
        }
    }

    /// The call that an event is about, if it has begun.
    pub(super) fn call(&mut self, address: &Address<'_>) -> Option<&mut Call> {
        let is_call = |kind: &Kind| matches!(kind, Kind::Call(_));
        let at = self.position(address, is_call)?;
        match &mut self.items.get_mut(at)?.kind {
            Kind::Call(call) => Some(call),
            _ => None,
        }
    }

    fn by_id(&self, id: &str) -> Option<usize> {
        let mut items = self.items.iter();
        items.rposition(|item| !id.is_empty() && item.id == id)
    }

    fn position(&self, address: &Address<'_>, fits: impl Fn(&Kind) -> bool) -> Option<usize> {
        let same = |item: &Item| address.index.is_some() && item.index == address.index;
        let fitting = |at: &usize| self.items.get(*at).is_some_and(|item| fits(&item.kind));
        let by_id = self.by_id(&address.id).filter(fitting);
        by_id.or_else(|| self.items.iter().rposition(same).filter(fitting))
    }

    /// The item that an event is about, begun if it is new.
    fn find(&mut self, address: &Address<'_>, new: impl Fn() -> Kind) -> usize {
        let at = self.position(address, |kind| kind.is(&new()));
        at.unwrap_or_else(|| self.push(address.id.to_string(), address.index, new()))
    }

    fn push(&mut self, id: String, index: Option<u64>, kind: Kind) -> usize {
        let at = self.items.len();
        self.items.push(Item {
            id,
            index: index.or(Some(at as u64)),
            is_done: false,
            kind,
        });
        at
    }

    fn message_at(&mut self, at: usize) -> Option<&mut Message> {
        let mut others = self
            .items
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at);
        let has_text = |kind: &Kind| matches!(kind, Kind::Message(message) if message.has_text());
        let is_further = others.any(|(_, item)| has_text(&item.kind));
        match &mut self.items.get_mut(at)?.kind {
            Kind::Message(message) => {
                message.is_further = is_further;
                Some(message)
            }
            _ => None,
        }
    }

    fn end(&mut self, at: usize, value: Value<'_>, out: &mut Emitter<'_>) {
        let is_first = self.items.get(at).is_some_and(|item| !item.is_done);
        if let Some(message) = self.message_at(at) {
            message.end(value, is_first, out);
        }
        let Some(item) = self.items.get_mut(at) else {
            return;
        };
        item.is_done = true;
        match &mut item.kind {
            Kind::Message(_) => {}
            Kind::Reasoning(reasoning) => reasoning.end(value, out),
            Kind::Call(call) => call.end(value, out),
            Kind::Server(kind) if is_first => server::tell(kind, value, out),
            Kind::Server(_) => {}
        }
    }
}

fn id(item: Value<'_>) -> Cow<'_, str> {
    item.get("id")
        .and_then(|id| id.as_str())
        .unwrap_or_default()
}
