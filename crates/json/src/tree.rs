//! What a document looks like after some edits: a tree of the places that were touched, spans everywhere else.

use std::{borrow::Cow, ops::Range};

use bytes::Bytes;

use crate::{
    Body, Invalid, Kind, Raw, Slices, Value,
    path::{Index, Part},
    render::Writer,
    text,
    walk::Members,
};

/// How many members and elements all touched containers may have together. It bounds what one request can make us
/// allocate; the longest conversations have a few thousand messages.
const MAX_ITEMS: usize = 1 << 16;

/// How many more members and elements may be looked into.
pub(crate) struct Room(usize);

impl Room {
    pub(crate) fn new() -> Self {
        Self(MAX_ITEMS)
    }

    fn take_one(&mut self) -> Result<(), Invalid> {
        let left = self.0.checked_sub(1);
        self.0 = left.ok_or(Invalid::TooManyMembers { limit: MAX_ITEMS })?;
        Ok(())
    }
}

/// A container that an edit has gone into.
pub(crate) struct Tree<'a> {
    is_object: bool,
    /// Where it was, unless an edit made it.
    place: Option<Place<'a>>,
    items: Vec<Item<'a>>,
}

/// The frame of a container in the text it comes from.
struct Place<'a> {
    source: &'a Bytes,
    /// From the opening bracket to the first item, or past the bracket if there is none.
    lead: Range<usize>,
    /// From the end of the last item to past the closing bracket.
    tail: Range<usize>,
}

/// A member or an element.
struct Item<'a> {
    /// The decoded key; empty in an array.
    key: Cow<'a, str>,
    origin: Origin,
    node: Node<'a>,
}

enum Origin {
    /// What stands before it in the text of its container: the separator after the item that precedes it there,
    /// and its key with the colon.
    Received {
        separator: Range<usize>,
        name: Range<usize>,
    },
    Added,
}

enum Node<'a> {
    /// As it stands in its source.
    Text(&'a Bytes, Value<'a>),
    /// Put in by an edit.
    Raw(&'a Raw),
    /// Fills an array up to an index.
    Padding,
    Tree(Tree<'a>),
}

impl<'a> Tree<'a> {
    /// The outermost object of `body`.
    pub(crate) fn of(body: &'a Body, room: &mut Room) -> Result<Self, Invalid> {
        Self::open(body.raw(), body.root(), room)
    }

    /// The object or array `value`, which stands in `source`.
    fn open(source: &'a Bytes, value: Value<'a>, room: &mut Room) -> Result<Self, Invalid> {
        let span = value.span();
        let mut place = Place {
            source,
            lead: span.start..span.start + 1,
            tail: span.start + 1..span.end,
        };
        let mut items = Vec::new();
        let mut add = |key, start: usize, value: Value<'a>| {
            room.take_one()?;
            let span = value.span();
            if items.is_empty() {
                place.lead.end = start;
            }
            items.push(Item {
                key,
                origin: Origin::Received {
                    separator: place.tail.start..start,
                    name: start..span.start,
                },
                node: Node::Text(source, value),
            });
            place.tail.start = span.end;
            Ok(())
        };
        for member in Members::of(value).raw() {
            add(text::decoded(member.key), member.start, member.value)?;
        }
        for element in value.elements() {
            add(Cow::Borrowed(""), element.span().start, element)?;
        }
        Ok(Self {
            is_object: value.kind() == Kind::Object,
            place: Some(place),
            items,
        })
    }

    /// Where the items that `part` names are.
    fn matching(&self, part: &Part) -> Vec<usize> {
        let count = self.items.len();
        match part.index {
            _ if self.is_object => (0..count)
                .filter(|&item| self.items[item].key == *part.key)
                .collect(),
            Index::At(index) if index < count => vec![index],
            Index::At(_) | Index::End | Index::None => Vec::new(),
        }
    }

    /// Whether there is a value at the end of the path.
    pub(crate) fn has(&mut self, parts: &[Part], room: &mut Room) -> Result<bool, Invalid> {
        let Some((part, rest)) = parts.split_first() else {
            return Ok(true);
        };
        let Some(&first) = self.matching(part).first() else {
            return Ok(false);
        };
        if rest.is_empty() {
            return Ok(true);
        }
        match self.items[first].node.tree(room)? {
            Some(tree) => tree.has(rest, room),
            None => Ok(false),
        }
    }

    /// Takes away what the path names.
    pub(crate) fn remove(&mut self, parts: &[Part], room: &mut Room) -> Result<(), Invalid> {
        let Some((part, rest)) = parts.split_first() else {
            return Ok(());
        };
        let mut matching = self.matching(part);
        if !self.is_object && part.index == Index::End {
            matching.extend(self.items.len().checked_sub(1));
        }
        if rest.is_empty() {
            self.drop_items(&matching);
            return Ok(());
        }
        for item in matching {
            if let Some(tree) = self.items[item].node.tree(room)? {
                tree.remove(rest, room)?;
            }
        }
        Ok(())
    }

    /// Sets what the path names; says whether that was possible.
    pub(crate) fn set(
        &mut self,
        parts: &'a [Part],
        raw: &'a Raw,
        room: &mut Room,
    ) -> Result<bool, Invalid> {
        let Some((part, rest)) = parts.split_first() else {
            return Ok(false);
        };
        let matching = self.matching(part);
        if let Some((&first, duplicates)) = matching.split_first() {
            if !self.items[first].node.set(rest, raw, room)? {
                return Ok(false);
            }
            self.drop_items(duplicates);
            return Ok(true);
        }
        if !self.is_object {
            match part.index {
                Index::At(index) => {
                    while self.items.len() < index {
                        self.items.push(Item::added("", Node::Padding));
                    }
                }
                Index::End => {}
                Index::None => return Ok(false),
            }
        }
        let key = if self.is_object { &*part.key } else { "" };
        self.items
            .push(Item::added(key, Node::new(rest, raw, room)?));
        Ok(true)
    }

    /// Takes away the items at these places, given in order; one walk, however many a hostile body repeats.
    fn drop_items(&mut self, places: &[usize]) {
        let mut places = places.iter().copied().peekable();
        let mut place = 0..;
        self.items.retain(|_| match (place.next(), places.peek()) {
            (Some(here), Some(&gone)) if here == gone => {
                places.next();
                false
            }
            _ => true,
        });
    }

    /// The document as it is now.
    pub(crate) fn render(&self, body: &Body) -> Slices {
        let Some(place) = &self.place else {
            return Slices::from(body.raw().clone());
        };
        let mut out = Writer::default();
        out.shared(body.raw(), 0..place.lead.start);
        self.write(&mut out);
        out.shared(body.raw(), place.tail.end..body.raw().len());
        out.finish()
    }

    fn write(&self, out: &mut Writer<'a>) {
        match &self.place {
            Some(place) => out.shared(place.source, place.lead.clone()),
            None => out.written(if self.is_object { b"{" } else { b"[" }),
        }
        for (position, item) in self.items.iter().enumerate() {
            match (&item.origin, &self.place) {
                (Origin::Received { separator, name }, Some(place)) => {
                    if position > 0 {
                        out.shared(place.source, separator.clone());
                    }
                    out.shared(place.source, name.clone());
                }
                _ => {
                    if position > 0 {
                        out.written(b",");
                    }
                    if self.is_object {
                        out.name(&item.key);
                    }
                }
            }
            match &item.node {
                Node::Text(source, value) => out.shared(source, value.span()),
                Node::Raw(raw) => out.raw(raw),
                Node::Padding => out.written(b"null"),
                Node::Tree(tree) => tree.write(out),
            }
        }
        match &self.place {
            Some(place) => out.shared(place.source, place.tail.clone()),
            None => out.written(if self.is_object { b"}" } else { b"]" }),
        }
    }
}

