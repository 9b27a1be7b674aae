//! What a request loses on its way, and who is told.

use crate::rig::{Ask, Rig, config, entries, limited, refusing, s, upstream};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Script, Upstream};
use serde_json::json;

const BODY: &str = r#"{"model":"m","max_tokens":64,"top_k":20,"temperature":0.5,
    "messages":[{"role":"user","content":"hello"}]}"#;

fn asked() -> Ask {
    Ask::new(Protocol::Claude, "m", false).with_body(BODY)
}

#[tokio::test]
async fn clients_and_operators_are_told_what_was_dropped() {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&entries(&upstream, Protocol::Chat, "a"));
    let answer = rig.send(&asked()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("x-cliproxy-dropped"), "top_k");
    let record = rig.record().await;
    let translation = record.translation().unwrap();
    assert_eq!(translation.upstream, Protocol::Chat);
    assert_eq!((translation.dropped, translation.changed), (1, 0));
    assert_eq!(translation.dropped_paths.as_deref(), Some("top_k"));
    let explanation = rig.gateway.explain(&record.request_id).unwrap();
    let attempt = &explanation.steps[0].attempts[0];
    let shown = attempt.translation.as_ref().unwrap();
    assert_eq!((&*shown.protocol, shown.dropped), ("chat", 1));
    assert_eq!(shown.dropped_paths.as_deref(), Some("top_k"));
}

#[tokio::test]
async fn nothing_is_said_where_nothing_was_translated() {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&entries(&upstream, Protocol::Claude, "a"));
    let answer = rig.send(&asked()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(!answer.headers.contains_key("x-cliproxy-dropped"));
    assert_eq!(rig.record().await.translation(), None);
}

#[tokio::test]
async fn the_policy_and_the_switches_hold_from_the_next_request_on() {
    let upstream = upstream([Behaviour::Answer]);
    let entries = entries(&upstream, Protocol::Chat, "a");
    let rig = Rig::new(&entries);
    let check = async |yaml: &str, status: u16, dropped: Option<&str>| {
        rig.gateway.reload(config(yaml)).unwrap();
        let answer = rig.send(&asked()).await;
        assert_eq!(answer.status, status, "{yaml}: {answer:?}");
        let found = answer.headers.get("x-cliproxy-dropped");
        let found = found.map(|value| value.to_str().unwrap());
        assert_eq!(found, dropped, "{yaml}");
    };
    check(&entries, 200, Some("top_k")).await;
    let strict = format!("translation: {{loss-policy: strict}}\n{entries}");
    check(&strict, 400, None).await;
    let lenient = format!("translation: {{loss-policy: lenient}}\n{entries}");
    check(&lenient, 200, Some("top_k")).await;
    let said = |said: &str| entries.replace("name: a,", &format!("name: a, {said},"));
    let both = Some("top_k, temperature");
    check(&said("drop-params: [temperature]"), 200, both).await;
    // This profile sends it, and the upstream refuses it.
    check(&said("profile: openrouter"), 400, None).await;
    let dropped = said("profile: openrouter, drop-params: [top_k]");
    check(&dropped, 200, Some("top_k")).await;
    check(&entries, 200, Some("top_k")).await;
}

#[tokio::test]
async fn an_upstream_gets_what_its_entry_says_it_takes() {
    let upstream = upstream([Behaviour::Answer]);
    let switches = "name: a, max-tokens-field: max_completion_tokens, rename-params: {temperature: \
                    heat},";
    let entries = entries(&upstream, Protocol::Chat, "a");
    let rig = Rig::new(&entries.replace("name: a,", switches));
    // The scripted upstream does not know `heat`.
    assert_eq!(rig.send(&asked()).await.status, 400);
    let sent = upstream.take_requests().remove(0).json();
    assert_eq!(sent["max_completion_tokens"], 64, "{sent}");
    assert_eq!(sent["heat"], 0.5, "{sent}");
    assert!(sent.get("temperature").is_none() && sent.get("max_tokens").is_none());
}

