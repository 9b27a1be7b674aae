//! What of a body depends on the account that is asked, settled for each attempt.
//!
//! A body is encoded once per upstream model and outlives a change of credential. What only the account
//! knows is marked in it, as places beside the bytes, and put in here: spans are replaced, nothing is
//! parsed, nothing copied.
//!
//! | mark | what is done |
//! |---|---|
//! | project (Code Assist) | the account's project becomes the member `project` |
//! | realm | reasoning that names an account is kept for that account and cut with its comma for any other; an account without a realm keeps it |
//! | cache key (ChatGPT backend) | `prompt_cache_key` is put in if the client sent none and the account has one |

use crate::{carrier, profile::Params, splice::Moved};
use bytes::Bytes;
use cliproxy_json::{Slices, Value, quoted};
use std::ops::Range;

#[cfg(test)]
mod tests;

/// The member that names a conversation for the cache of prompts.
pub(crate) const CACHE_KEY: &str = "prompt_cache_key";

/// What a body has to be told about the account.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a parameter list with names")]
pub struct Account<'a> {
    /// The project of a Code Assist account.
    pub project: Option<&'a str>,
    /// What the account is called in reasoning that only it can read: [`realm`].
    pub realm: Option<u32>,
    /// The prompt cache key that the ChatGPT backend is given where the client has none.
    pub cache_key: Option<&'a str>,
}

/// What an account is called in reasoning that only it can read. `identity` names its organisation or
/// itself, or its credential where neither is known; never a secret.
#[must_use]
pub fn realm(identity: &str) -> u32 {
    carrier::realm(identity)
}

/// A body for an upstream, with marks at what depends on the account.
#[derive(Clone, Debug, Default)]
pub struct Encoded {
    body: Slices,
    marks: Vec<Mark>,
}

/// A body as it goes up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finished {
    /// The body.
    pub body: Slices,
    /// How many items of reasoning were cut that another account has sealed.
    pub cut: usize,
    /// Whether the account's prompt cache key was put in.
    pub is_keyed: bool,
}

/// A place in a body that depends on the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Behind the member `model`: the project goes here.
    Project(usize),
    /// Behind the member `model`: the cache key goes here.
    CacheKey(usize),
    /// An element of an array that only one account can read.
    Sealed(Sealed),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) realm: u32,
    pub(crate) span: Range<usize>,
    /// The end of the element before it; `None` for the first.
    pub(crate) before: Option<usize>,
    /// The start of the element behind it; the end of the element itself for the last.
    pub(crate) behind: usize,
}

impl Encoded {
    /// The marks are in the order of their places.
    pub(crate) fn new(body: impl Into<Slices>, marks: Vec<Mark>) -> Self {
        let body = body.into();
        Self { body, marks }
    }

    /// The bytes before anything is settled.
    #[cfg(test)]
    pub(crate) fn unsettled(&self) -> Bytes {
        self.body.to_bytes()
    }

    /// The length before anything is settled, in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.body.len()
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The body for one account. Without marks it is the body as it is.
    #[must_use]
    pub fn finish(&self, account: &Account<'_>) -> Finished {
        let mut edits: Vec<(Range<usize>, Bytes)> = Vec::new();
        let mut cut = 0;
        let mut is_keyed = false;
        // Where the array begins now that its first elements are cut.
        let mut first = None;
        let put = |name: &str, value: &str| {
            let mut member = format!(",\"{name}\":").into_bytes();
            member.extend_from_slice(&quoted(value));
            Bytes::from(member)
        };
        for mark in &self.marks {
            match mark {
                Mark::Project(at) => {
                    let project = account.project.map(|project| put("project", project));
                    edits.extend(project.map(|member| (*at..*at, member)));
                }
                Mark::CacheKey(at) => {
                    let key = account.cache_key.map(|key| put(CACHE_KEY, key));
                    is_keyed |= key.is_some();
                    edits.extend(key.map(|member| (*at..*at, member)));
                }
                Mark::Sealed(sealed) => {
                    if account.realm.is_none_or(|realm| realm == sealed.realm) {
                        continue;
                    }
                    cut += 1;
                    let span = &sealed.span;
                    let gone = match sealed.before {
                        Some(before) if first != Some(span.start) => before..span.end,
                        _ => {
                            first = Some(sealed.behind);
                            span.start..sealed.behind
                        }
                    };
                    edits.push((gone, Bytes::new()));
                }
            }
        }
        let body = match edits.is_empty() {
            true => self.body.clone(),
            false => spliced(&self.body, &edits),
        };
        Finished {
            body,
            cut,
            is_keyed,
        }
    }
}

