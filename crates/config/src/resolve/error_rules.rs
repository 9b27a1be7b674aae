//! `request-scoped-errors`: what a user says about errors of an upstream.

use super::Resolver;
use crate::{ErrorRule, Pattern, raw::RawErrorRule, tree::Spot};
use regex::bytes::RegexBuilder;
use std::collections::{HashMap, hash_map::Entry};

/// Largest compiled expression, in bytes. One that fits on a line has a few thousand; a few
/// characters can ask for gigabytes (`(a{1000}){1000}`).
const MAX_COMPILED: usize = 256 * 1024;

/// Most different expressions: one may take ten milliseconds, also if it is refused in the end.
const MAX_EXPRESSIONS: usize = 500;

/// What became of each expression so far: many entries may share their rules.
#[derive(Default)]
pub(crate) struct Patterns(HashMap<String, Result<Pattern, String>>);

impl Resolver<'_> {
    pub(super) fn error_rules(
        &mut self,
        given: Vec<Option<RawErrorRule>>,
        list: &Spot<'_>,
    ) -> Vec<ErrorRule> {
        let mut rules = Vec::with_capacity(given.len());
        for (index, raw) in given.into_iter().enumerate() {
            let spot = list.index(index);
            match raw {
                Some(raw) => rules.extend(self.error_rule(raw, &spot)),
                None => self
                    .report
                    .warning(&spot, "an empty rule, which is dropped", "remove it"),
            }
        }
        rules
    }

    fn error_rule(&mut self, raw: RawErrorRule, spot: &Spot<'_>) -> Option<ErrorRule> {
        let remedy = "write the status of the upstream's answer, like 400";
        match raw.status {
            None | Some(0) => self.report.error(&spot.key("status"), "missing", remedy),
            Some(100..=599) => {}
            Some(_) => {
                let message = "no upstream answers with this, so the rule never fits";
                self.report.warning(&spot.key("status"), message, remedy);
            }
        }
        if raw.action.is_none() {
            let remedy = "write stop, stop-and-cooldown, continue or continue-and-cooldown";
            self.report.error(&spot.key("action"), "missing", remedy);
        }
        // Space inside may be what tells two messages apart, so it stays.
        let given = |text: &String| !text.trim().is_empty();
        let contains: Vec<String> = raw.texts.into_iter().flatten().filter(given).collect();
        let mut named = contains.len();
        let mut regexes = Vec::new();
        for (key, list) in [
            ("match-regexr", raw.match_regexr),
            ("match-regex", raw.match_regex),
        ] {
            let spot = spot.key(key);
            for (index, text) in list.into_iter().enumerate() {
                let Some(text) = text.filter(given) else {
                    continue;
                };
                named += 1;
                regexes.extend(self.pattern(text, &spot.index(index)));
            }
        }
        if named == 0 {
            let message = "matches nothing";
            let remedy = "give texts as `match`, or expressions as `match-regexr`";
            self.report.error(&spot.key("match"), message, remedy);
        }
        Some(ErrorRule {
            status: raw.status?,
            contains,
            regexes,
            action: raw.action?,
        })
    }

    fn pattern(&mut self, text: String, spot: &Spot<'_>) -> Option<Pattern> {
        let full = self.patterns.0.len() >= MAX_EXPRESSIONS;
        let compiled = match self.patterns.0.entry(text) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(_) if full => {
                let message = format!("more than {MAX_EXPRESSIONS} different expressions");
                self.report.error(spot, message, "");
                return None;
            }
            Entry::Vacant(vacant) => {
                let compiled = compile(vacant.key());
                vacant.insert(compiled)
            }
        };
        match compiled {
            Ok(pattern) => Some(pattern.clone()),
            Err(message) => {
                self.report.error(spot, message.clone(), "");
                None
            }
        }
    }
}

fn compile(expression: &str) -> Result<Pattern, String> {
    RegexBuilder::new(expression)
        .size_limit(MAX_COMPILED)
        .dfa_size_limit(MAX_COMPILED)
        .build()
        .map(Pattern)
        .map_err(|_| fault(expression))
}

/// Why an expression was refused. The library's own message repeats the expression.
fn fault(expression: &str) -> String {
    let kind = match regex_syntax::parse(expression) {
        Ok(_) => return "too large a regular expression".to_owned(),
        Err(regex_syntax::Error::Parse(error)) => error.kind().to_string(),
        Err(regex_syntax::Error::Translate(error)) => error.kind().to_string(),
        Err(_) => return "not a regular expression".to_owned(),
    };
    format!("not a regular expression: {kind}")
}
