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
    let mut forms = pairs.filter_map(|pair| {
        let (name, form) = pair.split_once('=')?;
        is_alt(name).then_some(form)
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

/// The query of a stream that is asked for as from Google: without a word it is an array.
pub(crate) fn as_from_google(query: Option<String>) -> Option<String> {
    let Some(query) = query.filter(|query| !query.is_empty()) else {
        return Some("alt=json".to_owned());
    };
    let mut pairs = query.split('&');
    let names_form = pairs.any(|pair| {
        let (name, form) = pair.split_once('=').unwrap_or((pair, ""));
        is_alt(name) && !form.is_empty()
    });
    match names_form {
        true => Some(query),
        false => Some(format!("{query}&alt=json")),
    }
}

fn is_alt(name: &str) -> bool {
    matches!(name, "alt" | "$alt" | "%24alt")
}

#[cfg(test)]
mod tests {
    use super::{as_from_google, wants_array};

    #[test]
    fn without_a_word_google_streams_an_array() {
        let check = |query: Option<&str>, expected: &str| {
            let query = as_from_google(query.map(str::to_owned));
            assert_eq!(query.as_deref(), Some(expected));
        };
        check(None, "alt=json");
        check(Some(""), "alt=json");
        check(Some("x=1"), "x=1&alt=json");
        check(Some("alt=sse"), "alt=sse");
        check(Some("$alt=sse&x"), "$alt=sse&x");
    }

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
