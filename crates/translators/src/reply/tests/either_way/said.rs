//! Replies of any content.

use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
};
use serde_json::{Value, json};
use std::mem;

/// What a model says, in the pieces in which it is streamed.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) said: Vec<Said>,
    pub(super) finish: Index,
    /// Input, of which from the cache and to the cache; output, of which reasoning.
    pub(super) usage: [u64; 5],
    /// Chat: calls grow side by side. Gemini: all that is no text comes in one frame with what follows.
    pub(super) is_mixed: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Said {
    Thought(Vec<String>, Option<&'static str>),
    Redacted,
    Text(Vec<String>, Option<&'static str>),
    Call(Call),
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) id: Option<String>,
    pub(super) name: &'static str,
    pub(super) arguments: Vec<String>,
    /// Where arguments are text, they have line breaks.
    is_spaced: bool,
    pub(super) seal: Option<&'static str>,
}

impl Call {
    /// The arguments where they are text.
    pub(super) fn text(&self) -> Vec<String> {
        let mut text = self.arguments.clone();
        if let (true, Some(first)) = (self.is_spaced, text.first_mut()) {
            first.insert_str(1, "\r\n");
        }
        text
    }
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    let odd = select(&["\n", "\"", "é", "😀", "\u{7}", " ", "{", "\\u0041"][..]);
    vec(prop_oneof![odd.prop_map(str::to_owned), ".{1,6}"], 1..4)
}

/// The text of a tool's arguments.
fn arguments() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec(("[a-c]", inner), 0..3).prop_map(|it| it.into_iter().collect()),
        ]
    });
    let names = select(&["a", "command", "input"][..]).prop_map(str::to_owned);
    prop_oneof![
        ".{0,9}".prop_map(|input| json!({ "input": input })),
        vec((names, value), 0..3).prop_map(|it| it.into_iter().collect()),
    ]
}

/// A text in pieces that end anywhere.
fn cut(text: &str, cuts: &[Index]) -> Vec<String> {
    let borders: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
    let mut ends: Vec<_> = cuts
        .iter()
        .map(|cut| borders[cut.index(borders.len())])
        .collect();
    ends.push(text.len());
    ends.sort_unstable();
    let mut from = 0;
    let piece = |end| text[mem::replace(&mut from, end)..end].to_owned();
    let pieces = ends.into_iter().map(piece);
    pieces.filter(|piece| !piece.is_empty()).collect()
}

fn said() -> impl Strategy<Value = Said> {
    let seal = || option::of(Just("EqQBCkYI"));
    let names = select(&["f", "free", "ns__own", "local_shell"][..]);
    let ids = option::weighted(0.8, select(&["call_1", "functions.f:0", "toolu_x"][..]));
    let call = (
        ids,
        names,
        arguments(),
        vec(any::<Index>(), 0..4),
        any::<bool>(),
        seal(),
    );
    prop_oneof![
        2 => (texts(), seal()).prop_map(|(texts, seal)| Said::Thought(texts, seal)),
        1 => Just(Said::Redacted),
        4 => (texts(), seal()).prop_map(|(texts, seal)| Said::Text(texts, seal)),
        3 => call.prop_map(|(id, name, arguments, cuts, is_spaced, seal)| Said::Call(Call {
            id: id.map(str::to_owned),
            name,
            arguments: cut(&arguments.to_string(), &cuts), is_spaced,
            seal,
        })),
    ]
}

pub(super) fn reply() -> impl Strategy<Value = Reply> {
    let usage = (1..999_u64, 0..9_u64, 0..9_u64, 1..999_u64, 0..9_u64);
    let all = (vec(said(), 0..6), any::<Index>(), usage, any::<bool>());
    all.prop_map(
        |(mut said, finish, (plain, read, write, output, thought), is_mixed)| {
            // Every call has an id of its own.
            for (at, said) in said.iter_mut().enumerate() {
                if let Said::Call(Call { id: Some(id), .. }) = said {
                    id.push_str(&at.to_string());
                }
            }
            let usage = [plain + read + write, read, write, output + thought, thought];
            Reply {
                said,
                finish,
                usage,
                is_mixed,
            }
        },
    )
}
