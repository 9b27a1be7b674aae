//! The steps that change what a schema consists of, from the innermost schemas outwards.

use super::{
    Mode,
    keyword::{Fate, Keyword, asserts},
    merge::Twice,
    tree::{Id, Node, Part, Tree},
};
use std::{borrow::Cow, collections::HashSet, mem};

/// How many types the model is told of: there are seven.
const MAX_ACCEPTED: usize = 7;

pub(super) fn settle(tree: &mut Tree<'_>, mode: Mode) {
    for id in (0..tree.nodes.len()).rev() {
        tree.unsettled.push(id);
        // Joining branches joins what they have in common below, which may go on like this.
        while let Some(id) = tree.unsettled.pop() {
            settle_one(tree, id, mode);
        }
    }
}

fn settle_one(tree: &mut Tree<'_>, id: Id, mode: Mode) {
    match mode {
        Mode::GeminiJson => gemini_json(tree, id),
        Mode::GeminiOpenapi => gemini_openapi(tree, id),
        Mode::ClaudeOutput => claude_output(tree, id),
        // For schemas in the flavour of OpenAPI: the others are not nullable.
        Mode::ClaudeTool | Mode::OpenaiFunction => null_among_types(&mut tree.nodes[id]),
    }
}

fn gemini_json(tree: &mut Tree<'_>, id: Id) {
    const_to_enum(&mut tree.nodes[id]);
    all_of(tree, id);
    null_among_types(&mut tree.nodes[id]);
    let node = &mut tree.nodes[id];
    if node.has("$ref") {
        // Gemini takes nothing else there.
        let mut is_lost = !mem::take(&mut node.types).is_empty()
            || node.values.is_some()
            || node.required.is_some();
        node.values = None;
        node.required = None;
        node.members.retain(|(name, _)| {
            let fate = Keyword::find(name).map(|(_, keyword)| keyword.fate(Mode::GeminiJson));
            let stays = name.starts_with('$') || matches!(fate, Some(Fate::Hint(_)));
            is_lost |= !stays && asserts(name);
            stays
        });
        tree.changed |= is_lost;
    } else if node.see.is_some() && node.types.is_empty() {
        node.types.push(Cow::Borrowed("object"));
    }
}

fn gemini_openapi(tree: &mut Tree<'_>, id: Id) {
    const_to_enum(&mut tree.nodes[id]);
    all_of(tree, id);
    take_branch(tree, id, "anyOf");
    take_branch(tree, id, "oneOf");
    for keyword in ["then", "else"] {
        if let Some(Part::Schema(branch)) = tree.nodes[id].take(keyword) {
            tree.changed = true;
            let branch = &mut tree.nodes[branch];
            if let Some(properties) = branch.take("properties") {
                let mut only = Node::default();
                only.push("properties", properties);
                let only = tree.add(only);
                tree.conjoin(id, vec![only], Twice::Join);
            }
        }
    }
    let node = &mut tree.nodes[id];
    enum_of_strings(node);
    one_type(node);
    let implied = if node.has("properties") || node.see.is_some() {
        "object"
    } else if node.has("items") {
        "array"
    } else {
        return;
    };
    if node.types.is_empty() {
        node.types.push(Cow::Borrowed(implied));
    }
}

fn claude_output(tree: &mut Tree<'_>, id: Id) {
    all_of(tree, id);
    let node = &mut tree.nodes[id];
    if let Some(Part::Schemas(one_of)) = node.take("oneOf") {
        if node.has("anyOf") {
            tree.changed = true;
        } else {
            node.push("anyOf", Part::Schemas(one_of));
        }
    }
    // Closed objects would exclude one another's properties. A branch may bring along a choice.
    while is_object_itself(&tree.nodes[id]) && tree.nodes[id].has("anyOf") {
        let branches = tree.nodes[id].take_schemas("anyOf");
        join_branches(tree, id, branches, Twice::Join);
    }
    let node = &mut tree.nodes[id];
    // Not before: of a branch that says nothing of an object, only its own choice is left.
    if !is_object_itself(node) && node.has("anyOf") && is_just_object(node) {
        node.types.clear();
    }
    if node.types.is_empty() && node.has("properties") {
        node.types.push(Cow::Borrowed("object"));
    }
    null_among_types(node);
}

/// Whether it says more of an object than that it is one.
fn is_object_itself(node: &Node<'_>) -> bool {
    node.has("properties") || node.required.is_some()
}

fn is_just_object(node: &Node<'_>) -> bool {
    matches!(node.types.as_slice(), [only] if only == "object")
}

fn const_to_enum(node: &mut Node<'_>) {
    match node.take("const") {
        Some(Part::Text(value)) if value == "null" => {
            node.types = vec![Cow::Borrowed("null")];
            node.values = None;
        }
        Some(Part::Text(value)) => node.values = Some(vec![value]),
        _ => {}
    }
}

