//! What the value of a setting must be, in every protocol.
//!
//! Each vendor refuses a value of another type. So does whoever translates: nothing could be made of it
//! that the client meant.

use cliproxy_json::{Kind, Value};

/// A type of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Flag,
    Number,
    /// A whole number that is not negative. It may have a point: `100.0`.
    Count,
    Text,
    Texts,
    Object,
    Objects,
    TextOrObject,
    ObjectOrObjects,
}

impl Shape {
    pub(crate) fn takes(self, value: Value<'_>) -> bool {
        let kind = value.kind();
        match self {
            Self::Flag => kind == Kind::Bool,
            Self::Number => kind == Kind::Number,
            Self::Count => {
                kind == Kind::Number
                    && value
                        .as_f64()
                        .is_some_and(|number| number >= 0.0 && number.fract() == 0.0)
            }
            Self::Text => kind == Kind::String,
            Self::Texts => is_list_of(Kind::String, value),
            Self::Object => kind == Kind::Object,
            Self::Objects => is_list_of(Kind::Object, value),
            Self::TextOrObject => matches!(kind, Kind::String | Kind::Object),
            Self::ObjectOrObjects => kind == Kind::Object || is_list_of(Kind::Object, value),
        }
    }

    /// Whether it is a number of some kind.
    pub(crate) const fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Count)
    }

    /// What is asked for: `must be …`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "a boolean",
            Self::Number => "a number",
            Self::Count => "a whole number that is not negative",
            Self::Text => "a string",
            Self::Texts => "a list of strings",
            Self::Object => "an object",
            Self::Objects => "a list of objects",
            Self::TextOrObject => "a string or an object",
            Self::ObjectOrObjects => "an object or a list of objects",
        }
    }
}

fn is_list_of(kind: Kind, value: Value<'_>) -> bool {
    value.kind() == Kind::Array && value.elements().all(|element| element.kind() == kind)
}
