//! From offsets in a document back to the paths that lead there.

use crate::Value;
use std::ops::ControlFlow;

/// The path of the value that starts at `offset`: keys and indices from the outside in, joined by
/// dots. `None` if no value starts there, or if it is the whole document.
///
/// For reports: what is said about a value of a document is kept as the offset of its span, which
/// costs nothing, and becomes a path only if somebody reads it.
///
/// ```
/// use cliproxy_json::{Value, path_to};
///
/// let document = Value::parse(r#"{"messages": [{"role": "user"}, {"role": "tool"}]}"#)?;
/// let second = document.get("messages").unwrap().elements().nth(1).unwrap();
/// assert_eq!(path_to(document, second.span().start).as_deref(), Some("messages.1"));
/// # Ok::<(), cliproxy_json::Invalid>(())
/// ```
#[must_use]
pub fn path_to(document: Value<'_>, offset: usize) -> Option<String> {
    let mut found = None;
    paths_to(document, &[offset], |_, path| {
        found = Some(path.to_owned());
        ControlFlow::Break(())
    });
    found
}

/// Tells the paths of the values that start at `offsets`, which ascend: in one walk, so that many of them
/// cost what one does. `told` gets offset and path, and may end the walk. An offset at which no value
/// starts has no path, and neither has the whole document.
pub fn paths_to(
    document: Value<'_>,
    offsets: &[usize],
    mut told: impl FnMut(usize, &str) -> ControlFlow<()>,
) {
    let mut walk = Walk {
        offsets,
        path: String::new(),
    };
    // Whether it was ended makes no difference here.
    let _ = walk.value(document, &mut told);
}

struct Walk<'o> {
    /// Those that are still to be found.
    offsets: &'o [usize],
    path: String,
}

impl Walk<'_> {
    /// As deep as offsets lead, which is at most as deep as documents are.
    fn value(
        &mut self,
        value: Value<'_>,
        told: &mut impl FnMut(usize, &str) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let span = value.span();
        self.skip(span.start);
        if self.offsets.first() == Some(&span.start) {
            if !self.path.is_empty() {
                told(span.start, &self.path)?;
            }
            self.skip(span.start + 1);
        }
        let members = value.members().map(|(key, value)| (Some(key), value));
        let elements = value.elements().map(|value| (None, value));
        for (index, (key, inner)) in members.chain(elements).enumerate() {
            let inside = inner.span();
            self.skip(inside.start);
            match self.offsets.first() {
                Some(&next) if next >= span.end => break,
                Some(&next) if next >= inside.end => continue,
                Some(_) => {}
                None => return ControlFlow::Break(()),
            }
            let length = self.path.len();
            if length > 0 {
                self.path.push('.');
            }
            match key {
                Some(key) => self.path.push_str(&key),
                None => self.path.push_str(&index.to_string()),
            }
            self.value(inner, told)?;
            self.path.truncate(length);
        }
        self.skip(span.end);
        ControlFlow::Continue(())
    }

    /// Nothing starts before `place` that has not been met.
    fn skip(&mut self, place: usize) {
        let behind = self.offsets.partition_point(|offset| *offset < place);
        self.offsets = &self.offsets[behind..];
    }
}

#[cfg(test)]
mod tests {
    use super::{path_to, paths_to};
    use crate::Value;
    use std::ops::ControlFlow;

    const TEXT: &str = r#"{ "a" : [1, {"b.c": "x"}, []], "d": {"e": null} }"#;

    #[test]
    fn every_value_is_found_by_its_offset() {
        let document = Value::parse(TEXT).unwrap();
        let check = |needle: &str, path: Option<&str>| {
            let offset = TEXT.find(needle).unwrap();
            assert_eq!(path_to(document, offset).as_deref(), path, "{needle}");
        };
        check("[1", Some("a"));
        check("1,", Some("a.0"));
        check("\"x\"", Some("a.1.b.c"));
        check("[]", Some("a.2"));
        check("null", Some("d.e"));
        check("{ \"a\"", None);
        check("b.c", None);
        check(", {", None);
    }

    #[test]
    fn all_values_are_found_in_one_walk() {
        let document = Value::parse(TEXT).unwrap();
        let every: Vec<usize> = (0..TEXT.len()).collect();
        let check = |offsets: &[usize], most: usize, expected: &[&str]| {
            let mut found = Vec::new();
            paths_to(document, offsets, |offset, path| {
                assert_eq!(path_to(document, offset).as_deref(), Some(path));
                found.push(path.to_owned());
                match found.len() < most {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            });
            assert_eq!(found, expected, "{offsets:?}");
        };
        let all = ["a", "a.0", "a.1", "a.1.b.c", "a.2", "d", "d.e"];
        check(&every, 99, &all);
        check(&every, 2, &all[..2]);
        check(&[TEXT.find("[]").unwrap(), TEXT.len() + 9], 99, &["a.2"]);
        check(&[], 99, &[]);
    }

    /// The walk that an offset at the end takes, for each of very many offsets.
    #[test]
    fn many_offsets_cost_what_one_does() {
        let text = format!("[{}1]", "[\"some text\"],".repeat(100_000));
        let document = Value::parse(&text).unwrap();
        let starts = document.elements().map(|value| value.span().start);
        let offsets: Vec<usize> = starts.collect();
        let mut count = 0;
        paths_to(document, &offsets, |_, _| {
            count += 1;
            ControlFlow::Continue(())
        });
        // One by one it would be a hundred thousand walks over a megabyte.
        assert_eq!(count, 100_001);
    }
}
