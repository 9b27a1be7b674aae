//! What becomes of native bodies.

mod chat;

use super::{Native, code_assist::unwrap_code_assist, patched};
use crate::{
    finish::Account,
    model_span::Part,
    profile::{Params, Profile},
    target::LossPolicy,
    translate::Upstream,
};
use bytes::Bytes;
use cliproxy_core::{Capabilities, Effort, Operation, Protocol, Thinking, ThoughtSignatures};
use cliproxy_json::Body;

fn model(levels: &[Effort], budget: Option<(u32, u32)>) -> Capabilities {
    Capabilities {
        thinking: Some(Thinking {
            levels: levels.to_vec(),
            budget,
            can_off: true,
            can_auto: true,
            ..Thinking::default()
        }),
        ..Capabilities::default()
    }
}

fn native<'a>(
    (protocol, profile): (Protocol, &'a Profile),
    asked: &'a str,
    capabilities: Option<&'a Capabilities>,
) -> Native<'a> {
    Native {
        upstream: Upstream {
            protocol,
            profile,
            params: Params::none(),
            model: "m",
            suffix: None,
            capabilities,
            max_output: None,
            without_opaque: false,
        },
        asked,
        operation: Operation::Generate,
        asks_for_usage: false,
        policy: LossPolicy::Report,
    }
}

/// What goes up and the dropped paths; what is refused.
fn sent(text: &'static str, native: &Native<'_>, account: &Account<'_>) -> (String, String) {
    let body = Body::new(text.into()).unwrap();
    match patched(&body, native) {
        Ok((encoded, losses)) => {
            let sent = encoded.finish(account).body.to_bytes();
            let dropped = losses.dropped.iter();
            let dropped = dropped.filter_map(|lost| lost.place.path(body.root()));
            let sent = String::from_utf8(sent.to_vec()).unwrap();
            (sent, dropped.collect::<Vec<_>>().join(" "))
        }
        Err(rejection) => ("refused".to_owned(), rejection.to_string()),
    }
}

#[test]
fn a_suffix_overwrites_what_the_body_says() {
    use Effort::{High, Low, Medium};
    let levels = model(&[Low, Medium, High], None);
    let budgets = model(&[], Some((1024, 32768)));
    let none = Capabilities::default();
    let check = |profile: &Profile, protocol, caps, suffix: &str, text, expected: &str| {
        let asked = format!("m({suffix})");
        let native = native((protocol, profile), &asked, caps);
        let (sent, _) = sent(text, &native, &Account::default());
        assert_eq!(sent, expected, "{protocol} {suffix} {text}");
    };
    let chat = |suffix, text, expected| {
        check(
            &Profile::COMPAT,
            Protocol::Chat,
            Some(&levels),
            suffix,
            text,
            expected,
        );
    };
    chat(
        "high",
        r#"{"model":"m"}"#,
        r#"{"model":"m","reasoning_effort":"high"}"#,
    );
    chat(
        "max",
        r#"{"reasoning_effort":"low","thinking":{"type":"disabled"}, "model":"x"}"#,
        r#"{"reasoning_effort":"high", "model":"m"}"#,
    );
    chat(
        "bogus",
        r#"{"model":"x","reasoning_effort":"odd"}"#,
        r#"{"model":"m","reasoning_effort":"odd"}"#,
    );
    chat(
        "low",
        r#"{"model":"m","extra_body":{"google":{"thinking_config":{}},"k":1}}"#,
        r#"{"model":"m","extra_body":{"k":1},"reasoning_effort":"low"}"#,
    );
    check(
        &Profile::COMPAT,
        Protocol::Chat,
        Some(&none),
        "high",
        r#"{"model":"m","reasoning_effort":"low"}"#,
        r#"{"model":"m"}"#,
    );
    let responses = |suffix, text, expected| {
        let profile = &Profile::OPENAI_RESPONSES;
        check(
            profile,
            Protocol::Responses,
            Some(&levels),
            suffix,
            text,
            expected,
        );
    };
    responses(
        "low",
        r#"{"model":"m","reasoning":{"effort":"high","summary":"auto"}}"#,
        r#"{"model":"m","reasoning":{"effort":"low","summary":"auto"}}"#,
    );
    responses(
        "none",
        r#"{"model":"m","reasoning":{"summary":"auto"}}"#,
        r#"{"model":"m","reasoning":{"effort":"none"}}"#,
    );
    let claude = |caps, suffix, text, expected| {
        check(
            &Profile::ANTHROPIC,
            Protocol::Claude,
            caps,
            suffix,
            text,
            expected,
        );
    };
    claude(
        Some(&levels),
        "high",
        r#"{"model":"m","temperature":0.5,"top_k":3,"thinking":{"type":"disabled"}}"#,
        r#"{"model":"m","thinking":{"type":"adaptive"},"output_config":{"effort":"high"}}"#,
    );
    claude(
        Some(&budgets),
        "none",
        r#"{"model":"m","output_config":{"effort":"low"},"temperature":0.5}"#,
        r#"{"model":"m","temperature":0.5,"thinking":{"type":"disabled"}}"#,
    );
    claude(
        Some(&budgets),
        "8192",
        r#"{"model":"m","tool_choice":{"type":"any"}}"#,
        r#"{"model":"m","tool_choice":{"type":"any"},"thinking":{"type":"disabled"}}"#,
    );
    claude(
        Some(&budgets),
        "8192",
        r#"{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use"}]}]}"#,
        r#"{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use"}]}],"thinking":{"type":"disabled"}}"#,
    );
    let gemini = |suffix, text, expected| {
        check(
            &Profile::GEMINI,
            Protocol::Gemini,
            Some(&budgets),
            suffix,
            text,
            expected,
        );
    };
    gemini(
        "64000",
        r#"{"generationConfig":{"thinkingConfig":{"thinkingLevel":"low","includeThoughts":true}}}"#,
        r#"{"generationConfig":{"thinkingConfig":{"includeThoughts":true,"thinkingBudget":32768}}}"#,
    );
    gemini(
        "auto",
        r#"{"generation_config":{"topK":1}}"#,
        r#"{"generation_config":{"topK":1,"thinkingConfig":{"thinkingBudget":-1}}}"#,
    );
    gemini(
        "2000",
        "{}",
        r#"{"generationConfig":{"thinkingConfig":{"thinkingBudget":2000}}}"#,
    );
}

