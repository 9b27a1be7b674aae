//! JSON as people read it, with every number and text spelled as it was.

use cliproxy_json::{Invalid, Kind, Value, quoted};

/// The same JSON over several lines.
pub(super) fn pretty(json: &[u8]) -> Result<String, Invalid> {
    let mut out = String::with_capacity(json.len() * 2);
    write(Value::parse_bytes(json)?, 0, &mut out);
    Ok(out)
}

fn write(value: Value<'_>, depth: usize, out: &mut String) {
    let mut is_first = true;
    let mut next = |out: &mut String| {
        if !std::mem::take(&mut is_first) {
            out.push(',');
        }
        line(depth + 1, out);
    };
    match value.kind() {
        Kind::Object => {
            out.push('{');
            for (name, value) in value.members() {
                next(out);
                out.push_str(&String::from_utf8_lossy(&quoted(&name)));
                out.push_str(": ");
                write(value, depth + 1, out);
            }
            close(is_first, depth, '}', out);
        }
        Kind::Array => {
            out.push('[');
            for value in value.elements() {
                next(out);
                write(value, depth + 1, out);
            }
            close(is_first, depth, ']', out);
        }
        _ => out.push_str(value.raw()),
    }
}

fn close(is_empty: bool, depth: usize, bracket: char, out: &mut String) {
    if !is_empty {
        line(depth, out);
    }
    out.push(bracket);
}

fn line(depth: usize, out: &mut String) {
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn nothing_is_spelled_otherwise() {
        let check = |json: &str, expected: &str| {
            assert_eq!(pretty(json.as_bytes()).unwrap(), expected);
        };
        check("1.0", "1.0");
        check("{}", "{}");
        check("[ ]", "[]");
        check(
            r#"{"b":[1e3,{"a":"\u00e9\n"}],"a":{},"c":[[]]}"#,
            r#"{
  "b": [
    1e3,
    {
      "a": "\u00e9\n"
    }
  ],
  "a": {},
  "c": [
    []
  ]
}"#,
        );
        assert!(pretty(b"{").is_err());
    }
}
