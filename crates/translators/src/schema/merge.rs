//! Joining schemas that must all hold, and schemas of which one must.

use super::{
    keyword::{Keyword, asserts},
    tree::{Id, Node, Part, Tree},
};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    mem,
};

/// What becomes of a property that two schemas describe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twice {
    /// The descriptions are joined as well.
    Join,
    /// Both stay, below `allOf`.
    Keep,
}

type Names<'a> = HashMap<Cow<'a, str>, Id>;

impl<'a> Tree<'a> {
    /// Joins `sources` with `target`, where all of them must hold.
    ///
    /// Properties and required are joined, the first description that says something counts, and
    /// of any other keyword the first one.
    pub(super) fn conjoin(&mut self, target: Id, sources: Vec<Id>, twice: Twice) {
        let mut work = vec![(target, sources)];
        while let Some((target, sources)) = work.pop() {
            let again = self.join(target, sources);
            match twice {
                Twice::Join => {
                    self.unsettled.extend(again.iter().map(|(first, _)| *first));
                    work.extend(again);
                }
                Twice::Keep => {
                    for (first, others) in again {
                        self.keep_all("allOf", first, others);
                    }
                }
            }
        }
    }

    /// Puts the schema `first` and those in `others` that are not the same below `keyword`, in the
    /// place of `first`.
    fn keep_all(&mut self, keyword: &'static str, first: Id, others: Vec<Id>) {
        let nodes = &self.nodes;
        let mut seen = HashSet::from([nodes[first].source]);
        let is_new = |id: &Id| nodes[*id].source.is_empty() || seen.insert(nodes[*id].source);
        let others: Vec<_> = others.into_iter().filter(is_new).collect();
        if others.is_empty() {
            return;
        }
        let moved = mem::take(&mut self.nodes[first]);
        self.nodes[first].is_required = moved.is_required;
        let mut ids = vec![self.add(moved)];
        ids.extend(others);
        self.nodes[first].push(keyword, Part::Schemas(ids));
    }

    /// One step; what it gives are schemas below that were described more than once.
    fn join(&mut self, target: Id, sources: Vec<Id>) -> Vec<(Id, Vec<Id>)> {
        let mut joined = mem::take(&mut self.nodes[target]);
        // What nobody knows is kept in some modes, there may be much of it, and it never meets.
        let (known, unknown) = mem::take(&mut joined.members)
            .into_iter()
            .partition(|(name, _)| Keyword::find(name).is_some());
        joined.members = known;
        let mut names: HashMap<&'static str, Names<'a>> = HashMap::new();
        let mut again = Again::default();
        let mut required = Required::of(joined.required.take());
        for source in sources {
            let mut source = mem::take(&mut self.nodes[source]);
            required.extend(source.required.take());
            self.changed |= join_fields(&mut joined, &mut source);
            for (name, part) in source.members {
                let Some((_, keyword)) = Keyword::find(&name) else {
                    continue;
                };
                let held = joined.members.iter_mut().find(|(held, _)| *held == name);
                match (held, part) {
                    (None, part) => joined.push(keyword.name, part),
                    (Some((_, Part::Named(held))), Part::Named(more)) => {
                        let names = names.entry(keyword.name).or_insert_with(|| {
                            held.iter().map(|(name, id)| (name.clone(), *id)).collect()
                        });
                        for (name, id) in more {
                            let first = *names.entry(name.clone()).or_insert_with(|| {
                                held.push((name, id));
                                id
                            });
                            if first != id && keyword.name == "properties" {
                                again.add(&self.nodes, first, id);
                            }
                        }
                    }
                    (Some((_, Part::Text(held))), Part::Text(text)) => {
                        self.changed |= *held != text && asserts(&name);
                    }
                    (Some((_, Part::Schema(held))), Part::Schema(id)) => {
                        again.add(&self.nodes, *held, id);
                    }
                    _ => self.changed |= asserts(&name),
                }
            }
        }
        joined.required = required.names;
        joined.members.extend::<Vec<_>>(unknown);
        self.nodes[target] = joined;
        again.all
    }

