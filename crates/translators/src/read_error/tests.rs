//! Where upstreams put the words of an error.

use super::read_error;

#[test]
fn message_code_and_type_are_found() {
    let check = |body: &str, expected: Option<(&str, Option<&str>, Option<&str>)>| {
        let text = read_error(body.as_bytes());
        let found = text
            .as_ref()
            .map(|text| (&*text.message, text.code.as_deref(), text.kind.as_deref()));
        assert_eq!(found, expected, "{body}");
    };
    check(
        r#"{"error":{"message":"a","type":"t","param":null,"code":"c"}}"#,
        Some(("a", Some("c"), Some("t"))),
    );
    check(
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
        Some((
            "Overloaded",
            Some("overloaded_error"),
            Some("overloaded_error"),
        )),
    );
    check(
        r#"{"error":{"code":400,"message":"Bad","status":"INVALID_ARGUMENT"}}"#,
        Some(("Bad", Some("INVALID_ARGUMENT"), None)),
    );
    check(
        r#" [{"error":{"code":400,"message":"Bad"}}] "#,
        Some(("Bad", None, None)),
    );
    // In this order.
    let all = r#"{"error":{"message":"1"},"message":"2","detail":"3","error_description":"4"}"#;
    check(all, Some(("1", None, None)));
    check(r#"{"error":{},"message":"2"}"#, Some(("2", None, None)));
    check(
        r#"{"error":"3","detail":"4","error_description":"5"}"#,
        Some(("3", None, None)),
    );
    check(
        r#"{"detail":"4","error_description":"5"}"#,
        Some(("4", None, None)),
    );
    check(r#"{"error_description":"5"}"#, Some(("5", None, None)));
    check(
        r#"{"type":"error","code":"c","message":"flat"}"#,
        Some(("flat", Some("c"), None)),
    );
    check(
        r#"{"error":{"message":"caf\u00e9"}}"#,
        Some(("café", None, None)),
    );
    // Nothing to read.
    for body in [
        "",
        "<html>",
        "{}",
        "[]",
        r#"{"error":null}"#,
        r#"{"message":7}"#,
    ] {
        check(body, None);
    }
}
