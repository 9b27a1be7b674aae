//! A client's Responses request, read.
//!
//! | member | becomes |
//! | --- | --- |
//! | `instructions` | the first system message |
//! | `input` | a turn of the user, if it is a text; else see `items` |
//! | `tools` | tools; those that items add come after them, the first definition of a name wins |
//! | `tool_choice` | which tools may be chosen |
//! | `reasoning.effort`, `reasoning.summary` (or `generate_summary`) | how much to think, and what to show |
//! | `text.format` | what the answer looks like; `text` is none |
//! | `stream` | only `true` streams |
//! | another one that settings know | this setting |
//! | another | unknown |

mod calls;
mod items;
mod reasoning;

#[cfg(test)]
mod tests;

use crate::{
    chat::decode_request::read_stream_options,
    client_body::{
        expect::{object, required, text},
        members::take_settings,
        openai,
        pieces::Pieces,
        wish,
    },
    hub::ClientContext,
    rejection::Rejection,
    request_ir::{Part, Place, Request, Role, SystemMessage, SystemRole, Turn},
    thinking::read,
};
use cliproxy_core::Protocol;
use cliproxy_json::{Kind, Value};

const MEMBERS: [&str; 9] = [
    "model",
    "instructions",
    "input",
    "tools",
    "tool_choice",
    "reasoning",
    "text",
    "stream",
    "stream_options",
];

const REASONING: [&str; 3] = ["effort", "summary", "generate_summary"];

/// Reads a request body.
///
/// # Errors
///
/// [`Rejection`] for a body that departs from the protocol.
pub(crate) fn decode<'a>(
    body: Value<'a>,
    client: &ClientContext<'_>,
) -> Result<Request<'a>, Rejection> {
    let mut request = Request::new(Protocol::Responses);
    let members = object(body, "the body")?.members();
    let [
        _,
        instructions,
        input,
        tools,
        choice,
        reasoning,
        answer,
        stream,
        stream_options,
    ] = take_settings(&mut request, "", members, MEMBERS);
    request.include_usage = true;
    // Whatever else stands there asks for one body, as where the body is passed on as it is.
    request.streams = stream.and_then(|stream| stream.as_bool()) == Some(true);
    if let Some(options) = stream_options {
        read_stream_options(&mut request, options)?;
    }
    if let Some(instructions) = instructions {
        request.system.push(system(instructions)?);
    }
    request.conversation = input.or(instructions).map_or(Place::NOWHERE, Place::of);
    let pieces = Pieces::default();
    let mut list = openai::Tools::new(Protocol::Responses, &pieces);
    if let Some(tools) = tools {
        list.read(tools)?;
    }
    match input {
        Some(input) if input.kind() == Kind::String => {
            let place = Place::of(input);
            request.turns.push(Turn::Said {
                role: Role::User,
                parts: vec![Part::text(text(input, "input")?, place)],
                place,
            });
        }
        Some(input) => items::read(&mut request, &mut list, input, &pieces)?,
        // Instructions alone are a request.
        None if instructions.is_some() => {}
        None => _ = required(input, body, "input")?,
    }
    request.tools = list.list;
    request.unknown.extend(list.unknown);
    if let Some(choice) = choice {
        request.choice = Some(openai::choice(choice, &pieces)?);
        request.choice_place = Place::of(choice);
    }
    let wish = match reasoning {
        Some(wishes) => {
            let members = object(wishes, "reasoning")?.members();
            wish::note_unknown(&mut request, members, &REASONING);
            read::responses(wishes)
        }
        None => Ok(read::Wish::default()),
    };
    wish::set(&mut request, client, wish)?;
    if let Some(answer) = answer {
        let members = object(answer, "text")?.members();
        let [format] = take_settings(&mut request, "text", members, ["format"]);
        request.format = match format {
            Some(format) => openai::format(object(format, "format")?)?,
            None => None,
        };
    }
    Ok(request)
}

fn system(instructions: Value<'_>) -> Result<SystemMessage<'_>, Rejection> {
    let place = Place::of(instructions);
    let parts = vec![Part::text(text(instructions, "instructions")?, place)];
    Ok(SystemMessage {
        role: SystemRole::Instructions,
        parts,
        place,
    })
}
