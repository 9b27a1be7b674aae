//! A request body: the received bytes and where its top-level members are.

use std::{borrow::Cow, fmt, ops::Range, sync::Arc};

use bytes::Bytes;

use crate::{
    Invalid, Slices, Value,
    jumps::{Jump, Jumps, Recorder},
    scan::{colon, expected, key_end, skip_whitespace, value_end},
    text,
};

/// How many members a body may have; the largest protocol has about 50.
const MAX_MEMBERS: usize = 4096;

/// An immutable JSON object as it was received.
///
/// Making one checks the whole text in one pass and keeps the places of its top-level members; no tree is built.
#[derive(Clone)]
pub struct Body {
    text: Arc<String>,
    raw: Bytes,
    members: Vec<Member>,
    jumps: Vec<Jump>,
    object: Range<usize>,
}

/// The top-level members of a body.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    text: &'a str,
    members: &'a [Member],
    jumps: Jumps<'a>,
}

/// A boolean member as it was written. What [`Other`](Flag::Other) means is for the caller to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "there is nothing else a member can be"
)]
pub enum Flag {
    /// There is no such member.
    Absent,
    /// `false`
    False,
    /// `true`
    True,
    /// Anything that is not a boolean, `null` included.
    Other,
}

/// The standard library checks ASCII at the speed of memory and everything else at under 1 GB/s, so a body in
/// Chinese would cost more to check than to scan and forward. `simdutf8` is ten times as fast there; what it lacks is
/// a way to turn the checked bytes into a `String` without `unsafe`, and a copy is cheap beside the difference.
fn utf8(raw: Bytes) -> Result<String, Invalid> {
    if raw.is_ascii() {
        return String::from_utf8(raw.into()).map_err(|error| not_utf8(error.utf8_error()));
    }
    match simdutf8::basic::from_utf8(&raw) {
        Ok(text) => Ok(text.to_owned()),
        // It does not say where; the standard library does.
        Err(_) => String::from_utf8(raw.into()).map_err(|error| not_utf8(error.utf8_error())),
    }
}

fn not_utf8(error: std::str::Utf8Error) -> Invalid {
    Invalid::NotUtf8 {
        offset: error.valid_up_to(),
    }
}

impl Body {
    /// Checks `raw` and indexes its top level.
    ///
    /// ASCII is not copied if this is the only handle on the buffer, as it is for a body that has just been read.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for a text that is no JSON object, is not UTF-8, is nested deeper than 512 levels,
    /// has more than 4,096 members, or is larger than 4 GiB.
    pub fn new(raw: Bytes) -> Result<Self, Invalid> {
        if u32::try_from(raw.len()).is_err() {
            return Err(Invalid::TooLarge);
        }
        // Kept as a `String` because that is the one proof of UTF-8 that safe code can keep beside shared bytes:
        // checking again at each look costs more than the whole pass once a text is not ASCII.
        let text = Arc::new(utf8(raw)?);
        let raw = Bytes::from_owner(Shared(Arc::clone(&text)));
        let mut recorder = Recorder::default();
        let (members, object) = index(text.as_bytes(), &mut recorder)?;
        Ok(Self {
            text,
            raw,
            members,
            jumps: recorder.finish(),
            object,
        })
    }

    /// The received bytes.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// The top-level members.
    #[must_use]
    pub fn head(&self) -> Head<'_> {
        Head {
            text: &self.text,
            members: &self.members,
            jumps: Jumps::new(&self.jumps),
        }
    }

    /// The whole object as a value.
    #[must_use]
    pub fn root(&self) -> Value<'_> {
        let object = self.object.clone();
        Value::checked(
            &self.text[object.clone()],
            object.start,
            Jumps::new(&self.jumps),
        )
    }

    /// The body with one span replaced. Nothing is copied: the result shares the received bytes.
    ///
    /// The span comes from a value of this body; one that reaches beyond the end is cut off there.
    #[must_use]
    pub fn replace(&self, span: Range<usize>, with: Bytes) -> Slices {
        let start = span.start.min(self.raw.len());
        let end = span.end.clamp(start, self.raw.len());
        let mut slices = Slices::from(self.raw.slice(..start));
        slices.push(with);
        slices.push(self.raw.slice(end..));
        slices
    }
}

