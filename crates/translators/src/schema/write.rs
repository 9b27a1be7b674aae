//! From the tree to text.

use super::{
    Cleaned, Mode,
    describe::describe,
    tree::{Id, Node, Part, Tree},
};
use cliproxy_json::quote_into;
use std::{borrow::Cow, collections::HashSet, mem};

/// Writes the schema from its root.
pub(super) fn write(mut tree: Tree<'_>, mode: Mode) -> Cleaned<'static> {
    let mut out = Vec::new();
    // What is still to be written, the next on top.
    let mut steps = vec![Step::Schema(0)];
    while let Some(step) = steps.pop() {
        match step {
            Step::Text(text) => out.extend_from_slice(text.as_bytes()),
            Step::Name(name) => {
                quote_into(&mut out, &name);
                out.push(b':');
            }
            Step::Schema(id) => {
                let node = &tree.nodes[id];
                if node.verbatim {
                    out.extend_from_slice(node.source.as_bytes());
                } else {
                    let from = steps.len();
                    Writer { steps: &mut steps }.schema(&mut tree, id, mode);
                    steps[from..].reverse();
                }
            }
        }
    }
    Cleaned {
        json: Cow::Owned(text(out)),
        changed: tree.changed,
    }
}

enum Step<'a> {
    Text(Cow<'a, str>),
    /// A key and its colon.
    Name(Cow<'a, str>),
    Schema(Id),
}

struct Writer<'a, 's> {
    steps: &'s mut Vec<Step<'a>>,
}

impl<'a> Writer<'a, '_> {
    fn schema(&mut self, tree: &mut Tree<'a>, id: Id, mode: Mode) {
        let required = required(tree, id, mode);
        let mut node = mem::take(&mut tree.nodes[id]);
        let description = describe(&mut node, mode);
        match mode {
            Mode::GeminiOpenapi => only_what_fits(&mut node),
            Mode::ClaudeOutput => closed(&mut node),
            Mode::GeminiJson | Mode::ClaudeTool | Mode::OpenaiFunction => {}
        }
        let mut open = "{";
        let mut key = |this: &mut Self, name: Cow<'a, str>| {
            this.text(mem::replace(&mut open, ","));
            this.steps.push(Step::Name(name));
        };
        if !node.types.is_empty() {
            key(self, "type".into());
            let is_one = node.types.len() == 1;
            self.list(node.types.iter().map(|name| quoted(name)), is_one);
        }
        if let Some(description) = description {
            key(self, "description".into());
            self.steps
                .push(Step::Text(format!("\"{description}\"").into()));
        }
        if let Some(values) = node.values {
            key(self, "enum".into());
            self.list(values.into_iter(), false);
        }
        for (name, part) in node.members {
            key(self, name);
            self.part(part);
        }
        if let Some(required) = required.filter(|names| !names.is_empty()) {
            key(self, "required".into());
            self.list(required.iter().map(|name| quoted(name)), false);
        }
        self.text(if open == "{" { "{}" } else { "}" });
    }

    fn part(&mut self, part: Part<'a>) {
        match part {
            Part::Text(text) => self.steps.push(Step::Text(text)),
            Part::Schema(id) => self.steps.push(Step::Schema(id)),
            Part::Schemas(ids) => {
                self.text("[");
                for (at, id) in ids.into_iter().enumerate() {
                    self.text(if at == 0 { "" } else { "," });
                    self.steps.push(Step::Schema(id));
                }
                self.text("]");
            }
            Part::Named(named) => {
                self.text("{");
                for (at, (name, id)) in named.into_iter().enumerate() {
                    self.text(if at == 0 { "" } else { "," });
                    self.steps.push(Step::Name(name));
                    self.steps.push(Step::Schema(id));
                }
                self.text("}");
            }
        }
    }

    /// A list of JSON values, or the only one without its list.
    fn list(&mut self, values: impl Iterator<Item = Cow<'a, str>>, is_one: bool) {
        self.text(if is_one { "" } else { "[" });
        for (at, value) in values.enumerate() {
            self.text(if at == 0 { "" } else { "," });
            self.steps.push(Step::Text(value));
        }
        self.text(if is_one { "" } else { "]" });
    }

    fn text(&mut self, text: &'static str) {
        if !text.is_empty() {
            self.steps.push(Step::Text(Cow::Borrowed(text)));
        }
    }
}

/// What is required, with the properties that say so themselves.
fn required<'a>(tree: &mut Tree<'a>, id: Id, mode: Mode) -> Option<Vec<Cow<'a, str>>> {
    let mut required = tree.nodes[id].required.take();
    let node = &tree.nodes[id];
    let is_openapi = mode == Mode::GeminiOpenapi;
    if is_openapi && !node.is_type("object") {
        return None;
    }
    let child = |id: Id| &tree.nodes[id];
    if let Some(required) = required.as_mut() {
        let mut seen = HashSet::new();
        let names = node.properties().iter();
        let names = names.filter(|(_, id)| is_openapi && !child(*id).nullable);
        let fits: HashSet<_> = names.map(|(name, _)| name).collect();
        let dropped: HashSet<_> = node.dropped.iter().collect();
        required.retain(|name| {
            let holds = if is_openapi {
                fits.contains(name)
            } else {
                !dropped.contains(name)
            };
            holds && seen.insert(name.clone())
        });
    }
    let said = node.properties().iter();
    let said =
        said.filter(|(_, id)| child(*id).is_required && !(is_openapi && child(*id).nullable));
    let mut said: Vec<_> = said.map(|(name, _)| name.clone()).collect();
    if !said.is_empty() {
        let required = required.get_or_insert_default();
        let known: HashSet<_> = required.iter().cloned().collect();
        said.retain(|name| !known.contains(name));
        required.append(&mut said);
    }
    required
}

/// Gemini refuses keywords of one type on another.
fn only_what_fits(node: &mut Node<'_>) {
    let (is_object, is_array) = (node.is_type("object"), node.is_type("array"));
    node.members.retain(|(name, _)| match &**name {
        "properties" => is_object,
        "items" => is_array,
        _ => false,
    });
    if !node.is_type("string") {
        node.values = None;
    }
    if is_array && !node.has("items") {
        let strings = Part::Text(Cow::Borrowed(r#"{"type":"string"}"#));
        node.push("items", strings);
    }
}

/// Claude takes no open object.
fn closed(node: &mut Node<'_>) {
    node.take("additionalProperties");
    if node.is_type("object") {
        node.push("additionalProperties", Part::Text(Cow::Borrowed("false")));
    }
}

fn quoted<'a>(name: &str) -> Cow<'a, str> {
    let mut out = Vec::with_capacity(name.len() + 2);
    quote_into(&mut out, name);
    Cow::Owned(text(out))
}

/// All that is written is text.
fn text(out: Vec<u8>) -> String {
    String::from_utf8(out).unwrap_or_else(|error| {
        let out = error.into_bytes();
        String::from_utf8_lossy(&out).into_owned()
    })
}