impl Mark {
    /// The mark of an element of an array that was written without whitespace.
    pub(crate) fn sealed(realm: u32, span: Range<usize>, out: &[u8]) -> Self {
        let is_first = span.start == 0 || out[span.start - 1] == b'[';
        let is_last = out.get(span.end) != Some(&b',');
        Self::Sealed(Sealed {
            realm,
            before: (!is_first).then(|| span.start - 1),
            behind: if is_last { span.end } else { span.end + 1 },
            span,
        })
    }

    /// The marks once the outermost members have other names or are gone, as the operator says. A
    /// cache key that the upstream does not take under this name is not put in.
    pub(crate) fn of_renamed(
        marks: Vec<Self>,
        params: &Params,
        before: Value<'_>,
        after: &[u8],
    ) -> Vec<Self> {
        let Ok(after) = Value::parse_bytes(after) else {
            return Vec::new();
        };
        let items = |body: Value<'_>| body.get("input").map(|input| input.span().start);
        let items = items(before).zip(items(after));
        // No body can do without it, so it is where it was among those that are left.
        let model = after.get("model").map(|model| model.span().end);
        let takes_key = params.name(CACHE_KEY) == Some(CACHE_KEY);
        let moved = marks.into_iter().filter_map(|mark| match mark {
            Self::Sealed(sealed) => items.map(|(old, new)| {
                let shifted = |place: usize| place - old + new;
                Self::Sealed(Sealed {
                    realm: sealed.realm,
                    span: shifted(sealed.span.start)..shifted(sealed.span.end),
                    before: sealed.before.map(shifted),
                    behind: shifted(sealed.behind),
                })
            }),
            Self::Project(_) => model.map(Self::Project),
            Self::CacheKey(_) => model.filter(|_| takes_key).map(Self::CacheKey),
        });
        moved.collect()
    }

    /// Where it is.
    pub(crate) fn place(&self) -> usize {
        match self {
            Self::Project(at) | Self::CacheKey(at) => *at,
            Self::Sealed(sealed) => sealed.span.start,
        }
    }

    /// The same mark after the splices of its body.
    pub(crate) fn moved(self, moved: &Moved) -> Self {
        let place = |old| moved.place(old);
        match self {
            Self::Project(at) => Self::Project(place(at)),
            Self::CacheKey(at) => Self::CacheKey(place(at)),
            Self::Sealed(sealed) => Self::Sealed(Sealed {
                span: place(sealed.span.start)..place(sealed.span.end),
                before: sealed.before.map(place),
                behind: place(sealed.behind),
                ..sealed
            }),
        }
    }
}

/// The same pieces, with spans of the whole replaced: in order, and not overlapping.
fn spliced(body: &Slices, edits: &[(Range<usize>, Bytes)]) -> Slices {
    let mut out = Slices::default();
    let mut edits = edits.iter().peekable();
    // Everything before `kept` is written or cut.
    let (mut start, mut kept) = (0, 0);
    for piece in body.iter() {
        let end = start + piece.len();
        while let Some((span, with)) = edits.next_if(|(span, _)| span.start < end) {
            if kept < span.start {
                out.push(piece.slice(kept.max(start) - start..span.start - start));
            }
            out.push(with.clone());
            kept = kept.max(span.end);
        }
        if kept < end {
            out.push(piece.slice(kept.max(start) - start..));
            kept = end;
        }
        start = end;
    }
    edits.for_each(|(_, with)| out.push(with.clone()));
    out
}
