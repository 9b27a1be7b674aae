//! The configuration as a tree that remembers where everything was written.

use crate::Place;
use std::fmt;

/// One value of the file, with its place.
///
/// Scalars keep their spelling: whether `007` is a number is for the type that reads it to decide.
/// Deliberately without `Debug`: it holds secrets.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) kind: Kind,
}

#[derive(Clone)]
pub(crate) enum Kind {
    Null,
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<Member>),
    /// A mistake that has been reported; read as if it were absent.
    Refused,
}

/// One `key: value` of a mapping.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) key: String,
    /// Where the key is; for a block mapping the value begins a line later.
    pub(crate) place: Place,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) const fn new(place: Place, kind: Kind) -> Self {
        Self { place, kind }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Member> {
        self.members().iter().find(|member| member.key == key)
    }

    /// The members of a mapping; none for anything else.
    pub(crate) fn members(&self) -> &[Member] {
        match &self.kind {
            Kind::Map(members) => members,
            Kind::Null | Kind::Scalar(_) | Kind::List(_) | Kind::Refused => &[],
        }
    }

    /// Takes a member out of a mapping.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Member> {
        let Kind::Map(members) = &mut self.kind else {
            return None;
        };
        let at = members.iter().position(|member| member.key == key)?;
        Some(members.remove(at))
    }

    /// The items of the list under `key`; none if there is no such list.
    pub(crate) fn list_mut(&mut self, key: &str) -> &mut [Self] {
        let Kind::Map(members) = &mut self.kind else {
            return &mut [];
        };
        match members.iter_mut().find(|member| member.key == key) {
            Some(Member {
                value:
                    Self {
                        kind: Kind::List(items),
                        ..
                    },
                ..
            }) => items,
            _ => &mut [],
        }
    }

    /// The value at `path`, if every step of it exists.
    pub(crate) fn at_mut(&mut self, path: &KeyPath) -> Option<&mut Self> {
        path.0
            .iter()
            .try_fold(self, |node, step| match (&mut node.kind, step) {
                (Kind::Map(members), Step::Key(key)) => members
                    .iter_mut()
                    .find(|member| member.key == *key)
                    .map(|member| &mut member.value),
                (Kind::List(items), Step::Index(index)) => items.get_mut(*index),
                _ => None,
            })
    }
}

/// The way to a value: `claude-api-key[0].models[1].name`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl KeyPath {
    pub(crate) fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    pub(crate) fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// The path without its positions: `claude-api-key[].models[].name`.
    pub(crate) fn pattern(&self) -> String {
        self.render(|_| "[]".to_owned())
    }

    /// How many steps it has.
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    fn render(&self, index: impl Fn(usize) -> String) -> String {
        let mut text = String::new();
        for step in &self.0 {
            match step {
                Step::Key(key) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(if is_shown(key) { key } else { "…" });
                }
                Step::Index(at) => text.push_str(&index(*at)),
            }
        }
        text
    }
}

/// Whether a key may be repeated in a message. Something longer than any key there is, or with
/// other characters, may be a secret that slipped to the wrong side of a colon.
fn is_shown(key: &str) -> bool {
    key.len() <= 38
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(|index| format!("[{index}]")))
    }
}

/// A path together with the best known place for it: its own, or that of what should contain it.
#[derive(Clone)]
pub(crate) struct Spot<'a> {
    pub(crate) path: KeyPath,
    pub(crate) place: &'a Place,
    node: Option<&'a Node>,
}

impl<'a> Spot<'a> {
    pub(crate) fn root(tree: &'a Node) -> Self {
        Self {
            path: KeyPath::default(),
            place: &tree.place,
            node: Some(tree),
        }
    }

    /// The spot of something that is not, or no longer, in the tree.
    pub(crate) const fn outside(place: &'a Place, path: KeyPath) -> Self {
        Self {
            path,
            place,
            node: None,
        }
    }

    pub(crate) fn key(&self, key: &str) -> Self {
        let member = self.node.and_then(|node| node.get(key));
        Self {
            path: self.path.key(key),
            place: member.map_or(self.place, |member| &member.place),
            node: member.map(|member| &member.value),
        }
    }

    pub(crate) fn index(&self, index: usize) -> Self {
        let item = match self.node.map(|node| &node.kind) {
            Some(Kind::List(items)) => items.get(index),
            _ => None,
        };
        Self {
            path: self.path.index(index),
            place: item.map_or(self.place, |item| &item.place),
            node: item,
        }
    }

    /// The spot of an arbitrary path below this one.
    pub(crate) fn descend(&self, path: &KeyPath) -> Self {
        path.0.iter().fold(self.clone(), |spot, step| match step {
            Step::Key(key) => spot.key(key),
            Step::Index(index) => spot.index(*index),
        })
    }

    /// The keys of the mapping that is here.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let members = self.node.map_or(&[][..], Node::members);
        members.iter().map(|member| &*member.key)
    }

    /// Whether the file, the environment or a flag gives a value here.
    pub(crate) fn is_given(&self) -> bool {
        self.node
            .is_some_and(|node| !matches!(node.kind, Kind::Null))
    }
}
