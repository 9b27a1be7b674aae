//! The chunk with the usage that a chat stream ends with if it was asked for.
//!
//! <https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options>

use crate::mention::{self, Member};
use cliproxy_json::{Body, Edit, Flag, Head, Kind, Path, Raw, Slices, Value, apply};
use cliproxy_sse::Frame;

#[cfg(test)]
mod tests;

/// Whether a frame is the extra chunk that `stream_options.include_usage` asks for: usage, and no
/// choices.
///
/// When the gateway asked and the client did not, this frame is kept from the client.
#[must_use]
pub fn is_usage_chunk(frame: &Frame) -> bool {
    let Some(data) = frame.data() else {
        return false;
    };
    let is_empty = |choices: Member<'_>| {
        let inside = choices.value.strip_prefix(b"[");
        inside.is_some_and(|inside| inside.trim_ascii_start().starts_with(b"]"))
    };
    if !mention::CHOICES.members(&data).any(is_empty) {
        return false;
    }
    let Ok(chunk) = Value::parse_bytes(&data) else {
        return false;
    };
    let mut choices = chunk
        .get("choices")
        .into_iter()
        .flat_map(|all| all.elements());
    choices.next().is_none()
        && chunk
            .get("usage")
            .is_some_and(|usage| usage.kind() == Kind::Object)
}

/// Whether the client itself asked for the usage chunk.
#[must_use]
pub fn asked_for_usage(head: &Head<'_>) -> bool {
    let options = head.get("stream_options");
    let asked = options.and_then(|options| options.get("include_usage"));
    asked.and_then(|asked| asked.as_bool()) == Some(true)
}

/// The body with `stream_options.include_usage` set, if it streams and does not ask already.
///
/// `None` leaves the body as it is, also where `stream_options` is something that only the upstream
/// can answer for.
#[must_use]
pub fn include_usage_edit(body: &Body) -> Option<Slices> {
    let head = body.head();
    if head.flag("stream") != Flag::True || asked_for_usage(&head) {
        return None;
    }
    let options = head.get("stream_options").map(|options| options.kind());
    if !matches!(options, None | Some(Kind::Object | Kind::Null)) {
        return None;
    }
    let path = Path::parse("stream_options.include_usage").ok()?;
    apply(body, &[Edit::Set(path, Raw::from(true))]).ok()
}
