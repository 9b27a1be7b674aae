//! What stands in for a model that cannot be had.

use crate::rig::{
    Answer, Ask, Rig, calls, config, entries, entry, limited, refusing, s, section, soon, upstream,
};
use cliproxy_core::{Operation, Protocol};
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use serde_json::{Value, json};

const CLAUDE: Protocol = Protocol::Claude;
const FALLS_BACK: &str = "fallbacks: {m: [{model: n}]}";

/// `a` has the model `m`, `b` has `n` and `c` has `o`, each under a name of its own.
fn rig(upstream: &Upstream, protocol: Protocol, settings: &str) -> Rig {
    let base = upstream.base_url();
    let entries = [("a", "m=m-1"), ("b", "n=n-1"), ("c", "o=o-1")];
    let entries = entries.map(|(key, models)| entry(protocol, &base, key, models, ""));
    let entries = entries.concat();
    Rig::new(&format!("{settings}\n{}:\n{entries}", section(protocol)))
}

/// The names of models that a reply shows.
fn shown(protocol: Protocol, answer: &Answer) -> Vec<String> {
    let name = match protocol {
        Protocol::Gemini => "\"modelVersion\":\"",
        _ => "\"model\":\"",
    };
    let text = answer.text();
    let rest = text.split(name).skip(1);
    let mut names: Vec<_> = rest
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    names.dedup();
    names
}

#[tokio::test]
async fn another_model_serves_what_one_fails_at() {
    let failures = || -> Vec<Behaviour> {
        vec![
            Failure::Internal.into(),
            Failure::Overloaded.into(),
            Failure::Unauthorized.into(),
            Failure::Billing.into(),
            Failure::ModelNotFound.into(),
            limited(s(30)),
            Behaviour::ResetAfter(0),
            Behaviour::Empty,
            Behaviour::ErrorEventFirst,
            Behaviour::JsonErrorIn200,
            refusing(400, r#"{"error":"the requested model is not supported"}"#),
        ]
    };
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            for failure in failures() {
                let name = format!("{protocol} {stream} {failure:?}");
                let upstream = upstream([failure, Behaviour::Answer]);
                let rig = rig(
                    &upstream,
                    protocol,
                    &format!("request-retry: 0\n{FALLS_BACK}"),
                );
                let answer = rig.send(&Ask::new(protocol, "m", stream)).await;
                assert_eq!(answer.status, 200, "{name}: {}", answer.text());
                let headers = ["x-cliproxy-served-by", "x-cliproxy-attempts"];
                let headers = headers.map(|name| answer.header(name));
                assert_eq!(headers, ["b; model=n-1", "2"], "{name}");
                assert_eq!(shown(protocol, &answer), ["m"], "{name}");
                let record = rig.record().await;
                let models = [&record.model, &record.served_model, &record.credential];
                let models = models.map(|text| text.as_deref().unwrap_or_default());
                assert_eq!(models, ["m", "n-1", "b"], "{name}");
            }
        }
    }
}

#[tokio::test]
async fn retries_come_first() {
    let check = async |settings: &str, expected: &[u64]| {
        let upstream = upstream([Failure::Internal.into(), Behaviour::Answer]);
        let rig = rig(&upstream, CLAUDE, &format!("{settings}\n{FALLS_BACK}"));
        for _ in 0..2 {
            let answer = rig.send(&Ask::new(CLAUDE, "m", false)).await;
            assert_eq!(answer.header("x-cliproxy-served-by"), "b; model=n-1");
        }
        assert_eq!(calls(&upstream, "abc"), expected, "{settings}");
    };
    check("disable-cooling: true\nrequest-retry: 2", &[6, 2, 0]).await;
    check("disable-cooling: true\nrequest-retry: 0", &[2, 2, 0]).await;
    // While the model rests, its fallback is asked at once.
    check("", &[1, 2, 0]).await;
}

#[tokio::test]
async fn a_model_that_works_needs_none() {
    let upstream = upstream([Behaviour::Answer, Behaviour::Answer]);
    let rig = rig(&upstream, CLAUDE, FALLS_BACK);
    let ask = Ask::new(CLAUDE, "m", false);
    assert_eq!(rig.served(&ask, 1).await, ["a"], "no model is named");
    assert_eq!(calls(&upstream, "ab"), [1, 0]);
}

