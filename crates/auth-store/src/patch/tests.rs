//! What is written into a file, and that nothing else of it changes.

use super::{NewTokens, are_equal, set_disabled};
use crate::record::{Tokens, claims::tests::jwt};
use cliproxy_core::Secret;
use std::time::{Duration, SystemTime};

fn moment(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Writes a refresh at 10:00 into a file: `a2`, `r2`, good for an hour.
fn check(file: &str, expected: &str) {
    let (access, refresh) = (Secret::from("a2"), Secret::from("r2"));
    let tokens = NewTokens {
        access: &access,
        refresh: Some(&refresh),
        id: None,
        expires_at: Some(moment(1_778_238_000)),
        granted_at: moment(1_778_234_400),
    };
    let written = tokens.write_into(file.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(written.clone()).unwrap(), expected);
    let read = Tokens::read(&written).unwrap();
    assert_eq!(read.access, Some(access), "{expected}");
    assert_eq!(read.refresh, Some(refresh), "{expected}");
    assert_eq!(read.expires_at, Some(moment(1_778_238_000)), "{expected}");
}

#[test]
fn only_tokens_are_written() {
    check(
        r#"{ "x_custom": {"a":1.0, "b": [ ]} ,"type":"codex","access_token":"a1","refresh_token":"r1","id_token":"i1","expired":"2026-05-08T09:00:00Z","last_refresh":"2026-05-08T08:00:00+08:00","account_id":"acc","priority":"7","expired_note":"\u00fc"}
"#,
        r#"{ "x_custom": {"a":1.0, "b": [ ]} ,"type":"codex","access_token":"a2","refresh_token":"r2","id_token":"i1","expired":"2026-05-08T11:00:00Z","last_refresh":"2026-05-08T10:00:00Z","account_id":"acc","priority":"7","expired_note":"\u00fc"}
"#,
    );
}

#[test]
fn tokens_inside_an_object() {
    check(
        r#"{
  "token": {
    "access_token": "a1",
    "refresh_token": "r1",
    "expiry": "2026-05-08T09:00:00.5Z",
    "scopes": ["s"]
  },
  "type": "gemini", "last_refresh": 1778230800
}"#,
        r#"{
  "token": {
    "access_token": "a2",
    "refresh_token": "r2",
    "expiry": "2026-05-08T11:00:00Z",
    "scopes": ["s"]
  },
  "type": "gemini", "last_refresh": 1778234400
}"#,
    );
}

#[test]
fn a_file_of_another_program_gets_no_new_members() {
    check(
        r#"{"tokens":{"access_token":"a1","refresh_token":"r1","expiry":""},"last_refresh":"x"}"#,
        r#"{"tokens":{"access_token":"a2","refresh_token":"r2","expiry":"2026-05-08T11:00:00Z"},"last_refresh":"2026-05-08T10:00:00Z"}"#,
    );
    let file = br#"{"tokens":{"access_token":"a1"}}"#;
    let access = Secret::from("a2");
    let tokens = NewTokens {
        access: &access,
        refresh: None,
        id: None,
        expires_at: Some(moment(1_778_238_000)),
        granted_at: moment(1_778_234_400),
    };
    assert_eq!(
        tokens.write_into(file).unwrap(),
        br#"{"tokens":{"access_token":"a2"}}"#
    );
    // Gemini CLI's.
    check(
        r#"{"access_token":"a1","refresh_token":"r1","expiry_date":1778230800123}"#,
        r#"{"access_token":"a2","refresh_token":"r2","expiry_date":1778238000000}"#,
    );
}

#[test]
fn every_spelling_and_form_that_is_there() {
    check(
        r#"{"type":"kimi","accessToken":"a1","access_token":"a1","refreshToken":"r1","expires_at":1778230800,"expired":"1778230800000","expires_in":"60","timestamp":1778230800000,"lastRefresh":1778230800.25}"#,
        r#"{"type":"kimi","accessToken":"a2","access_token":"a2","refreshToken":"r2","expires_at":1778238000,"expired":"1778238000000","expires_in":"3600","timestamp":1778234400000,"lastRefresh":1778234400}"#,
    );
}

