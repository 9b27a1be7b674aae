//! Spellings of base64, and bytes found in it.

use super::{Decoded, normal};
use base64::{Engine as _, prelude::*};
use proptest::prelude::*;
use std::borrow::Cow;

#[test]
fn any_spelling_becomes_the_standard_one() {
    let check = |text: &str, expected: Option<&str>| {
        assert_eq!(normal(text).as_deref(), expected, "{text}")
    };
    check("", Some(""));
    check("YWI=", Some("YWI="));
    check("YWI", Some("YWI="));
    check("YQ", Some("YQ=="));
    check("-_8=", Some("+/8="));
    check(" YW\r\nI=\n", Some("YWI="));
    check("Y", None);
    check("YQ==YQ==", None);
    check("YW,I", None);
    check("YW\"I", None);
    check("é", None);
}

proptest! {
    #[test]
    fn what_is_normal_is_borrowed(bytes in any::<Vec<u8>>()) {
        let standard = BASE64_STANDARD.encode(&bytes);
        prop_assert!(matches!(normal(&standard), Some(Cow::Borrowed(_))));
        let url_safe = BASE64_URL_SAFE_NO_PAD.encode(&bytes);
        let made = normal(&url_safe);
        prop_assert_eq!(made.as_deref(), Some(standard.as_str()));
    }

    #[test]
    fn bytes_are_found_where_they_are(bytes in any::<Vec<u8>>()) {
        let base64 = BASE64_STANDARD.encode(&bytes);
        let decoded = Decoded::new(&base64);
        let found: Vec<_> = (0..).map_while(|at| decoded.byte(at)).collect();
        prop_assert_eq!(&found, &bytes);
        let four = decoded.bytes::<4>(3);
        prop_assert_eq!(four.as_ref().map(|four| &four[..]), bytes.get(3..7));
        let mut buffer = [0; 5];
        prop_assert_eq!(decoded.head(&mut buffer), &bytes[..bytes.len().min(5)]);
    }
}