#[test]
fn what_the_gateway_left_is_taken_back() {
    let signed = Capabilities {
        thought_signatures: ThoughtSignatures::Required,
        ..Capabilities::default()
    };
    let check = |protocol, text, expected: &str, dropped: &str| {
        let profile = Profile::for_host(protocol, "");
        let native = native((protocol, profile), "m", Some(&signed));
        let account = Account {
            realm: Some(1),
            ..Account::default()
        };
        let sent = sent(text, &native, &account);
        assert_eq!(sent, (expected.to_owned(), dropped.to_owned()), "{text}");
    };
    // Prose stays.
    let prose = r#"{"model":"m","messages":[{"content":"gw1:an:sig:x srvtoolu_gw_1"}]}"#;
    check(Protocol::Claude, prose, prose, "");
    check(
        Protocol::Claude,
        r#"{"model":"m","messages":[{"content":[{"type":"server_tool_use","id":"srvtoolu_gw_a_1"},{"type":"web_search_tool_result","tool_use_id":"srvtoolu_gw_a_1"},{"type":"text","text":"t"}]}]}"#,
        r#"{"model":"m","messages":[{"content":[{"type":"text","text":"t"}]}]}"#,
        "",
    );
    check(
        Protocol::Claude,
        r#"{"model":"m","messages":[{"content":[{"type":"redacted_thinking","data":"gw1:an:red:R"}]}]}"#,
        r#"{"model":"m","messages":[{"content":[{"type":"redacted_thinking","data":"R"}]}]}"#,
        "",
    );
    // Of this account, of another one, of nobody in particular.
    check(
        Protocol::Responses,
        r#"{"model":"m","input":[{"type":"reasoning","id":"rs_gw_1","encrypted_content":"gw1:oa@00000001:enc:rs_7:A"}, {"type":"reasoning","encrypted_content":"gw1:oa@00000002:enc:B"},{"type":"reasoning","id":"rs_9","encrypted_content":"gw1:oa:enc:C"}]}"#,
        r#"{"model":"m","input":[{"type":"reasoning","id":"rs_7","encrypted_content":"A"},{"type":"reasoning","id":"rs_9","encrypted_content":"C"}]}"#,
        "",
    );
    check(
        Protocol::Responses,
        r#"{"model":"m","input":[{"type":"reasoning","id":"rs_gw_1","summary":[]},{"id":"my_gw_file","type":"message"},{"id":"MSG_gw_1"}]}"#,
        r#"{"model":"m","input":[{"type":"message"},{"id":"MSG_gw_1"}]}"#,
        "input.0",
    );
    check(
        Protocol::Chat,
        r#"{"model":"m","messages":[{"content":"c","reasoning_details":[{"signature":"gw1:an:sig:x"}]}]}"#,
        r#"{"model":"m","messages":[{"content":"c"}]}"#,
        "messages.0.reasoning_details.0",
    );
    // gw1:an:sig:EqQB and gw1:gm:th:AB, in base64.
    check(
        Protocol::Gemini,
        r#"{"contents":[{"parts":[{"thought":true,"text":"","thoughtSignature":"Z3cxOmFuOnNpZzpFcVFC"},{"functionCall":{"name":"f"},"thoughtSignature":"Z3cxOmFuOnNpZzpFcVFC"},{"functionCall":{"name":"f"},"thoughtSignature":"Z3cxOmFuOnNpZzpFcVFC"},{"text":"t","thought_signature":"Z3cxOmdtOnRoOkFC"}]}]}"#,
        r#"{"contents":[{"parts":[{"functionCall":{"name":"f"},"thoughtSignature":"skip_thought_signature_validator"},{"functionCall":{"name":"f"}},{"text":"t","thought_signature":"AB"}]}]}"#,
        "contents.0.parts.0 contents.0.parts.1.thoughtSignature contents.0.parts.2.thoughtSignature",
    );
}

