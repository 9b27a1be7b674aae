//! The tool calls of one choice of a chat reply, put together from their fragments.
//!
//! **Whose fragment it is.** That of the last call with its `index`; of another one, which begins with it,
//! if it brings a new id and the call of that index is complete, or has no arguments and another name:
//! some vendors give every call the index 0. Without an index the id decides; without both it is the
//! last call's, unless that is complete and the fragment names a tool. In a body every element is a call.
//!
//! **When a call opens.** As soon as its name is known, which is whole in one fragment. Arguments that come
//! before are kept. A name that comes again is ignored. A call that never gets a name is a loss.
//!
//! **When it closes.** A complete call closes when another part has begun since it was opened: right
//! before that part, or with its own last fragment. All others close when the choice is finished.
//! Fragments of a closed call are a loss, unless they are blank.
//!
//! Arguments that are no text (a bug of some vendors) are written as text. A missing id is made of the
//! reply's id, the place of the call in it and its name.
//!
//! `extra_content.google.thought_signature` is Gemini's signature of the call.

use super::Form;
use crate::{
    completeness::Completeness,
    json_str::JsonStr,
    reply::{Emitter, Opening, PartId, ReplyLoss, Running, argument_text},
    request_ir::{Family, Opaque, OpaqueKind},
    tap::tokens,
};
use cliproxy_json::{Kind, Value};
use std::mem;

/// Stands for the index of `function_call`, of which there is one.
const FUNCTION_CALL: u64 = u64::MAX;

#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Call>);

#[derive(Debug)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    state: State,
}

#[derive(Debug)]
enum State {
    /// With the arguments so far, escaped.
    Unnamed(String),
    Open {
        part: PartId,
        /// `None` for plain text, of which nothing says that it is complete.
        arguments: Option<Completeness>,
        has_arguments: bool,
        /// Another part has begun since.
        is_followed: bool,
    },
    Closed,
}

/// One element of `tool_calls`.
#[derive(Default)]
struct Fragment<'a> {
    index: Option<u64>,
    id: Option<JsonStr<'a>>,
    name: Option<JsonStr<'a>>,
    arguments: JsonStr<'a>,
    is_freeform: bool,
    signature: Option<JsonStr<'a>>,
}

impl<'a> Fragment<'a> {
    fn of(call: Value<'a>) -> Self {
        let mut fragment = Self::default();
        for (key, value) in call.members() {
            match &*key {
                "index" => fragment.index = tokens(Some(value)),
                "id" => fragment.id = some(value),
                "function" => fragment.function(value, "arguments"),
                "custom" if value.kind() == Kind::Object => {
                    fragment.is_freeform = true;
                    fragment.function(value, "input");
                }
                "extra_content" => {
                    let signature = value.at(&["google", "thought_signature"]);
                    fragment.signature = signature.and_then(some);
                }
                _ => {}
            }
        }
        fragment
    }

    fn function(&mut self, function: Value<'a>, arguments: &str) {
        for (key, value) in function.members() {
            if key == "name" {
                self.name = some(value);
            } else if key == arguments {
                self.arguments = match value.kind() {
                    Kind::String => JsonStr::of(value).unwrap_or_default(),
                    Kind::Null => JsonStr::default(),
                    _ => argument_text(value),
                };
            }
        }
    }
}

/// Nothing but white space, escaped.
fn is_blank(escaped: &str) -> bool {
    let mut rest = escaped;
    while let Some(after) = [" ", r"\n", r"\r", r"\t"]
        .iter()
        .find_map(|space| rest.strip_prefix(space))
    {
        rest = after;
    }
    rest.is_empty()
}

