//! Finding a member of a file by any of its spellings.

use cliproxy_json::{Kind, Value};

/// An object, or nothing at all.
#[derive(Clone, Copy)]
pub(crate) struct Members<'a>(Option<Value<'a>>);

impl<'a> Members<'a> {
    pub(crate) fn of(object: Value<'a>) -> Self {
        Self((object.kind() == Kind::Object).then_some(object))
    }

    /// The object under this name, if it is one.
    pub(crate) fn within(outer: Self, name: &str) -> Self {
        outer.first(&[name]).map_or(Self(None), Self::of)
    }

    /// The first member that is there, in the order of the names: where two spellings of one member
    /// disagree, the one named first wins. `null` counts as absent.
    pub(crate) fn first(self, names: &[&str]) -> Option<Value<'a>> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The first reading that succeeds, in the order of the names.
    pub(crate) fn read<T>(
        self,
        names: &[&str],
        read: impl Fn(Value<'a>) -> Option<T>,
    ) -> Option<T> {
        names.iter().find_map(|name| self.get(name).and_then(&read))
    }

    fn get(self, name: &str) -> Option<Value<'a>> {
        self.0?.get(name).filter(|value| !value.is_null())
    }

    /// Whether there is an object at all.
    pub(crate) const fn exist(self) -> bool {
        self.0.is_some()
    }
}
