//! The form of a Gemini client's stream: `alt` of its address, which other protocols do not have.

use cliproxy_translators::Refused;

/// Whether a translated stream is asked for as a JSON array. Without a word it is events: that is also
/// what an upstream of the client's own protocol is then asked for.
///
/// # Errors
///
/// Google has more forms; nobody else writes them.
pub(crate) fn wants_array(query: Option<&str>) -> Result<bool, Refused> {
    let pairs = query.unwrap_or_default().split('&');
    let mut forms = pairs.filter_map(|pair| match pair.split_once('=')? {
        ("alt" | "$alt" | "%24alt", form) => Some(form),
        _ => None,
    });
    match forms.next() {
        Some(form) if form.eq_ignore_ascii_case("json") => Ok(true),
        Some("") | None => Ok(false),
        Some(form) if form.eq_ignore_ascii_case("sse") => Ok(false),
        Some(_) => Err(Refused::outside(
            "alt",
            "`alt` of a stream that is translated is `sse` or `json`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::wants_array;

    #[test]
    fn the_form_that_the_address_names() {
        let check = |query: Option<&str>, expected: Option<bool>| {
            assert_eq!(wants_array(query).ok(), expected, "{query:?}");
        };
        check(None, Some(false));
        check(Some(""), Some(false));
        check(Some("x=json&alt"), Some(false));
        check(Some("alt="), Some(false));
        check(Some("alt=sse"), Some(false));
        check(Some("x=1&alt=json"), Some(true));
        check(Some("$alt=json"), Some(true));
        check(Some("%24alt=JSON"), Some(true));
        check(Some("alt=proto"), None);
    }
}