/// The chain of `m` or of another name, what the keys do, and what comes of it.
async fn chain(
    settings: &str,
    asked: &str,
    behaviours: [Behaviour; 3],
    (status, served, expected): (u16, &str, [u64; 3]),
) -> Answer {
    let name = format!("{settings} {asked} {behaviours:?}");
    let upstream = upstream(behaviours);
    let rig = rig(&upstream, CLAUDE, settings);
    let answer = rig.send(&Ask::new(CLAUDE, asked, false)).await;
    assert_eq!(answer.status, status, "{name}: {}", answer.text());
    assert_eq!(answer.header("x-cliproxy-served-by"), served, "{name}");
    assert_eq!(calls(&upstream, "abc"), expected, "{name}");
    if status == 200 {
        assert_eq!(shown(CLAUDE, &answer), [asked], "{name}");
    }
    answer
}

#[tokio::test]
async fn fallbacks_are_tried_in_their_order() {
    let ok = || Behaviour::Answer;
    let down = || Behaviour::from(Failure::Internal);
    let both = "fallbacks: {m: [{model: n}, {model: o}]}";
    let of_b = (200, "b; model=n-1", [1, 1, 0]);
    let of_c = (200, "c; model=o-1", [1, 1, 1]);
    chain(both, "m", [down(), ok(), ok()], of_b).await;
    chain(both, "m", [down(), down(), ok()], of_c).await;
    let other_way = "fallbacks: {m: [{model: o}, {model: n}]}";
    chain(
        other_way,
        "m",
        [down(), ok(), down()],
        (200, "b; model=n-1", [1, 1, 1]),
    )
    .await;
    // Nobody has a name that only a chain knows, and case does not count in it.
    let of_own = "fallbacks: {Best: [{model: n}]}";
    chain(
        of_own,
        "Best",
        [ok(), ok(), ok()],
        (200, "b; model=n-1", [0, 1, 0]),
    )
    .await;
    chain(
        of_own,
        "BEST",
        [ok(), ok(), ok()],
        (200, "b; model=n-1", [0, 1, 0]),
    )
    .await;
    // A target is a name as clients write it, and one that nobody has is passed over.
    let odd = "fallbacks: {m: [{model: gone}, {model: N-1}]}";
    chain(odd, "m", [down(), ok(), ok()], of_b).await;
    // A fallback of a fallback is never looked for.
    let in_circles = "fallbacks: {m: [{model: n}], n: [{model: o}, {model: m}]}";
    chain(
        in_circles,
        "m",
        [down(), down(), ok()],
        (500, "b", [1, 1, 0]),
    )
    .await;
}

#[tokio::test]
async fn the_last_error_is_told() {
    let down = || Behaviour::from(Failure::Internal);
    let both = "fallbacks: {m: [{model: n}, {model: o}]}";
    let forbidden = || Behaviour::from(Failure::Forbidden);
    let told = (403, "c", [1, 1, 1]);
    let answer = chain(both, "m", [down(), down(), forbidden()], told).await;
    assert_eq!(answer.json()["error"]["type"], "permission_error");
    // What is wrong with the request itself is the end.
    let wrong = r#"{"type":"error","error":{"type":"invalid_request_error","message":"no"}}"#;
    let wrong = || refusing(400, wrong);
    let ok = || Behaviour::Answer;
    chain(both, "m", [wrong(), ok(), ok()], (400, "a", [1, 0, 0])).await;
    chain(both, "m", [down(), wrong(), ok()], (400, "b", [1, 1, 0])).await;
    // Of models that nobody has there is nothing else to say.
    let nowhere = "fallbacks: {m: [{model: gone}], best: [{model: gone}]}";
    chain(nowhere, "m", [down(), ok(), ok()], (500, "a", [1, 0, 0])).await;
    chain(nowhere, "best", [ok(), ok(), ok()], (404, "", [0, 0, 0])).await;
}

#[tokio::test]
async fn while_all_rest_the_request_is_told_when_to_come_back() {
    let upstream = upstream([limited(s(600)), limited(s(60))]);
    let rig = rig(&upstream, CLAUDE, FALLS_BACK);
    let ask = Ask::new(CLAUDE, "m", false);
    assert_eq!(rig.send(&ask).await.status, 429);
    let answer = rig.send(&ask).await;
    assert_eq!(calls(&upstream, "ab"), [1, 1]);
    assert_eq!(answer.json()["error"]["model"], "m", "{}", answer.text());
    assert_eq!(answer.header("retry-after"), "60", "the fallback's");
}

