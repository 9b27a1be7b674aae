//! Escapes, cut anywhere.

use super::{Unescaper, closing_quote};
use proptest::prelude::*;

fn decoded(pieces: &[&str]) -> String {
    let mut unescaper = Unescaper::default();
    let mut text = String::new();
    for piece in pieces {
        unescaper.push(piece, &mut |run| text.push_str(run));
    }
    text
}

#[test]
fn escapes_are_decoded_wherever_they_are_cut() {
    let check =
        |pieces: &[&str], expected: &str| assert_eq!(decoded(pieces), expected, "{pieces:?}");
    check(&[r#"\"\\\/\b\f\n\r\t"#], "\"\\/\u{8}\u{c}\n\r\t");
    check(&["a\\", "nb", "\\u", "00", "e", "9c"], "a\nbéc");
    check(&[r"\ud83d", r"\", "u", "de00!"], "😀!");
    check(&[r"\uD83D\uDE00"], "😀");
}

#[test]
fn what_is_no_escape_is_kept_or_replaced() {
    let check = |text: &str, expected: &str| assert_eq!(decoded(&[text]), expected, "{text}");
    check(r"\d+\é", r"\d+\é");
    check(r"\ud83dx", "\u{fffd}x");
    check(r"\ud83d\n", "\u{fffd}\n");
    check(r"\ud83d\ud83d\ude00", "\u{fffd}😀");
    check(r"\ud83d\u0041", "\u{fffd}A");
    check(r"\ude00", "\u{fffd}");
    check(r"\u00zz", "\u{fffd}zz");
    // Held, because it is not known yet what it is.
    check(r"a\ud83d\u00", "a");
    check("a\\", "a");
}

#[test]
fn an_escaped_quote_closes_nothing() {
    let check = |pieces: &[&str], expected: &[Option<usize>]| {
        let mut escaped = false;
        let found = pieces
            .iter()
            .map(|piece| closing_quote(piece.as_bytes(), &mut escaped));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{pieces:?}");
    };
    check(&["ab\"c"], &[Some(2)]);
    check(&["a\\", "\"b", "\""], &[None, None, Some(0)]);
    check(&["a\\\\\""], &[Some(3)]);
    check(&["\\", "", "\\", "\""], &[None, None, None, Some(0)]);
}

/// The text as a JSON string of nothing but ASCII.
fn escaped(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap();
    let mut ascii = String::new();
    for character in json[1..json.len() - 1].chars() {
        if character.is_ascii() {
            ascii.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            ascii += &format!("\\u{unit:04x}");
        }
    }
    ascii
}

proptest! {
    #[test]
    fn pieces_say_what_the_whole_says(
        text in any::<String>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let escaped = escaped(&text);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(escaped.len() + 1)).collect();
        cuts.extend([0, escaped.len()]);
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|cut| &escaped[cut[0]..cut[1]]).collect();
        prop_assert_eq!(decoded(&pieces), text);
    }
}