#[test]
fn the_chatgpt_backend_gets_what_it_takes() {
    let check = |text, expected: (&str, &str)| {
        let levels = model(&[Effort::Low], None);
        let native = native((Protocol::Responses, &Profile::CODEX), "m", Some(&levels));
        let account = Account {
            cache_key: Some("k"),
            ..Account::default()
        };
        let sent = sent(text, &native, &account);
        assert_eq!((&*sent.0, &*sent.1), expected, "{text}");
    };
    check(
        r#"{"model":"m","input":"hi","temperature":0.5,"top_p":1.0,"user":"u","service_tier":"flex"}"#,
        (
            r#"{"model":"m","prompt_cache_key":"k","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}],"stream":true,"store":false,"instructions":"","include":["reasoning.encrypted_content"]}"#,
            "temperature service_tier",
        ),
    );
    check(
        r#"{"model":"m","stream":true,"store":false,"instructions":"i","prompt_cache_key":"c","include":["a","reasoning.encrypted_content"],"input":[{"role":"system","content":[{"text":"t","prompt_cache_breakpoint":true}]}],"tools":[{"type":"web_search_preview_2025"}],"service_tier":"priority"}"#,
        (
            r#"{"model":"m","stream":true,"store":false,"instructions":"i","prompt_cache_key":"c","include":["a","reasoning.encrypted_content"],"input":[{"role":"developer","content":[{"text":"t"}]}],"tools":[{"type":"web_search"}],"service_tier":"priority","parallel_tool_calls":true}"#,
            "",
        ),
    );
    check(
        r#"{"model":"m","previous_response_id":"resp_1"}"#,
        (
            "refused",
            "this upstream keeps no responses to continue from",
        ),
    );
    check(
        r#"{"model":"m","reasoning":{"effort":"high"}}"#,
        ("refused", "level \"high\" not supported, valid levels: low"),
    );
}

#[test]
fn code_assist_gets_its_envelope_and_repairs() {
    let check = |text, expected: &str| {
        let model = Capabilities {
            thought_signatures: ThoughtSignatures::Required,
            ..Capabilities::default()
        };
        let native = native((Protocol::Gemini, &Profile::CODE_ASSIST), "m", Some(&model));
        let account = Account {
            project: Some("p"),
            ..Account::default()
        };
        let expected = format!(r#"{{"model":"m","project":"p","request":{expected}}}"#);
        assert_eq!(sent(text, &native, &account).0, expected);
    };
    check("{}", "{}");
    check(
        r#"{"contents":[{"parts":[]},{"parts":[{"text":"q"}]},{"role":"model","parts":[{"functionCall":{"id":"1","name":"f"}}]},{"role":"user","parts":[{"functionResponse":{"id":"1","response":{}}}]}]}"#,
        r#"{"contents":[{"parts":[{"text":"q"}],"role":"user"},{"role":"model","parts":[{"functionCall":{"id":"1","name":"f"},"thoughtSignature":"skip_thought_signature_validator"}]},{"role":"user","parts":[{"functionResponse":{"id":"1","response":{},"name":"f"}}]}]}"#,
    );
}

#[test]
fn a_reply_leaves_its_envelope() {
    let check = |part, text: &'static str, expected: Option<&str>| {
        let out = unwrap_code_assist(&Bytes::from_static(text.as_bytes()), part);
        let out = out.map(|slices| slices.to_bytes());
        assert_eq!(out.as_deref(), expected.map(str::as_bytes), "{text}");
    };
    check(
        Part::Body,
        r#"{"traceId":"t","response": {"a":1.0}}"#,
        Some(r#"{"a":1.0}"#),
    );
    check(
        Part::Body,
        r#"[{"response":{"a":1}}, {"response":{"a":2},"traceId":"t"}]"#,
        Some(r#"[{"a":1}, {"a":2}]"#),
    );
    check(Part::Body, r#"{"error":{}}"#, None);
    check(Part::Event, ": ping\n\n", None);
    check(
        Part::Event,
        "data: {\"response\":{}}\n\n",
        Some("data: {}\n\n"),
    );
}

#[test]
fn a_body_that_nothing_is_due_to_is_shared() {
    for protocol in Protocol::ALL {
        let profile = Profile::for_host(protocol, "");
        let native = native((protocol, profile), "m", None);
        let body = Body::new(r#"{"model":"m", "n": 1.0}"#.into()).unwrap();
        let (encoded, _) = patched(&body, &native).unwrap();
        let sent = encoded.finish(&Account::default()).body.to_bytes();
        assert_eq!(sent.as_ptr(), body.raw().as_ptr(), "{protocol}");
    }
}
