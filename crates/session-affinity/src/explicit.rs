//! Session ids that clients send, in the places where they are known to send them.

use crate::source::Source;
use cliproxy_json::{Head, Kind, Value};
use http::{HeaderMap, HeaderName};
use std::borrow::Cow;

/// The longest id in bytes. Longer ones are no ids but something else in their place.
const MAX_LEN: usize = 256;

/// Marks the session in the `user_id` of older Claude Code versions:
/// `user_<hash>_account_<uuid>_session_<uuid>`.
const LEGACY_SESSION: &str = "_session_";

static CLAUDE_CODE: HeaderName = HeaderName::from_static("x-claude-code-session-id");
static CLIENT_REQUEST: HeaderName = HeaderName::from_static("x-client-request-id");

/// Headers that name a session and nothing else, strongest first.
static HEADERS: [(HeaderName, Source); 5] = [
    (HeaderName::from_static("session-id"), Source::Codex),
    (HeaderName::from_static("session_id"), Source::Codex),
    (HeaderName::from_static("x-session-id"), Source::Header),
    (
        HeaderName::from_static("x-session-affinity"),
        Source::Affinity,
    ),
    (HeaderName::from_static("x-amp-thread-id"), Source::Amp),
];

pub(crate) type Found<'a> = (Source, Cow<'a, str>);

/// The text of `metadata.user_id`, which three sources read.
pub(crate) fn user_id<'a>(head: &Head<'a>) -> Option<Cow<'a, str>> {
    head.get("metadata")?.get("user_id")?.as_str()
}

/// The ids that outrank `X-Client-Request-Id`: a client that sends one means it.
pub(crate) fn dedicated<'a>(headers: &'a HeaderMap, user_id: Option<&'a str>) -> Option<Found<'a>> {
    let named = |name: &HeaderName, source| Some((source, Cow::Borrowed(header(headers, name)?)));
    named(&CLAUDE_CODE, Source::ClaudeCode)
        .or_else(|| Some((Source::ClaudeCode, claude_code(user_id?)?)))
        .or_else(|| {
            HEADERS
                .iter()
                .find_map(|(name, source)| named(name, *source))
        })
}

/// The one id that is often fresh in every request.
pub(crate) fn client_request(headers: &HeaderMap) -> Option<&str> {
    header(headers, &CLIENT_REQUEST)
}

/// The ids a body holds beside the conversation.
pub(crate) fn in_body<'a>(head: &Head<'a>, user_id: Option<&'a str>) -> Option<Found<'a>> {
    let member = |key, source| Some((source, text(head.get(key)?)?));
    member("session_id", Source::Session)
        .or_else(|| member("sessionId", Source::Session))
        .or_else(|| member("prompt_cache_key", Source::PromptCacheKey))
        .or_else(|| Some((Source::Conversation, conversation(head)?)))
        .or_else(|| Some((Source::User, Cow::Borrowed(checked(user_id?)?))))
        .or_else(|| member("conversation_id", Source::Conversation))
}

/// The conversation of the Responses API: an id, or an object with one.
pub(crate) fn conversation<'a>(head: &Head<'a>) -> Option<Cow<'a, str>> {
    let conversation = head.get("conversation")?;
    match conversation.kind() {
        Kind::Object => text(conversation.get("id")?),
        _ => text(conversation),
    }
}

/// The session inside Claude Code's `user_id`: a JSON text with a `session_id`, or the legacy form.
fn claude_code(user_id: &str) -> Option<Cow<'_, str>> {
    let user_id = user_id.trim();
    if user_id.starts_with('{') {
        return text(Value::parse(user_id).ok()?.get("session_id")?);
    }
    let (_, session) = user_id.rsplit_once(LEGACY_SESSION)?;
    let is_id = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    (!session.is_empty() && session.bytes().all(is_id))
        .then_some(session)
        .and_then(checked)
        .map(Cow::Borrowed)
}

/// All values of a repeated header are tried.
fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
        .find_map(checked)
}

fn text(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value.as_str()? {
        Cow::Borrowed(text) => checked(text).map(Cow::Borrowed),
        Cow::Owned(text) => checked(&text).map(|id| Cow::Owned(id.into())),
    }
}

/// An id as it counts: trimmed, not empty, not long, without control characters. What fails is
/// passed over, and the next source is asked.
fn checked(text: &str) -> Option<&str> {
    let id = text.trim();
    let valid = !id.is_empty() && id.len() <= MAX_LEN && !text.chars().any(char::is_control);
    valid.then_some(id)
}
