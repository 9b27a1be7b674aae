//! Cases of `state`.

use super::{StateKind, resource, state_references};
use bytes::Bytes;
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_json::Body;
use proptest::prelude::*;

fn check(protocol: Protocol, body: &str, expected: &[(StateKind, &str)]) {
    let parsed = Body::new(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    let head = parsed.head();
    let found = state_references(protocol, Some(&head));
    let found: Vec<_> = found.iter().map(|found| (found.kind, &*found.id)).collect();
    assert_eq!(found, expected, "{body}");
}

#[test]
fn stored_responses_and_items() {
    let check = |body, expected: &[_]| check(Responses, body, expected);
    check(r#"{"input":"hi"}"#, &[]);
    check(
        r#"{"previous_response_id":null,"input":"item_reference"}"#,
        &[],
    );
    check(
        r#"{"previous_response_id":"resp_1"}"#,
        &[(StateKind::Response, "resp_1")],
    );
    check(
        r#"{"input":[{"type":"item_reference","id":"rs_1"},{"role":"user","content":"item_reference"},{"id":"msg_2","type":"item_reference"}]}"#,
        &[(StateKind::Item, "msg_2"), (StateKind::Item, "rs_1")],
    );
    check(
        r#"{"input":[{"type":"item_reference","id":"rs_1"},{"type":"message","content":[{"type":"input_file","file_id":"file-1"}]}],"previous_response_id":"resp_1"}"#,
        &[
            (StateKind::File, "file-1"),
            (StateKind::Response, "resp_1"),
            (StateKind::Item, "rs_1"),
        ],
    );
}

#[test]
fn uploaded_files() {
    check(
        Chat,
        r#"{"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}},{"type":"text","text":"file_id"}]}]}"#,
        &[(StateKind::File, "file-1")],
    );
    check(
        Claude,
        r#"{"messages":[{"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"file_1"}}]},{"role":"user","content":[{"type":"container_upload","file_id":"file_2"}]}]}"#,
        &[(StateKind::File, "file_2"), (StateKind::File, "file_1")],
    );
    check(
        Gemini,
        r#"{"contents":[{"parts":[{"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}},{"file_data":{"file_uri":"files/d\u0065f"}},{"fileData":{"fileUri":"https://youtu.be/x"}}]}]}"#,
        &[
            (StateKind::File, "files/def"),
            (StateKind::File, "files/abc"),
        ],
    );
    check(
        Chat,
        r#"{"messages":[{"content":[{"file_id":7},{"file_id":""}]}]}"#,
        &[],
    );
    check(Chat, r#"{"file_id":"file-1","messages":[]}"#, &[]);
}

#[test]
fn context_caches() {
    let cached = &[(StateKind::CachedContent, "cachedContents/1")];
    check(Gemini, r#"{"cachedContent":"cachedContents/1"}"#, cached);
    check(
        Gemini,
        r#"{"cached_content":"cachedContents/1","contents":[]}"#,
        cached,
    );
    check(Claude, r#"{"cachedContent":"cachedContents/1"}"#, &[]);
}

#[test]
fn no_body_refers_to_nothing() {
    assert!(state_references(Responses, None).is_empty());
}

#[test]
fn many_references_are_cut_to_the_latest() {
    let items: Vec<String> = (0..100)
        .map(|n| format!(r#"{{"type":"item_reference","id":"rs_{n}"}}"#))
        .collect();
    let body = format!(r#"{{"input":[{}]}}"#, items.join(","));
    let ids: Vec<String> = (36..100).rev().map(|n| format!("rs_{n}")).collect();
    let expected: Vec<_> = ids
        .iter()
        .map(|id| (StateKind::Item, id.as_str()))
        .collect();
    check(Responses, &body, &expected);
}

#[test]
fn nesting_is_bounded() {
    let body = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!(r#"{{"messages":{open}{{"file_id":"file-1"}}{close}}}"#)
    };
    check(Chat, &body(7), &[(StateKind::File, "file-1")]);
    check(Chat, &body(8), &[]);
    check(Chat, &body(500), &[]);
}

#[test]
fn only_some_state_can_be_expanded() {
    assert!(StateKind::Response.is_expandable() && StateKind::Item.is_expandable());
    assert!(!StateKind::File.is_expandable() && !StateKind::CachedContent.is_expandable());
}

#[test]
fn names_of_files() {
    let check = |id: &str, name: Option<&str>| {
        assert_eq!(resource(id).map(|start| &id[start..]), name, "{id:?}");
    };
    check("file-1", Some("file-1"));
    check("files/a", Some("files/a"));
    check("https://host/v1beta/files/a", Some("files/a"));
    check("https://host/myfiles/a", None);
    check("https://host/files/", None);
    check("https://host/files/a/b", None);
    check("gs://bucket/a.pdf", None);
    check("é/files/é", Some("files/é"));
    check("", None);
}

proptest! {
    #[test]
    fn any_uri_is_survived(id in "[a-z/é:]{0,6}(files/)?[a-z/é]{0,4}") {
        if let Some(start) = resource(&id) {
            prop_assert!(!id[start..].is_empty());
            prop_assert_eq!(id[start..].starts_with("files/"), id.contains('/'));
        }
    }
}