#[tokio::test]
async fn a_reply_that_has_begun_has_no_stand_in() {
    for protocol in Protocol::ALL {
        for behaviour in [Behaviour::ErrorEventAt(4), Behaviour::TruncateAfter(4)] {
            let upstream = upstream([behaviour, Behaviour::Answer]);
            let rig = rig(&upstream, protocol, FALLS_BACK);
            let answer = rig.send(&Ask::new(protocol, "m", true)).await;
            let served = answer.header("x-cliproxy-served-by");
            assert_eq!((answer.status.as_u16(), served), (200, "a"));
            assert!(rig.record().await.error.is_some(), "{protocol}");
            assert_eq!(calls(&upstream, "ab"), [1, 0], "{protocol}");
        }
    }
}

#[tokio::test]
async fn only_what_generates_has_fallbacks() {
    let check = async |protocol: Protocol, operation: Operation, body: Value| {
        let upstream = upstream([Failure::Internal.into(), Behaviour::Answer]);
        let rig = rig(&upstream, protocol, FALLS_BACK);
        let ask = Ask::new(protocol, "m", false).to(operation);
        let answer = rig.send(&ask.with_body(body.to_string())).await;
        assert_eq!(answer.status, 500, "{operation}: {}", answer.text());
        assert_eq!(calls(&upstream, "ab"), [1, 0], "{protocol} {operation}");
    };
    let turns = json!([{"role": "user", "content": "hello"}]);
    let parts = json!({"role": "user", "parts": [{"text": "hello"}]});
    let count = json!({"model": "m", "messages": turns});
    check(CLAUDE, Operation::CountTokens, count).await;
    let count = json!({"contents": [parts]});
    check(Protocol::Gemini, Operation::CountTokens, count).await;
    let embed = json!({"model": "m", "input": "hello"});
    check(Protocol::Chat, Operation::Embed, embed).await;
    let embed = json!({"content": parts});
    check(Protocol::Gemini, Operation::Embed, embed).await;
    let batch = json!({"requests": [{"model": "models/m", "content": parts}]});
    check(Protocol::Gemini, Operation::EmbedBatch, batch).await;
}

#[tokio::test]
async fn state_at_a_provider_has_no_stand_in() {
    let script = Script::new()
        .queue("a", "a", [Behaviour::Answer, Failure::Internal.into()])
        .key("b", "b", Behaviour::Answer);
    let upstream = Upstream::start(script).unwrap();
    let rig = rig(&upstream, Protocol::Responses, FALLS_BACK);
    let made = rig.send(&Ask::new(Protocol::Responses, "m", false)).await;
    let id = &made.json()["id"];
    let body = json!({"model": "m", "input": "more", "previous_response_id": id}).to_string();
    let ask = Ask::new(Protocol::Responses, "m", false).with_body(body);
    assert_eq!(rig.send(&ask).await.status, 500);
    assert_eq!(rig.send(&ask).await.status, 429, "its maker rests");
    assert_eq!(calls(&upstream, "ab"), [2, 0]);
}

#[tokio::test]
async fn a_provider_may_be_named() {
    // `n` of every provider; `m` nobody has.
    let check = async |targets: &str, protocol: Protocol, down: &str, served: &str| {
        let script = ["p", "q", "r"].iter().fold(Script::new(), |script, key| {
            let fails = down.contains(key);
            let behaviour = if fails {
                Failure::Internal.into()
            } else {
                Behaviour::Answer
            };
            script.queue(key, key, [behaviour])
        });
        let upstream = Upstream::start(script).unwrap();
        let base = upstream.base_url();
        let chat = ["p", "q"].map(|key| entry(Protocol::Chat, &base, key, "n", ""));
        let claude = entry(CLAUDE, &base, "r", "n", "");
        let rig = Rig::new(&format!(
            "fallbacks: {{m: [{targets}]}}\nrequest-retry: 0\nopenai-compatibility:\n{}\
             claude-api-key:\n{claude}",
            chat.concat()
        ));
        for _ in 0..3 {
            let answer = rig.send(&Ask::new(protocol, "m", false)).await;
            let name = answer.header("x-cliproxy-served-by");
            assert_eq!(name, served, "{targets}: {}", answer.text());
        }
    };
    check("{model: n, provider: q}", Protocol::Chat, "", "q; model=n").await;
    check("{model: n, provider: p}", Protocol::Chat, "", "p; model=n").await;
    check("{model: n, provider: Q}", Protocol::Chat, "p", "q; model=n").await;
    check("{model: n, provider: claude}", CLAUDE, "", "r; model=n").await;
    // One that speaks another protocol is as good.
    check("{model: n, provider: q}", CLAUDE, "", "q; model=n").await;
    let then_any = "{model: n, provider: claude}, {model: n, provider: p}";
    check(then_any, Protocol::Chat, "", "r; model=n").await;
    check(then_any, CLAUDE, "r", "p; model=n").await;
}

