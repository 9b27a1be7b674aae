//! The system prompt and the messages.
//!
//! | role | becomes |
//! | --- | --- |
//! | `user`, `assistant` | a turn of the blocks in it |
//! | `system` | a system message; a turn if it comes after another turn |
//! | another | refused |
//!
//! A block `mid_conv_system` is a system message between what stands before and behind it.

use super::blocks::{self, Block, Blocks};
use crate::{
    client_body::{
        expect::{invalid, object, required, string, text},
        members::take,
        pieces::Pieces,
    },
    rejection::Rejection,
    request_ir::{Part, PartKind, Place, Request, Role, SystemMessage, SystemRole, Turn},
};
use cliproxy_json::{Kind, Value};

/// How a block begins that tells the vendor who bills the client.
const ATTRIBUTION: &str = "x-anthropic-billing-header:";

/// Reads `system`.
pub(super) fn read_system<'a>(
    request: &mut Request<'a>,
    system: Value<'a>,
    pieces: &Pieces,
) -> Result<(), Rejection> {
    let mut message = system_message(system, Place::of(system), pieces)?;
    if message.parts.first().is_some_and(is_attribution) {
        message.parts.remove(0);
    }
    request.system.push(message);
    Ok(())
}

/// A line of its own: with more text after it, it is part of a prompt.
fn is_attribution(part: &Part<'_>) -> bool {
    let PartKind::Text(text) = &part.kind else {
        return false;
    };
    let escaped = text.text.as_escaped();
    escaped.starts_with(ATTRIBUTION) && !text.text.decoded().trim_end().contains('\n')
}

fn system_message<'a>(
    content: Value<'a>,
    place: Place,
    pieces: &Pieces,
) -> Result<SystemMessage<'a>, Rejection> {
    let parts = blocks::read_all(content, pieces)?;
    match parts
        .iter()
        .find(|part| !matches!(part.kind, PartKind::Text(_)))
    {
        Some(part) => Err(Rejection::Invalid {
            place: part.place,
            message: "a system prompt has texts only".into(),
        }),
        None => Ok(SystemMessage {
            role: SystemRole::System,
            parts,
            place,
        }),
    }
}

/// Reads `messages`.
pub(super) fn read<'a>(
    request: &mut Request<'a>,
    messages: Value<'a>,
    pieces: &Pieces,
) -> Result<(), Rejection> {
    let mut blocks = Blocks::new(pieces);
    for message in pieces.array(messages, "messages")? {
        let message = message?;
        let members = object(message, "message")?.members();
        let [role, content] = take(members, ["role", "content"]);
        let role = required(role, message, "role")?;
        let content = required(content, message, "content")?;
        let place = Place::of(message);
        let role = match &*string(role, "role")? {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "system" => {
                let message = system_message(content, place, pieces)?;
                match request.turns.is_empty() {
                    true => request.system.push(message),
                    false => request.turns.push(Turn::System(message)),
                }
                continue;
            }
            _ => {
                let message = "`role` must be one of: user, assistant, system";
                return Err(invalid(role, message));
            }
        };
        if content.kind() == Kind::String {
            let text = text(content, "content")?;
            let parts = vec![Part::text(text, Place::of(content))];
            request.turns.push(Turn::Said { role, parts, place });
        } else {
            turn(request, &mut blocks, role, content, place)?;
        }
    }
    Ok(())
}

fn turn<'a>(
    request: &mut Request<'a>,
    blocks: &mut Blocks<'a, '_>,
    role: Role,
    content: Value<'a>,
    place: Place,
) -> Result<(), Rejection> {
    let before = request.turns.len();
    let pieces = blocks.pieces;
    // Most lists have one block.
    let mut parts = Vec::with_capacity(1);
    for block in pieces.array(content, "content")? {
        let block = Block::find(block?)?;
        if block.kind != "mid_conv_system" {
            blocks.push(&mut request.turns, &mut parts, &block)?;
            continue;
        }
        let said = block.required("content")?;
        let message = system_message(said, Place::of(block.value), pieces)?;
        if !parts.is_empty() {
            let parts = std::mem::take(&mut parts);
            request.turns.push(Turn::Said { role, parts, place });
        }
        request.turns.push(Turn::System(message));
    }
    if !parts.is_empty() || request.turns.len() == before {
        request.turns.push(Turn::Said { role, parts, place });
    }
    Ok(())
}
