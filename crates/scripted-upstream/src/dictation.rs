//! Calls that a user dictates, word by word: `call NAME with ARGUMENTS`.
//!
//! A coding agent runs what it is told to, so a test that wants to see a file written has to choose
//! the tool and every argument of it. A sample of the tool's schema would run `scripted`.

use serde_json::Value;

/// What stands in front of the name, and between name and arguments.
const CALL: &str = "call ";
const WITH: &str = " with ";

/// A call in the user's words.
#[derive(Debug, PartialEq)]
pub(crate) struct Dictated<'a> {
    pub(crate) name: &'a str,
    pub(crate) arguments: Value,
}

/// Every call that `text` dictates, in its order. The arguments are JSON; what follows them does
/// not matter, and prose that only looks like the beginning of a call is passed over.
pub(crate) fn calls(text: &str) -> Vec<Dictated<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(CALL) {
        rest = after;
        let Some((name, json)) = after.split_once(WITH) else {
            break;
        };
        if name.is_empty() || name.contains(char::is_whitespace) {
            continue;
        }
        let mut values = serde_json::Deserializer::from_str(json).into_iter();
        if let Some(Ok(arguments)) = values.next() {
            found.push(Dictated { name, arguments });
            // The arguments may speak of calls themselves.
            rest = &json[values.byte_offset()..];
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Dictated, calls};
    use serde_json::{Value, json};

    #[test]
    fn calls_are_found_in_prose() {
        let check = |text: &str, expected: &[(&str, Value)]| {
            let expected: Vec<_> = expected
                .iter()
                .map(|(name, arguments)| Dictated {
                    name,
                    arguments: arguments.clone(),
                })
                .collect();
            assert_eq!(calls(text), expected, "{text}");
        };
        let arguments = json!({"command": "echo call b with {}"});
        check("", &[]);
        check("call me with care", &[]);
        check("call the tool with {}", &[]);
        check("call f with {", &[]);
        check("call f with {} and thank you", &[("f", json!({}))]);
        check("call f with \"a text\"", &[("f", json!("a text"))]);
        check(&format!("call a with {arguments}."), &[("a", arguments)]);
        check(
            "call me, please: call f with {\"n\": 1}\nand call g with [2]",
            &[("f", json!({"n": 1})), ("g", json!([2]))],
        );
    }
}
