//! What stays of a model id without its date and its channel.

/// The id without trailing dates, `-latest` and `-preview`.
///
/// Vendors publish one model under several such names: Anthropic's `claude-3-7-sonnet-latest` is
/// `claude-3-7-sonnet-20250219`, see <https://docs.claude.com/en/docs/about-claude/models/overview>.
pub(super) fn stem(id: &str) -> &str {
    let mut stem = id;
    while let Some(shorter) = without_last(stem) {
        stem = shorter;
    }
    stem
}

fn without_last(id: &str) -> Option<&str> {
    ["-latest", "-preview"]
        .iter()
        .find_map(|channel| id.strip_suffix(channel))
        .or_else(|| without_date(id))
        .filter(|rest| !rest.is_empty())
}

/// Strips `-20250929`, `-2025-09-29` or `-09-2025`.
fn without_date(id: &str) -> Option<&str> {
    const SHAPES: [&str; 3] = ["-20######", "-20##-##-##", "-##-20##"];
    SHAPES.iter().find_map(|shape| {
        let (rest, date) = id.split_at_checked(id.len().checked_sub(shape.len())?)?;
        begins_with(date, shape).then_some(rest)
    })
}

/// Whether `id` begins with `pattern`, where `#` stands for one decimal digit.
pub(super) fn begins_with(id: &str, pattern: &str) -> bool {
    let fits = |(byte, wanted): (u8, u8)| match wanted {
        b'#' => byte.is_ascii_digit(),
        _ => byte == wanted,
    };
    id.len() >= pattern.len() && id.bytes().zip(pattern.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::{begins_with, stem};

    #[test]
    fn dates_and_channels_are_stripped() {
        let check = |id, expected| assert_eq!(stem(id), expected, "{id:?}");
        check("claude-sonnet-4-5-20250929", "claude-sonnet-4-5");
        check("gpt-4o-2024-08-06", "gpt-4o");
        check("gemini-2.5-flash-preview-09-2025", "gemini-2.5-flash");
        check("claude-3-7-sonnet-latest", "claude-3-7-sonnet");
        check("gemini-3-pro-preview", "gemini-3-pro");
        check("gpt-4-0613", "gpt-4-0613");
        check("m-19990929", "m-19990929");
        check("-latest", "-latest");
        check("ü-20250929", "ü");
        check("模-09-2025", "模");
        check("", "");
    }

    #[test]
    fn a_hash_is_one_digit() {
        let check = |id, pattern, expected| {
            assert_eq!(begins_with(id, pattern), expected, "{id:?} {pattern:?}");
        };
        check("o3-mini", "o#", true);
        check("opus", "o#", false);
        check("o", "o#", false);
        check("gpt-5.4", "gpt-5.", true);
    }
}
