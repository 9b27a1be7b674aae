//! What is read as a carrier, and that what is written reads the same.

use super::{Carrier, FAMILIES, KINDS, Kind, decode_base64, realm};
use base64::{Engine as _, prelude::*};
use proptest::prelude::*;

#[test]
fn only_what_is_exactly_a_carrier_is_read_as_one() {
    let check =
        |text: &str, is_carrier| assert_eq!(Carrier::parse(text).is_some(), is_carrier, "{text}");
    check("gw1:an:sig:x", true);
    check("gw1:ki:th:x", true);
    check("gw1:xa@00000000:enc:x", true);
    for text in [
        "",
        "gw1:",
        "gw1:an",
        "gw1:an:sig",
        "gw1:an:sig:",
        "gw1:oa:enc:rs_1:",
        "gw2:an:sig:x",
        " gw1:an:sig:x",
        "gw1:an:SIG:x",
        "gw1::sig:x",
        "gw1:oa@:enc:x",
        "gw1:oa@1234567:enc:x",
        "gw1:oa@123456789:enc:x",
        "gw1:oa@1234567G:enc:x",
        "gw1:oa@ABCDEF01:enc:x",
        "gw1:oa@+1234567:enc:x",
    ] {
        check(text, false);
    }
}

#[test]
fn a_carrier_may_have_a_mebibyte() {
    let prefix = "gw1:an:sig:";
    let longest = format!("{prefix}{}", "A".repeat(1_048_576 - prefix.len()));
    assert!(Carrier::parse(&longest).is_some());
    let in_base64 = BASE64_STANDARD.encode(&longest);
    assert!(decode_base64(&in_base64).is_some());
    let longer = longest + "A";
    assert!(Carrier::parse(&longer).is_none());
    assert!(decode_base64(&BASE64_STANDARD.encode(&longer)).is_none());
}

#[test]
fn only_encrypted_reasoning_has_an_item() {
    let check = |text: &str, item: Option<&str>, data: &str| {
        let carrier = Carrier::parse(text).unwrap();
        assert_eq!((carrier.item, carrier.data), (item, data), "{text}");
    };
    check("gw1:oa:enc:rs_1:data", Some("rs_1"), "data");
    check("gw1:oa:enc:data", None, "data");
    check("gw1:oa:enc::da:ta", None, "da:ta");
    check("gw1:oa:enc:rs_1:da:ta", Some("rs_1"), "da:ta");
    check("gw1:an:sig:da:ta", None, "da:ta");
}

#[test]
fn an_item_that_cannot_be_written_is_left_out() {
    let written = |item, data| {
        let carrier = Carrier {
            item,
            data,
            ..Carrier::parse("gw1:oa:enc:x").unwrap()
        };
        carrier.to_string()
    };
    assert_eq!(written(Some("rs:1"), "data"), "gw1:oa:enc:data");
    assert_eq!(written(Some(""), "data"), "gw1:oa:enc:data");
    assert_eq!(written(None, "da:ta"), "gw1:oa:enc::da:ta");
}

#[test]
fn a_realm_is_written_with_eight_digits() {
    let carrier = Carrier {
        realm: Some(0xa1),
        ..Carrier::parse("gw1:oa:enc:x").unwrap()
    };
    assert_eq!(carrier.to_string(), "gw1:oa@000000a1:enc:x");
    assert_ne!(realm("org-1"), realm("org-2"));
    assert_eq!(
        format!("{:08x}", realm("org-1")),
        crate::fingerprint::hex(&["realm|org-1"], 8)
    );
}

#[test]
fn what_it_carries_is_not_shown() {
    let carrier = Carrier::parse("gw1:an:sig:hidden").unwrap();
    assert!(!format!("{carrier:?}").contains("hidden"));
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(
        family in 0..FAMILIES.len(),
        kind in 0..KINDS.len(),
        realm in any::<Option<u32>>(),
        item in proptest::option::of("[a-zA-Z0-9_?-]{1,12}"),
        data in "[ -~é]{1,40}",
    ) {
        let (family, kind) = (FAMILIES[family].0, KINDS[kind].0);
        let item = item.as_deref().filter(|_| kind == Kind::Encrypted);
        let carrier = Carrier { family, realm, kind, item, data: &data };
        let text = carrier.to_string();
        prop_assert_eq!(Carrier::parse(&text), Some(carrier));

        let standard = carrier.to_base64();
        for base64 in [
            standard.trim_end_matches('=').to_owned(),
            standard.replace('+', "-").replace('/', "_"),
            BASE64_URL_SAFE_NO_PAD.encode(&text),
            standard,
        ] {
            prop_assert_eq!(decode_base64(&base64), Some(text.clone()), "{}", base64);
        }
    }

    #[test]
    fn nothing_makes_reading_fail(text in "(gw1:)?([a-z@:]|.){0,40}", base64 in "[A-Za-z0-9+/_=-]{0,40}") {
        prop_assert!(Carrier::parse(&text).is_none_or(|carrier| !carrier.data.is_empty()));
        let decoded = decode_base64(&format!("Z3cxO{base64}"));
        prop_assert!(decoded.is_none_or(|text| Carrier::parse(&text).is_some()));
    }
}
