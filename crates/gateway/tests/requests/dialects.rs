//! The ChatGPT backend and Code Assist, for clients of the vendor's own protocol; and hosts whose Chat is
//! repaired.

use crate::rig::{Ask, Rig, config, entry, section, upstream};
use bytes::Bytes;
use cliproxy_core::Protocol::{self, Chat, Gemini, Responses};
use cliproxy_scripted_upstream::{Behaviour, Upstream};
use serde_json::{Value, json};

fn yaml(upstream: &Upstream, protocol: Protocol, keys: &str, more: &str) -> String {
    let base = upstream.base_url();
    let entries = keys
        .chars()
        .map(|key| entry(protocol, &base, &key.to_string(), "mine=m", more));
    format!("{}:\n{}", section(protocol), entries.collect::<String>())
}

/// Exactly this, and the end of the connection.
fn raw(kind: &str, body: &str) -> Behaviour {
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n");
    Behaviour::Raw(Bytes::from(format!("{head}{body}")))
}

fn event(number: u32, name: &str, mut data: Value) -> String {
    data["type"] = name.into();
    data["sequence_number"] = number.into();
    format!("event: {name}\ndata: {data}\n\n")
}

/// A stream of the ChatGPT backend whose end says nothing of its output, and which never names its model.
fn codex_events() -> [String; 5] {
    let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": "hello", "annotations": []}]});
    let usage = json!({"input_tokens": 7, "output_tokens": 2, "total_tokens": 9});
    let delta =
        json!({"output_index": 0, "content_index": 0, "item_id": "msg_1", "delta": "hello"});
    let response = |status: &str| json!({"id": "resp_1", "status": status, "output": []});
    let mut completed = response("completed");
    completed["usage"] = usage;
    [
        event(
            0,
            "response.created",
            json!({"response": response("in_progress")}),
        ),
        event(
            1,
            "codex.rate_limits",
            json!({"rate_limits": {"primary": 1}}),
        ),
        event(2, "response.output_text.delta", delta),
        event(
            3,
            "response.output_item.done",
            json!({"output_index": 0, "item": message}),
        ),
        event(4, "response.completed", json!({"response": completed})),
    ]
}

