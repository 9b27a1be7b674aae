//! One id per call of a conversation, or of a reply.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

/// Gives every call of a conversation an id of its own, and every result that of its call.
///
/// Some vendors count anew in every turn, so that `call_0` comes back. The later call is then
/// `call_0_2`, the next one `call_0_3`: the first of these that no call before it has. Asked in the order
/// of the conversation, nothing depends on what comes later.
///
/// ```text
/// begin_turn   call("call_0") → call_0     result("call_0") → call_0
/// begin_turn   call("call_0") → call_0_2   result("call_0") → call_0_2
/// ```
#[derive(Debug, Default)]
pub(crate) struct CallIds<'a> {
    turn: usize,
    taken: HashSet<Cow<'a, str>>,
    /// By the id that was received.
    calls: HashMap<Cow<'a, str>, Calls<'a>>,
}

/// The calls that were received with the same id.
#[derive(Debug)]
struct Calls<'a> {
    /// All suffixes below are taken: a conversation that repeats one id is gone through once.
    next_suffix: usize,
    /// The turn of the latest call.
    turn: usize,
    /// The ids of the calls of that turn.
    given: Vec<Cow<'a, str>>,
    /// How many of them have their result.
    answered: usize,
}

impl<'a> CallIds<'a> {
    /// A turn begins that may make calls. What is asked about results after this is answered for its
    /// calls first.
    pub(crate) fn begin_turn(&mut self) {
        self.turn += 1;
    }

    /// The id of the next call, which was received with `id`.
    pub(crate) fn call(&mut self, id: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
        let id = id.into();
        let calls = self.calls.entry(id.clone()).or_insert_with(|| Calls {
            next_suffix: 2,
            turn: self.turn,
            given: Vec::new(),
            answered: 0,
        });
        if calls.turn != self.turn {
            calls.turn = self.turn;
            calls.given.clear();
            calls.answered = 0;
        }
        let mut unique = id.clone();
        while self.taken.contains(&unique) {
            unique = Cow::Owned(format!("{id}_{}", calls.next_suffix));
            calls.next_suffix += 1;
        }
        self.taken.insert(unique.clone());
        calls.given.push(unique.clone());
        unique
    }

    /// The id of the call that the next result answers, which was received with `id`; `None` if no call
    /// had that id.
    ///
    /// Calls that share an id within a turn are answered in their order. A result too many belongs to
    /// the latest call.
    pub(crate) fn result(&mut self, id: &str) -> Option<Cow<'a, str>> {
        let calls = self.calls.get_mut(id)?;
        let unanswered = calls.given.get(calls.answered);
        let found = unanswered.or_else(|| calls.given.last()).cloned();
        calls.answered += 1;
        found
    }
}
