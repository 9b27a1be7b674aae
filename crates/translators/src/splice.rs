//! Spans of a body and what stands there instead. Nothing is copied: what comes out shares the received
//! bytes around the replaced spans, which keep their order, spelling and whitespace.
//!
//! A member or element goes together with one comma. To get that right, all that happens to the members of
//! one object, or to the elements of one array, is said at once.

use bytes::Bytes;
use cliproxy_json::{Slices, Value, quote_into};
use std::ops::Range;

#[cfg(test)]
mod tests;

/// What is to be changed in one body.
#[derive(Debug, Default)]
pub(crate) struct Splices(Vec<(Range<usize>, Bytes)>);

/// What becomes of a member or an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stays; something inside may be replaced by itself.
    Keep,
    Cut,
    /// Its value becomes this one.
    Becomes(Bytes),
    /// The member keeps its value under this name, in quotes.
    Called(Bytes),
}

/// What is to be done to the members of one object.
///
/// Of a member that occurs twice, all are meant: one is left of those that are set.
#[derive(Debug, Default)]
pub(crate) struct Plan<'n>(Vec<(&'n str, Deed)>);

/// What is to be done to one member.
#[derive(Debug)]
enum Deed {
    Cut,
    Set(Bytes),
    /// It gets this name, in quotes.
    Call(Bytes),
}

impl Splices {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn replace(&mut self, span: Range<usize>, with: Bytes) {
        self.0.push((span, with));
    }

    /// Says what becomes of each element. Tells whether any is left.
    pub(crate) fn elements(
        &mut self,
        array: Value<'_>,
        mut fate: impl FnMut(usize, Value<'_>) -> Fate,
    ) -> bool {
        let elements = array.elements().enumerate();
        let fates = elements.map(|(index, element)| (element.span(), fate(index, element)));
        self.items(array, fates).is_some()
    }

    /// Says what becomes of the members. Tells whether any is left.
    pub(crate) fn members(&mut self, object: Value<'_>, plan: &Plan<'_>) -> bool {
        let mut is_set = vec![false; plan.0.len()];
        let fates = object.members().map(|(key, value)| {
            let place = plan.0.iter().position(|(name, _)| *name == key);
            let fate = match place.map(|place| (place, &plan.0[place].1)) {
                None => Fate::Keep,
                Some((place, Deed::Set(with))) if !std::mem::replace(&mut is_set[place], true) => {
                    Fate::Becomes(with.clone())
                }
                Some((_, Deed::Call(name))) => Fate::Called(name.clone()),
                Some((_, Deed::Set(_) | Deed::Cut)) => Fate::Cut,
            };
            (value.span(), fate)
        });
        let fates: Vec<_> = fates.collect();
        let last = fates.last().map(|(span, _)| span.end);
        let mut is_left = self.items(object, fates.into_iter()).is_some();
        let mut added = Vec::new();
        for ((name, with), is_set) in plan.0.iter().zip(is_set) {
            if let (Deed::Set(with), false) = (with, is_set) {
                if std::mem::replace(&mut is_left, true) {
                    added.push(b',');
                }
                quote_into(&mut added, name);
                added.push(b':');
                added.extend_from_slice(with);
            }
        }
        if !added.is_empty() {
            let end = last.unwrap_or_else(|| object.span().start + 1);
            self.replace(end..end, added.into());
        }
        is_left
    }

    /// Cuts and replaces; the end of the last item that is left, if one is.
    fn items(
        &mut self,
        container: Value<'_>,
        items: impl Iterator<Item = (Range<usize>, Fate)>,
    ) -> Option<usize> {
        let base = container.span().start;
        let text = container.raw().as_bytes();
        let next_item = |from: usize| base + item_start(text, from - base);
        let mut kept = None;
        // Where the cut begins that takes the first items, and their comma behind them.
        let mut lead = None;
        let mut end = base + 1;
        for (span, fate) in items {
            if fate == Fate::Cut {
                match kept {
                    Some(_) => self.replace(end..span.end, Bytes::new()),
                    None if lead.is_none() => lead = Some(next_item(end)),
                    None => {}
                }
                end = span.end;
                continue;
            }
            if let Some(start) = lead.take() {
                self.replace(start..next_item(end), Bytes::new());
            }
            if let Fate::Called(name) = &fate {
                let key = next_item(end);
                let length = key_length(&text[key - base..]);
                self.replace(key..key + length, name.clone());
            }
            end = span.end;
            kept = Some(end);
            if let Fate::Becomes(with) = fate {
                self.replace(span, with);
            }
        }
        if let Some(start) = lead {
            self.replace(start..end, Bytes::new());
        }
        kept
    }

    /// The body as it is now, and where its places have gone to.
    pub(crate) fn render(mut self, source: &Bytes) -> (Slices, Moved) {
        self.0.sort_by_key(|(span, _)| span.start);
        let mut out = Slices::default();
        let mut moved = Vec::with_capacity(self.0.len());
        let (mut kept, mut length) = (0, 0);
        for (span, with) in self.0 {
            if span.start < kept && span.end <= kept {
                // Inside of what is cut.
                continue;
            }
            // Spans that cut one behind the other touch.
            let span = span.start.max(kept)..span.end.max(kept);
            length += span.start - kept + with.len();
            out.push(source.slice(kept..span.start));
            out.push(with);
            kept = span.end;
            moved.push((kept, length));
        }
        out.push(source.slice(kept..));
        (out, Moved(moved))
    }
}

impl<'n> Plan<'n> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the member away, whatever was said of it before.
    pub(crate) fn cut(&mut self, name: &'n str) {
        self.decide(name, Deed::Cut);
    }

