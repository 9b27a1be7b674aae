//! How probable the tokens of a text were.
//!
//! Chat and Responses list them alike, as objects with `token`, `logprob`, `bytes` and `top_logprobs`:
//! between these two they are moved as they are. Gemini's are made of them and into them, see
//! `gemini::logprobs`. Claude has none.

use crate::compact::one_line;
use cliproxy_json::{ObjectWriter, Value};
use std::borrow::Cow;

/// Tokens of a text, in order: JSON objects on one line with commas between them. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Logprobs<'a>(Cow<'a, str>);

impl<'a> Logprobs<'a> {
    /// The elements of a list of OpenAI's; `None` if it has none.
    pub(crate) fn of(list: Value<'a>) -> Option<Self> {
        list.elements().next()?;
        let elements = list.raw().strip_prefix('[')?.strip_suffix(']')?;
        Some(Self(one_line(elements.trim_ascii())))
    }

    /// The same without the first elements of the list.
    pub(crate) fn behind(list: Value<'a>, told: usize) -> Option<Self> {
        if told == 0 {
            return Self::of(list);
        }
        let rest: Vec<_> = list.elements().skip(told).map(|it| it.raw()).collect();
        (!rest.is_empty()).then(|| Self(Cow::Owned(one_line(rest.join(",")).into_owned())))
    }
}

impl Logprobs<'static> {
    /// Elements that were written here.
    pub(crate) fn written(elements: String) -> Option<Self> {
        (!elements.is_empty()).then_some(Self(Cow::Owned(elements)))
    }
}

impl Logprobs<'_> {
    #[cfg(test)]
    pub(crate) fn as_elements(&self) -> &str {
        &self.0
    }

    /// Adds them to elements that are known.
    pub(crate) fn append_to(&self, elements: &mut String) {
        add_elements(&self.0, elements);
    }

    pub(crate) fn into_owned(self) -> Logprobs<'static> {
        Logprobs(Cow::Owned(self.0.into_owned()))
    }
}

/// Adds elements, perhaps none, to elements.
pub(crate) fn add_elements(more: &str, elements: &mut String) {
    if !elements.is_empty() && !more.is_empty() {
        elements.push(',');
    }
    elements.push_str(more);
}

/// Writes elements as a list.
pub(crate) fn write_logprobs(key: &str, elements: &str, object: &mut ObjectWriter<'_>) {
    object.array(key, |list| {
        if !elements.is_empty() {
            list.raw(elements);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::Logprobs;
    use cliproxy_json::Value;

    #[test]
    fn elements_stay_as_they_are_written() {
        let check = |list: &str, told, expected: Option<&str>| {
            let list = Value::parse(list).unwrap();
            let found = Logprobs::behind(list, told);
            let found = found.as_ref().map(Logprobs::as_elements);
            assert_eq!(found, expected, "{}", list.raw());
        };
        let one = r#"{"token":"a b","logprob":-0.10}"#;
        check(&format!("[ {one} ]"), 0, Some(one));
        check(&format!("[{one}, {{}}]"), 1, Some("{}"));
        check(&format!("[{one}, {{}}]"), 0, Some(&format!("{one}, {{}}")));
        check(&format!("[{one},\n {{}}]"), 0, Some(&format!("{one},{{}}")));
        check(&format!("[{one}]"), 1, None);
        check(&format!("[{one}]"), 9, None);
        check("[]", 0, None);
        check("[ ]", 0, None);
        check("null", 0, None);
        check("{}", 0, None);
    }
}
