//! Asking for the usage chunk, and knowing it again.

use super::{asked_for_usage, include_usage_edit, is_usage_chunk};
use crate::tests::frame;
use cliproxy_json::Body;

#[test]
fn usage_is_asked_for_once() {
    let check = |body: &str, edited: Option<&str>, asked: bool| {
        let body = Body::new(body.to_owned().into()).unwrap();
        let sent = include_usage_edit(&body).map(|slices| slices.to_bytes());
        assert_eq!(sent.as_deref(), edited.map(str::as_bytes), "{body:?}");
        assert_eq!(asked_for_usage(&body.head()), asked);
    };
    check(
        r#"{"stream": true}"#,
        Some(r#"{"stream": true,"stream_options":{"include_usage":true}}"#),
        false,
    );
    check(
        r#"{"stream_options":{"x": 1.0},"stream":true}"#,
        Some(r#"{"stream_options":{"x": 1.0,"include_usage":true},"stream":true}"#),
        false,
    );
    check(
        r#"{"stream":true,"stream_options":null}"#,
        Some(r#"{"stream":true,"stream_options":{"include_usage":true}}"#),
        false,
    );
    check(
        r#"{"stream":true,"stream_options":{"include_usage":false}}"#,
        Some(r#"{"stream":true,"stream_options":{"include_usage":true}}"#),
        false,
    );
    let asked = r#"{"stream":true,"stream_options":{"include_usage":true}}"#;
    check(asked, None, true);
    // Only a stream has chunks, and what is no object is for the upstream to refuse.
    check("{}", None, false);
    check(r#"{"stream":false}"#, None, false);
    check(r#"{"stream":1}"#, None, false);
    check(r#"{"stream":true,"stream_options":"all"}"#, None, false);
}

#[test]
fn the_usage_chunk_has_no_choices() {
    let check = |data: &str, expected: bool| {
        let frame = frame(&format!("data: {data}\n\n"));
        assert_eq!(is_usage_chunk(&frame), expected, "{data}");
    };
    check(r#"{"choices":[],"usage":{"total_tokens":1}}"#, true);
    check(r#"{"usage":{}, "choices" : [ ] }"#, true);
    check(
        r#"{"choices":[{"index":0}],"usage":{"total_tokens":1}}"#,
        false,
    );
    check(r#"{"choices":[],"usage":null}"#, false);
    check(r#"{"choices":[]}"#, false);
    check(r#"{"a":{"choices":[]},"choices":[{}],"usage":{}}"#, false);
    check("[DONE]", false);
    assert!(!is_usage_chunk(&frame(": comment\n\n")));
}
