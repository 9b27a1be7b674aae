//! A schema as a flat list of schemas that refer to one another by number.
//!
//! A child always comes after its parent, so that a walk from the back sees children first, and
//! nothing has to recurse. What a schema holds besides other schemas stays text.

use cliproxy_json::Value;
use std::{borrow::Cow, ops::Range};

/// The number of a schema.
pub(super) type Id = usize;

#[derive(Default)]
pub(super) struct Tree<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// Whether an assertion was taken away without a hint.
    pub(super) changed: bool,
    /// Schemas that were settled and have been joined with others since.
    pub(super) unsettled: Vec<Id>,
}

impl<'a> Tree<'a> {
    pub(super) fn add(&mut self, node: Node<'a>) -> Id {
        self.nodes.push(node);
        self.nodes.len() - 1
    }
}

/// One schema. What several steps need has a field; the other keywords are `members`.
#[derive(Default)]
pub(super) struct Node<'a> {
    /// The text it was read from.
    pub(super) source: &'a str,
    /// It is written as it was read.
    pub(super) verbatim: bool,
    /// The root, or a branch that will be joined with it.
    pub(super) is_root: bool,
    pub(super) types: Vec<Cow<'a, str>>,
    /// Escaped, as it stands between quotes.
    pub(super) description: Option<Cow<'a, str>>,
    /// The JSON of each value.
    pub(super) values: Option<Vec<Cow<'a, str>>>,
    pub(super) required: Option<Vec<Cow<'a, str>>>,
    /// Properties that nothing satisfies.
    pub(super) dropped: Vec<Cow<'a, str>>,
    pub(super) members: Vec<(Cow<'a, str>, Part<'a>)>,
    pub(super) nullable: bool,
    /// Its property says `required: true` about itself.
    pub(super) is_required: bool,
    /// Where a reference led that was not followed; escaped.
    pub(super) see: Option<String>,
    /// The types of alternatives of which one was taken.
    pub(super) accepts: Vec<Cow<'a, str>>,
}

/// What stands behind a keyword.
pub(super) enum Part<'a> {
    /// JSON.
    Text(Cow<'a, str>),
    Schema(Id),
    Schemas(Vec<Id>),
    Named(Vec<(Cow<'a, str>, Id)>),
}

impl<'a> Node<'a> {
    /// What is put in the place of a schema that goes beyond a limit.
    pub(super) fn any_object() -> Self {
        Self {
            types: vec![Cow::Borrowed("object")],
            ..Self::default()
        }
    }

    pub(super) fn get(&self, keyword: &str) -> Option<&Part<'a>> {
        let mut members = self.members.iter();
        members
            .find(|(name, _)| name == keyword)
            .map(|(_, part)| part)
    }

    pub(super) fn has(&self, keyword: &str) -> bool {
        self.get(keyword).is_some()
    }

    pub(super) fn take(&mut self, keyword: &str) -> Option<Part<'a>> {
        let at = self.members.iter().position(|(name, _)| name == keyword)?;
        Some(self.members.remove(at).1)
    }

    pub(super) fn take_schemas(&mut self, keyword: &str) -> Vec<Id> {
        match self.take(keyword) {
            Some(Part::Schemas(ids)) => ids,
            _ => Vec::new(),
        }
    }

    pub(super) fn properties(&self) -> &[(Cow<'a, str>, Id)] {
        match self.get("properties") {
            Some(Part::Named(properties)) => properties,
            _ => &[],
        }
    }

    pub(super) fn push(&mut self, keyword: &'static str, part: Part<'a>) {
        self.members.push((Cow::Borrowed(keyword), part));
    }

    pub(super) fn is_type(&self, name: &str) -> bool {
        self.types.iter().any(|held| held == name)
    }

    /// Whether it is `null` and nothing else.
    pub(super) fn is_null(&self) -> bool {
        matches!(self.types.as_slice(), [only] if only == "null")
    }
}

/// The tree, and what is known of its references.
pub(super) struct Loaded<'a> {
    pub(super) tree: Tree<'a>,
    /// Where each schema stood; schemas that were made have none.
    pub(super) spans: Vec<Option<Range<usize>>>,
    /// The references that stayed: who refers, and where the target starts.
    pub(super) references: Vec<(Id, usize)>,
}

/// Whether nothing satisfies the schema: `false`, or `{"not":{}}`.
pub(super) fn is_never(value: Value<'_>) -> bool {
    if value.as_bool() == Some(false) {
        return true;
    }
    let mut members = value.members();
    let Some((key, inner)) = members.next() else {
        return false;
    };
    key == "not"
        && members.next().is_none()
        && (inner.as_bool() == Some(true)
            || inner.raw().starts_with('{') && inner.members().next().is_none())
}