/// A model may stand in for itself at another provider.
#[tokio::test]
async fn the_same_model_elsewhere() {
    let upstream = upstream([Failure::Internal.into(), Behaviour::Answer]);
    let entries =
        entries(&upstream, Protocol::Chat, "ab").replace("name: a,", "name: a, priority: 1,");
    let rig = Rig::new(&format!(
        "max-retry-credentials: 1\nrequest-retry: 0\n\
         fallbacks: {{m: [{{model: m, provider: b}}]}}\n{entries}"
    ));
    let answer = rig.send(&Ask::chat("m")).await;
    assert_eq!(answer.header("x-cliproxy-served-by"), "b; model=m");
}

#[tokio::test]
async fn a_fallback_may_speak_another_protocol() {
    let upstream = upstream([
        Failure::Internal.into(),
        Behaviour::Answer,
        Behaviour::Answer,
    ]);
    let base = upstream.base_url();
    let a = entry(CLAUDE, &base, "a", "m", "");
    let b = entry(Protocol::Chat, &base, "b", "n", "");
    let c = entry(CLAUDE, &base, "c", "o", "");
    let check = async |targets: &str, protocol: Protocol, status: u16, served: &str| {
        let rig = Rig::new(&format!(
            "fallbacks: {{m: [{targets}]}}\n\
             claude-api-key:\n{a}{c}openai-compatibility:\n{b}"
        ));
        let answer = rig.send(&Ask::new(protocol, "m", false)).await;
        assert_eq!(answer.status, status, "{targets}: {}", answer.text());
        assert_eq!(answer.header("x-cliproxy-served-by"), served, "{targets}");
    };
    check("{model: n}, {model: o}", CLAUDE, 200, "b; model=n").await;
    check("{model: o}, {model: n}", CLAUDE, 200, "c; model=o").await;
    check("{model: n}", Protocol::Chat, 200, "b; model=n").await;
    check("{model: o}", Protocol::Chat, 200, "c; model=o").await;
}

#[tokio::test]
async fn sessions_belong_to_the_model_that_serves() {
    let script = Script::new()
        .queue("a", "a", [Failure::Internal.into()])
        .key("b", "b", Behaviour::Answer)
        .key("c", "c", Behaviour::Answer);
    let upstream = Upstream::start(script).unwrap();
    let base = upstream.base_url();
    let entries = [("a", "m"), ("b", "n"), ("c", "n")]
        .map(|(key, models)| entry(CLAUDE, &base, key, models, ""));
    let rig = Rig::new(&format!(
        "{FALLS_BACK}\nrouting: {{session-affinity: true}}\nclaude-api-key:\n{}",
        entries.concat()
    ));
    let ask = Ask::new(CLAUDE, "m", false).header("x-session-id", "one");
    let first = rig.send(&ask).await;
    assert_eq!(first.header("x-cliproxy-affinity"), "new");
    let served = first.header("x-cliproxy-served-by");
    for _ in 0..3 {
        let next = rig.send(&ask).await;
        assert_eq!(next.header("x-cliproxy-affinity"), "hit");
        assert_eq!(next.header("x-cliproxy-served-by"), served);
    }
    // The model is back, and so is its own session.
    rig.gateway.reset("a", None).unwrap();
    upstream.rewrite("a", [Behaviour::Answer]);
    let back = rig.send(&ask).await;
    let served = back.header("x-cliproxy-served-by");
    assert_eq!((served, back.header("x-cliproxy-affinity")), ("a", "hit"));
    soon(upstream.wait_for(|stats| stats.active == 0)).await;
}

#[tokio::test]
async fn a_reload_brings_other_fallbacks() {
    let upstream = upstream([
        Failure::Internal.into(),
        Behaviour::Answer,
        Behaviour::Answer,
    ]);
    let base = upstream.base_url();
    let entries = [("a", "m"), ("b", "n"), ("c", "o")]
        .map(|(key, models)| entry(CLAUDE, &base, key, models, ""));
    let yaml = |fallbacks: &str| format!("{fallbacks}\nclaude-api-key:\n{}", entries.concat());
    let rig = Rig::new(&yaml(FALLS_BACK));
    let ask = Ask::new(CLAUDE, "m", false);
    assert_eq!(rig.served(&ask, 1).await, ["b; model=n"]);
    let next = config(&yaml("fallbacks: {m: [{model: o}]}"));
    rig.gateway.reload(next).unwrap();
    assert_eq!(rig.served(&ask, 1).await, ["c; model=o"]);
    rig.gateway.reload(config(&yaml(""))).unwrap();
    assert_eq!(rig.send(&ask).await.status, 429, "it rests, and has none");
}
