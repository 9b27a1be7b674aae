//! Data URLs and the one form they are put into.

use super::DataUrl;
use proptest::prelude::*;
use std::borrow::Cow;

#[track_caller]
fn check(url: &str, expected: Option<&str>) {
    let read = DataUrl::parse(url).map(|url| url.to_string());
    assert_eq!(read.as_deref(), expected, "{url}");
}

#[test]
fn a_data_url_is_put_into_one_form() {
    for (url, expected) in [
        ("data:image/png;base64,YWI=", "data:image/png;base64,YWI="),
        ("DATA:Image/JPG;BASE64,YWI", "data:image/jpeg;base64,YWI="),
        (
            "data:text/plain;charset=utf-8,%C3%A9%",
            "data:text/plain;base64,w6kl",
        ),
        ("data:a/b;base64;x=y,YWI%3D", "data:a/b;base64,YWI="),
        (
            "data:;base64,JVBERi0=",
            "data:application/pdf;base64,JVBERi0=",
        ),
        (
            "data:,hello",
            "data:application/octet-stream;base64,aGVsbG8=",
        ),
        (
            "data:base64,hello",
            "data:application/octet-stream;base64,aGVsbG8=",
        ),
        ("data:a/b,x,y", "data:a/b;base64,eCx5"),
        ("data:a/b;base64,", "data:a/b;base64,"),
    ] {
        check(url, Some(expected));
        check(expected, Some(expected));
    }
}

#[test]
fn what_cannot_be_read_is_none() {
    for url in [
        "",
        "data",
        "data:",
        "data:a/b;base64",
        "datä:a/b,x",
        "https://example.com/a,b",
        "data:a/b;base64,YW\"I",
        "data:a/b;base64,%ff",
    ] {
        check(url, None);
    }
}

#[test]
fn a_clean_payload_is_not_copied() {
    let url = DataUrl::parse("data:image/png;base64,YWI=").unwrap();
    assert!(matches!(url.base64, Cow::Borrowed(_)));
    assert!(matches!(url.mime, Cow::Borrowed(_)));
}

proptest! {
    #[test]
    fn what_is_read_is_base64(url in "data:(a/b)?(;x=y)?(;base64)?,([A-Za-z0-9+/_=%\" -]|é){0,20}") {
        if let Some(read) = DataUrl::parse(&url) {
            let digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
            prop_assert!(read.base64.len().is_multiple_of(4) && read.base64.bytes().all(digit));
            let again = read.to_string();
            prop_assert_eq!(DataUrl::parse(&again), Some(read));
        }
    }
}
