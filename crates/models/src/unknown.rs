//! The error for a model nobody serves.

use crate::names::folded;
use cliproxy_core::ModelId;

/// How much of a requested name is repeated, in bytes: an error line is not the place for
/// whatever a client sends.
const SHOWN: usize = 128;
const SUGGESTIONS: usize = 3;

/// Nobody serves the requested model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown model `{requested}`{}", hint(nearest))]
pub struct UnknownModel {
    /// What was asked for, cut to 128 bytes.
    pub requested: String,
    /// Up to three listed models with a similar name, most similar first.
    pub nearest: Vec<ModelId>,
}

impl UnknownModel {
    pub(crate) fn new<'a>(requested: &str, known: impl Iterator<Item = &'a ModelId>) -> Self {
        let shown = &requested[..requested.floor_char_boundary(SHOWN)];
        let nearest = if shown.len() == requested.len() {
            nearest(requested, known)
        } else {
            Vec::new()
        };
        Self {
            requested: shown.to_owned(),
            nearest,
        }
    }
}

fn hint(nearest: &[ModelId]) -> String {
    let names: Vec<_> = nearest.iter().map(|id| format!("`{id}`")).collect();
    if names.is_empty() {
        String::new()
    } else {
        format!("; similar: {}", names.join(", "))
    }
}

/// The known names at the smallest distance; of equal ones the first.
fn nearest<'a>(requested: &str, known: impl Iterator<Item = &'a ModelId>) -> Vec<ModelId> {
    let wanted = folded(requested);
    let mut limit = wanted.len().div_ceil(3);
    let mut near: Vec<(usize, &ModelId)> = Vec::with_capacity(SUGGESTIONS + 1);
    for id in known {
        let name = folded(id.as_str());
        let Some(found) = distance(wanted.as_bytes(), name.as_bytes(), limit) else {
            continue;
        };
        let at = near.partition_point(|&(other, _)| other <= found);
        near.insert(at, (found, id));
        near.truncate(SUGGESTIONS);
        if let Some(&(worst, _)) = near.get(SUGGESTIONS - 1) {
            // From here on only better ones matter, and most names are given up early.
            limit = worst.saturating_sub(1);
        }
    }
    near.into_iter().map(|(_, id)| id.clone()).collect()
}

/// The Levenshtein distance in bytes, if it is at most `limit`.
fn distance(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
        // Distances never fall from one row to the next.
        if row.iter().min().is_some_and(|&least| least > limit) {
            return None;
        }
    }
    row.last().copied().filter(|&found| found <= limit)
}

#[cfg(test)]
mod tests {
    use super::{SHOWN, UnknownModel};
    use cliproxy_core::ModelId;

    #[test]
    fn similar_names_are_suggested() {
        let known = [
            "claude-opus-4-7",
            "claude-opus-4-8",
            "claude-opus-5",
            "claude-opus-7",
            "claude-sonnet-5",
            "gpt-5.4",
            "o3",
        ]
        .map(ModelId::from);
        let check = |requested: &str, expected: &[&str]| {
            let error = UnknownModel::new(requested, known.iter());
            let nearest: Vec<_> = error.nearest.iter().map(ModelId::as_str).collect();
            assert_eq!(nearest, expected, "{requested:?}");
        };
        check(
            "claude-opus-4-9",
            &["claude-opus-4-7", "claude-opus-4-8", "claude-opus-5"],
        );
        check(
            "Claude-Opus-5.0",
            &["claude-opus-5", "claude-opus-4-7", "claude-opus-4-8"],
        );
        check(
            "claude-opus-6",
            &["claude-opus-5", "claude-opus-7", "claude-opus-4-7"],
        );
        check("gtp-5.4", &["gpt-5.4"]);
        check("gpt5.4", &["gpt-5.4"]);
        check("o4", &["o3"]);
        check("llama", &[]);
        check("", &[]);
        check(&"claude-opus-5".repeat(20), &[]);
    }

    #[test]
    fn the_message_is_short() {
        let known = [ModelId::from("gpt-5.4")];
        let message = |requested: &str| UnknownModel::new(requested, known.iter()).to_string();
        assert_eq!(
            message("gpt-5.5"),
            "unknown model `gpt-5.5`; similar: `gpt-5.4`"
        );
        assert_eq!(message("nope"), "unknown model `nope`");
        assert!(message(&"ü".repeat(10_000)).len() < 2 * SHOWN);
    }
}
