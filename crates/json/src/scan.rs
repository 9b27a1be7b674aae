//! The grammar: one pass that checks a value and finds where it ends.
//!
//! Containers, commas, colons, literals and numbers are held to RFC 8259 exactly.
//! Inside a string only its end is looked for: a backslash skips the byte after it, and nothing else is refused.
//! Whether `\q` or a raw control character is acceptable is for the upstream to say, in its own words;
//! it cannot change the structure, so every parser that accepts the text sees the same members in it.

use memchr::memchr;

use crate::Invalid;

/// How many arrays and objects may be nested, the outermost included.
///
/// Agents stay below 30; the limit keeps what the next parser does recursively harmless.
pub(crate) const MAX_DEPTH: usize = 512;

/// What the pass tells about the places it comes across, in the order of their start.
pub(crate) trait Visit {
    /// An object or array begins at `start`.
    fn open(&mut self, start: usize);
    /// The innermost object or array that is still open ends before `end`.
    fn close(&mut self, end: usize);
    /// A string value, not a key, with its quotes.
    fn string(&mut self, start: usize, end: usize);
}

/// Nothing is noted.
impl Visit for () {
    fn open(&mut self, _: usize) {}
    fn close(&mut self, _: usize) {}
    fn string(&mut self, _: usize, _: usize) {}
}

/// Checks the value that starts at `start`, below `outer` open containers, and returns where it ends.
///
/// Iterative: what is open is a bit per level, so no input can exhaust the stack.
pub(crate) fn value_end(
    text: &[u8],
    start: usize,
    outer: usize,
    visit: &mut impl Visit,
) -> Result<usize, Invalid> {
    let mut open = Levels::below(outer);
    let mut at = start;
    loop {
        match text.get(at) {
            Some(b'"') => {
                let end = string_end(text, at)?;
                visit.string(at, end);
                at = end;
            }
            Some(b'{') => {
                open.push(Container::Object, at)?;
                visit.open(at);
                at = skip_whitespace(text, at + 1);
                if text.get(at) != Some(&b'}') {
                    at = member_value(text, at)?;
                    continue;
                }
                open.pop();
                at += 1;
                visit.close(at);
            }
            Some(b'[') => {
                open.push(Container::Array, at)?;
                visit.open(at);
                at = skip_whitespace(text, at + 1);
                if text.get(at) != Some(&b']') {
                    continue;
                }
                open.pop();
                at += 1;
                visit.close(at);
            }
            Some(b't') => at = literal_end(text, at, b"true")?,
            Some(b'f') => at = literal_end(text, at, b"false")?,
            Some(b'n') => at = literal_end(text, at, b"null")?,
            Some(b'-' | b'0'..=b'9') => at = number_end(text, at)?,
            _ => return Err(expected(at, "a value")),
        }
        // A value is complete: close what ends here, or go on to the next value.
        loop {
            let Some(innermost) = open.innermost() else {
                return Ok(at);
            };
            at = skip_whitespace(text, at);
            match (text.get(at), innermost) {
                (Some(b','), Container::Object) => {
                    at = member_value(text, skip_whitespace(text, at + 1))?;
                    break;
                }
                (Some(b','), Container::Array) => {
                    at = skip_whitespace(text, at + 1);
                    break;
                }
                (Some(b'}'), Container::Object) | (Some(b']'), Container::Array) => {
                    open.pop();
                    at += 1;
                    visit.close(at);
                }
                (_, Container::Object) => return Err(expected(at, "a comma or a closing brace")),
                (_, Container::Array) => return Err(expected(at, "a comma or a closing bracket")),
            }
        }
    }
}

/// Where the string whose opening quote is at `start` ends, after its closing quote.
///
/// Only quotes are looked for, and the backslashes before one counted: text of agents has an escape every 45 bytes but
/// few of them are quotes, so stopping at each (`memchr2`) costs twice as much.
pub(crate) fn string_end(text: &[u8], start: usize) -> Result<usize, Invalid> {
    let mut at = start + 1;
    loop {
        let Some(quote) = find_quote(text, at) else {
            return Err(expected(text.len(), "a closing quote"));
        };
        if text[quote - 1] != b'\\' || !is_escaped(text, quote) {
            return Ok(quote + 1);
        }
        at = quote + 1;
    }
}