#[test]
fn what_a_file_does_not_have_is_added_where_its_tokens_are() {
    check(
        r#"{"type":"codex"}"#,
        r#"{"type":"codex","access_token":"a2","refresh_token":"r2","expired":"2026-05-08T11:00:00Z","last_refresh":"2026-05-08T10:00:00Z"}"#,
    );
    check(
        r#"{"type":"gemini","token":{"access_token":"a1"}}"#,
        r#"{"type":"gemini","token":{"access_token":"a2","refresh_token":"r2","expiry":"2026-05-08T11:00:00Z"},"last_refresh":"2026-05-08T10:00:00Z"}"#,
    );
}

#[test]
fn what_was_not_granted_stays() {
    let access = Secret::from("a2");
    let tokens = NewTokens {
        access: &access,
        refresh: None,
        id: None,
        expires_at: None,
        granted_at: moment(1_778_234_400),
    };
    let file = br#"{"access_token":"a1","refresh_token":"r1","id_token":"i1"}"#;
    let written = tokens.write_into(file).unwrap();
    assert_eq!(
        written,
        br#"{"access_token":"a2","refresh_token":"r1","id_token":"i1"}"#
    );
    assert!(tokens.write_into(b"[]").is_err());
    assert!(tokens.write_into(br#"{"access_to"#).is_err());
}

#[test]
fn the_end_of_the_token_before_is_not_that_of_the_next() {
    let file = br#"{"access_token":"a1","expired":"2026-05-08T09:00:00Z","expires_in":60}"#;
    let check = |access: &str, expected: &str| {
        let access = Secret::from(access);
        let tokens = NewTokens {
            access: &access,
            refresh: None,
            id: None,
            expires_at: None,
            granted_at: moment(1_778_234_400),
        };
        let written = String::from_utf8(tokens.write_into(file).unwrap()).unwrap();
        assert_eq!(written.replace(access.expose(), "a2"), expected);
    };
    check("opaque", r#"{"access_token":"a2"}"#);
    check(
        &jwt(r#"{"exp":1778238000}"#),
        r#"{"access_token":"a2","expired":"2026-05-08T11:00:00Z","expires_in":3600}"#,
    );
}

#[test]
fn switching_off_and_on() {
    let check = |file: &str, disabled, expected: &str| {
        let written = set_disabled(file.as_bytes(), disabled).unwrap();
        assert_eq!(written, expected.as_bytes(), "{file}");
    };
    check(
        "{ \"a\": 1.0 }\n",
        true,
        "{ \"a\": 1.0,\"disabled\":true }\n",
    );
    check("{\"disabled\" : true}", false, "{\"disabled\" : false}");
    check(
        "{\"disabled\":\"x\",\"disabled\":1}",
        true,
        "{\"disabled\":true}",
    );
    assert!(set_disabled(b"", true).is_err());
}

#[test]
fn whether_two_files_say_the_same() {
    let check = |one: &str, other: &str, expected: bool| {
        assert_eq!(
            are_equal(one.as_bytes(), other.as_bytes()),
            expected,
            "{one} {other}"
        );
        assert_eq!(
            are_equal(other.as_bytes(), one.as_bytes()),
            expected,
            "{other} {one}"
        );
    };
    check(r#"{"a":1,"b":[1,2]}"#, r#"{ "b":[1, 2],"a":1.0}"#, true);
    check("[1,2]", "[2,1]", false);
    check("[1,2]", "[1,2,3]", false);
    check("{}", "{", false);
    check("{", "{", false);
    check(r#"{"a":1}"#, r#"{"a":1,"b":null}"#, false);
    check(r#"{"a":"\u00fc"}"#, r#"{"a":"ü"}"#, true);
    check(r#"{"a":"1"}"#, r#"{"a":1}"#, false);
    check(r#"{"a":null}"#, r#"{"a":false}"#, false);
    check("1e2", "100", true);
    check("9007199254740993", "9007199254740992", false);
    check("18446744073709551615", "18446744073709551614", false);
    check("-9223372036854775808", "-9223372036854775807", false);
    check(r#"{"a":1,"a":2}"#, r#"{"a":1,"b":2}"#, false);
    check(r#"{"a":1,"a":1}"#, r#"{"a":1}"#, false);
}
