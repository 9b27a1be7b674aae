//! Cases of `opening`.

mod growth;

use super::key;
use crate::key::{Scope, SessionKey};
use bytes::Bytes;
use cliproxy_core::{
    KeyDigest,
    Protocol::{self, Chat, Claude, Gemini, Responses},
};
use cliproxy_json::Body;

fn opening(protocol: Protocol, body: &str) -> Option<SessionKey> {
    let body = Body::new(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    let scope = Scope::new(&[0; 32], &KeyDigest::ANONYMOUS, protocol);
    key(&scope, &body.head(), protocol)
}

/// Requests with the same opening, then requests each of which opens otherwise.
fn check(protocol: Protocol, same: &[&str], different: &[&str]) {
    let expected = opening(protocol, same[0]);
    assert!(expected.is_some(), "{}", same[0]);
    for body in same {
        assert_eq!(opening(protocol, body), expected, "{body}");
    }
    for body in different {
        assert_ne!(opening(protocol, body), expected, "{body}");
    }
}

#[test]
fn chat() {
    check(
        Chat,
        &[
            r#"{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Hello"}]}"#,
            r#"{"model":"m","messages":[{"role":"system","content":"S"},{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"}]}"#,
            r#"{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"},{"role":"user","content":"More"}]}"#,
            r#"{"messages":[{"role":"developer","content":[{"type":"text","text":"S"}]},{"content":[{"type":"text","text":"Hello","cache_control":{"type":"ephemeral"}}],"role":"user"}]}"#,
        ],
        &[
            r#"{"messages":[{"role":"user","content":"Hello"}]}"#,
            r#"{"messages":[{"role":"system","content":"T"},{"role":"user","content":"Hello"}]}"#,
            r#"{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Hello "}]}"#,
            r#"{"messages":[{"role":"user","content":"S"},{"role":"user","content":"Hello"}]}"#,
            r#"{"messages":[{"role":"system","content":"S"},{"role":"user","content":[{"type":"text","text":"Hel"},{"type":"text","text":"lo"}]}]}"#,
        ],
    );
}

#[test]
fn chat_path_with_a_responses_body() {
    check(
        Chat,
        &[
            r#"{"input":"Hello"}"#,
            r#"{"input":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"}]}"#,
        ],
        &[r#"{"input":"Bye"}"#],
    );
}

#[test]
fn claude() {
    check(
        Claude,
        &[
            r#"{"system":"S","messages":[{"role":"user","content":"Hello"}]}"#,
            r#"{"system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]},{"role":"assistant","content":"Hi"}]}"#,
        ],
        &[
            r#"{"messages":[{"role":"user","content":"Hello"}]}"#,
            r#"{"system":"S","messages":[{"role":"user","content":"Bye"}]}"#,
        ],
    );
}

#[test]
fn gemini() {
    check(
        Gemini,
        &[
            r#"{"systemInstruction":{"parts":[{"text":"S"}]},"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}"#,
            r#"{"system_instruction":{"parts":{"text":"S"}},"contents":[{"parts":[{"text":"Hello"}]},{"role":"model","parts":[{"text":"Hi"}]}]}"#,
        ],
        &[
            r#"{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}"#,
            r#"{"systemInstruction":{"parts":[{"text":"S"}]},"cachedContent":"cachedContents/1","contents":[{"role":"user","parts":[{"text":"Hello"}]}]}"#,
            r#"{"systemInstruction":{"parts":[{"text":"S"}]},"contents":[{"role":"user","parts":[{"text":"Bye"}]}]}"#,
        ],
    );
}

#[test]
fn responses() {
    check(
        Responses,
        &[
            r#"{"instructions":"S","input":"Hello"}"#,
            r#"{"instructions":"S","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hello"}]}]}"#,
            r#"{"instructions":"S","input":[{"type":"reasoning","summary":[]},{"role":"user","content":"Hello"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi"}]},{"type":"function_call","name":"f"},{"role":"user","content":"More"}]}"#,
            r#"{"input":[{"type":"message","role":"developer","content":[{"type":"input_text","text":"S"}]},{"role":"user","content":"Hello"}]}"#,
        ],
        &[
            r#"{"input":"Hello"}"#,
            r#"{"instructions":"S","input":"Bye"}"#,
            r#"{"instructions":"S","input":[{"type":"function_call","role":"user","content":"Hello"},{"role":"user","content":"Bye"}]}"#,
        ],
    );
}

#[test]
fn nobody_said_anything() {
    let check = |protocol, body: &str| assert_eq!(opening(protocol, body), None, "{body}");
    check(Chat, "{}");
    check(
        Chat,
        r#"{"messages":[{"role":"system","content":"sys only"}]}"#,
    );
    check(
        Chat,
        r#"{"messages":[{"role":"user","content":""},{"role":"user"},{"role":"user","content":null},{"role":"user","content":[]}]}"#,
    );
    check(Chat, r#"{"messages":"Hello"}"#);
    check(Claude, r#"{"system":"sys only","messages":[]}"#);
    check(
        Gemini,
        r#"{"contents":[{"role":"model","parts":[{"text":"Hi"}]}]}"#,
    );
    check(
        Responses,
        r#"{"instructions":"sys only","input":[{"type":"function_call_output"}]}"#,
    );
}

#[test]
fn media_count() {
    check(
        Claude,
        &[
            r#"{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"AAAA"}}]}]}"#,
            r#"{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64", "data":"AAAA"},"cache_control":{"type":"ephemeral"}}]}]}"#,
        ],
        &[
            r#"{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"AAAB"}}]}]}"#,
            r#"{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64"},"data":"AAAA"}]}]}"#,
            r#"{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":["AAAA"]}}]}]}"#,
        ],
    );
}

#[test]
fn instructions_count_by_their_beginning() {
    let body = |system: &str| {
        format!(r#"{{"system":"{system}","messages":[{{"role":"user","content":"Hello"}}]}}"#)
    };
    let start = "é".repeat(50);
    check(
        Claude,
        &[
            &body(&start),
            &body(&format!("{start} today is Monday")),
            &body(&format!("{start} today is Tuesday")),
        ],
        &[
            &body(&"é".repeat(49)),
            &body(&format!("{}e", "é".repeat(49))),
        ],
    );
}

#[test]
fn long_texts_count_by_length_beginning_and_end() {
    let body = |text: &str| format!(r#"{{"messages":[{{"role":"user","content":"{text}"}}]}}"#);
    let long = "x".repeat(100_000);
    let changed = |at: usize| format!("{}y{}", &long[..at], &long[at + 1..]);
    check(
        Chat,
        &[&body(&long), &body(&changed(50_000))],
        &[
            &body(&changed(0)),
            &body(&changed(99_999)),
            &body(&long[1..]),
            &body(&"x".repeat(4096)),
        ],
    );
    let short = "x".repeat(4096);
    check(
        Chat,
        &[&body(&short)],
        &[&body(&format!("{}y{}", &short[..2048], &short[2049..]))],
    );
}

#[test]
fn the_first_user_message_is_near_the_start() {
    let body = |leading: usize| {
        let leading = r#"{"role":"assistant","content":"a"},"#.repeat(leading);
        format!(r#"{{"messages":[{leading}{{"role":"user","content":"Hello"}}]}}"#)
    };
    check(Chat, &[&body(0), &body(63)], &[&body(64)]);
    assert_eq!(opening(Chat, &body(64)), None);
}

#[test]
fn deep_parts_are_survived() {
    let body = |inner: &str| {
        let part = format!("{}{inner}{}", r#"{"a":["#.repeat(100), "]}".repeat(100));
        format!(r#"{{"messages":[{{"role":"user","content":[{part}]}}]}}"#)
    };
    check(Chat, &[&body("1")], &[&body("2")]);
}
