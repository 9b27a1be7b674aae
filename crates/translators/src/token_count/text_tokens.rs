//! What a text costs in tokens, by its length.
//!
//! A tokeniser's tables are megabytes, and no vendor but OpenAI publishes one. A token is taken for 3.6
//! bytes of UTF-8, rounded up for each text: English prose and code come out close, and text in other
//! scripts rather too high than too low.

/// A text that stands in the request.
pub(super) fn text_tokens(text: &str) -> u64 {
    let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
    bytes.saturating_mul(10).div_ceil(36)
}

#[cfg(test)]
mod tests {
    use super::text_tokens;

    #[test]
    fn a_token_is_three_bytes_and_six_tenths() {
        let check = |bytes, expected| assert_eq!(text_tokens(&"x".repeat(bytes)), expected);
        check(0, 0);
        check(1, 1);
        check(3, 1);
        check(4, 2);
        check(36, 10);
        check(37, 11);
    }
}
