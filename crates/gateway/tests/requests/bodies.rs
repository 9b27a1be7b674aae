//! What the upstream is sent, and what of a reply is changed.

use crate::rig::{Ask, Rig, entries, soon, upstream};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::Behaviour;
use http_body_util::BodyExt as _;
use serde_json::json;

/// A Chat entry that knows the client's `alias` as `real/model`.
fn aliased(base: &str, more: &str) -> String {
    format!(
        "openai-compatibility:\n  - {{name: e, base-url: \"{base}/v1\", {more} \
         api-key-entries: [{{api-key: a}}], models: [{{name: real/model, alias: alias}}]}}\n"
    )
}

#[tokio::test]
async fn a_body_goes_up_byte_for_byte() {
    for protocol in Protocol::ALL {
        let upstream = upstream([Behaviour::Answer]);
        let rig = Rig::new(&entries(&upstream, protocol, "a"));
        for stream in [false, true] {
            let ask = Ask::new(protocol, "m", stream);
            let odd = [b" \n", &ask.body[..], b"\t\r\n"].concat();
            let ask = ask.with_body(odd);
            assert_eq!(rig.send(&ask).await.status, 200);
            let sent = upstream.take_requests();
            assert_eq!(sent[0].body, ask.body, "{protocol}");
        }
    }
}

/// Numbers keep their spelling and strings their halves of characters, however odd; what is no JSON
/// goes nowhere.
#[tokio::test]
async fn odd_documents_go_up_as_they_are_and_broken_ones_do_not() {
    for protocol in Protocol::ALL {
        let upstream = upstream([Behaviour::Answer]);
        let rig = Rig::new(&entries(&upstream, protocol, "a"));
        let ask = |member: &[u8]| {
            let ask = Ask::new(protocol, "m", false);
            let body = [b"{\"x_odd\":", member, b",", &ask.body[1..]].concat();
            ask.with_body(body)
        };
        let digits = "7".repeat(1_000_000);
        let nested = |depth| [b"[".repeat(depth), b"]".repeat(depth)].concat();
        for member in [
            b"1e400" as &[u8],
            b"-0",
            b"1E+09",
            b"0.10",
            b"9007199254740993",
            b"\"\\ud800\"",
            b"\"\\udc00\\ud800\"",
            // Raw control characters are for the upstream to judge.
            b"\"\n\"",
            b"{\"model\":\"other\"}",
            digits.as_bytes(),
            &nested(500),
        ] {
            let ask = ask(member);
            rig.send(&ask).await;
            let sent = upstream.take_requests().remove(0);
            assert!(sent.body == ask.body, "{protocol}: {} bytes", member.len());
        }
        for member in [
            b"\"\xff\"" as &[u8],
            b"\"\xed\xa0\x80\"",
            b"01",
            b"+1",
            b"1.",
            b"NaN",
            b"1}",
            &nested(100_000),
            &b"[".repeat(100_000),
            &b"{\"a\":".repeat(100_000),
        ] {
            let answer = rig.send(&ask(member)).await;
            assert_eq!(answer.status, 400, "{protocol}: {answer:?}");
            let start = String::from_utf8_lossy(&member[..member.len().min(40)]);
            assert!(upstream.take_requests().is_empty(), "{protocol}: {start}");
        }
    }
}

