//! Unary replies.

use super::failure;
use crate::{BodySeen, ReplyTap, ResponseIds};
use cliproxy_core::{Protocol, Usage};

#[track_caller]
fn check(protocol: Protocol, body: &str, seen: &BodySeen, usage: Usage) {
    let mut tap = ReplyTap::new(protocol);
    let is_json = *seen != BodySeen::Malformed;
    assert_eq!(tap.body(body.as_bytes()), *seen, "{body}");
    assert_eq!((tap.usage(), tap.finished()), (usage, is_json), "{body}");
}

fn usage(input: u64, cache_read: u64, cache_write: u64, output: u64, reasoning: u64) -> Usage {
    Usage {
        input,
        cache_read,
        cache_write,
        output,
        reasoning,
    }
}

#[test]
fn answers_and_what_they_cost() {
    let check = |protocol, body: &str, usage| check(protocol, body, &BodySeen::Reply, usage);
    check(
        Protocol::Chat,
        r#"{"choices":[{"index":0}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}"#,
        usage(10, 0, 0, 5, 0),
    );
    check(
        Protocol::Chat,
        r#"{"usage":{"input_tokens":10.0,"output_tokens":5,"input_tokens_details":{"cached_tokens":4},"output_tokens_details":{"reasoning_tokens":1}}}"#,
        usage(10, 4, 0, 5, 1),
    );
    check(
        Protocol::Chat,
        r#"{"usage":null,"choices":[{"usage":{"prompt_tokens":2,"cached_tokens":1}}]}"#,
        usage(2, 1, 0, 0, 0),
    );
    check(
        Protocol::Claude,
        r#"{"type":"message","usage":{"input_tokens":1,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":3},"cache_read_input_tokens":null,"output_tokens":4}}"#,
        usage(6, 0, 5, 4, 0),
    );
    check(
        Protocol::Gemini,
        r#"[{"usageMetadata":{"promptTokenCount":1}},{"usageMetadata":{"promptTokenCount":2,"candidatesTokenCount":3}}]"#,
        usage(2, 0, 0, 3, 0),
    );
    check(
        Protocol::Responses,
        r#"{"id":"resp_1","error":null,"usage":{"input_tokens":10,"output_tokens":5}}"#,
        usage(10, 0, 0, 5, 0),
    );
    // A count is no usage, and figures that are nonsense count as none.
    check(Protocol::Claude, r#"{"input_tokens":7}"#, Usage::default());
    check(
        Protocol::Chat,
        r#"{"usage":{"prompt_tokens":-1,"completion_tokens":"5"}}"#,
        Usage::default(),
    );
    for protocol in Protocol::ALL {
        // Upstreams keep a connection alive with whitespace before the document.
        check(protocol, "\n\n {} \n", Usage::default());
        check(protocol, r#"{"error":null}"#, Usage::default());
    }
}

#[test]
fn errors_that_come_as_a_success() {
    for protocol in Protocol::ALL {
        for body in [
            r#"{"error":{"message":"m","code":429}}"#,
            r#"[{"error":{"message":"m","code":429}}]"#,
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"m"}}"#,
        ] {
            let mut tap = ReplyTap::new(protocol);
            let BodySeen::Failure(found) = tap.body(body.as_bytes()) else {
                panic!("{body}");
            };
            assert_eq!((found.status, &*found.message), (429, "m"), "{body}");
        }
    }
    let failed =
        r#"{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"m"}}"#;
    let failure = failure(500, Some("server_error"), "m");
    check(
        Protocol::Responses,
        failed,
        &BodySeen::Failure(failure),
        Usage::default(),
    );
}

#[test]
fn what_is_no_json_is_malformed() {
    for protocol in Protocol::ALL {
        for body in ["", " ", "<html>", "{", "{} {}", "data: {}", "\u{1f}\u{8b}"] {
            check(protocol, body, &BodySeen::Malformed, Usage::default());
        }
        let mut tap = ReplyTap::new(protocol);
        assert_eq!(tap.body(b"\"\xff\""), BodySeen::Malformed);
    }
}

#[test]
fn a_body_has_ids_too() {
    let mut tap = ReplyTap::new(Protocol::Responses);
    tap.body(br#"{"id":"resp_1","output":[{"id":"rs_1"},{"type":"x"},{"id":"msg_1"}]}"#);
    let ids = ResponseIds {
        response: Some("resp_1".to_owned()),
        items: vec!["rs_1".to_owned(), "msg_1".to_owned()],
    };
    assert_eq!(tap.response_ids(), ids);
}
