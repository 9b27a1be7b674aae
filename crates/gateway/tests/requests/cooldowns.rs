//! How long a failure keeps a credential away, and what is said while all are.

use crate::rig::{
    Answer, Ask, Rig, calls, config, entries, entry, limited, ordered, refusing, s, section, soon,
    upstream,
};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Failure};
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::{Value, json};
use std::time::Instant;

const CLAUDE: Protocol = Protocol::Claude;
/// What the rig's clock shows.
const NOW: u64 = 1_778_234_400;

fn saying(status: u16, headers: &[(&'static str, &str)], body: &'static str) -> Behaviour {
    let headers = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
    Behaviour::Status {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.collect::<HeaderMap>(),
        body: body.into(),
    }
}

/// What one failure with the model `m` leads to: what rests, why, and for how many seconds.
type Rest<'a> = Option<(&'a str, &'a str, u64)>;

async fn check(protocol: Protocol, settings: &str, failure: Behaviour, expected: Rest<'_>) {
    for stream in [false, true] {
        let name = format!("{protocol} {stream} {settings} {failure:?}");
        let upstream = upstream([failure.clone()]);
        let entry = entry(protocol, &upstream.base_url(), "a", "m n", "");
        let head = format!("request-retry: 0\n{settings}\n{}:", section(protocol));
        let rig = Rig::new(&format!("{head}\n{entry}"));
        let first = rig.send(&Ask::new(protocol, "m", stream)).await;
        assert_ne!(first.status, 200, "{name}");
        let status = rig.gateway.status();
        let [one] = &status.credentials[..] else {
            panic!("{status:?}");
        };
        let m = one.models.iter().find(|model| model.model == "m").unwrap();
        let (reach, reason, left) = match one.state.as_str() {
            "cooling" => ("all", &one.reason, one.back_in_ms),
            "partly cooling" => ("m", &m.reason, m.back_in_ms),
            _ => ("-", &None, None),
        };
        let (expected_reach, expected_reason, seconds) = expected.unwrap_or(("-", "", 0));
        assert_eq!(reach, expected_reach, "{name}: {one:?}");
        assert_eq!(
            reason.as_deref().unwrap_or_default(),
            expected_reason,
            "{name}"
        );
        let spent = (seconds * 1_000).checked_sub(left.unwrap_or_default());
        let spent = spent.unwrap_or_else(|| panic!("{name}: {one:?}"));
        assert!(
            spent < 3_000 || seconds > 60 && spent < 20_000,
            "{name}: {one:?}"
        );
    }
}

#[tokio::test]
async fn what_each_failure_costs() {
    let check = async |failure: Behaviour, expected| check(CLAUDE, "", failure, expected).await;
    let half_an_hour = 1_800;
    let half_a_day = 43_200;
    check(refusing(401, "{}"), Some(("all", "auth", half_an_hour))).await;
    check(
        refusing(402, "{}"),
        Some(("all", "forbidden", half_an_hour)),
    )
    .await;
    check(refusing(403, "{}"), Some(("m", "forbidden", half_an_hour))).await;
    check(refusing(404, "{}"), Some(("m", "not-found", half_a_day))).await;
    for status in [408, 500, 502, 503, 504, 529] {
        check(refusing(status, "{}"), Some(("m", "upstream", 60))).await;
    }
    for status in [400, 422] {
        let lacking = r#"{"error":{"message":"The requested model is not supported."}}"#;
        let lacks = Some(("m", "model-unavailable", half_a_day));
        check(refusing(status, lacking), lacks).await;
        check(refusing(status, "{}"), None).await;
    }
    check(refusing(413, "{}"), None).await;
    check(Behaviour::Empty, Some(("m", "upstream", 60))).await;
    check(Behaviour::Html, Some(("m", "upstream", 60))).await;
    // Nobody knows what became of the request.
    check(Behaviour::ResetAfter(0), None).await;
}

#[tokio::test]
async fn what_a_limit_costs() {
    let check = async |headers: &[(&'static str, &str)], body, expected| {
        check(CLAUDE, "", saying(429, headers, body), expected).await;
    };
    check(&[], "{}", Some(("m", "quota", 1))).await;
    check(&[("retry-after", "7")], "{}", Some(("m", "quota", 7))).await;
    check(
        &[("retry-after-ms", "2500"), ("retry-after", "7")],
        "{}",
        Some(("m", "quota", 3)),
    )
    .await;
    let month = &[("retry-after", "2592000")];
    check(month, "{}", Some(("m", "quota", 604_800))).await;
    // The status counts, whatever the words are.
    check(&[], "unexpected eof", Some(("m", "quota", 1))).await;
    let windows = |five_hours: &'static str, opus: &'static str| {
        [
            ("anthropic-ratelimit-unified-5h-status", five_hours),
            ("anthropic-ratelimit-unified-7d-status", "allowed"),
            ("anthropic-ratelimit-unified-7d_oi-status", opus),
        ]
    };
    let until = (NOW + 3_600).to_string();
    let mut rejected = windows("rejected", "allowed").to_vec();
    rejected.push(("anthropic-ratelimit-unified-5h-reset", &until));
    check(&rejected, "{}", Some(("all", "quota", 3_601))).await;
    let mut rejected = windows("allowed", "rejected").to_vec();
    rejected.push(("anthropic-ratelimit-unified-7d_oi-reset", &until));
    check(&rejected, "{}", Some(("m", "quota", 3_601))).await;
}

#[tokio::test]
async fn what_providers_word_in_their_own_way() {
    let unknown = r#"{"error":{"code":500,"status":"UNKNOWN","message":"no"}}"#;
    check(
        Protocol::Gemini,
        "",
        refusing(500, unknown),
        Some(("m", "upstream", 60)),
    )
    .await;
    let key = Failure::InvalidKey.into();
    check(Protocol::Gemini, "", key, Some(("all", "auth", 1_800))).await;
    let spent = r#"{"error":{"type":"usage_limit_reached","resets_in_seconds":600}}"#;
    check(
        Protocol::Responses,
        "",
        refusing(429, spent),
        Some(("all", "quota", 600)),
    )
    .await;
    let item = r#"{"error":{"message":"Item with id 'rs_1' not found. Items are not persisted when `store` is set to false."}}"#;
    check(Protocol::Responses, "", refusing(404, item), None).await;
    // An exhausted key of a compatible host looks like this, and so does a bad request.
    check(Protocol::Chat, "", refusing(400, "quota"), None).await;
}

#[tokio::test]
async fn what_is_configured() {
    let down = || refusing(503, "{}");
    let transient = "transient-error-cooldown-seconds";
    for (settings, expected) in [
        (format!("{transient}: 5"), Some(("m", "upstream", 5))),
        (format!("{transient}: 0"), Some(("m", "upstream", 60))),
        (format!("{transient}: -1"), None),
    ] {
        check(CLAUDE, &settings, down(), expected).await;
    }
    let off = "disable-cooling: true";
    for status in [401, 403, 404, 429, 503] {
        check(
            CLAUDE,
            off,
            saying(status, &[("retry-after", "120")], "{}"),
            None,
        )
        .await;
    }
    // No account gets a model by being asked again.
    let lacking = r#"{"error":{"message":"unsupported model"}}"#;
    let lacks = Some(("m", "model-unavailable", 43_200));
    check(CLAUDE, off, refusing(400, lacking), lacks).await;
}

/// Without rests every request reaches the upstream, and the model stays in the lists.
#[tokio::test]
async fn nothing_rests_where_cooling_is_off() {
    for status in [401, 403, 429, 500] {
        let upstream = upstream([saying(status, &[("retry-after", "120")], "{}")]);
        let entries = entries(&upstream, CLAUDE, "a");
        let rig = Rig::new(&format!(
            "disable-cooling: true\nrequest-retry: 0\n{entries}"
        ));
        for asked in 1..=2 {
            let answer = rig.send(&Ask::new(CLAUDE, "m", false)).await;
            assert_eq!(answer.status, status);
            assert_eq!(calls(&upstream, "a"), [asked]);
        }
        assert_eq!(rig.gateway.snapshot().listed(Instant::now()).count(), 1);
    }
}

#[tokio::test]
async fn everybody_rests() {
    for protocol in Protocol::ALL {
        let upstream = upstream([limited(s(9)), limited(s(5))]);
        let rig = ordered(&upstream, protocol, "ab");
        let ask = Ask::new(protocol, "m", false);
        let limited = rig.send(&ask).await;
        assert_eq!(
            (limited.status.as_u16(), limited.header("retry-after")),
            (429, "5")
        );
        let resting = rig.send(&ask).await;
        assert_eq!(
            calls(&upstream, "ab"),
            [1, 1],
            "{protocol}: nobody is asked"
        );
        assert_eq!(
            (resting.status.as_u16(), resting.header("retry-after")),
            (429, "5")
        );
        let text = resting.text();
        assert!(text.contains("cooling down"), "{protocol}: {text}");
    }
}

/// What a client is told while nobody can serve: about `seconds`, and the provider if it is one.
#[track_caller]
fn told(answer: &Answer, seconds: u64, provider: Option<&str>, reason: &str) {
    assert_eq!(answer.status, 429, "{answer:?}");
    let error = &answer.json()["error"];
    let after: u64 = answer.header("retry-after").parse().unwrap();
    assert!(
        after <= seconds && after + 20 > seconds && after > 0,
        "{error}"
    );
    let milliseconds: u64 = answer.header("retry-after-ms").parse().unwrap();
    assert!((after - 1) * 1_000 <= milliseconds && milliseconds <= after * 1_000);
    assert_eq!(error["reset_seconds"], after);
    let clock = match (after / 60, after % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    };
    assert_eq!(error["reset_time"], clock);
    assert_eq!(error["model"], "m");
    assert_eq!(error["last_upstream_error"], reason);
    assert_eq!(error["provider"], provider.map_or(Value::Null, Value::from));
    let via = provider.map(|name| format!(" via provider {name}"));
    let message = format!(
        "All credentials for model m are cooling down{} (last upstream error: {reason})",
        via.unwrap_or_default()
    );
    assert_eq!(error["message"], message);
}

#[tokio::test]
async fn whom_a_client_is_told_of() {
    let minute = || limited(s(60));
    let quota = async |protocol: Protocol, entries: &str, provider: Option<&str>| {
        let upstream = upstream([minute(), minute()]);
        let yaml = entries.replace("BASE", &upstream.base_url());
        let rig = Rig::new(&yaml);
        let ask = Ask::new(protocol, "m", false);
        let first = rig.send(&ask).await;
        assert_eq!(
            (first.status.as_u16(), calls(&upstream, "ab")),
            (429, vec![1, 1])
        );
        let answer = rig.send(&ask).await;
        told(&answer, 60, provider, "quota");
        if protocol == Protocol::Chat {
            assert_eq!(answer.json()["error"]["code"], "model_cooldown");
        }
    };
    let of = |protocol, key| entry(protocol, "BASE", key, "m", "");
    let claude = of(CLAUDE, "a") + &of(CLAUDE, "b");
    quota(
        CLAUDE,
        &format!("claude-api-key:\n{claude}"),
        Some("claude"),
    )
    .await;
    let chat = Protocol::Chat;
    let two = of(chat, "a").replace("[{api-key: a}]", "[{api-key: a}, {api-key: b}]");
    quota(chat, &format!("openai-compatibility:\n{two}"), Some("a")).await;
    // Two compatible hosts are two providers, and so are a host and a vendor.
    let hosts = of(chat, "a") + &of(chat, "b");
    quota(chat, &format!("openai-compatibility:\n{hosts}"), None).await;
    let host = entry(chat, "BASE", "a", "m", "api: both");
    let codex = of(Protocol::Responses, "b");
    let mixed = format!("openai-compatibility:\n{host}codex-api-key:\n{codex}");
    quota(Protocol::Responses, &mixed, None).await;
}

#[tokio::test]
async fn the_first_to_come_back_counts_whatever_it_rests_for() {
    let check = async |behaviours: [Behaviour; 2], seconds: u64, reason: &str| {
        let upstream = upstream(behaviours);
        let rig = ordered(&upstream, CLAUDE, "ab");
        let ask = Ask::new(CLAUDE, "m", false);
        assert_ne!(rig.send(&ask).await.status, 200);
        told(&rig.send(&ask).await, seconds, Some("claude"), reason);
        assert_eq!(calls(&upstream, "ab"), [1, 1]);
    };
    let refused = || Failure::Unauthorized.into();
    check([limited(s(30)), refused()], 30, "quota").await;
    check([refused(), limited(s(30))], 30, "quota").await;
    check([limited(s(7_200)), refused()], 1_800, "auth").await;
    check([Failure::Internal.into(), limited(s(600))], 60, "upstream").await;
}

/// A client that is told to wait for zero seconds comes back at once.
#[tokio::test]
async fn less_than_a_second_is_a_second() {
    let upstream = upstream([saying(429, &[("retry-after-ms", "200")], "{}")]);
    let rig = ordered(&upstream, CLAUDE, "a");
    let resting = async {
        loop {
            let answer = rig.send(&Ask::new(CLAUDE, "m", false)).await;
            // Else the rest was over before the next request.
            if answer.text().contains("cooling down") {
                return answer;
            }
        }
    };
    told(&soon(Box::pin(resting)).await, 1, Some("claude"), "quota");
}

#[tokio::test]
async fn nobody_is_there_at_all() {
    let not_found = |answer: &Answer, provider: &str| {
        assert_eq!(answer.status, 503, "{answer:?}");
        let error = &answer.json()["error"];
        assert_eq!(error["code"], "auth_not_found");
        let message = error["message"].as_str().unwrap();
        let who = format!("(providers={provider}, model=m)");
        assert!(message.contains(&who), "{message}");
        assert_eq!(answer.header("x-cliproxy-attempts"), "");
    };
    // Everybody has weight 0.
    let upstream = upstream([Behaviour::Answer, Behaviour::Answer]);
    let base = upstream.base_url();
    let idle = entry(Protocol::Chat, &base, "a", "m", "weight: 0");
    let rig = Rig::new(&format!(
        "routing: {{strategy: weighted-round-robin}}\nopenai-compatibility:\n{idle}"
    ));
    not_found(&rig.send(&Ask::chat("m")).await, "a");
    // The one that holds the state is gone.
    let protocol = Protocol::Responses;
    let rig = Rig::new(&entries(&upstream, protocol, "a"));
    let made = rig.send(&Ask::new(protocol, "m", false)).await.json();
    rig.gateway
        .reload(config(&entries(&upstream, protocol, "b")))
        .unwrap();
    let body = json!({"model": "m", "input": "more", "previous_response_id": made["id"]});
    let ask = Ask::new(protocol, "m", false).with_body(body.to_string());
    let answer = rig.send(&ask).await;
    not_found(&answer, "codex");
    let said = answer.text();
    assert!(
        said.contains("holds the state this request refers to cannot"),
        "{said}"
    );
    assert!(said.contains("begin anew without the reference"), "{said}");
    assert_eq!(calls(&upstream, "ab"), [1, 0]);
}
