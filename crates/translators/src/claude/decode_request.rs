//! A client's Messages request, read.
//!
//! | member | becomes |
//! | --- | --- |
//! | `system` | a system message; a first block that only says who bills the client is no prompt, and goes |
//! | `messages` | turns, see `messages` and `blocks` |
//! | `tools` | tools, see `tools` |
//! | `tool_choice` | which tools may be chosen, and whether several at once |
//! | `thinking`, `output_config.effort` | how much to think, see `thinking::read` |
//! | `output_config.format`, `output_format` | what the answer looks like; it is always enforced |
//! | `stream` | a boolean |
//! | `metadata.user_id` | the end user; what else is in `metadata` only labels |
//! | `betas`, `anthropic_beta`, `anthropic_version` | nothing: they belong to headers |
//! | another one that settings know | this setting |
//! | another | unknown |

mod blocks;
mod documents;
mod messages;
pub(crate) mod thinking;
mod tools;

#[cfg(test)]
mod tests;

use crate::{
    client_body::{
        expect::{boolean, invalid, object, required, string, strings},
        members::{take, take_settings},
        openai::schema_of,
        pieces::Pieces,
        wish,
    },
    hub::ClientContext,
    rejection::Rejection,
    request_ir::{Format, FormatKind, Key, Place, Request},
    thinking::read,
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;

const MEMBERS: [&str; 14] = [
    "model",
    "system",
    "messages",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "output_format",
    "stream",
    "metadata",
    "stop_sequences",
    "betas",
    "anthropic_beta",
    "anthropic_version",
];

const THINKING: [&str; 3] = ["type", "budget_tokens", "display"];

/// Reads a request body.
///
/// # Errors
///
/// [`Rejection`] for a body that departs from the protocol.
pub(crate) fn decode<'a>(
    body: Value<'a>,
    client: &ClientContext<'_>,
) -> Result<Request<'a>, Rejection> {
    let mut request = Request::new(Protocol::Claude);
    request.include_usage = true;
    let members = object(body, "the body")?.members();
    let [
        _,
        system,
        messages,
        tools,
        choice,
        thinking,
        output,
        format,
        stream,
        metadata,
        stop,
        ..,
    ] = take_settings(&mut request, "", members, MEMBERS);
    if let Some(stream) = stream {
        request.streams = boolean(stream, "stream")?;
    }
    let pieces = Pieces::default();
    if let Some(system) = system {
        messages::read_system(&mut request, system, &pieces)?;
    }
    let messages = required(messages, body, "messages")?;
    request.conversation = Place::of(messages);
    messages::read(&mut request, messages, &pieces)?;
    if let Some(tools) = tools {
        tools::read(&mut request, tools, &pieces)?;
    }
    if let Some(choice) = choice {
        tools::read_choice(&mut request, choice)?;
    }
    let [effort, inner_format] = match output {
        Some(output) => {
            let members = object(output, "output_config")?.members();
            take_settings(&mut request, "output_config", members, ["effort", "format"])
        }
        None => [None; 2],
    };
    if let Some(thinking) = thinking {
        let members = object(thinking, "thinking")?.members();
        wish::note_unknown(&mut request, members, &THINKING);
    }
    let said = read::claude(thinking, output, client.effort_only);
    wish::set(&mut request, client, said)?;
    // An effort that reasoning is not steered by steers how much is said, which only Claude has.
    let unused = effort.map(Place::of);
    if let Some(place) = unused.filter(|place| *place != request.control_place) {
        request.unknown.push(place);
        request.unused_effort = place;
    }
    if let Some(format) = inner_format.or(format) {
        request.format = Some(read_format(format)?);
    }
    if let Some(metadata) = metadata {
        let [user] = take(object(metadata, "metadata")?.members(), ["user_id"]);
        if let Some(user) = user {
            request.settings.take(Key::SafetyIdentifier, user);
        }
    }
    if let Some(stop) = stop {
        strings(stop, "stop_sequences")?;
        request.settings.take(Key::Stop, stop);
    }
    Ok(request)
}

fn read_format(value: Value<'_>) -> Result<Format<'_>, Rejection> {
    let [kind, schema] = take(object(value, "format")?.members(), ["type", "schema"]);
    let kind = required(kind, value, "type")?;
    if string(kind, "type")? != "json_schema" {
        return Err(invalid(kind, "`type` must be `json_schema`"));
    }
    Ok(Format {
        kind: FormatKind::Schema {
            name: None,
            description: None,
            schema: schema_of(required(schema, value, "schema")?, "schema")?,
            strict: Some(true),
        },
        place: Place::of(value),
    })
}
