//! Whether a schema comes back to itself through its references.

use super::{
    SchemaError,
    tree::{Id, Loaded, Part},
};
use std::collections::HashMap;

/// Looks for a way from a schema back to itself.
///
/// # Errors
///
/// [`SchemaError::Recursive`] if there is one.
pub(super) fn check(loaded: &Loaded<'_>) -> Result<(), SchemaError> {
    if loaded.references.is_empty() {
        return Ok(());
    }
    let mut at: HashMap<usize, Id> = HashMap::new();
    for (id, span) in loaded.spans.iter().enumerate() {
        if let Some(span) = span {
            // A copy that a reference brought in stands where its original does, and comes later.
            at.entry(span.start).or_insert(id);
        }
    }
    let mut next = children(loaded);
    for (id, target) in &loaded.references {
        next[*id].extend(at.get(target));
    }
    let mut state = vec![State::New; next.len()];
    // A schema is met twice: when it is entered, and when everything below it is done.
    let mut stack = vec![0];
    while let Some(&id) = stack.last() {
        if state[id] != State::New {
            state[id] = State::Done;
            stack.pop();
            continue;
        }
        state[id] = State::Entered;
        for &child in &next[id] {
            match state[child] {
                State::New => stack.push(child),
                State::Entered => return Err(SchemaError::Recursive),
                State::Done => {}
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Entered,
    Done,
}

fn children(loaded: &Loaded<'_>) -> Vec<Vec<Id>> {
    let nodes = loaded.tree.nodes.iter();
    let of_part = |part: &Part<'_>| match part {
        Part::Text(_) => Vec::new(),
        Part::Schema(id) => vec![*id],
        Part::Schemas(ids) => ids.clone(),
        Part::Named(named) => named.iter().map(|(_, id)| *id).collect(),
    };
    nodes
        .map(|node| {
            node.members
                .iter()
                .flat_map(|(_, part)| of_part(part))
                .collect()
        })
        .collect()
}