impl<'a> Head<'a> {
    /// The first member that is called `key`, by its decoded name.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        self.members
            .iter()
            .find(|member| text::key_is(self.key(member), key))
            .map(|member| self.value(member))
    }

    /// How many members are called `key`.
    ///
    /// Parsers disagree on which of two wins, so what is routed by one must be refused when there are more.
    #[must_use]
    pub fn count(&self, key: &str) -> usize {
        self.members
            .iter()
            .filter(|member| text::key_is(self.key(member), key))
            .count()
    }

    /// The first member that is called `key`, read as a boolean.
    #[must_use]
    pub fn flag(&self, key: &str) -> Flag {
        match self.get(key).map(|value| value.as_bool()) {
            None => Flag::Absent,
            Some(Some(false)) => Flag::False,
            Some(Some(true)) => Flag::True,
            Some(None) => Flag::Other,
        }
    }

    /// All members with their decoded names, in order.
    pub fn members(&self) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> + use<'a> {
        let head = *self;
        head.members
            .iter()
            .map(move |member| (text::decoded(head.key(member)), head.value(member)))
    }

    /// The key between its quotes, escapes included.
    fn key(&self, member: &Member) -> &'a str {
        &self.text[member.key.0 as usize..member.key.1 as usize]
    }

    fn value(&self, member: &Member) -> Value<'a> {
        let (start, end) = (member.value.0 as usize, member.value.1 as usize);
        Value::checked(&self.text[start..end], start, self.jumps.inside(start, end))
    }
}

/// Shows sizes, never content: bodies end up in logs.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("len", &self.raw.len())
            .field("members", &self.members.len())
            .finish()
    }
}

/// Shows sizes, never content.
impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("members", &self.members.len())
            .finish()
    }
}

/// The places of a key, without its quotes, and of a value.
#[derive(Clone, Copy)]
struct Member {
    key: (u32, u32),
    value: (u32, u32),
}

/// Lets `Bytes` share the text.
struct Shared(Arc<String>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Checks a whole document and notes the members of its outermost object and where that object stands.
fn index(text: &[u8], recorder: &mut Recorder) -> Result<(Vec<Member>, Range<usize>), Invalid> {
    let object = skip_whitespace(text, 0);
    match text.get(object) {
        Some(b'{') => {}
        Some(b'[' | b'"' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9') => {
            return Err(Invalid::NotObject);
        }
        _ => return Err(expected(object, "an object")),
    }
    let mut members = Vec::with_capacity(32);
    let mut at = skip_whitespace(text, object + 1);
    if text.get(at) == Some(&b'}') {
        at += 1;
    } else {
        loop {
            if members.len() == MAX_MEMBERS {
                return Err(Invalid::TooManyMembers { limit: MAX_MEMBERS });
            }
            let key_end = key_end(text, at)?;
            let start = colon(text, key_end)?;
            let end = value_end(text, start, 1, recorder)?;
            members.push(Member {
                key: (at as u32 + 1, key_end as u32 - 1),
                value: (start as u32, end as u32),
            });
            at = skip_whitespace(text, end);
            match text.get(at) {
                Some(b',') => at = skip_whitespace(text, at + 1),
                Some(b'}') => {
                    at += 1;
                    break;
                }
                _ => return Err(expected(at, "a comma or a closing brace")),
            }
        }
    }
    let offset = skip_whitespace(text, at);
    if offset < text.len() {
        return Err(Invalid::Trailing { offset });
    }
    Ok((members, object..at))
}

#[cfg(test)]
mod tests;