    /// One schema that holds wherever one of `branches` does, as far as properties go.
    pub(super) fn unite(&mut self, branches: &[Id]) -> Id {
        let mut properties: Vec<(Cow<'a, str>, Id)> = Vec::new();
        let mut others: Vec<Vec<Id>> = Vec::new();
        let mut place: HashMap<Cow<'a, str>, usize> = HashMap::new();
        let mut counts: Vec<(Cow<'a, str>, usize)> = Vec::new();
        let mut counted: HashMap<Cow<'a, str>, usize> = HashMap::new();
        for &branch in branches {
            let mut branch = mem::take(&mut self.nodes[branch]);
            if let Some(Part::Named(named)) = branch.take("properties") {
                for (name, id) in named {
                    match place.get(&name) {
                        Some(&at) => others[at].push(id),
                        None => {
                            place.insert(name.clone(), properties.len());
                            properties.push((name, id));
                            others.push(Vec::new());
                        }
                    }
                }
            }
            for name in Required::of(branch.required).names.unwrap_or_default() {
                let at = *counted.entry(name.clone()).or_insert_with(|| {
                    counts.push((name, 0));
                    counts.len() - 1
                });
                counts[at].1 += 1;
            }
        }
        for ((_, first), others) in properties.iter().zip(others) {
            self.keep_all("anyOf", *first, others);
        }
        let in_all = |(name, count)| (count == branches.len()).then_some(name);
        let required: Vec<_> = counts.into_iter().filter_map(in_all).collect();
        let mut united = Node {
            required: (!required.is_empty()).then_some(required),
            ..Node::default()
        };
        if !properties.is_empty() {
            united.push("properties", Part::Named(properties));
        }
        self.add(united)
    }
}

/// Schemas that have to be joined because of what they are parts of.
#[derive(Default)]
struct Again {
    all: Vec<(Id, Vec<Id>)>,
    /// Where the schema that comes first stands in the list.
    place: HashMap<Id, usize>,
}

impl Again {
    fn add(&mut self, nodes: &[Node<'_>], first: Id, other: Id) {
        let source = nodes[other].source;
        if source == nodes[first].source && !source.is_empty() {
            return;
        }
        let at = *self.place.entry(first).or_insert_with(|| {
            self.all.push((first, Vec::new()));
            self.all.len() - 1
        });
        self.all[at].1.push(other);
    }
}

/// Joins what has a field; whether something that must hold was lost.
fn join_fields<'a>(joined: &mut Node<'a>, source: &mut Node<'a>) -> bool {
    let mut lost = false;
    if joined.types.is_empty() {
        joined.types = mem::take(&mut source.types);
    } else {
        lost |= !source.types.is_empty() && source.types != joined.types;
    }
    match (&joined.values, source.values.take()) {
        (None, values) => joined.values = values,
        (Some(held), Some(values)) => lost |= *held != values,
        _ => {}
    }
    let says_nothing = |text: &Option<Cow<'a, str>>| text.as_ref().is_none_or(|it| it.is_empty());
    if says_nothing(&joined.description) && !says_nothing(&source.description) {
        joined.description = source.description.take();
    }
    joined.dropped.append(&mut source.dropped);
    joined.nullable |= source.nullable;
    joined.is_required |= source.is_required;
    joined.see = joined.see.take().or_else(|| source.see.take());
    if joined.accepts.is_empty() {
        joined.accepts = mem::take(&mut source.accepts);
    }
    lost
}

/// Names in order, each once.
struct Required<'a> {
    names: Option<Vec<Cow<'a, str>>>,
    seen: HashSet<Cow<'a, str>>,
}

impl<'a> Required<'a> {
    fn of(names: Option<Vec<Cow<'a, str>>>) -> Self {
        let mut required = Self {
            names: None,
            seen: HashSet::new(),
        };
        required.extend(names);
        required
    }

    fn extend(&mut self, names: Option<Vec<Cow<'a, str>>>) {
        for name in names.into_iter().flatten() {
            if self.seen.insert(name.clone()) {
                self.names.get_or_insert_default().push(name);
            }
        }
    }
}
