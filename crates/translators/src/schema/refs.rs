//! Where the references of a schema lead.
//!
//! Each object and each list on the way is indexed once, so that many references into one long
//! `$defs` do not walk it again and again.

use cliproxy_json::{Kind, Value};
use percent_encoding::percent_decode_str;
use std::{borrow::Cow, collections::HashMap, ops::Range};

pub(super) struct Refs<'a> {
    root: Value<'a>,
    /// By where the container starts.
    objects: HashMap<usize, HashMap<Cow<'a, str>, Value<'a>>>,
    lists: HashMap<usize, Vec<Value<'a>>>,
    /// The references that were followed, each with the one it was found in.
    followed: Vec<Followed>,
}

struct Followed {
    target: Range<usize>,
    /// One more than its place in the list, so that 0 is none.
    before: usize,
    length: usize,
}

/// How many references may lie in one another.
const MAX_FOLLOWED: usize = 16;

impl<'a> Refs<'a> {
    pub(super) fn new(root: Value<'a>) -> Self {
        Self {
            root,
            objects: HashMap::new(),
            lists: HashMap::new(),
            followed: Vec::new(),
        }
    }

    /// What a reference within this document points at.
    pub(super) fn resolve(&mut self, reference: &str) -> Option<Value<'a>> {
        let pointer = reference.strip_prefix('#')?;
        let mut at = self.root;
        if pointer.is_empty() {
            return Some(at);
        }
        for segment in pointer.strip_prefix('/')?.split('/') {
            at = self.step(at, &name(segment))?;
        }
        Some(at)
    }

    fn step(&mut self, at: Value<'a>, name: &str) -> Option<Value<'a>> {
        let start = at.span().start;
        match at.kind() {
            Kind::Object => {
                let members = self.objects.entry(start).or_insert_with(|| {
                    let mut members = HashMap::new();
                    for (key, value) in at.members() {
                        members.entry(key).or_insert(value);
                    }
                    members
                });
                members.get(name).copied()
            }
            Kind::Array => {
                let list = self.lists.entry(start);
                let list = list.or_insert_with(|| at.elements().collect());
                list.get(name.parse::<usize>().ok()?).copied()
            }
            _ => None,
        }
    }

    /// Whether a name of the `$defs` of the root means one schema. `definitions` are written there as
    /// well, and may have another one of this name.
    pub(super) fn is_unique(&mut self, spelled: &str) -> bool {
        let Some(name) = spelled.strip_prefix("#/$defs/") else {
            return true;
        };
        let other = format!("#/definitions/{name}");
        self.resolve(spelled).is_none() || self.resolve(&other).is_none()
    }

    /// Goes from a schema at `site`, which was reached by the reference `before`, to `target`.
    ///
    /// None where that would close a cycle, or be one reference too many.
    pub(super) fn follow(
        &mut self,
        site: &Range<usize>,
        target: &Range<usize>,
        before: usize,
    ) -> Option<usize> {
        let mut length = 1;
        let mut at = before;
        while let Some(step) = at.checked_sub(1).and_then(|at| self.followed.get(at)) {
            length = length.max(step.length + 1);
            if step.target == *target {
                return None;
            }
            at = step.before;
        }
        let inside = target.start <= site.start && site.end <= target.end;
        if inside || length > MAX_FOLLOWED {
            return None;
        }
        self.followed.push(Followed {
            target: target.clone(),
            before,
            length,
        });
        Some(self.followed.len())
    }
}

/// One segment of a pointer, decoded.
fn name(segment: &str) -> Cow<'_, str> {
    let plain = percent_decode_str(segment).decode_utf8_lossy();
    if plain.contains('~') {
        return Cow::Owned(plain.replace("~1", "/").replace("~0", "~"));
    }
    plain
}

/// The last segment of a reference, as the model is told it.
pub(super) fn last_segment(reference: &str) -> Cow<'_, str> {
    match reference.rsplit('/').find(|segment| !segment.is_empty()) {
        Some(segment) => name(segment),
        None => Cow::Borrowed(reference),
    }
}

/// Whether a reference points at a name in the `$defs` of the root, and how it is spelled there.
pub(super) fn in_defs(reference: &str) -> Option<Cow<'_, str>> {
    let one_name = |name: &str| !name.is_empty() && !name.contains('/');
    if let Some(name) = reference.strip_prefix("#/definitions/") {
        return one_name(name).then(|| Cow::Owned(format!("#/$defs/{name}")));
    }
    let name = reference.strip_prefix("#/$defs/")?;
    one_name(name).then_some(Cow::Borrowed(reference))
}