impl<'a> Item<'a> {
    fn added(key: &'a str, node: Node<'a>) -> Self {
        Self {
            key: Cow::Borrowed(key),
            origin: Origin::Added,
            node,
        }
    }
}

impl<'a> Node<'a> {
    /// What has to be put where nothing is yet.
    fn new(parts: &'a [Part], raw: &'a Raw, room: &mut Room) -> Result<Self, Invalid> {
        let Some(part) = parts.first() else {
            return Ok(Self::Raw(raw));
        };
        let mut tree = Tree {
            is_object: part.index == Index::None,
            place: None,
            items: Vec::new(),
        };
        tree.set(parts, raw, room)?;
        Ok(Self::Tree(tree))
    }

    /// Sets what the path names from here on; says whether that was possible.
    fn set(&mut self, parts: &'a [Part], raw: &'a Raw, room: &mut Room) -> Result<bool, Invalid> {
        if !parts.is_empty()
            && let Some(tree) = self.tree(room)?
        {
            return tree.set(parts, raw, room);
        }
        *self = Self::new(parts, raw, room)?;
        Ok(true)
    }

    /// The container that stands here, if one does.
    fn tree(&mut self, room: &mut Room) -> Result<Option<&mut Tree<'a>>, Invalid> {
        let text = match self {
            Self::Text(source, value) => Some((*source, *value)),
            Self::Raw(raw) => Some((raw.as_bytes(), Value::parse_bytes(raw.as_bytes())?)),
            Self::Padding | Self::Tree(_) => None,
        };
        if let Some((source, value)) = text
            && matches!(value.kind(), Kind::Array | Kind::Object)
        {
            *self = Self::Tree(Tree::open(source, value, room)?);
        }
        Ok(match self {
            Self::Tree(tree) => Some(tree),
            Self::Text(..) | Self::Raw(_) | Self::Padding => None,
        })
    }
}
