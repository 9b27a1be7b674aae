//! State at a provider that a request builds on.
//!
//! It exists under the credential that made it and nowhere else: a stored response, one of its
//! items, a context cache, an uploaded file.

use cliproxy_core::Protocol;
use cliproxy_json::{Head, Kind, Value};
use memchr::memmem::Finder;
use std::borrow::Cow;

/// At most this many references of a kind are given, the latest ones: they name one credential
/// between them, and the latest are the likeliest to be remembered.
const MAX_PER_KIND: usize = 64;

/// The longest item that can be a reference, in bytes: two short members and room for an id.
const MAX_ITEM_REFERENCE: usize = 512;

/// How deep file references are looked for. Messages hold them four levels down.
const MAX_DEPTH: u32 = 8;

/// What kind of state it is.
#[expect(
    clippy::exhaustive_enums,
    reason = "what cannot be served by another credential must be decided for every kind"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateKind {
    /// A Gemini context cache.
    CachedContent,
    /// An uploaded file.
    File,
    /// An item of a stored response.
    Item,
    /// A stored response.
    Response,
}

impl StateKind {
    /// Whether the gateway could replace the reference by what it refers to, if it has kept it, so
    /// that another credential can serve.
    #[must_use]
    pub const fn is_expandable(self) -> bool {
        matches!(self, Self::Item | Self::Response)
    }
}

/// A reference to state at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateRef<'a> {
    /// What it refers to.
    pub kind: StateKind,
    /// The provider's id: `resp_…`, `msg_…`, `file_…`, `files/…`, `cachedContents/…`.
    pub id: Cow<'a, str>,
}

impl<'a> StateRef<'a> {
    /// A reference.
    #[must_use]
    pub fn new(kind: StateKind, id: impl Into<Cow<'a, str>>) -> Self {
        let id = id.into();
        Self { kind, id }
    }
}

/// What a request refers to, in the order in which it should decide: what cannot be expanded comes
/// first, the latest of a kind before the earlier ones.
///
/// A file is a candidate, no more: a tool argument that happens to be called `file_id` is given
/// too, and was made by nobody.
///
/// Costs a few comparisons of names for what is a top-level member, and a step over each input item
/// for items. Messages are read only if a vectorised search finds the name of a file in them.
#[must_use]
pub fn state_references<'a>(protocol: Protocol, head: Option<&Head<'a>>) -> Vec<StateRef<'a>> {
    references(protocol, head, |_| true)
}

/// The same, for the kinds that are `wanted`.
pub(crate) fn references<'a>(
    protocol: Protocol,
    head: Option<&Head<'a>>,
    wanted: impl Fn(StateKind) -> bool,
) -> Vec<StateRef<'a>> {
    let mut found = Vec::new();
    let Some(head) = head else { return found };
    let first_of = |names: &[&str]| names.iter().find_map(|name| head.get(name));
    let layout = Layout::of(protocol);
    if wanted(StateKind::CachedContent) {
        push(StateKind::CachedContent, first_of(layout.cache), &mut found);
    }
    let messages = head.get(layout.messages);
    if wanted(StateKind::File) {
        files(messages, layout.files, &mut found);
    }
    if protocol == Protocol::Responses {
        if wanted(StateKind::Response) {
            push(
                StateKind::Response,
                head.get("previous_response_id"),
                &mut found,
            );
        }
        if wanted(StateKind::Item) {
            items(messages, &mut found);
        }
    }
    found
}

/// Where a protocol's references are.
struct Layout {
    messages: &'static str,
    files: &'static [&'static str],
    cache: &'static [&'static str],
}

impl Layout {
    const fn of(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Chat | Protocol::Claude => Self {
                messages: "messages",
                files: &["file_id"],
                cache: &[],
            },
            // Protocol buffers accept both spellings of a field.
            Protocol::Gemini => Self {
                messages: "contents",
                files: &["fileUri", "file_uri"],
                cache: &["cachedContent", "cached_content"],
            },
            Protocol::Responses => Self {
                messages: "input",
                files: &["file_id"],
                cache: &[],
            },
        }
    }
}

/// Finds `{"type":"item_reference","id":…}`, see
/// <https://platform.openai.com/docs/api-reference/responses/create>.
fn items<'a>(input: Option<Value<'a>>, found: &mut Vec<StateRef<'a>>) {
    let start = found.len();
    for item in input.iter().flat_map(Value::elements) {
        if item.raw().len() > MAX_ITEM_REFERENCE {
            continue;
        }
        let kind = item.get("type").and_then(|kind| kind.as_str());
        if kind.is_some_and(|kind| kind == "item_reference") {
            push(StateKind::Item, item.get("id"), found);
        }
    }
    keep_latest(start, found);
}

fn files<'a>(messages: Option<Value<'a>>, names: &[&str], found: &mut Vec<StateRef<'a>>) {
    let start = found.len();
    for name in names {
        let name = Finder::new(name);
        if let Some(messages) = messages.filter(|messages| mentions(messages, &name)) {
            descend(messages, &name, MAX_DEPTH, found);
        }
    }
    keep_latest(start, found);
}

/// Walks into the parts of a value that mention a member called `name`, and into no others.
fn descend<'a>(value: Value<'a>, name: &Finder<'_>, depth: u32, found: &mut Vec<StateRef<'a>>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    for element in value.elements() {
        if mentions(&element, name) {
            descend(element, name, depth, found);
        }
    }
    for (key, member) in value.members() {
        if key.as_bytes() == name.needle() {
            file(member, found);
        } else if mentions(&member, name) {
            descend(member, name, depth, found);
        }
    }
}

fn file<'a>(value: Value<'a>, found: &mut Vec<StateRef<'a>>) {
    let Some(id) = value.as_str() else { return };
    let Some(start) = resource(&id) else { return };
    let id = match id {
        Cow::Borrowed(id) => Cow::Borrowed(&id[start..]),
        Cow::Owned(id) => Cow::Owned(id[start..].to_owned()),
    };
    found.push(StateRef::new(StateKind::File, id));
}

/// Where the name of a file begins: an id is one as it is, of a URI it is the resource `files/…` at
/// its end. Any other URI is no state of the provider.
fn resource(id: &str) -> Option<usize> {
    let Some((parent, name)) = id.rsplit_once('/') else {
        return (!id.is_empty()).then_some(0);
    };
    let before = parent.strip_suffix("files")?;
    let whole = before.is_empty() || before.ends_with('/');
    (whole && !name.is_empty()).then_some(before.len())
}

fn push<'a>(kind: StateKind, id: Option<Value<'a>>, found: &mut Vec<StateRef<'a>>) {
    if let Some(id) = id.and_then(|id| id.as_str()).filter(|id| !id.is_empty()) {
        found.push(StateRef::new(kind, id));
    }
}

fn mentions(value: &Value<'_>, name: &Finder<'_>) -> bool {
    let holds_members = matches!(value.kind(), Kind::Array | Kind::Object);
    holds_members && name.find(value.raw().as_bytes()).is_some()
}

/// Turns what was found since `start` round, and cuts it.
fn keep_latest(start: usize, found: &mut Vec<StateRef<'_>>) {
    found[start..].reverse();
    found.truncate(start + MAX_PER_KIND);
}

#[cfg(test)]
mod tests;
