//! Keywords that a provider does not take, told to the model in the description.

use super::{
    Mode,
    keyword::{Fate, Keyword},
    tree::{Node, Part},
};
use crate::compact::compact;
use std::borrow::Cow;

/// Takes what becomes a hint out of `node`, and gives the description with the hints, escaped.
pub(super) fn describe<'a>(node: &mut Node<'a>, mode: Mode) -> Option<Cow<'a, str>> {
    let limits = limits(node, mode);
    let description = node.description.take();
    match mode {
        Mode::GeminiJson => {
            let see = node.see.take().map(|name| format!("See: {name}"));
            for_gemini(description, see.into_iter().chain(limits))
        }
        Mode::GeminiOpenapi => {
            let see = node.see.take().map(|name| format!("See: {name}"));
            let nullable = node.nullable.then(|| "(nullable)".to_owned());
            let hints = see.into_iter().chain(nullable);
            let hints = hints.chain(accepts(node)).chain(allowed(node));
            let no_more = match node.take("additionalProperties") {
                Some(Part::Text(text)) if text == "false" => {
                    Some("No extra properties allowed".to_owned())
                }
                _ => None,
            };
            for_gemini(description, hints.chain(limits).chain(no_more))
        }
        Mode::ClaudeOutput => for_claude(description, &limits),
        Mode::ClaudeTool | Mode::OpenaiFunction => description,
    }
}

fn for_gemini<'a>(
    description: Option<Cow<'a, str>>,
    hints: impl Iterator<Item = String>,
) -> Option<Cow<'a, str>> {
    let mut text = description;
    for hint in hints {
        let described = match text {
            Some(text) if !text.is_empty() => text,
            _ => {
                text = Some(Cow::Owned(hint));
                continue;
            }
        };
        let wrapped = match hint.starts_with('(') {
            true => hint,
            false => format!("({hint})"),
        };
        let alone = &wrapped[1..wrapped.len() - 1];
        let begins = described.strip_prefix(alone);
        let is_first = begins.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("));
        text = Some(if is_first || described.contains(&wrapped) {
            described
        } else {
            let mut described = described.into_owned();
            described.push(' ');
            described.push_str(&wrapped);
            Cow::Owned(described)
        });
    }
    text
}

fn for_claude<'a>(description: Option<Cow<'a, str>>, limits: &[String]) -> Option<Cow<'a, str>> {
    if limits.is_empty() {
        return description;
    }
    let hint = format!("{{{}}}", limits.join(", "));
    Some(Cow::Owned(match description {
        Some(text) if !text.is_empty() => format!(r"{text}\n\n{hint}"),
        _ => hint,
    }))
}

/// `key: value` of what the mode does not take, in the mode's order.
fn limits(node: &mut Node<'_>, mode: Mode) -> Vec<String> {
    let mut limits = Vec::new();
    node.members.retain(|(name, part)| {
        let fate = Keyword::find(name).map(|(_, keyword)| keyword.fate(mode));
        let (Some(Fate::Hint(rank)), Part::Text(value)) = (fate, part) else {
            return true;
        };
        if mode == Mode::ClaudeOutput && claude_takes(name, value) {
            return true;
        }
        limits.push((rank, format!("{name}: {}", told(value))));
        false
    });
    limits.sort_by_key(|(rank, _)| *rank);
    limits.into_iter().map(|(_, limit)| limit).collect()
}

/// A value as the model reads it, escaped: the text of a string, the JSON of anything else.
fn told(value: &str) -> Cow<'_, str> {
    let text = value.strip_prefix('"');
    if let Some(text) = text.and_then(|text| text.strip_suffix('"')) {
        return Cow::Borrowed(text);
    }
    let mut escaped = Vec::new();
    cliproxy_json::escape_into(&mut escaped, &compact(value));
    Cow::Owned(String::from_utf8_lossy(&escaped).into_owned())
}

/// Whether Claude holds an answer to this value of a keyword.
fn claude_takes(name: &str, value: &str) -> bool {
    const FORMATS: &[&str] = &[
        "date",
        "date-time",
        "duration",
        "email",
        "hostname",
        "ipv4",
        "ipv6",
        "time",
        "uri",
        "uuid",
    ];
    match name {
        "format" => FORMATS.contains(&value.trim_matches('"')),
        "minItems" => matches!(value, "0" | "1"),
        "pattern" => is_simple(value),
        _ => false,
    }
}

/// Whether a pattern, as it stands in JSON, does without what Claude's grammar lacks: groups that
/// are not plain, references to groups, word boundaries, classes by property, long repetitions.
fn is_simple(pattern: &str) -> bool {
    const LONGEST: usize = 256;
    const UNKNOWN: &[char] = &['b', 'B', 'k', 'p', 'P', 'u', 'x', 'c'];
    if pattern.len() > LONGEST || pattern.contains("(?") || pattern.contains(r"\u") {
        return false;
    }
    // A backslash of the pattern is two in JSON; one that is alone escapes a character of JSON.
    let mut rest = pattern;
    while let Some(at) = rest.find(r"\\") {
        rest = &rest[at + 2..];
        let Some(next) = rest.chars().next() else {
            return false;
        };
        if UNKNOWN.contains(&next) || ('1'..='9').contains(&next) {
            return false;
        }
        if next == '\\' {
            rest = rest.get(2..).unwrap_or_default();
        }
    }
    let counts = pattern.split('{').skip(1);
    let counts = counts.flat_map(|count| count.split('}').next().unwrap_or_default().split(','));
    !counts
        .filter_map(|count| count.parse::<u32>().ok())
        .any(|count| count > 100)
}

fn accepts(node: &mut Node<'_>) -> Option<String> {
    let mut names = Vec::new();
    for name in node.accepts.drain(..) {
        cliproxy_json::escape_into(&mut names, &name);
        names.extend_from_slice(b" | ");
    }
    let names = String::from_utf8_lossy(&names).into_owned();
    Some(format!("Accepts: {}", names.strip_suffix(" | ")?))
}

fn allowed(node: &Node<'_>) -> Option<String> {
    let values = node.values.as_ref().filter(|_| node.is_type("string"))?;
    if !(2..=10).contains(&values.len()) {
        return None;
    }
    let values: Vec<_> = values.iter().map(|value| told(value)).collect();
    Some(format!("Allowed: {}", values.join(", ")))
}
