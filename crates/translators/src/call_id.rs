//! Ids of tool calls: what a protocol takes, and one id per call in a conversation.
//!
//! A call and its result are tied by an id that whoever made the call has chosen. Not every protocol
//! takes every id:
//!
//! | who is given the id | what it takes | any other id becomes |
//! |---|---|---|
//! | Claude, client or upstream | `[A-Za-z0-9_-]+` | every other character `_`, then `_` and 8 hex digits |
//! | Responses | up to 64 characters | its first 47, `_` and 16 hex digits |
//! | Chat at OpenAI | up to 40 characters | its first 23, `_` and 16 hex digits |
//! | Chat at Mistral | 9 letters or digits | 9 of them, out of the digest |
//! | Gemini, Chat elsewhere | anything | |
//!
//! The digits are the head of SHA-256 over the whole id, so ids that differ stay different, and the
//! call and its result, each fitted by itself, stay equal. Lengths count characters.
//!
//! A call without an id is given one that is made of its place and its content ([`mint`]); a call
//! whose id an earlier call already has is given another one, and so is its result ([`CallIds`]). That
//! comes first, in requests and replies, fitting last: what makes an id unique is part of what is fitted, never added to it.

use crate::fingerprint::{digest, hex};
use std::borrow::Cow;

mod conversation;

pub(crate) use conversation::CallIds;

#[cfg(test)]
mod tests;

/// What ids must look like for whoever is given them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Letters, digits, `_` and `-`; at least one.
    Claude,
    /// At most 64 characters.
    Responses,
    /// At most 40 characters.
    OpenAi,
    /// Exactly 9 letters or digits.
    Mistral,
    /// Anything.
    Any,
}

/// The id that stands for `id` where `rule` holds: `id` itself if it may.
///
/// Fitting twice changes nothing more.
pub(crate) fn fit(id: &str, rule: Rule) -> Cow<'_, str> {
    match rule {
        Rule::Claude => charset(id),
        Rule::Responses => clamp(id, 64),
        Rule::OpenAi => clamp(id, 40),
        Rule::Mistral => nine(id),
        Rule::Any => Cow::Borrowed(id),
    }
}

fn charset(id: &str) -> Cow<'_, str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !id.is_empty() && id.chars().all(fits) {
        return Cow::Borrowed(id);
    }
    let mut fitted: String = id.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    fitted.push('_');
    fitted.push_str(&hex(&[id], 8));
    Cow::Owned(fitted)
}

fn clamp(id: &str, max: usize) -> Cow<'_, str> {
    const DIGITS: usize = 16;
    if id.len() <= max || id.chars().nth(max).is_none() {
        return Cow::Borrowed(id);
    }
    let mut fitted: String = id.chars().take(max - DIGITS - 1).collect();
    fitted.push('_');
    fitted.push_str(&hex(&[id], DIGITS));
    Cow::Owned(fitted)
}

fn nine(id: &str) -> Cow<'_, str> {
    const LEN: usize = 9;
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if id.len() == LEN && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Cow::Borrowed(id);
    }
    // One byte per digit. 256 is no multiple of 62, which only makes some digits a little likelier.
    let bytes = digest(&[id]).into_iter().take(LEN);
    let digits = bytes.map(|byte| char::from(DIGITS[usize::from(byte) % DIGITS.len()]));
    Cow::Owned(digits.collect())
}

/// Where a call stands that came without an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// In a request: the index of its turn.
    Turn(usize),
    /// In a reply: the id of the reply.
    Reply(&'a str),
}

/// An id for a call that has none: `call_` and 24 hex digits.
///
/// `part` is the index of the call in its turn or reply, `arguments` the text as it was received. The
/// same call in the same place gets the same id again, which keeps an encoded request the same
/// bytes.
pub(crate) fn mint(place: Place<'_>, part: usize, name: &str, arguments: &str) -> String {
    let turn;
    let place = match place {
        Place::Turn(index) => {
            turn = index.to_string();
            &turn
        }
        Place::Reply(id) => id,
    };
    let part = part.to_string();
    let pieces = ["gw|", place, "|", &part, "|", name, "|", arguments];
    format!("call_{}", hex(&pieces, 24))
}