fn some(value: Value<'_>) -> Option<JsonStr<'_>> {
    JsonStr::of(value).filter(|text| !text.is_empty())
}

impl Call {
    fn is_complete(&self) -> bool {
        match &self.state {
            State::Unnamed(_) => false,
            State::Open { arguments, .. } => {
                arguments.as_ref().is_some_and(Completeness::is_complete)
            }
            State::Closed => true,
        }
    }

    /// Whether a fragment for this index, but with another id, is another call's.
    fn is_followed_by(&self, fragment: &Fragment<'_>) -> bool {
        let has_none = match &self.state {
            State::Open { has_arguments, .. } => !has_arguments,
            State::Unnamed(_) | State::Closed => false,
        };
        let is_named = |name: &JsonStr<'_>| name.decoded() == self.name;
        let other_name = fragment.name.as_ref().is_some_and(|name| !is_named(name));
        self.is_complete() || (has_none && other_name)
    }
}

impl Calls {
    /// Takes one element of `tool_calls`.
    pub(super) fn take(
        &mut self,
        call: Value<'_>,
        form: Form,
        around: (u16, &mut Running),
        out: &mut Emitter<'_>,
    ) {
        let fragment = Fragment::of(call);
        let at = match form {
            Form::Message => None,
            Form::Delta => self.position(&fragment),
        };
        self.add(at, fragment, around, out);
    }

    /// Takes `function_call`, the only call of its choice.
    pub(super) fn take_function(
        &mut self,
        call: Value<'_>,
        around: (u16, &mut Running),
        out: &mut Emitter<'_>,
    ) {
        let mut fragment = Fragment {
            index: Some(FUNCTION_CALL),
            ..Fragment::default()
        };
        fragment.function(call, "arguments");
        if fragment.name.is_some() || !fragment.arguments.is_empty() {
            let at = self.position(&fragment);
            self.add(at, fragment, around, out);
        }
    }

    /// Another part begins: what is complete closes before it.
    pub(super) fn another_begins(&mut self, out: &mut Emitter<'_>) {
        for call in &mut self.0 {
            let is_complete = call.is_complete();
            if let State::Open {
                part, is_followed, ..
            } = &mut call.state
            {
                *is_followed = true;
                if is_complete {
                    out.close(*part);
                    call.state = State::Closed;
                }
            }
        }
    }

    /// The choice is finished.
    pub(super) fn close(&mut self, out: &mut Emitter<'_>) {
        for call in mem::take(&mut self.0) {
            match call.state {
                State::Open { part, .. } => out.close(part),
                State::Unnamed(_) => out.lost(ReplyLoss::Call),
                State::Closed => {}
            }
        }
    }

    /// The call that a fragment belongs to; `None` for a new one.
    fn position(&self, fragment: &Fragment<'_>) -> Option<usize> {
        let id = fragment.id.as_ref().map(JsonStr::decoded);
        let Some(index) = fragment.index else {
            return match id {
                Some(id) => self.0.iter().rposition(|call| call.id == id),
                None => {
                    let last = self.0.last()?;
                    let is_new = fragment.name.is_some() && last.is_complete();
                    (!is_new).then_some(self.0.len() - 1)
                }
            };
        };
        let at = self.0.iter().rposition(|call| call.index == Some(index))?;
        let call = &self.0[at];
        let is_new = id.is_some_and(|id| id != call.id) && call.is_followed_by(fragment);
        (!is_new).then_some(at)
    }

    fn add(
        &mut self,
        at: Option<usize>,
        fragment: Fragment<'_>,
        (choice, running): (u16, &mut Running),
        out: &mut Emitter<'_>,
    ) {
        let at = at.unwrap_or_else(|| {
            self.0.push(Call {
                index: fragment.index,
                id: String::new(),
                name: String::new(),
                state: State::Unnamed(String::new()),
            });
            self.0.len() - 1
        });
        let call = &mut self.0[at];
        if let State::Unnamed(kept) = &mut call.state {
            if let Some(id) = &fragment.id {
                call.id = id.decoded().into_owned();
            }
            let Some(name) = fragment.name else {
                kept.push_str(fragment.arguments.as_escaped());
                return;
            };
            let kept = JsonStr::written(mem::take(kept));
            call.name = name.decoded().into_owned();
            self.open(
                at,
                fragment.is_freeform,
                fragment.signature,
                (choice, running),
                out,
            );
            self.0[at].argue(kept, out);
        }
        self.0[at].argue(fragment.arguments, out);
    }

    fn open(
        &mut self,
        at: usize,
        is_freeform: bool,
        signature: Option<JsonStr<'_>>,
        (choice, running): (u16, &mut Running),
        out: &mut Emitter<'_>,
    ) {
        self.another_begins(out);
        let signature = signature.map(|data| Opaque {
            family: Family::Gemini,
            kind: OpaqueKind::Call,
            item: None,
            data,
            realm: None,
        });
        running.close(out);
        let call = &mut self.0[at];
        if call.id.is_empty() {
            call.id = out.mint(&call.name, "");
        }
        let opening = Opening::Tool {
            id: call.id.as_str().into(),
            name: call.name.as_str().into(),
            namespace: None,
            is_freeform,
            signature,
        };
        call.state = State::Open {
            part: out.open(choice, opening),
            arguments: (!is_freeform).then(Completeness::default),
            has_arguments: false,
            is_followed: false,
        };
    }
}

impl Call {
    /// More of the arguments.
    fn argue(&mut self, text: JsonStr<'_>, out: &mut Emitter<'_>) {
        let State::Open {
            part,
            arguments,
            has_arguments,
            is_followed,
        } = &mut self.state
        else {
            if !is_blank(text.as_escaped()) {
                out.lost(ReplyLoss::Call);
            }
            return;
        };
        if text.is_empty() {
            return;
        }
        *has_arguments = true;
        let is_complete = arguments
            .as_mut()
            .is_some_and(|arguments| arguments.push_escaped(text.as_escaped()));
        let (part, is_followed) = (*part, *is_followed);
        out.delta(part, text);
        if is_complete && is_followed {
            out.close(part);
            self.state = State::Closed;
        }
    }
}
