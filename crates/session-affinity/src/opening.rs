//! An id for a conversation without one: a hash of how it opened.
//!
//! The opening is what comes up to and with the first user message: it is there in the first
//! request and the same in every later one. A hash that includes the first reply, as is common,
//! changes between the first and the second turn and needs a second key to bridge them.
//!
//! Text is hashed as it was sent, escapes included: a client spells its history the same way every
//! time, and decoding would copy it.

use crate::{
    key::{Scope, SessionKey, truncated},
    source::Source,
};
use cliproxy_core::Protocol;
use cliproxy_json::{Head, Kind, Value};
use sha2::{Digest as _, Sha256};

/// How many messages may come before the first user message. Keeps a body that has none from being
/// walked to its end.
const MAX_LEADING: usize = 64;

/// How much of an instruction counts, in characters. System prompts open with who the agent is and
/// go on with dates, directories and tools that change while the conversation lasts.
const INSTRUCTION_CHARS: usize = 50;

/// Of a longer text or inlined medium, as much as this counts of its beginning and of its end,
/// together with its length, in bytes. Hashing megabytes on every request would buy nothing: two
/// openings that agree in all this are the same conversation, or share a credential to no harm.
const SAMPLE: usize = 2048;

/// How deep media and other parts are walked. Below, their text counts as it was sent.
const MAX_DEPTH: u32 = 8;

/// The key of the conversation, or none if no user has said anything yet.
pub(crate) fn key(scope: &Scope, head: &Head<'_>, protocol: Protocol) -> Option<SessionKey> {
    let mut opening = Opening(scope.of(Source::Derived));
    let said = match protocol {
        Protocol::Chat => match head.get("messages") {
            Some(messages) => opening.messages(messages.elements()),
            // Some agents send a Responses body to the chat path.
            None => opening.responses(head),
        },
        Protocol::Claude => {
            opening.instruction(head.get("system"));
            opening.messages(head.get("messages")?.elements())
        }
        Protocol::Gemini => opening.gemini(head),
        Protocol::Responses => opening.responses(head),
    };
    said.then(|| SessionKey(truncated(opening.0)))
}

/// The hash so far. What is fed is framed by a tag and a length, so no two openings run together.
struct Opening(Sha256);

/// What a frame holds.
#[derive(Clone, Copy)]
enum Tag {
    End,
    Instruction,
    Name,
    Nested,
    Other,
    Resource,
    Text,
}

impl Opening {
    /// Chat Completions and Messages. Says, like the others, whether there was a user message; the
    /// walk ends there.
    fn messages<'a>(&mut self, messages: impl Iterator<Item = Value<'a>>) -> bool {
        messages
            .take(MAX_LEADING)
            .any(|message| self.message(&message))
    }

    fn responses(&mut self, head: &Head<'_>) -> bool {
        self.instruction(head.get("instructions"));
        let Some(input) = head.get("input") else {
            return false;
        };
        if input.kind() == Kind::String {
            return self.user(Some(input));
        }
        self.items(input.elements())
    }

    fn items<'a>(&mut self, items: impl Iterator<Item = Value<'a>>) -> bool {
        items.take(MAX_LEADING).any(|item| {
            // Messages may leave their type out; reasoning, calls and their outputs are no part of
            // the opening.
            let kind = item.get("type").and_then(|kind| kind.as_str());
            kind.is_none_or(|kind| kind == "message") && self.message(&item)
        })
    }

    fn message(&mut self, message: &Value<'_>) -> bool {
        let content = message.get("content");
        let role = message.get("role").and_then(|role| role.as_str());
        match role.as_deref() {
            Some("user") => return self.user(content),
            Some("system" | "developer") => self.instruction(content),
            _ => {}
        }
        false
    }

    fn gemini(&mut self, head: &Head<'_>) -> bool {
        // Protocol buffers accept both spellings of a field.
        let either = |camel, snake| head.get(camel).or_else(|| head.get(snake));
        if let Some(resource) = either("cachedContent", "cached_content") {
            self.frame(Tag::Resource, resource.raw().as_bytes());
        }
        let instruction = either("systemInstruction", "system_instruction");
        self.instruction(instruction.and_then(|content| content.get("parts")));
        head.get("contents")
            .is_some_and(|contents| self.contents(contents.elements()))
    }

    fn contents<'a>(&mut self, contents: impl Iterator<Item = Value<'a>>) -> bool {
        contents.take(MAX_LEADING).any(|content| {
            let from_user = match content.get("role").and_then(|role| role.as_str()) {
                Some(role) => role == "user",
                None => true,
            };
            from_user && self.user(content.get("parts"))
        })
    }

    fn instruction(&mut self, content: Option<Value<'_>>) {
        let Some(content) = content else { return };
        let mut left = INSTRUCTION_CHARS;
        for part in parts(content) {
            let Some(text) = text_of(&part).filter(|text| !text.is_empty()) else {
                continue;
            };
            let end = text
                .char_indices()
                .nth(left)
                .map_or(text.len(), |(at, _)| at);
            let text = &text[..end];
            self.frame(Tag::Instruction, text.as_bytes());
            left -= text.chars().count();
            if left == 0 {
                return;
            }
        }
    }

    /// Says whether the message held anything.
    fn user(&mut self, content: Option<Value<'_>>) -> bool {
        let Some(content) = content else { return false };
        let mut said = false;
        for part in parts(content) {
            match text_of(&part) {
                Some("") => continue,
                Some(text) => self.frame(Tag::Text, text.as_bytes()),
                None if part.is_null() => continue,
                None => self.other(part, MAX_DEPTH),
            }
            said = true;
        }
        said
    }

    /// Media and whatever else: all of it but `cache_control`, which clients move along to the
    /// newest message.
    fn other(&mut self, value: Value<'_>, depth: u32) {
        match (value.kind(), depth.checked_sub(1)) {
            (Kind::Object, Some(depth)) => {
                self.frame(Tag::Nested, b"{");
                for (name, member) in value.members() {
                    if name != "cache_control" {
                        self.frame(Tag::Name, name.as_bytes());
                        self.other(member, depth);
                    }
                }
                self.frame(Tag::End, b"");
            }
            (Kind::Array, Some(depth)) => {
                self.frame(Tag::Nested, b"[");
                for element in value.elements() {
                    self.other(element, depth);
                }
                self.frame(Tag::End, b"");
            }
            _ => self.frame(Tag::Other, value.raw().as_bytes()),
        }
    }

    fn frame(&mut self, tag: Tag, bytes: &[u8]) {
        self.0.update([tag as u8]);
        self.0.update((bytes.len() as u64).to_be_bytes());
        if bytes.len() <= 2 * SAMPLE {
            self.0.update(bytes);
        } else {
            self.0.update(&bytes[..SAMPLE]);
            self.0.update(&bytes[bytes.len() - SAMPLE..]);
        }
    }
}

/// The parts of a content: the elements of an array, anything else as the one part it is.
///
/// A plain string and one text part are the same to every protocol, and clients switch between the
/// two when they have something to attach to the part.
pub(crate) fn parts(content: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let whole = (content.kind() != Kind::Array).then_some(content);
    whole.into_iter().chain(content.elements())
}

/// The text of a part that is nothing but text, as it was sent.
fn text_of<'a>(part: &Value<'a>) -> Option<&'a str> {
    if part.kind() == Kind::String {
        return part.escaped();
    }
    let kind = part.get("type").and_then(|kind| kind.as_str());
    match kind.as_deref() {
        None | Some("text" | "input_text") => part.get("text")?.escaped(),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;
