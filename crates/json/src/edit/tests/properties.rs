//! Edits of any document, against the same edits of a `serde_json` tree.

use proptest::prelude::*;
use serde_json::{Value as Tree, json};

use super::{body, path, raw};
use crate::{Body, Edit, apply, generated};

/// The same edit of a tree. The names in an object differ, so what happens to duplicates does not matter here.
fn reference(root: &mut Tree, edit: &Edit, parts: &[&str]) {
    match edit {
        Edit::Remove(_) => remove_from(root, parts),
        Edit::SetIfAbsent(..) if is_in(root, parts) => {}
        Edit::Set(_, raw) | Edit::SetIfAbsent(_, raw) => {
            set_in(
                root,
                parts,
                &serde_json::from_slice(raw.as_bytes()).unwrap(),
            );
        }
    }
}

fn is_in(node: &Tree, parts: &[&str]) -> bool {
    let pointer: String = parts.iter().map(|part| format!("/{part}")).collect();
    node.pointer(&pointer).is_some()
}

fn remove_from(node: &mut Tree, parts: &[&str]) {
    let (part, rest) = parts.split_first().unwrap();
    match node {
        Tree::Object(members) if rest.is_empty() => {
            members.shift_remove(*part);
        }
        Tree::Object(members) => {
            if let Some(node) = members.get_mut(*part) {
                remove_from(node, rest);
            }
        }
        Tree::Array(items) => {
            let index = match *part {
                "-1" => items.len().wrapping_sub(1),
                part => part.parse().unwrap_or(usize::MAX),
            };
            if index < items.len() {
                if rest.is_empty() {
                    items.remove(index);
                } else {
                    remove_from(&mut items[index], rest);
                }
            }
        }
        _ => {}
    }
}

fn set_in(node: &mut Tree, parts: &[&str], new: &Tree) {
    let Some((part, rest)) = parts.split_first() else {
        *node = new.clone();
        return;
    };
    let is_index = part.parse::<i32>().is_ok();
    if !node.is_object() && !node.is_array() {
        *node = if is_index { json!([]) } else { json!({}) };
    }
    match node {
        Tree::Object(members) => set_in(members.entry(*part).or_insert(Tree::Null), rest, new),
        Tree::Array(items) if is_index => {
            let index = match *part {
                "-1" => items.len(),
                part => part.parse().unwrap(),
            };
            while items.len() <= index {
                items.push(Tree::Null);
            }
            set_in(&mut items[index], rest, new);
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn agrees_with_a_tree(
        text in generated::object(),
        edits in prop::collection::vec(
            (
                0..3,
                prop::collection::vec(prop::sample::select(vec!["a", "b", "cc", "0", "1", "2", "-1", ""]), 1..4),
                generated::value(),
            ),
            0..6,
        ),
    ) {
        let mut expected: Tree = serde_json::from_str(&text).unwrap();
        let mut list = Vec::new();
        for (kind, mut parts, value) in edits {
            parts.retain(|part| !part.is_empty());
            // At the top a key is meant, whatever it looks like.
            if parts.is_empty() || parts[0] == "-1" {
                parts = vec!["b"];
            }
            let path = path(&parts.join("."));
            let edit = match kind {
                0 => Edit::Remove(path),
                1 => Edit::Set(path, raw(&value)),
                _ => Edit::SetIfAbsent(path, raw(&value)),
            };
            reference(&mut expected, &edit, &parts);
            list.push(edit);
        }
        let edited = apply(&body(&text), &list).unwrap().to_bytes();
        let actual: Tree = serde_json::from_slice(&edited).unwrap();
        prop_assert_eq!(actual.to_string(), expected.to_string(), "{:?} {:?}", text, list);
    }

    /// What no edit names is there as it was sent, in its order, duplicates included.
    #[test]
    fn members_that_no_edit_names_keep_their_bytes(
        first in generated::object(),
        second in generated::object(),
        named in prop::collection::vec(prop::sample::select(vec!["a", "b", "cc", "new"]), 0..4),
        value in generated::value(),
    ) {
        let inner = |text: &str| text.trim().strip_prefix('{').unwrap().strip_suffix('}').unwrap().to_owned();
        let (one, two) = (inner(&first), inner(&second));
        let comma = if one.trim().is_empty() || two.trim().is_empty() { "" } else { "," };
        let body = body(&format!("{{{one}{comma}{two}}}"));
        let edits: Vec<_> = named
            .iter()
            .enumerate()
            .map(|(at, name)| match at % 2 {
                0 => Edit::Set(path(name), raw(&value)),
                _ => Edit::Remove(path(name)),
            })
            .collect();
        let edited = Body::new(apply(&body, &edits).unwrap().to_bytes()).unwrap();
        let kept = |body: &Body| -> Vec<_> {
            let members = body.head().members();
            let others = members.filter(|(name, _)| !named.contains(&&**name));
            others.map(|(name, value)| (name.into_owned(), value.raw().to_owned())).collect()
        };
        prop_assert_eq!(kept(&body), kept(&edited));
    }
}
