//! From what a client writes to a route.

use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// Every name a route can be asked for by.
///
/// Model names compare without ASCII case, prefixes exactly. The spelled names are a table of
/// their own so that a client that spells as listed costs one look-up and no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    spelled: FxHashMap<Box<str>, usize>,
    /// Folded names without prefix.
    plain: FxHashMap<Box<str>, usize>,
    /// `prefix/` as it is, and the folded name.
    prefixed: FxHashMap<Box<str>, usize>,
}

/// The text without upper-case ASCII letters.
pub(crate) fn folded(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

impl Names {
    /// The route that is spelled like this, or differs in case only.
    pub(crate) fn find(&self, text: &str) -> Option<usize> {
        let found = self
            .spelled
            .get(text)
            .or_else(|| self.plain.get(&*folded(text)))
            .or_else(|| {
                let (prefix, name) = text.split_once('/')?;
                self.prefixed.get(&*joined(prefix, &folded(name)))
            });
        found.copied()
    }

    /// The route with this name behind this prefix; `vacant` names a new one.
    pub(crate) fn claim(&mut self, prefix: Option<&str>, name: &str, vacant: usize) -> usize {
        let spelled: Box<str> = match prefix {
            Some(prefix) => joined(prefix, name),
            None => name.into(),
        };
        let (table, key) = match prefix {
            Some(prefix) => (&mut self.prefixed, joined(prefix, &folded(name))),
            None => (&mut self.plain, folded(name).into()),
        };
        let same = self.spelled.get(&spelled).or_else(|| table.get(&key));
        let route = same.copied().unwrap_or(vacant);
        self.spelled.insert(spelled, route);
        table.entry(key).or_insert(route);
        route
    }
}

fn joined(prefix: &str, name: &str) -> Box<str> {
    [prefix, "/", name].concat().into()
}
