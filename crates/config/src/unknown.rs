//! Keys that decoding did not know.

use crate::{
    accepted::{self, Standing},
    nearest::nearest,
    problem::{Report, Severity, more_of_it},
    tree::{KeyPath, Node, Spot},
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
        findings.look_up(&Spot::root(tree).descend(&key.path), key.fields);
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
    fn look_up(&mut self, spot: &Spot<'a>, fields: &'static [&'static str]) {
        let pattern = spot.path.pattern();
        let standing = accepted::standing(&pattern);
        // Only at the top, where `removed_providers` speaks of it.
        if spot.path.len() == 1 && removed_provider(&pattern).is_some() {
            return;
        }
        if standing == Some(Standing::Group) {
            for key in spot.keys() {
                self.look_up(&spot.key(key), &[]);
            }
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
        message.push_str(&more_of_it(self.more));
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
pub(crate) fn removed_provider(pattern: &str) -> Option<&'static str> {
    let key = pattern.rsplit('.').next().unwrap_or_default();
    let word = key.split('-').next().unwrap_or_default();
    REMOVED
        .into_iter()
        .find(|provider| word.eq_ignore_ascii_case(provider))
}