#[tokio::test]
async fn only_the_models_name_is_replaced() {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&aliased(&upstream.base_url(), ""));
    let body = |model| {
        format!(
            "{{ \"messages\" : [{{\"role\":\"user\",\"content\":\"\\u0041 alias\"}}],\n\
             \"temperature\":1.0e0, \"model\" : \"{model}\" ,\"stream\":false}}  "
        )
    };
    let answer = rig.send(&Ask::chat("").with_body(body("alias"))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(upstream.requests()[0].body, body("real/model"));
    assert_eq!(answer.json()["model"], "alias");

    let body = body("alias").replace("false", "true");
    let answer = rig.send(&Ask::chat("").with_body(body)).await.text();
    assert!(answer.contains(r#""model":"alias""#), "{answer}");
    assert!(!answer.contains("real/model"), "{answer}");
}

#[tokio::test]
async fn replies_name_the_model_that_was_asked_for() {
    for protocol in Protocol::ALL {
        let upstream = upstream([Behaviour::Answer]);
        let yaml = entries(&upstream, protocol, "a").replace("alias: m}", "alias: nick}");
        let rig = Rig::new(&yaml);
        for stream in [false, true] {
            let answer = rig.send(&Ask::new(protocol, "nick", stream)).await;
            let text = answer.text();
            assert_eq!(answer.status, 200, "{text}");
            assert!(text.contains(r#":"nick""#), "{protocol} {stream}: {text}");
            let name = match protocol {
                Protocol::Gemini => r#""modelVersion":"m""#,
                _ => r#""model":"m""#,
            };
            assert!(!text.contains(name), "{protocol} {stream}: {text}");
        }
    }
}

#[tokio::test]
async fn a_model_named_twice_is_refused() {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&entries(&upstream, Protocol::Chat, "a"));
    let check = async |body: &'static str, code: &str| {
        let answer = rig.send(&Ask::chat("m").with_body(body)).await;
        assert_eq!(answer.status, 400, "{body}");
        let json = answer.json();
        assert_eq!(json["error"]["type"], "invalid_request_error", "{json}");
        assert!(json.to_string().contains(code), "{body}: {json}");
    };
    check(r#"{"model":"m","model":"m","messages":[]}"#, "model").await;
    check(r#"{"model":"m","m\u006fdel":"x","messages":[]}"#, "model").await;
    check(r#"{"messages":[]}"#, "model").await;
    check(r#"{"model":7}"#, "model").await;
    check("[1]", "invalid_json").await;
    check("", "invalid_json").await;
    assert_eq!(upstream.stats().requests, 0);
}

#[tokio::test]
async fn usage_that_only_the_gateway_asked_for_is_hidden() {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&aliased(&upstream.base_url(), "force-stream-usage: on,"));
    let turns = json!([{"role": "user", "content": "hello"}]);
    let check = async |mut body: serde_json::Value, asked: bool, shown: bool| {
        body["model"] = "alias".into();
        body["messages"] = turns.clone();
        let answer = rig.send(&Ask::chat("").with_body(body.to_string())).await;
        let text = answer.text();
        assert_eq!(answer.status, 200, "{text}");
        let sent = upstream.take_requests().remove(0).json();
        assert_eq!(sent["model"], "real/model");
        assert_eq!(
            sent["stream_options"]["include_usage"] == true,
            asked,
            "{sent}"
        );
        assert_eq!(text.contains(r#""usage":{"#), shown, "{text}");
        let record = rig.record().await;
        assert!(!record.usage.is_empty(), "{record:?}");
    };
    check(json!({"stream": true}), true, false).await;
    let asks = json!({"include_usage": true});
    check(json!({"stream": true, "stream_options": asks}), true, true).await;
    let declines = json!({"include_usage": false});
    check(
        json!({"stream": true, "stream_options": declines}),
        true,
        false,
    )
    .await;
    check(json!({"stream": false}), false, true).await;
}

#[tokio::test]
async fn a_large_body_is_sent_whole() {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&aliased(&upstream.base_url(), ""));
    let text = "x".repeat(3 << 20);
    let body = json!({"messages": [{"role": "user", "content": text}], "model": "alias"});
    let reply = rig.open(&Ask::chat("").with_body(body.to_string())).await;
    assert_eq!(reply.status, 200);
    soon(reply.body.collect()).await.unwrap();
    let sent = &upstream.requests()[0].body;
    assert_eq!(
        sent.len(),
        body.to_string().len() + "real/model".len() - "alias".len()
    );
}