/// Whether an odd number of backslashes precedes `at`. The opening quote of the string ends the count.
fn is_escaped(text: &[u8], at: usize) -> bool {
    let backslashes = text[..at].iter().rev().take_while(|&&byte| byte == b'\\');
    backslashes.count() % 2 == 1
}

/// The next quote from `at` on. Keys and ids are too short to be worth a call of `memchr`.
fn find_quote(text: &[u8], mut at: usize) -> Option<usize> {
    const LOW: u64 = u64::MAX / 255;
    const HIGH: u64 = LOW << 7;
    for _ in 0..2 {
        let Some(word) = text.get(at..).and_then(|rest| rest.first_chunk()) else {
            break;
        };
        // A zero byte where a quote is; the lowest one that the subtraction marks is exact.
        let word = u64::from_le_bytes(*word) ^ (LOW * b'"' as u64);
        let marked = word.wrapping_sub(LOW) & !word & HIGH;
        if marked != 0 {
            return Some(at + marked.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    memchr(b'"', text.get(at..)?).map(|found| at + found)
}

/// The first place from `at` on that is not whitespace.
pub(crate) fn skip_whitespace(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = text.get(at) {
        at += 1;
    }
    at
}

/// From a member's key at `at` to the first byte of its value.
fn member_value(text: &[u8], at: usize) -> Result<usize, Invalid> {
    colon(text, key_end(text, at)?)
}

/// Where the key at `at` ends, after its closing quote.
pub(crate) fn key_end(text: &[u8], at: usize) -> Result<usize, Invalid> {
    match text.get(at) {
        Some(b'"') => string_end(text, at),
        _ => Err(expected(at, "a member name")),
    }
}

/// Past the colon after a key that ends at `at`, to the first byte of the value.
pub(crate) fn colon(text: &[u8], at: usize) -> Result<usize, Invalid> {
    let at = skip_whitespace(text, at);
    match text.get(at) {
        Some(b':') => Ok(skip_whitespace(text, at + 1)),
        _ => Err(expected(at, "a colon")),
    }
}

fn literal_end(text: &[u8], at: usize, literal: &'static [u8]) -> Result<usize, Invalid> {
    if text[at..].starts_with(literal) {
        return Ok(at + literal.len());
    }
    Err(expected(at, "true, false or null"))
}

fn number_end(text: &[u8], mut at: usize) -> Result<usize, Invalid> {
    if text[at] == b'-' {
        at += 1;
    }
    at = match text.get(at) {
        Some(b'0') => at + 1,
        _ => digits_end(text, at)?,
    };
    if text.get(at) == Some(&b'.') {
        at = digits_end(text, at + 1)?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = text.get(at) {
            at += 1;
        }
        at = digits_end(text, at)?;
    }
    Ok(at)
}

/// Past one or more digits.
fn digits_end(text: &[u8], start: usize) -> Result<usize, Invalid> {
    let mut at = start;
    while let Some(b'0'..=b'9') = text.get(at) {
        at += 1;
    }
    if at == start {
        return Err(expected(at, "a digit"));
    }
    Ok(at)
}

pub(crate) fn expected(offset: usize, expected: &'static str) -> Invalid {
    Invalid::Syntax { offset, expected }
}

#[derive(Clone, Copy)]
enum Container {
    Array,
    Object,
}

/// Which containers are open, one bit each.
struct Levels {
    objects: [u64; MAX_DEPTH / 64],
    depth: usize,
    outer: usize,
}

impl Levels {
    fn below(outer: usize) -> Self {
        Self {
            objects: [0; MAX_DEPTH / 64],
            depth: 0,
            outer,
        }
    }

    fn push(&mut self, container: Container, offset: usize) -> Result<(), Invalid> {
        if self.outer + self.depth >= MAX_DEPTH {
            return Err(Invalid::TooDeep {
                offset,
                limit: MAX_DEPTH,
            });
        }
        let (word, bit) = (self.depth / 64, 1 << (self.depth % 64));
        match container {
            Container::Array => self.objects[word] &= !bit,
            Container::Object => self.objects[word] |= bit,
        }
        self.depth += 1;
        Ok(())
    }

    fn pop(&mut self) {
        self.depth -= 1;
    }

    fn innermost(&self) -> Option<Container> {
        let level = self.depth.checked_sub(1)?;
        let is_object = self.objects[level / 64] & (1 << (level % 64)) != 0;
        Some(if is_object {
            Container::Object
        } else {
            Container::Array
        })
    }
}

#[cfg(test)]
mod tests;