fn all_of(tree: &mut Tree<'_>, id: Id) {
    let all = tree.nodes[id].take_schemas("allOf");
    if !all.is_empty() {
        tree.conjoin(id, all, Twice::Join);
    }
}

/// `nullable: true` as JSON Schema says it.
fn null_among_types(node: &mut Node<'_>) {
    if !mem::take(&mut node.nullable) || node.types.is_empty() {
        return;
    }
    if !node.is_type("null") {
        node.types.push(Cow::Borrowed("null"));
    }
    if let Some(values) = node.values.as_mut()
        && !values.iter().any(|value| value == "null")
    {
        values.push(Cow::Borrowed("null"));
    }
}

/// Leaves the richest branch of a choice, and notes what else is accepted.
fn take_branch(tree: &mut Tree<'_>, id: Id, keyword: &str) {
    let branches = tree.nodes[id].take_schemas(keyword);
    if branches.is_empty() {
        return;
    }
    let count = branches.len();
    let is_some = |id: &Id| !tree.nodes[*id].is_null();
    let branches: Vec<_> = branches.into_iter().filter(is_some).collect();
    tree.nodes[id].nullable |= branches.len() < count;
    let Some(&first) = branches.first() else {
        let node = &mut tree.nodes[id];
        if node.types.is_empty() {
            node.types.push(Cow::Borrowed("null"));
            node.nullable = false;
        }
        return;
    };
    if branches.len() == 1 {
        tree.conjoin(id, vec![first], Twice::Join);
        return;
    }
    let mut best = first;
    let mut accepts: Vec<Cow<'_, str>> = Vec::new();
    let mut nullable = false;
    for &branch in &branches {
        let node = &tree.nodes[branch];
        nullable |= node.nullable;
        if richness(node) > richness(&tree.nodes[best]) {
            best = branch;
        }
        let names = match node.accepts.as_slice() {
            [] => node.types.get(..1).unwrap_or_default(),
            names => names,
        };
        for name in names {
            if !accepts.contains(name) && accepts.len() < MAX_ACCEPTED {
                accepts.push(name.clone());
            }
        }
    }
    tree.changed |= accepts.is_empty();
    let node = &mut tree.nodes[id];
    node.nullable |= nullable;
    if node.accepts.is_empty() {
        node.accepts = accepts;
    }
    // What another branch would not ask for is required only of what this one brings along.
    let branch = &mut tree.nodes[best];
    if let Some(mut required) = branch.required.take() {
        let own: HashSet<_> = branch.properties().iter().map(|(name, _)| name).collect();
        required.retain(|name| own.contains(name));
        branch.required = Some(required);
    }
    tree.conjoin(id, vec![best], Twice::Join);
}

fn richness(node: &Node<'_>) -> u8 {
    match node.types.first().map(AsRef::as_ref) {
        Some("object") => 3,
        Some("array") => 2,
        Some("null") => 0,
        _ => 1,
    }
}

/// Values as strings, which is all that Gemini takes there.
fn enum_of_strings(node: &mut Node<'_>) {
    let Some(values) = node.values.take() else {
        return;
    };
    let had_null = values.iter().any(|value| value == "null");
    let told = values.into_iter().filter_map(|value| match &*value {
        "null" | r#""""# => None,
        text if text.starts_with('"') => Some(value),
        text => {
            let quoted = cliproxy_json::quoted(text);
            Some(Cow::Owned(String::from_utf8_lossy(&quoted).into_owned()))
        }
    });
    let told: Vec<_> = told.collect();
    let may_be_null = had_null && (node.types.is_empty() || node.is_type("null"));
    if told.is_empty() {
        if may_be_null {
            node.types = vec![Cow::Borrowed("null")];
        }
        return;
    }
    node.nullable |= may_be_null;
    node.types = vec![Cow::Borrowed("string")];
    node.values = Some(told);
}

/// The first type that is not `null`.
fn one_type(node: &mut Node<'_>) {
    if node.types.len() < 2 {
        return;
    }
    node.nullable |= node.is_type("null");
    node.types.retain(|name| name != "null");
    node.types.truncate(1);
}

/// Joins the branches of a choice with the object they are a choice of.
pub(super) fn join_branches(tree: &mut Tree<'_>, id: Id, branches: Vec<Id>, twice: Twice) {
    let count = branches.len();
    let is_object = |id: &Id| {
        let node = &tree.nodes[*id];
        !node.verbatim && (node.types.is_empty() || node.is_type("object"))
    };
    let objects: Vec<_> = branches.into_iter().filter(is_object).collect();
    tree.changed |= count > 1 || objects.len() < count;
    match objects.as_slice() {
        [] => {}
        [only] => tree.conjoin(id, vec![*only], twice),
        _ => {
            let united = tree.unite(&objects);
            tree.conjoin(id, vec![united], twice);
        }
    }
}
