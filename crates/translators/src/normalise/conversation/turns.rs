//! Turns: whose a part is, what is merged, what is empty.
//!
//! | in the body | becomes |
//! | --- | --- |
//! | neighbours of one role | one turn; the first text of the later one begins a paragraph |
//! | an empty text | nothing; its caching mark goes to the part before it |
//! | a turn without parts | nothing; its neighbours are merged |
//! | a call or reasoning in a turn of the user | part of a turn of the assistant |
//! | a result in a turn of the assistant | part of a turn of the user |

use super::{
    Notes, opaque, parts,
    system::{self, is_said},
};
use crate::{
    rejection::Rejection,
    request_ir::{CacheMark, Part, PartKind, Place, Request, Role, SystemMessage, Turn},
    rules::LaterSystem,
    target::Target,
};

/// Fits the parts of all turns, and puts the turns together.
pub(super) fn build<'a>(
    request: &mut Request<'a>,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Result<(), Rejection> {
    let turns = std::mem::take(&mut request.turns);
    let mut built = Builder {
        target,
        later: system::later(target),
        done: Vec::with_capacity(turns.len()),
        begins: false,
    };
    for turn in turns {
        match turn {
            Turn::System(mut message) => {
                if system::fit(&mut message, request.source, target) {
                    built.system(message, notes);
                }
            }
            Turn::Said { role, parts, place } => {
                built.begins = true;
                for part in parts {
                    let role = side(&part.kind, role);
                    let begins = part.begins_paragraph;
                    let cache = part.cache;
                    match parts::fit(part, role, target, notes)? {
                        Some(part) => built.push(role, part, place, notes),
                        None => built.skip(role, begins, cache),
                    }
                }
            }
        }
    }
    built.close(notes);
    request.turns = built.done;
    Ok(())
}

/// Who may say such a part.
const fn side(kind: &PartKind<'_>, role: Role) -> Role {
    match kind {
        PartKind::Thinking(_) | PartKind::Redacted(_) | PartKind::ToolUse(_) => Role::Assistant,
        PartKind::ToolResult(_) => Role::User,
        _ => role,
    }
}

struct Builder<'a, 't> {
    target: &'t Target<'t>,
    later: LaterSystem,
    done: Vec<Turn<'a>>,
    /// The next text is not glued to what is there.
    begins: bool,
}

impl<'a> Builder<'a, '_> {
    /// The parts of the last turn, if it is of that role.
    fn last(&mut self, wanted: Role) -> Option<&mut Vec<Part<'a>>> {
        match self.done.last_mut() {
            Some(Turn::Said { role, parts, .. }) if *role == wanted => Some(parts),
            _ => None,
        }
    }

    fn push(&mut self, role: Role, mut part: Part<'a>, place: Place, notes: &mut Notes) {
        if self.last(role).is_none() {
            self.close(notes);
        }
        let begins = self.begins;
        match self.last(role) {
            Some(parts) => {
                let is_said = is_said(&part);
                part.begins_paragraph |= begins && is_said;
                parts.push(part);
                self.begins = begins && !is_said;
            }
            None => {
                self.begins = false;
                self.done.push(Turn::Said {
                    role,
                    parts: vec![part],
                    place,
                });
            }
        }
    }

    /// Instead of a part that is empty.
    fn skip(&mut self, role: Role, begins: bool, cache: Option<CacheMark>) {
        self.begins |= begins;
        if let Some(part) = self.last(role).and_then(|parts| parts.last_mut()) {
            part.cache = part.cache.or(cache);
        }
    }

    fn system(&mut self, message: SystemMessage<'a>, notes: &mut Notes) {
        if self.later == LaterSystem::Folded {
            let part = system::folded(&message, notes);
            self.begins = true;
            self.push(Role::User, part, message.place, notes);
        } else {
            self.close(notes);
            self.done.push(Turn::System(message));
        }
    }

    /// The turn that was open is whole: what of its reasoning is left may be nothing.
    fn close(&mut self, notes: &mut Notes) {
        let target = self.target;
        if let Some(parts) = self.last(Role::Assistant) {
            opaque::settle(parts, target, notes);
            if parts.is_empty() {
                self.done.pop();
            }
        }
    }
}
