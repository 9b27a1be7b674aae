//! What each keyword of a schema holds.

use super::{Loader, Read, Task};
use crate::{
    compact::compact,
    schema::{
        Mode,
        keyword::{Fate, Keyword, Shape},
        tree::{Id, Node, Part, is_never},
    },
};
use cliproxy_json::{Kind, Value};
use std::{borrow::Cow, collections::HashSet, mem};

impl<'a> Loader<'a> {
    pub(super) fn keyword(
        &mut self,
        read: &mut Read<'a>,
        keyword: &'static Keyword,
        value: Value<'a>,
        task: &Task<'a>,
    ) {
        match keyword.fate(self.mode) {
            Fate::Keep | Fate::Hint(_) => {}
            Fate::Drop => return,
            Fate::Lose => {
                self.loaded.tree.changed = true;
                return;
            }
        }
        if keyword.name == "required" && value.as_bool().is_some() {
            read.node.is_required = value.as_bool() == Some(true);
            return;
        }
        let at_root = ["allOf", "anyOf", "oneOf", "properties"];
        let only_text = self.keeps_inside() && keyword.shape != Shape::Data;
        if task.shallow || only_text && !at_root.contains(&keyword.name) {
            let text = Cow::Borrowed(value.raw());
            read.node.push(keyword.name, Part::Text(text));
            return;
        }
        match keyword.shape {
            Shape::Data if value.kind() == Kind::Object && !self.mode.keeps_inside() => {}
            Shape::Data | Shape::Object => self.data(read, keyword.name, value),
            Shape::Items if value.kind() == Kind::Array => self.places(read, "items", value, task),
            Shape::Schema | Shape::Items => self.schema(read, keyword.name, value, task),
            Shape::Schemas if keyword.name == "prefixItems" => {
                self.places(read, keyword.name, value, task);
            }
            Shape::Schemas => {
                let ids = self.children(&read.node, keyword.name, value, task);
                if !ids.is_empty() {
                    read.node.push(keyword.name, Part::Schemas(ids));
                }
            }
            Shape::Named => self.named(read, keyword.name, value, task, false),
        }
    }

    fn data(&self, read: &mut Read<'a>, name: &'static str, value: Value<'a>) {
        let node = &mut read.node;
        match name {
            "type" => {
                node.types = types(value);
                if node.is_root && node.is_type("object") {
                    node.types = vec![Cow::Borrowed("object")];
                }
            }
            "description" => node.description = value.escaped().map(Cow::Borrowed),
            "required" => {
                let names = value.elements().filter_map(|name| name.as_str());
                node.required = Some(names.collect());
            }
            "$ref" => read.reference = Some(value),
            _ if self.keeps_inside() => {
                node.push(name, Part::Text(Cow::Borrowed(value.raw())));
            }
            "nullable" => node.nullable |= value.as_bool() == Some(true),
            "propertyOrdering" if self.mode.keeps_inside() => {}
            "enum" => {
                let values = value.elements().map(|value| compact(value.raw()));
                node.values = Some(values.collect()).filter(|values: &Vec<_>| !values.is_empty());
            }
            "uniqueItems" if value.as_bool() == Some(false) => {}
            _ => node.push(name, Part::Text(number(name, value))),
        }
    }

    /// A keyword with one schema.
    fn schema(
        &mut self,
        read: &mut Read<'a>,
        name: &'static str,
        value: Value<'a>,
        task: &Task<'a>,
    ) {
        let is_extra = name == "additionalProperties";
        if is_extra && value.kind() == Kind::Object {
            if matches!(self.mode, Mode::GeminiOpenapi | Mode::ClaudeOutput) {
                self.loaded.tree.changed |= value.members().next().is_some();
                return;
            }
        } else if is_extra && value.as_bool().is_some() {
            let text = Cow::Borrowed(value.raw());
            read.node.push(name, Part::Text(text));
            return;
        }
        if value.is_null() || !self.mode.keeps_inside() && is_never(value) {
            return;
        }
        let id = self.child(value, &read.node, task, false);
        read.node.push(name, Part::Schema(id));
    }

