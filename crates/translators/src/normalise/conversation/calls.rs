//! Calls of tools: id, name, arguments.
//!
//! | | Chat | Responses | Claude, Gemini |
//! | --- | --- | --- | --- |
//! | arguments, JSON | as text, without blanks | as text, without blanks | the object |
//! | arguments, text | as it is | as it is | the object that is made of it |
//! | no arguments | `{}` | `{}` | `{}` |
//! | a freeform tool's input | itself, else `{"input":"…"}` | itself | `{"input":"…"}` |
//!
//! - Ids: minted where there is none, then made unique, then fitted. Names: as declared tools are fitted.
//! - What is not an object where one has to be is mended or wrapped, see `arguments`.

use crate::{
    arguments,
    call_id::{self, CallIds, Rule},
    compact::compact,
    normalise::{Notes, fit_name},
    profile,
    request_ir::{Part, PartKind, ToolInput, ToolUse},
    target::Target,
};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// The calls of one turn.
#[derive(Debug, Default)]
pub(super) struct Calls<'a> {
    pub(super) made: Vec<Call<'a>>,
    /// By the id that is unique.
    pub(super) by_id: FxHashMap<Cow<'a, str>, usize>,
    /// The part with the first of them, and its id.
    pub(super) first: Option<(usize, Cow<'a, str>)>,
}

/// A call, as its result needs it.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// What the client calls the tool.
    pub(super) received_name: Cow<'a, str>,
    /// What the target knows it by.
    pub(super) name: Cow<'a, str>,
    pub(super) id: Cow<'a, str>,
    pub(super) is_freeform: bool,
}

/// Fits the calls of a turn. `turn` is its index.
pub(super) fn fit<'a>(
    parts: &mut [Part<'a>],
    turn: usize,
    ids: &mut CallIds<'a>,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Calls<'a> {
    let mut calls = Calls::default();
    ids.begin_turn();
    for (index, part) in parts.iter_mut().enumerate() {
        let PartKind::ToolUse(call) = &mut part.kind else {
            continue;
        };
        let id = std::mem::take(&mut call.id);
        let received = match id.is_empty() {
            true => Cow::Owned(minted(turn, index, call)),
            false => id,
        };
        let unique = ids.call(received);
        calls.by_id.insert(unique.clone(), calls.made.len());
        calls.first.get_or_insert_with(|| (index, unique.clone()));
        call.id = fit_id(unique, target);
        let received_name = call.name.name.clone();
        fit_name(&mut call.name, target, notes);
        fit_input(&mut call.input, target);
        calls.made.push(Call {
            received_name,
            name: call.name.name.clone(),
            id: call.id.clone(),
            is_freeform: matches!(call.input, ToolInput::Freeform(_)),
        });
    }
    calls
}

fn minted(turn: usize, part: usize, call: &ToolUse<'_>) -> String {
    let arguments = match &call.input {
        ToolInput::Json(json) => json,
        ToolInput::Text(text) | ToolInput::Freeform(text) => text.as_escaped(),
    };
    call_id::mint(call_id::Place::Turn(turn), part, &call.name.name, arguments)
}

/// The id that the target is given.
pub(super) fn fit_id<'a>(id: Cow<'a, str>, target: &Target<'_>) -> Cow<'a, str> {
    let rule = match target.profile.call_ids {
        profile::CallIds::Any => Rule::Any,
        profile::CallIds::AtMost(..=40) => Rule::OpenAi,
        profile::CallIds::AtMost(_) => Rule::Responses,
        profile::CallIds::Claude => Rule::Claude,
        profile::CallIds::Mistral => Rule::Mistral,
    };
    match call_id::fit(&id, rule) {
        Cow::Owned(fitted) => Cow::Owned(fitted),
        Cow::Borrowed(_) => id,
    }
}

fn fit_input(input: &mut ToolInput<'_>, target: &Target<'_>) {
    let object = target.rules().tools.object_arguments;
    let taken = std::mem::replace(input, ToolInput::Json(Cow::Borrowed("{}")));
    *input = match taken {
        ToolInput::Freeform(text) if object || !target.profile.freeform_tools => ToolInput::Json(
            Cow::Owned(format!(r#"{{"input":"{}"}}"#, text.as_escaped())),
        ),
        ToolInput::Json(json) if object => ToolInput::Json(match json.starts_with('{') {
            true => json,
            false => as_object(json),
        }),
        ToolInput::Json(json) => ToolInput::Json(compact(json)),
        ToolInput::Text(text) if text.is_blank() => return,
        ToolInput::Text(text) if object => ToolInput::Json(as_object(text.into_decoded())),
        input => input,
    };
}

fn as_object(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => arguments::object(text),
        Cow::Owned(text) => {
            let object = match arguments::object(&text) {
                Cow::Borrowed(same) if same.len() == text.len() => None,
                object => Some(object.into_owned()),
            };
            Cow::Owned(object.unwrap_or(text))
        }
    }
}