#[tokio::test]
async fn what_an_entry_takes_out_of_a_native_body_is_told_like_any_other_loss() {
    let upstream = upstream([Behaviour::Answer]);
    let entries = entries(&upstream, Protocol::Chat, "a");
    let switches = "name: a, drop-params: [seed, user], max-tokens-field: max_completion_tokens,";
    let entries = entries.replace("name: a,", switches);
    let body = r#"{"model":"m","seed":1,"user":"u","max_tokens":64,
        "messages":[{"role":"user","content":"hello"}]}"#;
    let ask = Ask::chat("m").with_body(body);
    let rig = Rig::new(&entries);
    let answer = rig.send(&ask).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let sent = upstream.take_requests().remove(0).json();
    assert_eq!(sent["max_completion_tokens"], 64, "{sent}");
    assert!(sent.get("seed").is_none() && sent.get("user").is_none());
    assert_eq!(answer.header("x-cliproxy-dropped"), "seed");
    let record = rig.record().await;
    let lost = record.translation().unwrap();
    let counts = (lost.upstream, lost.dropped, lost.cut, lost.changed);
    assert_eq!(counts, (Protocol::Chat, 1, 0, 0));
    assert_eq!(lost.dropped_paths.as_deref(), Some("seed"));
    let explanation = rig.gateway.explain(&record.request_id).unwrap();
    let shown = explanation.steps[0].attempts[0].translation.clone();
    assert_eq!(shown.unwrap().dropped_paths.as_deref(), Some("seed"));

    let strict = format!("translation: {{loss-policy: strict}}\n{entries}");
    rig.gateway.reload(config(&strict)).unwrap();
    let answer = rig.send(&ask).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(answer.json()["error"]["code"], "unsupported_parameter");
    assert_eq!(answer.json()["error"]["param"], "seed");
}

/// A request that nobody can be told is refused as such, whoever rests; one that a resting credential
/// could be told is for later.
#[tokio::test]
async fn a_refusal_does_not_wait_for_credentials_that_would_refuse_as_well() {
    let body = |more: &str| format!(r#"{{"model":"m","max_tokens":9,"messages":{more}}}"#);
    let hello = r#"[{"role":"user","content":"hello"}]"#;
    let rests = limited(s(1_800));
    for (resting, several) in [(Protocol::Claude, 400), (Protocol::Chat, 429)] {
        let upstream = upstream([rests.clone(), Behaviour::Answer]);
        let first = entries(&upstream, resting, "a");
        let second = entries(&upstream, Protocol::Claude, "b");
        let both = match resting {
            Protocol::Claude => entries(&upstream, Protocol::Claude, "ab"),
            _ => first + &second,
        };
        let rig = Rig::new(&format!("request-retry: 0\n{both}"));
        let send = async |body: String| rig.send(&Ask::chat("m").with_body(body)).await.status;
        while upstream.stats().hits("a") == 0 {
            assert_eq!(send(body(hello)).await, 200, "{resting}");
        }
        let several_answers = body(&format!("{hello},\"n\":2"));
        assert_eq!(send(several_answers).await, several, "{resting} rests");
        assert_eq!(send(body(hello)).await, 200, "{resting} rests");
    }
}

/// Encrypted reasoning of an account that no credential of these tests has.
const SEALED: &str = "gw1:oa@00000001:enc:rs_1:c2VhbGVk";

#[tokio::test]
async fn reasoning_that_only_another_account_can_read_is_counted() {
    let native = json!({"model": "m", "store": false, "input": [
        {"role": "user", "content": "hello"},
        {"type": "reasoning", "id": "rs_gw_1_0", "summary": [], "encrypted_content": SEALED},
        {"role": "assistant", "content": "hello"},
        {"role": "user", "content": "hello"},
    ]});
    let foreign = json!({"model": "m", "max_tokens": 64, "messages": [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "", "signature": SEALED},
            {"type": "text", "text": "hello"},
        ]},
        {"role": "user", "content": "hello"},
    ]});
    for (client, body) in [(Protocol::Responses, native), (Protocol::Claude, foreign)] {
        let upstream = upstream([Behaviour::Answer]);
        let rig = Rig::new(&entries(&upstream, Protocol::Responses, "a"));
        let ask = Ask::new(client, "m", false).with_body(body.to_string());
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, 200, "{client}: {answer:?}");
        let sent = upstream.take_requests().remove(0).json();
        assert!(!sent.to_string().contains("reasoning\""), "{sent}");
        let record = rig.record().await;
        let lost = record.translation().unwrap();
        assert_eq!((lost.dropped, lost.cut), (1, 1), "{client}");
        let shown = rig.gateway.explain(&record.request_id).unwrap().steps[0].attempts[0].clone();
        assert_eq!(shown.translation.unwrap().cut, 1, "{client}");
    }
}

