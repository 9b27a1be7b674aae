//! What the root of a schema must be, and what clients send instead.

use super::{
    Mode,
    keyword::Keyword,
    merge::Twice,
    settle::join_branches,
    tree::{Id, Node, Part, Tree},
};
use cliproxy_json::{Kind, Value};
use std::borrow::Cow;

/// A tool that takes nothing.
pub(crate) const EMPTY: &str = r#"{"type":"object","properties":{}}"#;

/// The same where objects have to be closed.
const EMPTY_AND_CLOSED: &str = r#"{"type":"object","properties":{},"additionalProperties":false}"#;

/// What stands for a schema that is none.
pub(super) fn empty(mode: Mode) -> &'static str {
    match mode {
        Mode::ClaudeOutput => EMPTY_AND_CLOSED,
        _ => EMPTY,
    }
}

/// The choices that a root may not have where it has to be an object.
const CHOICES: &[&str] = &["allOf", "anyOf", "oneOf"];

/// What a root is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    Schema,
    /// Its members are the properties of an object.
    Properties,
}

impl Root {
    /// None where there is no schema at all.
    pub(super) fn of(schema: Value<'_>) -> Option<Self> {
        if schema.kind() != Kind::Object {
            return None;
        }
        let is_property = |key: &str, value: Value<'_>| {
            let is_keyword = key.starts_with('$')
                || key.starts_with("x-")
                || Keyword::find(key).is_some_and(|(_, keyword)| keyword.may_hold_an_object());
            value.kind() == Kind::Object && !is_keyword
        };
        let mut members = schema.members().peekable();
        let is_empty = members.peek().is_none();
        let is_map = !is_empty && members.all(|(key, value)| is_property(&key, value));
        Some(if is_map {
            Self::Properties
        } else {
            Self::Schema
        })
    }
}

/// Whether a root needs no repair in the modes that keep everything else.
pub(super) fn is_fine(schema: Value<'_>, mode: Mode) -> bool {
    let (mut is_object, mut has_properties) = (false, false);
    for (key, value) in schema.members() {
        match &*key {
            "type" => is_object = value.escaped() == Some("object"),
            "properties" => has_properties = value.kind() == Kind::Object,
            "$ref" | "allOf" | "anyOf" | "oneOf" => return false,
            "const" | "enum" | "not" if mode == Mode::OpenaiFunction => return false,
            _ => {}
        }
    }
    is_object && has_properties
}

/// Makes the root what `mode` needs it to be.
pub(super) fn settle(tree: &mut Tree<'_>, mode: Mode) {
    if mode.keeps_inside() {
        object(tree, mode);
        return;
    }
    let node = &tree.nodes[0];
    let choices = CHOICES.iter().filter_map(|choice| match node.get(choice) {
        Some(Part::Schemas(ids)) => Some(ids),
        _ => None,
    });
    let choices: Vec<Id> = choices.flatten().copied().collect();
    let is_object = |id: &Id| tree.nodes[*id].is_type("object");
    let is_said = node.has("$ref")
        || node.has("const")
        || node.values.is_some()
        || mode == Mode::ClaudeOutput && !choices.is_empty()
        || !choices.iter().all(is_object);
    let node = &mut tree.nodes[0];
    if node.types.is_empty() && !is_said {
        node.types.push(Cow::Borrowed("object"));
    }
    if node.is_type("object") {
        node.types = vec![Cow::Borrowed("object")];
        node.nullable = false;
        if choices.is_empty() {
            with_properties(node);
        }
    }
}

/// Makes the root an object without choices; what stands below it stays.
fn object(tree: &mut Tree<'_>, mode: Mode) {
    for id in (0..tree.nodes.len()).rev() {
        if !tree.nodes[id].is_root {
            continue;
        }
        let all = tree.nodes[id].take_schemas("allOf");
        if !all.is_empty() {
            tree.conjoin(id, all, Twice::Keep);
        }
        for choice in ["anyOf", "oneOf"] {
            let branches = tree.nodes[id].take_schemas(choice);
            join_branches(tree, id, branches, Twice::Keep);
        }
    }
    let root = &mut tree.nodes[0];
    if !root.types.is_empty() && !root.is_type("object") {
        *root = Node::default();
        tree.changed = true;
    }
    root.types = vec![Cow::Borrowed("object")];
    root.nullable = false;
    if mode == Mode::OpenaiFunction {
        let count = root.members.len();
        root.members
            .retain(|(name, _)| !matches!(&**name, "const" | "enum" | "not"));
        let values = root.values.take();
        tree.changed |= root.members.len() < count || values.is_some();
    }
    with_properties(root);
}

fn with_properties(node: &mut Node<'_>) {
    if !node.has("properties") {
        node.push("properties", Part::Named(Vec::new()));
    }
}
