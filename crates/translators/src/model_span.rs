//! Where a reply names its model, and how that name becomes the one the client asked for.

use crate::{mention::Member, protocols::rules, rules::ModelPlace};
use bytes::Bytes;
use cliproxy_core::Protocol;
use cliproxy_json::{Kind, Slices, Value, quoted};
use memchr::memchr2;
use std::ops::Range;

#[cfg(test)]
mod tests;

/// What a piece of a reply is.
#[expect(
    clippy::exhaustive_enums,
    reason = "a reply is one document or a stream of them"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A unary reply.
    Body,
    /// One event of a stream.
    Event,
}

/// The spans of the model names in `json`, a body or the data of one event, quotes included.
///
/// They are in order and do not overlap. Whether the text is JSON to its end is not checked.
pub fn model_spans(
    protocol: Protocol,
    json: &[u8],
    part: Part,
) -> impl Iterator<Item = Range<usize>> {
    let place = place(protocol, part);
    let mut members = place.mention.members(json);
    let first = members.next();
    let is_only = members.next().is_none();
    // The usual case by far: one mention, and no need to read what follows it.
    let short = first
        .as_ref()
        .filter(|_| is_only && place.holder.is_none())
        .and_then(|member| outermost_text(json, member));
    let document = first
        .filter(|_| short.is_none())
        .and_then(|_| Value::parse_bytes(json).ok());
    let names = document
        .into_iter()
        .flat_map(elements)
        .flat_map(move |document| within(document, place.holder))
        .flat_map(move |holder| named(holder, place.key))
        .filter(|name| name.kind() == Kind::String)
        .map(|name| name.span());
    short.into_iter().chain(names)
}

/// A body, or a whole frame with its field names and blank line, in which the upstream's model name
/// has become `client_model`.
///
/// Only the names change, every other byte is the one that was received and is shared with it.
/// `None` if there is nothing to change: forward what came.
///
/// ```
/// use cliproxy_core::Protocol;
/// use cliproxy_translators::{Part, rename};
///
/// let frame = "data: {\"model\": \"gpt-5.4\",\"choices\":[]}\r\n\r\n".into();
/// let renamed = rename(Protocol::Chat, &frame, Part::Event, "fast").unwrap();
/// assert_eq!(renamed.to_bytes(), "data: {\"model\": \"fast\",\"choices\":[]}\r\n\r\n");
/// ```
#[must_use]
pub fn rename(
    protocol: Protocol,
    source: &Bytes,
    part: Part,
    client_model: &str,
) -> Option<Slices> {
    match part {
        Part::Body => replace(source, model_spans(protocol, source, part), client_model),
        // Most events name no model; that is told before their lines are looked for.
        Part::Event if !place(protocol, part).mention.is_in(source) => None,
        Part::Event => {
            let mut lines = data_lines(source);
            let first = lines.next()?;
            if lines.next().is_none() {
                let spans = model_spans(protocol, &source[first.clone()], part);
                let spans = spans.map(|span| first.start + span.start..first.start + span.end);
                return replace(source, spans, client_model);
            }
            let json = only_data(source);
            let spans = model_spans(protocol, &json, part);
            replace(source, spans, client_model)
        }
    }
}

/// Where this part of a reply names its model.
const fn place(protocol: Protocol, part: Part) -> ModelPlace {
    let place = rules(protocol).native.model;
    match part {
        Part::Event => place,
        Part::Body => ModelPlace {
            holder: None,
            ..place
        },
    }
}

/// The span of a member's text, if the member stands directly in the outermost object.
///
/// Only what comes before it is walked. Were every event of a stream checked to its end, renaming
/// would cost more than everything else that is done with it.
fn outermost_text(json: &[u8], member: &Member<'_>) -> Option<Range<usize>> {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < member.start {
        match json[at] {
            b'"' => at = string_end(json, at)? - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
    }
    let is_object = json.trim_ascii_start().first() == Some(&b'{');
    let is_member = is_object && depth == 1 && at == member.start;
    if !is_member || member.value.first() != Some(&b'"') {
        return None;
    }
    let start = json.len() - member.value.len();
    Some(start..string_end(json, start)?)
}

/// Where the string ends whose opening quote is at `start`, past its closing quote.
fn string_end(json: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr2(b'"', b'\\', json.get(at..)?)?;
        if json[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The elements of an array, for Google streams that are one; else the document itself.
fn elements(document: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let single = (document.kind() != Kind::Array).then_some(document);
    single.into_iter().chain(document.elements())
}

fn within<'a>(
    document: Value<'a>,
    holder: Option<&'static str>,
) -> impl Iterator<Item = Value<'a>> {
    let itself = holder.is_none().then_some(document);
    let held = holder.map(|key| named(document, key));
    itself.into_iter().chain(held.into_iter().flatten())
}

/// All members of that name: which of two a client reads is up to its parser.
fn named<'a>(object: Value<'a>, key: &'static str) -> impl Iterator<Item = Value<'a>> {
    let members = object.members();
    members.filter_map(move |(name, value)| (name == key).then_some(value))
}

fn replace(
    source: &Bytes,
    spans: impl Iterator<Item = Range<usize>>,
    client_model: &str,
) -> Option<Slices> {
    let name = quoted(client_model);
    let mut out = Slices::default();
    let mut kept = 0;
    for span in spans {
        if source[span.clone()] == name {
            continue;
        }
        out.push(source.slice(kept..span.start));
        out.push(name.clone());
        kept = span.end;
    }
    if kept == 0 {
        return None;
    }
    out.push(source.slice(kept..));
    Some(out)
}

/// The span of the value of a frame's `data` field, if there is exactly one.
pub(crate) fn data_line(frame: &[u8]) -> Option<Range<usize>> {
    let mut lines = data_lines(frame);
    let first = lines.next()?;
    lines.next().is_none().then_some(first)
}

/// The spans of the values of a frame's `data` fields.
fn data_lines(frame: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < frame.len() {
            let start = at;
            let end = start + memchr2(b'\n', b'\r', &frame[start..]).unwrap_or(frame.len() - start);
            at = end + 1;
            if let Some(value) = frame[start..end].strip_prefix(b"data:") {
                let value = value.strip_prefix(b" ").unwrap_or(value);
                return Some(end - value.len()..end);
            }
        }
        None
    })
}

/// A frame with everything but its data turned into spaces, so that JSON over several `data` lines
/// can be read and its spans are places in the frame.
fn only_data(frame: &[u8]) -> Vec<u8> {
    let mut json = vec![b' '; frame.len()];
    for line in data_lines(frame) {
        json[line.clone()].copy_from_slice(&frame[line]);
    }
    json
}