/// Another attempt without what the upstream has refused: what it goes without is its loss.
#[tokio::test]
async fn reasoning_that_an_upstream_has_refused_is_counted() {
    let refused = r#"{"error":{"code":"invalid_encrypted_content","message":"no","type":"invalid_request_error"}}"#;
    let body = json!({"model": "m", "store": false, "input": [
        {"type": "reasoning", "summary": [], "encrypted_content": "c2VhbGVk"},
        {"role": "user", "content": "hello"},
    ]});
    let script = Script::new().queue("a", "a", [refusing(400, refused), Behaviour::Answer]);
    let upstream = Upstream::start(script).unwrap();
    let rig = Rig::new(&entries(&upstream, Protocol::Responses, "a"));
    let ask = Ask::new(Protocol::Responses, "m", false).with_body(body.to_string());
    assert_eq!(rig.send(&ask).await.status, 200);
    let record = rig.record().await;
    let cut = |at: usize| record.attempts[at].translation.as_ref().map(|it| it.cut);
    assert_eq!((cut(0), cut(1)), (None, Some(1)));
}

/// Each class under each policy: the status, and what the header tells.
#[tokio::test]
async fn what_becomes_of_each_class_under_each_policy() {
    const PART: &str = r#"{"type":"container_upload","file_id":"f"}"#;
    const THOUGHT: &str = r#"{"type":"thinking","thinking":"t","signature":"c2VhbGVk"}"#;
    let upstream = upstream([Behaviour::Answer]);
    let entries = entries(&upstream, Protocol::Chat, "a");
    let rig = Rig::new(&entries);
    let body = |part: &str, thought: &str, member: &str| {
        format!(
            r#"{{"model":"m","max_tokens":64{member},"messages":[
                {{"role":"user","content":[{{"type":"text","text":"hello"}}{part}]}},
                {{"role":"assistant","content":[{thought}{{"type":"text","text":"hello"}}]}},
                {{"role":"user","content":"hello"}}]}}"#
        )
    };
    let part = body(&format!(",{PART}"), "", "");
    let thought = body("", &format!("{THOUGHT},"), "");
    let member = |member: &str| body("", "", member);
    let setting = member(r#","mcp_servers":[{"type":"url","url":"https://e.org","name":"n"}]"#);
    let quality = member(r#","top_k":20"#);
    let label = member(r#","cache_control":{"type":"ephemeral"}"#);
    // What the client asks, then what it gets: dropped places, or where it is refused.
    let place = Ok("messages.0.content.1");
    let [refused_part, refused_setting] = [Err("messages.0.content.1"), Err("mcp_servers")];
    let sealed = Ok("messages.1.content.0");
    for (policy, expected) in [
        (
            "report",
            [refused_part, refused_setting, Ok("top_k"), Ok(""), sealed],
        ),
        (
            "strict",
            [refused_part, refused_setting, Err("top_k"), Ok(""), sealed],
        ),
        (
            "lenient",
            [place, refused_setting, Ok("top_k"), Ok(""), sealed],
        ),
    ] {
        let yaml = format!("translation: {{loss-policy: {policy}}}\n{entries}");
        rig.gateway.reload(config(&yaml)).unwrap();
        let bodies = [&part, &setting, &quality, &label, &thought];
        for (body, expected) in bodies.into_iter().zip(expected) {
            let ask = Ask::new(Protocol::Claude, "m", false).with_body(body.clone());
            let answer = rig.send(&ask).await;
            let record = rig.record().await;
            let found = answer.headers.get("x-cliproxy-dropped");
            let found = found.map_or("", |value| value.to_str().unwrap());
            match expected {
                Ok(dropped) => {
                    assert_eq!(answer.status, 200, "{policy} {body}: {answer:?}");
                    assert_eq!(found, dropped, "{policy} {body}");
                    let lost = record.translation().unwrap();
                    let count = usize::from(!dropped.is_empty());
                    assert_eq!((lost.dropped, lost.changed), (count, 0), "{policy} {body}");
                }
                Err(param) => {
                    assert_eq!(answer.status, 400, "{policy} {body}: {answer:?}");
                    assert_eq!(found, "", "{policy} {body}");
                    assert!(answer.text().contains(param), "{policy}: {}", answer.text());
                    assert!(record.attempts.is_empty(), "nobody was asked");
                }
            }
        }
    }
}

/// An upstream of Gemini's that answers with an image.
fn with_image(stream: bool) -> Behaviour {
    let parts =
        json!([{"text": "A cat:"}, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]);
    let candidate = json!({"content": {"role": "model", "parts": parts}, "finishReason": "STOP"});
    let reply = json!({"responseId": "r", "candidates": [candidate]});
    let (kind, body) = match stream {
        true => ("text/event-stream", format!("data: {reply}\r\n\r\n")),
        false => ("application/json", reply.to_string()),
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Behaviour::Raw(format!("{head}{body}").into())
}

#[tokio::test]
async fn what_a_reply_loses_is_counted() {
    for stream in [false, true] {
        let upstream = upstream([with_image(stream)]);
        let rig = Rig::new(&entries(&upstream, Protocol::Gemini, "a"));
        let answer = rig.send(&Ask::new(Protocol::Claude, "m", stream)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.text().contains("A cat:"), "{answer:?}");
        let record = rig.record().await;
        let losses = record.reply_losses.clone().unwrap();
        assert_eq!(
            (losses.count(), losses.semantic),
            (1, 1),
            "stream: {stream}"
        );
        assert_eq!(&*losses.what, "media 1");
        let explanation = rig.gateway.explain(&record.request_id).unwrap();
        assert_eq!(explanation.reply_losses.unwrap().what, "media 1");
    }
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&entries(&upstream, Protocol::Chat, "a"));
    rig.send(&asked()).await;
    assert_eq!(rig.record().await.reply_losses, None);
}

/// Whatever the client speaks, the message alone says what to leave out and who forbids it.
#[tokio::test]
async fn a_strict_refusal_names_the_place_and_the_policy() {
    use Protocol::{Chat, Claude, Gemini, Responses};
    const TURN: &str = r#""messages":[{"role":"user","content":"hello"}]"#;
    const CONTENTS: &str = r#""contents":[{"parts":[{"text":"hello"}]}]"#;
    let check = async |client, speaks, body: String, expected: &str| {
        let upstream = upstream([Behaviour::Answer]);
        let entries = entries(&upstream, speaks, "a");
        let rig = Rig::new(&format!("translation: {{loss-policy: strict}}\n{entries}"));
        let answer = rig
            .send(&Ask::new(client, "m", false).with_body(body))
            .await;
        assert_eq!(answer.status, 400, "{client}: {answer:?}");
        let message = answer.json()["error"]["message"].to_string();
        let rest = message.strip_prefix(&format!("\"{expected} ("));
        let why =
            rest.and_then(|rest| rest.strip_suffix("), and translation.loss-policy is strict\""));
        assert!(
            why.is_some_and(|why| !why.is_empty()),
            "{client}: {message}"
        );
        assert!(upstream.take_requests().is_empty(), "{client}");
    };
    let chat = format!(r#"{{"model":"m","seed":1,{TURN}}}"#);
    check(Chat, Claude, chat, "`seed` would be dropped").await;
    let claude = format!(r#"{{"model":"m","max_tokens":9,"top_k":2,{TURN}}}"#);
    check(Claude, Chat, claude, "`top_k` would be dropped").await;
    let gemini = format!(r#"{{"generationConfig":{{"topK":2}},{CONTENTS}}}"#);
    let place = "`generationConfig.topK` would be dropped";
    check(Gemini, Chat, gemini, place).await;
    let responses = r#"{"model":"m","input":"hello","top_logprobs":3}"#.to_owned();
    let place = "`top_logprobs` would be dropped";
    check(Responses, Claude, responses, place).await;
    let changed = format!(r#"{{"model":"m","temperature":1.5,{TURN}}}"#);
    check(Chat, Claude, changed, "`temperature` would be changed").await;
}
