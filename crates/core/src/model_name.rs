//! The thinking suffix of a model name: `gpt-5.4(high)`.

/// A model name taken apart into its name and its thinking suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suffixed<'a> {
    /// The text before the last opening parenthesis, or everything if there is no suffix.
    pub name: &'a str,
    /// The text between the parentheses; `Some("")` for `m()`.
    pub suffix: Option<&'a str>,
}

/// Splits a requested model name at its last `(`, if the text ends with `)`.
///
/// What stands before it has to be a name: `(high)` is one itself, not a suffix of nothing.
///
/// ```
/// use cliproxy_core::parse_suffix;
///
/// assert_eq!(parse_suffix("gpt-5.4(high)").suffix, Some("high"));
/// assert_eq!(parse_suffix("m(high").suffix, None);
/// ```
#[must_use]
pub fn parse_suffix(requested: &str) -> Suffixed<'_> {
    let split = requested
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
        .filter(|(name, _)| !name.trim().is_empty());
    match split {
        Some((name, suffix)) => Suffixed {
            name,
            suffix: Some(suffix),
        },
        None => Suffixed {
            name: requested,
            suffix: None,
        },
    }
}

/// The name health and routing are keyed by: trimmed, without the thinking suffix.
///
/// A name that consists of a suffix only stays as it is. Case is kept.
#[must_use]
pub fn canonical(requested: &str) -> &str {
    parse_suffix(requested.trim()).name.trim()
}

#[cfg(test)]
mod tests {
    use super::{canonical, parse_suffix};

    #[test]
    fn suffix_and_canonical_name() {
        let check = |input: &str, name: &str, suffix: Option<&str>, canon: &str| {
            let parsed = parse_suffix(input);
            assert_eq!((parsed.name, parsed.suffix), (name, suffix), "{input:?}");
            assert_eq!(canonical(input), canon, "{input:?}");
        };
        check("gpt-5.2(high)", "gpt-5.2", Some("high"), "gpt-5.2");
        check(
            "claude-sonnet-4-5(16384)",
            "claude-sonnet-4-5",
            Some("16384"),
            "claude-sonnet-4-5",
        );
        check("m()", "m", Some(""), "m");
        check("m(high", "m(high", None, "m(high");
        check("(high)", "(high)", None, "(high)");
        check(" (high)", " (high)", None, "(high)");
        check(" a ", " a ", None, "a");
        check("a(b)(c)", "a(b)", Some("c"), "a(b)");
        check("", "", None, "");
    }
}
