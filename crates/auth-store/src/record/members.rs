//! Finding a member of a file by any of its spellings.

use cliproxy_json::{Kind, Value};
use std::borrow::Cow;

/// The members of an object, or none at all.
///
/// They are listed once: a file is asked for some sixty spellings, and each look would walk over all of its
/// tokens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> Members<'a> {
    /// `null` counts as absent. What is no object has no members.
    pub(crate) fn of(object: Value<'a>) -> Self {
        let members = object.members();
        Self(members.filter(|(_, value)| !value.is_null()).collect())
    }

    /// The members of the object under this name, if it is one.
    pub(crate) fn within(outer: &Self, name: &str) -> Self {
        outer.object(name).map(Self::of).unwrap_or_default()
    }

    /// What they are called.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// The object under this name.
    pub(crate) fn object(&self, name: &str) -> Option<Value<'a>> {
        let object = self.first(&[name])?;
        (object.kind() == Kind::Object).then_some(object)
    }

    /// The first member that is there, in the order of the names: where two spellings of one member
    /// disagree, the one named first wins.
    pub(crate) fn first(&self, names: &[&str]) -> Option<Value<'a>> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The first reading that succeeds, in the order of the names.
    pub(crate) fn read<T>(
        &self,
        names: &[&str],
        read: impl Fn(Value<'a>) -> Option<T>,
    ) -> Option<T> {
        names.iter().find_map(|name| self.get(name).and_then(&read))
    }

    fn get(&self, name: &str) -> Option<Value<'a>> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| *value)
    }
}
