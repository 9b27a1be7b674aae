//! A client's `generateContent` request, read. Every name may be spelled in camel case or with underscores.
//!
//! | member | becomes |
//! | --- | --- |
//! | `systemInstruction` | a system message, whatever its role |
//! | `contents` | turns, see `parts` |
//! | `tools`, `toolConfig` | tools, and which may be chosen, see `tools` |
//! | `generationConfig` | settings, the answer's form, how much to think, see `config` |
//! | another one that settings know | this setting; how closely media are looked at goes to the images, see `media_resolution` |
//! | another | unknown |
//!
//! In the envelope of Code Assist all this stands in `request`. Beside it, `model` and `project` are the
//! gateway's to know, and `user_prompt_id` is a setting.

mod config;
mod parts;
mod tools;

#[cfg(test)]
mod tests;

use crate::{
    client_body::{
        expect::{invalid, object, required, string, text},
        members::{camel, take, take_settings},
        pieces::Pieces,
    },
    gemini::media_resolution,
    hub::ClientContext,
    rejection::Rejection,
    request_ir::{Key, Part, PartKind, Place, Request, Role, SystemMessage, SystemRole, Turn},
};
use cliproxy_core::Protocol;
use cliproxy_json::{Kind, Value};

const ENVELOPE: [&str; 4] = ["request", "model", "project", "userPromptId"];

const MEMBERS: [&str; 7] = [
    "systemInstruction",
    "contents",
    "tools",
    "toolConfig",
    "generationConfig",
    "model",
    "sessionId",
];

/// Reads a request body.
///
/// # Errors
///
/// [`Rejection`] for a body that departs from the protocol.
pub(crate) fn decode<'a>(
    body: Value<'a>,
    client: &ClientContext<'_>,
) -> Result<Request<'a>, Rejection> {
    let mut request = Request::new(Protocol::Gemini);
    request.include_usage = true;
    request.streams = client.streams;
    request.is_enveloped = client.is_enveloped;
    let mut inner = object(body, "the body")?;
    if client.is_enveloped {
        let members = camel(body);
        let [found, _, _, prompt] = take_settings(&mut request, "", members, ENVELOPE);
        inner = object(required(found, body, "request")?, "request")?;
        if let Some(prompt) = prompt {
            request.settings.take(Key::UserPromptId, prompt);
        }
    }
    let [system, contents, declared, choice, configured, _, session] =
        take_settings(&mut request, "", camel(inner), MEMBERS);
    let pieces = Pieces::default();
    if let Some(system) = system {
        request.system.push(read_system(system, &pieces)?);
    }
    let contents = required(contents, inner, "contents")?;
    request.conversation = Place::of(contents);
    read_contents(&mut request, contents, &pieces)?;
    if let Some(declared) = declared {
        tools::read(&mut request, declared, &pieces)?;
    }
    if let Some(choice) = choice {
        tools::read_choice(&mut request, choice, &pieces)?;
    }
    config::read(&mut request, client, configured)?;
    media_resolution::spread(&mut request);
    if let Some(session) = session {
        request.settings.take(Key::SessionId, session);
    }
    Ok(request)
}

/// A content, or a text alone.
fn read_system<'a>(value: Value<'a>, pieces: &Pieces) -> Result<SystemMessage<'a>, Rejection> {
    let place = Place::of(value);
    let mut read = Vec::new();
    if value.kind() == Kind::String {
        read.push(Part::text(text(value, "systemInstruction")?, place));
    } else {
        let [list] = take(camel(object(value, "systemInstruction")?), ["parts"]);
        if let Some(list) = list {
            read = parts::read(list, pieces)?;
        }
    }
    for part in &mut read {
        if !matches!(part.kind, PartKind::Text(_)) {
            return Err(Rejection::Invalid {
                place: part.place,
                message: "a system instruction has texts only".into(),
            });
        }
    }
    Ok(SystemMessage {
        role: SystemRole::System,
        parts: read,
        place,
    })
}

fn read_contents<'a>(
    request: &mut Request<'a>,
    contents: Value<'a>,
    pieces: &Pieces,
) -> Result<(), Rejection> {
    for content in pieces.array(contents, "contents")? {
        let content = content?;
        let [role, list] = take(camel(object(content, "content")?), ["role", "parts"]);
        let name = role.map(|role| string(role, "role")).transpose()?;
        let said_by = match name.as_deref() {
            Some("model") => Role::Assistant,
            // What functions gave is told by the user.
            None | Some("" | "user" | "function" | "tool") => Role::User,
            Some(_) => {
                let message = "`role` must be one of: user, model, function, tool";
                return Err(invalid(role.unwrap_or(content), message));
            }
        };
        request.turns.push(Turn::Said {
            role: said_by,
            parts: match list {
                Some(list) => parts::read(list, pieces)?,
                None => Vec::new(),
            },
            place: Place::of(content),
        });
    }
    Ok(())
}
