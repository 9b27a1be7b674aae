//! Edits by span: the same as edits of a tree, and every byte that no edit names stays.
//!
//! A case is a list of edits, one per line (`-path`, `path=json`, `path?=json`), an empty line, and
//! the body.

use crate::lines;
use bytes::Bytes;
use cliproxy_json::{Body, Edit, Invalid, Kind, Path, Raw, Value, apply};
use serde_json::Value as Tree;

/// What an edit does, apart from where.
enum Change {
    Remove,
    Set(Tree),
    SetIfAbsent(Tree),
}

/// Checks one body under one list of edits.
pub fn check(data: &[u8]) {
    let (head, rest) = lines::head(data);
    let Ok(body) = Body::new(Bytes::copy_from_slice(rest)) else {
        return;
    };
    let edits: Vec<_> = head.into_iter().filter_map(edit).take(16).collect();
    let list: Vec<_> = edits.iter().map(|(edit, _, _)| edit.clone()).collect();
    let edited = match apply(&body, &list) {
        Ok(slices) => {
            assert_eq!(slices.len(), slices.iter().map(Bytes::len).sum::<usize>());
            slices.to_bytes()
        }
        Err(error) => return assert!(matches!(error, Invalid::TooManyMembers { .. })),
    };
    // An edit may nest deeper, or add more members, than is accepted of a client.
    let edited = match Body::new(edited.clone()) {
        Ok(edited) => edited,
        Err(Invalid::TooDeep { .. } | Invalid::TooManyMembers { .. }) => return,
        Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&edited)),
    };
    if list.is_empty() {
        assert_eq!(edited.raw(), body.raw());
    }
    untouched(&body, &edited, &edits);
    like_a_tree(&body, &edited, &edits);
}

type Known = (Edit, Vec<String>, Change);

/// One line; none if it is not an edit that this reads.
fn edit(line: &[u8]) -> Option<Known> {
    let line = str::from_utf8(line).ok()?;
    if let Some(path) = line.strip_prefix('-') {
        let parts = parts(path)?;
        return Some((Edit::Remove(Path::parse(path).ok()?), parts, Change::Remove));
    }
    let (path, json) = line.split_once('=')?;
    let raw = Raw::json(json.to_owned()).ok()?;
    let tree = serde_json::from_str(json).ok()?;
    Some(match path.strip_suffix('?') {
        Some(path) => (
            Edit::SetIfAbsent(Path::parse(path).ok()?, raw),
            parts(path)?,
            Change::SetIfAbsent(tree),
        ),
        None => (
            Edit::Set(Path::parse(path).ok()?, raw),
            parts(path)?,
            Change::Set(tree),
        ),
    })
}

/// The components of a path that needs no escapes.
fn parts(path: &str) -> Option<Vec<String>> {
    let special = |character| "\\:*?#|@!{[".contains(character);
    // Padding to the largest index, level by level, is slow in the tree.
    let far = |part: &str| part.parse::<u32>().is_ok_and(|index| index > 99);
    let parts: Vec<_> = path.split('.').map(str::to_owned).collect();
    (!path.contains(special) && !parts.iter().any(|part| far(part))).then_some(parts)
}

/// Members at the top that no edit names are there as they were, in the same order.
fn untouched(before: &Body, after: &Body, edits: &[Known]) {
    let named = |key: &str| edits.iter().any(|(_, parts, _)| parts[0] == key);
    let kept = |body: &Body| -> Vec<_> {
        let members = body.head().members();
        let rest = members.filter(|(key, _)| !named(key));
        rest.map(|(key, value)| (key.into_owned(), value.raw().to_owned()))
            .collect()
    };
    assert_eq!(kept(before), kept(after));
    let object = |body: &Body| body.root().span();
    let (before_span, after_span) = (object(before), object(after));
    let outside = |body: &Body, span: std::ops::Range<usize>| {
        (body.raw().slice(..span.start), body.raw().slice(span.end..))
    };
    assert_eq!(outside(before, before_span), outside(after, after_span));
}

