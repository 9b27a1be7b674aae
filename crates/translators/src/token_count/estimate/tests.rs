//! Numbers of whole requests, and that they only grow.

use super::estimate_tokens;
use cliproxy_core::{Capabilities, Protocol};
use cliproxy_json::Body;
use serde_json::{Value, json};

/// A PNG of 640 × 480, which is 410 tokens for Claude, with as much behind its header as one likes.
fn png(behind: usize) -> String {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    let mut file =
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0".to_vec();
    file.resize(file.len() + behind, 0);
    BASE64_STANDARD.encode(file)
}

fn counted(client: Protocol, upstream: Protocol, body: &Value) -> Result<u64, String> {
    let body = Body::new(body.to_string().into()).unwrap();
    estimate_tokens(&body, client, upstream, None).map_err(|refused| refused.message)
}

/// What blocks of a user's message cost for a Claude model.
fn blocks(blocks: &Value) -> u64 {
    let body = json!({"messages": [{"role": "user", "content": blocks}]});
    counted(Protocol::Claude, Protocol::Claude, &body).unwrap() - 4
}

#[test]
fn each_piece_has_its_weight() {
    let check = |pieces: Value, expected| assert_eq!(blocks(&pieces), expected, "{pieces}");
    let nine = "nine byte";
    let image = |source: Value| json!([{"type": "image", "source": source}]);
    let data = |base64: &str| json!({"type": "base64", "media_type": "image/png", "data": base64});
    check(json!(""), 0);
    check(json!(nine), 3);
    check(
        json!([{"type": "text", "text": nine}, {"type": "text", "text": nine}]),
        6,
    );
    // As it reads, not as it is spelled: 4 bytes.
    check(json!("\u{1F600}"), 2);
    check(json!("\"\"\"\""), 2);
    check(image(data(&png(0))), 410);
    check(image(data(&png(90_000))), 410);
    check(image(data("")), 1000);
    check(
        image(json!({"type": "url", "url": "https://example.com/a.png"})),
        1000,
    );
    let text = json!({"type": "text", "media_type": "text/plain", "data": nine});
    check(json!([{"type": "document", "source": text}]), 3);
    let pdf = json!({"type": "url", "url": "https://example.com/a.pdf"});
    check(json!([{"type": "document", "source": pdf}]), 2000);
    let result = json!({"type": "tool_result", "tool_use_id": "t", "content": nine});
    check(json!([result]), 3);
}

#[test]
fn the_whole_request_is_counted() {
    let check = |body: Value, expected| {
        let counted = counted(Protocol::Claude, Protocol::Chat, &body);
        assert_eq!(counted.as_ref(), Ok(&expected), "{body}");
    };
    let user = json!({"role": "user", "content": "nine byte"});
    check(json!({"messages": [user]}), 7);
    check(json!({"messages": [user, user]}), 14);
    check(json!({"system": "nine byte", "messages": [user]}), 14);
    // Nothing but the prompt costs anything.
    let settings = json!({"max_tokens": 9, "stream": true, "temperature": 0.5, "messages": [user]});
    check(settings, 7);
    let call = json!({"type": "tool_use", "id": "t", "name": "nine_byte", "input": {"a": "b"}});
    let answers = [
        json!({"type": "thinking", "thinking": "nine byte", "signature": "c2ln"}),
        call,
    ];
    check(
        json!({"messages": [user, {"role": "assistant", "content": answers}]}),
        7 + 4 + 3 + 3 + 3,
    );
    let tool = json!({"name": "nine_byte", "description": "nine byte", "input_schema": {"type": "object"}});
    check(
        json!({"messages": [user], "tools": [tool]}),
        7 + 8 + 3 + 3 + 5,
    );
    let hosted = json!({"type": "web_search_20250305", "name": "web_search"});
    check(json!({"messages": [user], "tools": [hosted]}), 7 + 8 + 14);
}

#[test]
fn gemini_asks_with_or_without_its_envelope() {
    let contents = json!([{"role": "user", "parts": [{"text": "nine byte"}]}]);
    let system = json!({"parts": [{"text": "nine byte"}]});
    let tools = json!([{"functionDeclarations": [{"name": "nine_byte"}]}]);
    let whole = json!({"contents": contents, "systemInstruction": system, "tools": tools});
    let check = |body: Value, expected| {
        let counted = counted(Protocol::Gemini, Protocol::Chat, &body);
        assert_eq!(counted.as_ref(), Ok(&expected), "{body}");
    };
    check(json!({"contents": contents}), 7);
    check(whole.clone(), 7 + 7 + 11);
    check(json!({"generateContentRequest": whole}), 7 + 7 + 11);
    check(json!({"generate_content_request": whole}), 7 + 7 + 11);
}

#[test]
fn images_cost_what_the_model_behind_takes_for_them() {
    let tiles = Capabilities::default();
    let patches = Capabilities {
        image_patches: true,
        ..Capabilities::default()
    };
    let check = |upstream, model: Option<&Capabilities>, expected: u64| {
        let source = json!({"type": "base64", "media_type": "image/png", "data": png(0)});
        let content = json!([{"type": "image", "source": source}]);
        let body = json!({"messages": [{"role": "user", "content": content}]});
        let body = Body::new(body.to_string().into()).unwrap();
        let counted = estimate_tokens(&body, Protocol::Claude, upstream, model);
        assert_eq!(counted, Ok(4 + expected), "{upstream} {model:?}");
    };
    for model in [None, Some(&tiles)] {
        check(Protocol::Claude, model, 410);
        check(Protocol::Chat, model, 85 + 170 * 2);
        check(Protocol::Responses, model, 85 + 170 * 2);
        check(Protocol::Gemini, model, 258 * 4);
    }
    check(Protocol::Chat, Some(&patches), 20 * 15);
    check(Protocol::Responses, Some(&patches), 20 * 15);
    check(Protocol::Claude, Some(&patches), 410);
    check(Protocol::Gemini, Some(&patches), 258 * 4);
}

#[test]
fn a_request_to_which_something_is_added_never_counts_less() {
    let mut body = json!({"messages": [{"role": "user", "content": []}]});
    let mut last = 0;
    let mut grow = |body: &Value| {
        let now = counted(Protocol::Claude, Protocol::Gemini, body).unwrap();
        assert!(now >= last, "{now} after {last}: {body}");
        last = now;
    };
    grow(&body);
    let part = |text: &str| json!({"type": "text", "text": text});
    for text in ["", "a", "ab", "text of some length"] {
        body["messages"][0]["content"]
            .as_array_mut()
            .unwrap()
            .push(part(text));
        grow(&body);
    }
    for role in ["assistant", "user", "user"] {
        let message = json!({"role": role, "content": "more"});
        body["messages"].as_array_mut().unwrap().push(message);
        grow(&body);
    }
    body["tools"] = json!([]);
    for name in ["a", "b"] {
        let tool = json!({"name": name, "input_schema": {"type": "object"}});
        body["tools"].as_array_mut().unwrap().push(tool);
        grow(&body);
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let check = |client, body: Value, says: &str| {
        let refused = counted(client, Protocol::Chat, &body).unwrap_err();
        assert!(refused.contains(says), "{refused}");
    };
    let nothing = "nothing to count";
    check(Protocol::Claude, json!({"messages": []}), nothing);
    check(Protocol::Gemini, json!({"contents": []}), nothing);
    check(Protocol::Claude, json!({"system": "s"}), "messages");
    check(Protocol::Gemini, json!({}), "contents");
    let robot = json!([{"role": "robot", "content": "x"}]);
    check(Protocol::Claude, json!({"messages": robot}), "role");
}