/// The data of the events of a stream.
fn events(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

#[tokio::test]
async fn the_chatgpt_backend_always_streams_and_its_clients_need_not() {
    let upstream = upstream([raw("text/event-stream", &codex_events().concat())]);
    let rig = Rig::new(&yaml(&upstream, Responses, "a", "profile: codex"));
    let whole = rig.send(&Ask::new(Responses, "mine", false)).await;
    assert_eq!(whole.status, 200, "{whole:?}");
    assert_eq!(whole.header("content-type"), "application/json");
    let reply = whole.json();
    assert_eq!(
        (&reply["model"], &reply["id"]),
        (&json!("mine"), &json!("resp_1"))
    );
    assert_eq!(reply["output"][0]["content"][0]["text"], "hello");
    assert_eq!(rig.record().await.usage.output, 2);

    let streamed = rig.send(&Ask::new(Responses, "mine", true)).await;
    let sent: Vec<_> = upstream.take_requests();
    for sent in &sent {
        assert_eq!(sent.header("accept"), "text/event-stream");
        let sent = sent.json();
        assert_eq!(
            (&sent["stream"], &sent["store"]),
            (&json!(true), &json!(false))
        );
    }
    let seen = events(&streamed.text());
    assert_eq!(seen.len(), 5, "{streamed:?}");
    assert_eq!(seen[0]["response"]["model"], "mine");
    assert_eq!(
        seen[1],
        events(&codex_events()[1])[0],
        "events that nobody knows pass"
    );
    assert_eq!(seen[4]["response"], reply);
}

#[tokio::test]
async fn a_stream_of_the_chatgpt_backend_that_breaks_off_has_failed() {
    let begun = codex_events()[..3].concat();
    let upstream = upstream([raw("text/event-stream", &begun), Behaviour::Answer]);
    let codex = yaml(&upstream, Responses, "ab", "profile: codex");
    let rig = Rig::new(&codex);
    // Read to its end before it is believed, so another credential can serve.
    let served = rig.served(&Ask::new(Responses, "mine", false), 2).await;
    assert!(served.iter().all(|label| label == "b"), "{served:?}");
    let alone = Rig::new(&yaml(&upstream, Responses, "a", "profile: codex"));
    let answer = alone.send(&Ask::new(Responses, "mine", true)).await;
    let seen = events(&answer.text());
    let last = seen.last().unwrap();
    assert_eq!(
        (&last["type"], &last["sequence_number"]),
        (&json!("response.failed"), &json!(3))
    );
    let refused = alone.send(&Ask::new(Responses, "mine", false)).await;
    assert_eq!(refused.status, 502, "{refused:?}");
}

#[tokio::test]
async fn an_api_host_gets_none_of_this() {
    let text = codex_events().concat();
    let upstream = upstream([raw("text/event-stream", &text)]);
    let rig = Rig::new(&yaml(&upstream, Responses, "a", "").replace("mine", "m"));
    for streams in [false, true] {
        let answer = rig.send(&Ask::new(Responses, "m", streams)).await;
        assert_eq!(answer.text(), text, "stream: {streams}");
    }
}

#[tokio::test]
async fn a_conversation_has_a_key_of_its_own_in_the_backends_cache() {
    let upstream = upstream([Behaviour::Answer]);
    let keys = "api-keys: [one, two]\n";
    let entry = yaml(&upstream, Responses, "a", "profile: codex");
    let rig = Rig::new(&format!("{keys}{entry}"));
    let key = async |client: &str, protocol: Protocol, session: &str, body: Option<Value>| {
        let ask = Ask::new(protocol, "mine", true)
            .header("authorization", &format!("Bearer {client}"))
            .header("x-session-id", session);
        let ask = match body {
            None => ask,
            Some(body) => ask.with_body(body.to_string()),
        };
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let sent = upstream.take_requests().remove(0).json();
        sent["prompt_cache_key"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let own = key("one", Responses, "s", None).await;
    assert_eq!((own.len(), own.matches('-').count()), (36, 4), "{own}");
    assert_eq!(key("one", Responses, "s", None).await, own);
    assert_ne!(
        key("one", Responses, "t", None).await,
        own,
        "another session"
    );
    assert_ne!(
        key("two", Responses, "s", None).await,
        own,
        "another client"
    );
    let translated = key("one", Chat, "s", None).await;
    assert_eq!(translated.len(), 36);
    assert_eq!(key("one", Chat, "s", None).await, translated);
    // What the client says itself stays.
    let said = json!({"model": "mine", "input": "hello", "stream": true, "prompt_cache_key": "k"});
    assert_eq!(key("one", Responses, "s", Some(said)).await, "k");

    // Only this backend is given one.
    let api = yaml(&upstream, Responses, "a", "profile: openai");
    rig.gateway.reload(config(&format!("{keys}{api}"))).unwrap();
    assert_eq!(key("one", Responses, "s", None).await, "");
}

#[tokio::test]
async fn gemini_clients_read_code_assist_without_its_envelope() {
    let inner = |finish: &str| {
        format!(
            r#"{{"candidates":[{{"content":{{"role":"model","parts":[{{"text":"1.0"}}]}}{finish}}}],"modelVersion":"m","usageMetadata":{{"promptTokenCount":7,"candidatesTokenCount":2,"totalTokenCount":9}}}}"#
        )
    };
    let end = inner(r#","finishReason":"STOP""#);
    let enveloped = |inner: &str| format!(r#"{{"response":{inner},"traceId":"t"}}"#);
    let frame = |json: &str| format!("data: {json}\r\n\r\n");
    let stream = [inner(""), end.clone()].map(|inner| frame(&enveloped(&inner)));
    let renamed = |text: &str| text.replace(r#""modelVersion":"m""#, r#""modelVersion":"mine""#);
    let unary = raw("application/json", &enveloped(&end));
    let streamed = raw("text/event-stream", &stream.concat());
    for (behaviour, streams, expected) in [
        (unary, false, end.clone()),
        (streamed, true, frame(&inner("")) + &frame(&end)),
    ] {
        let upstream = upstream([behaviour]);
        let rig = Rig::new(&yaml(&upstream, Gemini, "a", "profile: code-assist"));
        let answer = rig.send(&Ask::new(Gemini, "mine", streams)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.text(), renamed(&expected), "stream: {streams}");
        assert_eq!(rig.record().await.usage.output, 2, "stream: {streams}");
        let sent = upstream.take_requests().remove(0).json();
        assert_eq!(sent["model"], "m");
        assert!(sent["request"]["contents"].is_array(), "{sent}");
    }
}

#[tokio::test]
async fn a_host_that_gets_chat_wrong_is_repaired_where_its_entry_says_so() {
    // No role, one index for two calls, usage in a chunk that has a choice.
    let call = |id: &str| {
        json!({"id": "1", "choices": [{"index": 0, "delta": {"tool_calls": [
            {"index": 0, "id": id, "function": {"name": "f", "arguments": "{}"}}]}}]})
    };
    let last = json!({"id": "1", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 2}});
    let chunks = [call("c1"), call("c2"), last];
    let text: String = chunks
        .iter()
        .map(|chunk| format!("data: {chunk}\n\n"))
        .collect();
    let upstream = upstream([raw(
        "text/event-stream",
        &(text.clone() + "data: [DONE]\n\n"),
    )]);
    let ask = Ask::chat("mine").with_body(
        json!({"model": "mine", "stream": true, "messages": [{"role": "user", "content": "hello"}],
            "tools": [{"type": "function", "function": {"name": "f"}}]})
        .to_string(),
    );
    let calls = async |more: &str| {
        let rig = Rig::new(&yaml(&upstream, Chat, "a", more));
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let text = answer.text().replace("data: [DONE]\n", "");
        let events = events(&text);
        let calls = events.iter().flat_map(|event| {
            event["choices"][0]["delta"]["tool_calls"]
                .as_array()
                .cloned()
                .unwrap_or_default()
        });
        let indices: Vec<_> = calls
            .filter(|call| call["id"].is_string())
            .map(|call| call["index"].as_u64().unwrap())
            .collect();
        (events[0]["choices"][0]["delta"]["role"].clone(), indices)
    };
    assert_eq!(calls("").await, (Value::Null, vec![0, 0]));
    assert_eq!(calls("repair: on").await, (json!("assistant"), vec![0, 1]));
}