    /// A keyword with a list of schemas.
    fn children(
        &mut self,
        node: &Node<'a>,
        name: &str,
        value: Value<'a>,
        task: &Task<'a>,
    ) -> Vec<Id> {
        let at_root = node.is_root && matches!(name, "allOf" | "anyOf" | "oneOf");
        let is_full = !self.mode.keeps_inside();
        let some = value
            .elements()
            .filter(|value| !(is_full && is_never(*value)));
        some.map(|value| self.child(value, node, task, at_root))
            .collect()
    }

    /// A keyword with names.
    pub(super) fn named(
        &mut self,
        read: &mut Read<'a>,
        name: &'static str,
        value: Value<'a>,
        task: &Task<'a>,
        shallow: bool,
    ) {
        if value.kind() != Kind::Object {
            return;
        }
        let is_full = !self.mode.keeps_inside();
        let mut names = HashSet::new();
        let mut children = Vec::new();
        for (key, value) in value.members() {
            if !names.insert(key.clone()) {
                continue;
            }
            if is_full && name == "properties" && is_never(value) {
                read.node.dropped.push(key);
                continue;
            }
            let id = self.child(value, &read.node, task, false);
            if shallow && self.keeps_inside() {
                self.loaded.tree.nodes[id].verbatim = false;
                let task = Task {
                    id,
                    value,
                    depth: 1,
                    shallow: true,
                    ..*task
                };
                self.tasks.push_back(task);
            }
            children.push((key, id));
        }
        let name = match name {
            "definitions" if is_full => "$defs",
            other => other,
        };
        match read.node.members.iter_mut().find(|(held, _)| held == name) {
            Some((_, Part::Named(held))) => {
                let known: HashSet<_> = held.iter().map(|(name, _)| name.clone()).collect();
                held.extend(
                    children
                        .into_iter()
                        .filter(|(name, _)| !known.contains(name)),
                );
            }
            _ => read.node.push(name, Part::Named(children)),
        }
    }

    /// The places of a tuple.
    fn places(
        &mut self,
        read: &mut Read<'a>,
        name: &'static str,
        value: Value<'a>,
        task: &Task<'a>,
    ) {
        if matches!(self.mode, Mode::GeminiOpenapi | Mode::ClaudeOutput) {
            // Made before its choices, since a child comes after its parent.
            read.any_of_tuple = Some(self.loaded.tree.add(Node::default()));
            self.loaded.spans.push(None);
        }
        read.tuple = (name, self.children(&read.node, name, value, task));
    }

    /// A tuple stays for those who know it; for the others its places are the choices of one list.
    pub(super) fn tuple(&mut self, read: &mut Read<'a>) {
        let (name, tuple) = mem::take(&mut read.tuple);
        if tuple.is_empty() {
            return;
        }
        let Some(id) = read.any_of_tuple else {
            let name = match self.mode {
                Mode::GeminiJson => "prefixItems",
                _ => name,
            };
            read.node.push(name, Part::Schemas(tuple));
            return;
        };
        self.loaded.tree.changed = true;
        if !read.node.has("items") {
            self.loaded.tree.nodes[id].push("anyOf", Part::Schemas(tuple));
            read.node.push("items", Part::Schema(id));
        }
    }
}

/// The names of types, each once; what is no type is left out.
fn types(value: Value<'_>) -> Vec<Cow<'static, str>> {
    const TYPES: &[&str] = &[
        "array", "boolean", "integer", "null", "number", "object", "string",
    ];
    let found = |value: Value<'_>| {
        let name = value.as_str()?;
        TYPES.iter().find(|known| name.eq_ignore_ascii_case(known))
    };
    let mut types = Vec::new();
    let mut add = |value| {
        if let Some(name) = found(value).map(|name| Cow::Borrowed(*name))
            && !types.contains(&name)
        {
            types.push(name);
        }
    };
    match value.kind() {
        Kind::Array => value.elements().for_each(&mut add),
        _ => add(value),
    }
    types
}

/// The text of a value, without the quotes that protobuf puts around 64-bit counts.
fn number<'a>(name: &str, value: Value<'a>) -> Cow<'a, str> {
    const COUNTS: &[&str] = &[
        "maxItems",
        "maxLength",
        "maxProperties",
        "minItems",
        "minLength",
        "minProperties",
    ];
    let spelled = value.escaped().filter(|_| COUNTS.contains(&name));
    match spelled.and_then(|digits| digits.parse::<u64>().ok()) {
        Some(count) => Cow::Owned(count.to_string()),
        None => Cow::Borrowed(value.raw()),
    }
}