/// The same edits of a tree give the same tree, where `serde_json` reads the body at all and no
/// name occurs twice.
fn like_a_tree(before: &Body, after: &Body, edits: &[Known]) {
    if has_duplicates(before.root()) || edits.iter().any(|(edit, _, _)| brings_duplicates(edit)) {
        return;
    }
    let Ok(mut tree) = serde_json::from_slice::<Tree>(before.raw()) else {
        return;
    };
    for (_, parts, change) in edits {
        let parts: Vec<_> = parts.iter().map(String::as_str).collect();
        match change {
            Change::Remove => remove(&mut tree, &parts),
            Change::Set(value) => set(&mut tree, &parts, value),
            Change::SetIfAbsent(value) => {
                if !has(&tree, &parts) {
                    set(&mut tree, &parts, value);
                }
            }
        }
    }
    // Nested deeper than `serde_json` reads.
    let Ok(edited) = serde_json::from_slice::<Tree>(after.raw()) else {
        return;
    };
    assert_eq!(edited.to_string(), tree.to_string());
}

fn brings_duplicates(edit: &Edit) -> bool {
    match edit {
        Edit::Remove(_) => false,
        Edit::Set(_, raw) | Edit::SetIfAbsent(_, raw) => {
            Value::parse_bytes(raw.as_bytes()).is_ok_and(has_duplicates)
        }
    }
}

fn has_duplicates(value: Value<'_>) -> bool {
    if value.kind() == Kind::Array {
        return value.elements().any(has_duplicates);
    }
    let mut names: Vec<_> = value.members().map(|(name, _)| name).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
        || value.members().any(|(_, value)| has_duplicates(value))
}

/// Which element a component means; only the usual spelling of a number is an index.
fn index(part: &str) -> Option<usize> {
    let index: usize = part.parse().ok()?;
    (index.to_string() == part).then_some(index)
}

fn has(node: &Tree, parts: &[&str]) -> bool {
    let Some((part, rest)) = parts.split_first() else {
        return true;
    };
    let inner = match node {
        Tree::Object(members) => members.get(*part),
        Tree::Array(items) => index(part).and_then(|index| items.get(index)),
        _ => None,
    };
    inner.is_some_and(|inner| has(inner, rest))
}

fn remove(node: &mut Tree, parts: &[&str]) {
    let Some((part, rest)) = parts.split_first() else {
        return;
    };
    match node {
        Tree::Object(members) if rest.is_empty() => {
            members.shift_remove(*part);
        }
        Tree::Object(members) => {
            if let Some(inner) = members.get_mut(*part) {
                remove(inner, rest);
            }
        }
        Tree::Array(items) => {
            let last = items.len().checked_sub(1);
            let at = if *part == "-1" { last } else { index(part) };
            match at.filter(|&at| at < items.len()) {
                Some(at) if rest.is_empty() => {
                    items.remove(at);
                }
                Some(at) => remove(&mut items[at], rest),
                None => {}
            }
        }
        _ => {}
    }
}

fn set(node: &mut Tree, parts: &[&str], new: &Tree) {
    let Some((part, rest)) = parts.split_first() else {
        *node = new.clone();
        return;
    };
    let index = index(part);
    let is_index = index.is_some() || *part == "-1";
    if !node.is_object() && !node.is_array() {
        *node = if is_index {
            Tree::Array(Vec::new())
        } else {
            Tree::Object(serde_json::Map::new())
        };
    }
    match node {
        Tree::Object(members) => set(members.entry(*part).or_insert(Tree::Null), rest, new),
        Tree::Array(items) if is_index => {
            let at = index.unwrap_or(items.len());
            while items.len() <= at {
                items.push(Tree::Null);
            }
            set(&mut items[at], rest, new);
        }
        _ => {}
    }
}
