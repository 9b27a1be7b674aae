//! Keys that decoding did not know.

use crate::{
    accepted::{self, Standing},
    problem::{Report, Severity},
    tree::{KeyPath, Kind, Node, Spot},
};
use std::collections::HashMap;

/// A key that the type it was decoded into does not have.
pub(crate) struct Unknown {
    pub(crate) path: KeyPath,
    /// The keys that the type has.
    pub(crate) fields: &'static [&'static str],
}

/// Names every unknown key once, however many entries have it, and says what becomes of it.
pub(crate) fn report_unknown(unknown: &[Unknown], tree: &Node, strict: bool, report: &mut Report) {
    let mut findings = Findings::default();
    for key in unknown {
        findings.look_up(&Spot::root(tree).descend(&key.path), key.fields, report);
    }
    for finding in findings.list {
        finding.report(strict, report);
    }
    removed_providers(tree, report);
}

#[derive(Default)]
struct Findings<'a> {
    list: Vec<Finding<'a>>,
    /// Position in `list` by path without positions.
    by_pattern: HashMap<String, usize>,
}

struct Finding<'a> {
    spot: Spot<'a>,
    standing: Option<Standing>,
    fields: &'static [&'static str],
    more: usize,
}

impl<'a> Findings<'a> {
    fn look_up(&mut self, spot: &Spot<'a>, fields: &'static [&'static str], report: &mut Report) {
        let pattern = spot.path.pattern();
        let standing = accepted::standing(&pattern);
        // Only at the top, where `removed_providers` speaks of it.
        if spot.path.len() == 1 && removed_provider(&pattern).is_some() {
            return;
        }
        if standing == Some(Standing::Group) {
            for key in spot.keys() {
                self.look_up(&spot.key(key), &[], report);
            }
            return;
        }
        if standing == Some(Standing::Weight) && !is_weight(spot.node()) {
            report.error(
                spot,
                format!("expected a whole number up to {MAX_WEIGHT}"),
                "",
            );
            return;
        }
        match self.by_pattern.get(&pattern) {
            Some(index) => self.list[*index].more += 1,
            None => {
                self.by_pattern.insert(pattern, self.list.len());
                self.list.push(Finding {
                    spot: spot.clone(),
                    standing,
                    fields,
                    more: 0,
                });
            }
        }
    }
}

impl Finding<'_> {
    fn report(self, strict: bool, report: &mut Report) {
        let mut severity = Severity::Warning;
        let mut remedy = String::new();
        let mut message = match self.standing {
            Some(Standing::NotYet) => "accepted, not in effect yet".to_owned(),
            Some(Standing::Weight) => {
                "accepted, not in effect yet: weighted rotation comes later".to_owned()
            }
            Some(Standing::Ignored(reason)) => format!("accepted and ignored: {reason}"),
            Some(Standing::Unsafe(consequence)) => {
                severity = Severity::Error;
                "remove it".clone_into(&mut remedy);
                format!("not enforced by this version: {consequence}")
            }
            Some(Standing::Group) | None => {
                if strict {
                    severity = Severity::Error;
                }
                remedy = self.suggestion();
                "unknown key".to_owned()
            }
        };
        match self.more {
            0 => {}
            1 => message.push_str("; there is one more of it"),
            more => message.push_str(&format!("; there are {more} more of it")),
        }
        report.push(severity, &self.spot, message, remedy);
    }

    fn suggestion(&self) -> String {
        let pattern = self.spot.path.pattern();
        let key = pattern.rsplit('.').next().unwrap_or_default();
        let known = self.fields.iter().copied();
        match nearest(key, known.chain(accepted::siblings(&pattern))) {
            Some(known) => format!("did you mean `{known}`?"),
            None => String::new(),
        }
    }
}

/// The largest share a credential can have.
const MAX_WEIGHT: i64 = 1_000_000;

/// Whether a value is a weight. Nothing is the default, and what is not positive is a share of none.
fn is_weight(node: Option<&Node>) -> bool {
    match node.map(|node| &node.kind) {
        None | Some(Kind::Null | Kind::Refused) => true,
        Some(Kind::Scalar(text)) => {
            let text = text.trim();
            text.is_empty() || text.parse().is_ok_and(|weight: i64| weight <= MAX_WEIGHT)
        }
        Some(Kind::List(_) | Kind::Map(_)) => false,
    }
}

/// The one of `known` that `key` most likely was meant to be.
fn nearest<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = plain(key);
    known
        .map(|known| (distance(&plain, &self::plain(known)), known))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 6)
        .min()
        .map(|(_, known)| known)
}

/// A key without what people mix up: case, and `-`, `_` or nothing between words.
fn plain(key: &str) -> Vec<char> {
    key.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// How many letters must be added, removed, replaced or swapped with their neighbour (the optimal
/// string alignment distance). Swaps count as one, since `prot` is closer to `port` than to `host`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before_last[j - 2] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// Providers that other versions had once.
const REMOVED: [&str; 2] = ["iflow", "qwen"];

/// One message for each removed provider that the file still mentions.
///
/// Only where a provider is named by its key: at the top, and in the `oauth…` groups. A model or an
/// entry may well be called `qwen`.
fn removed_providers(tree: &Node, report: &mut Report) {
    let root = Spot::root(tree);
    for provider in REMOVED {
        let mentions: Vec<Spot<'_>> = root
            .keys()
            .flat_map(|key| {
                let spot = root.key(key);
                let below: Vec<Spot<'_>> = if key.starts_with("oauth") {
                    spot.keys().map(|below| spot.key(below)).collect()
                } else {
                    Vec::new()
                };
                std::iter::once(spot).chain(below)
            })
            .filter(|spot| removed_provider(&spot.path.pattern()) == Some(provider))
            .collect();
        let Some((first, others)) = mentions.split_first() else {
            continue;
        };
        let mut message = format!("the {provider} provider was removed, this is ignored");
        for other in others {
            message.push_str(&format!(", and so is {}", other.path));
        }
        report.warning(first, message, "remove it");
    }
}

/// The removed provider that the last key of a path names.
fn removed_provider(pattern: &str) -> Option<&'static str> {
    let key = pattern.rsplit('.').next().unwrap_or_default();
    let word = key.split('-').next().unwrap_or_default();
    REMOVED
        .into_iter()
        .find(|provider| word.eq_ignore_ascii_case(provider))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn nearest_key() {
        let known = ["session-affinity", "strategy", "session-affinity-ttl"];
        let check = |key: &str, expected: Option<&str>| {
            assert_eq!(nearest(key, known.into_iter()), expected, "{key:?}");
        };
        check("sesion-affinity", Some("session-affinity"));
        check("sessionAffinity", Some("session-affinity"));
        check("session_affinity_ttl", Some("session-affinity-ttl"));
        check("startegy", Some("strategy"));
        check("stratgy", Some("strategy"));
        check("timeout", None);
        check("", None);
        assert_eq!(nearest("prot", ["host", "port"].into_iter()), Some("port"));
    }
}