    /// Gives the member this value, whatever was said of it before.
    pub(crate) fn set(&mut self, name: &'n str, with: impl Into<Bytes>) {
        self.decide(name, Deed::Set(with.into()));
    }

    /// Gives the member another name, and its place and value stay; one that was set gets it as well.
    pub(crate) fn call(&mut self, old: &'n str, new: &'n str) {
        let known = self.0.iter_mut().find(|(name, _)| *name == old);
        match known {
            Some((_, deed @ Deed::Set(_))) => {
                let deed = std::mem::replace(deed, Deed::Cut);
                self.decide(new, deed);
            }
            Some((_, Deed::Cut)) => {}
            Some(_) | None => self.decide(old, Deed::Call(cliproxy_json::quoted(new))),
        }
    }

    fn decide(&mut self, name: &'n str, deed: Deed) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, decided)) => *decided = deed,
            None => self.0.push((name, deed)),
        }
    }

    /// The members that are set, as an object of their own.
    pub(crate) fn as_object(&self) -> Bytes {
        let mut out = vec![b'{'];
        for (name, with) in &self.0 {
            if let Deed::Set(with) = with {
                if out.len() > 1 {
                    out.push(b',');
                }
                quote_into(&mut out, name);
                out.push(b':');
                out.extend_from_slice(with);
            }
        }
        out.push(b'}');
        out.into()
    }

    /// Whether a member gets a value.
    pub(crate) fn sets(&self) -> bool {
        let mut deeds = self.0.iter();
        deeds.any(|(_, deed)| matches!(deed, Deed::Set(_)))
    }

    /// Does `inner` to the object that is the member `name` of `parent`: the member goes with its last
    /// member, and is made where there is something to set.
    pub(crate) fn within(
        &mut self,
        name: &'n str,
        parent: Value<'_>,
        inner: &Plan<'_>,
        splices: &mut Splices,
    ) {
        if inner.is_empty() {
            return;
        }
        let held = parent.get(name);
        let object = held.filter(|held| held.kind() == cliproxy_json::Kind::Object);
        match (object, held) {
            (Some(object), _) => {
                let mut inside = Splices::default();
                match inside.members(object, inner) {
                    true => splices.0.append(&mut inside.0),
                    // An object that was empty before is left alone.
                    false if inside.is_empty() => {}
                    false => self.cut(name),
                }
            }
            (None, _) if inner.sets() => self.set(name, inner.as_object()),
            (None, Some(_)) | (None, None) => {}
        }
    }
}

/// Where the first item begins behind `at`, which is past a bracket or an item.
fn item_start(text: &[u8], at: usize) -> usize {
    let is_between = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',');
    at + text[at..]
        .iter()
        .take_while(|byte| is_between(byte))
        .count()
}

/// The length of the string that the text begins with, quotes included.
fn key_length(text: &[u8]) -> usize {
    let mut is_escaped = true;
    let inside = |byte: &&u8| {
        let ends = **byte == b'"' && !is_escaped;
        is_escaped = **byte == b'\\' && !is_escaped;
        !ends
    };
    text.iter().take_while(inside).count() + 1
}

/// Where the places of a body are after its splices.
#[derive(Debug)]
pub(crate) struct Moved(Vec<(usize, usize)>);

impl Moved {
    /// The new place of one that is in no cut. At an insertion it is the place behind it.
    pub(crate) fn place(&self, old: usize) -> usize {
        let before = self.0.partition_point(|(end, _)| *end <= old);
        match before.checked_sub(1).map(|last| self.0[last]) {
            Some((end, new)) => new + (old - end),
            None => old,
        }
    }
}
