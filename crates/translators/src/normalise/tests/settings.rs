//! Settings.

use super::{check, check_refused, claude, codex, compat, gemini, openai, responses};
use cliproxy_core::{
    Protocol::{Chat, Claude, Gemini, Responses},
    Sampling,
};

#[test]
fn a_setting_without_a_place_is_reported_unless_it_says_nothing() {
    let all = r#""seed":1,"presence_penalty":0.5,"logit_bias":{"5":1},"verbosity":"low""#;
    let lost = "-logit_bias -presence_penalty -seed";
    let text = r#"{"store":false,"text":{"verbosity":"low"}}"#;
    check(Chat, all, &responses(), text, lost);
    let none = r#""presence_penalty":0,"frequency_penalty":0.00,"logit_bias":{ },"n":1,"logprobs":false,"verbosity":"medium","modalities":["text"],"parallel_tool_calls":true"#;
    check(Chat, none, &claude(), r#"{"max_tokens":32000}"#, "");
    let members = r#""truncation":"auto","max_tool_calls":3"#;
    check(
        Responses,
        members,
        &compat(),
        "{}",
        "-max_tool_calls -truncation",
    );
    let members = r#""truncation":"disabled","background":false,"metadata":{"a":"b"}"#;
    check(Responses, members, &compat(), "{}", "");
    check(
        Chat,
        r#""never_heard_of":{"x":1}"#,
        &openai(),
        "{}",
        "-never_heard_of",
    );
}

#[test]
fn what_the_request_is_about_is_refused_under_every_policy() {
    check_refused(Chat, r#""n":2"#, &claude(), "n");
    check_refused(
        Chat,
        r#""modalities":["text","audio"]"#,
        &responses(),
        "modalities",
    );
    // Sound is told of in ways too different to be translated.
    check_refused(
        Chat,
        r#""audio":{"voice":"alloy","format":"wav"},"modalities":["text","audio"]"#,
        &gemini(),
        "audio",
    );
    check_refused(
        Chat,
        r#""modalities":["text","audio"]"#,
        &gemini(),
        "modalities",
    );
    for (config, param) in [
        (r#""responseModalities":["AUDIO"]"#, "responseModalities"),
        (r#""responseModalities":["Audio"]"#, "responseModalities"),
        (r#""speechConfig":{"languageCode":"en-US"}"#, "speechConfig"),
    ] {
        for to in [openai(), responses(), claude()] {
            let config = format!(r#""generationConfig":{{{config}}}"#);
            let param = format!("generationConfig.{param}");
            check_refused(Gemini, &config, &to, &param);
        }
    }
    check_refused(Responses, r#""background":true"#, &gemini(), "background");
    check_refused(
        Gemini,
        r#""cachedContent":"c/1""#,
        &openai(),
        "cachedContent",
    );
    let servers = r#""mcp_servers":[{"type":"url","url":"https://m","name":"m"}]"#;
    check_refused(Claude, servers, &responses(), "mcp_servers");
    let members = r#""generationConfig":{"candidateCount":2}"#;
    check_refused(
        Gemini,
        members,
        &claude(),
        "generationConfig.candidateCount",
    );
    check(Gemini, members, &openai(), r#"{"n":2}"#, "");
}

#[test]
fn a_strict_policy_refuses_the_first_loss_of_quality() {
    check_refused(Chat, r#""seed":1,"top_k":2"#, &claude().strict(), "seed");
    check_refused(
        Chat,
        r#""temperature":2"#,
        &claude().strict(),
        "temperature",
    );
    let labels = r#""user":"u","metadata":{"a":"b"},"store":false"#;
    check(Chat, labels, &gemini().strict(), "{}", "");
}

#[test]
fn claude_has_an_output_limit() {
    let small = || {
        let mut to = claude();
        to.max_output = Some(8000);
        to
    };
    check(Chat, "", &small(), r#"{"max_tokens":8000}"#, "");
    check(
        Chat,
        r#""max_tokens":20"#,
        &small(),
        r#"{"max_tokens":20}"#,
        "",
    );
    let (asked, cut) = (r#""max_completion_tokens":9000"#, r#"{"max_tokens":8000}"#);
    check(Chat, asked, &small(), cut, "~max_completion_tokens");
    check(Chat, asked, &claude(), r#"{"max_tokens":9000}"#, "");
    check(Chat, "", &gemini(), "{}", "");
}

#[test]
fn stop_sequences_are_as_many_as_the_target_takes() {
    let five = r#""stop_sequences":["a"," ","b","c","d"]"#;
    let four = r#"{"max_tokens":9,"stop":["a"," ","b","c"]}"#;
    check(Claude, five, &compat(), four, "~stop_sequences");
    let blank = r#""stop":["a","\n "]"#;
    let kept = r#"{"max_tokens":32000,"stop_sequences":["a"]}"#;
    check(Chat, blank, &claude(), kept, "~stop");
    check(
        Chat,
        r#""stop":"  ""#,
        &claude(),
        r#"{"max_tokens":32000}"#,
        "-stop",
    );
    let one = r#"{"generationConfig":{"stopSequences":["x"]}}"#;
    check(Chat, r#""stop":"x""#, &gemini(), one, "");
    check(
        Chat,
        r#""stop":"x""#,
        &responses(),
        r#"{"store":false}"#,
        "-stop",
    );
}

#[test]
fn sampling_is_what_the_model_takes() {
    let none = claude().with(|model| model.sampling = Sampling::None);
    let both = r#""temperature":0.5,"top_p":0.5"#;
    check(
        Chat,
        both,
        &none,
        r#"{"max_tokens":32000}"#,
        "-temperature -top_p",
    );
    check(
        Chat,
        r#""temperature":1.0"#,
        &none,
        r#"{"max_tokens":32000}"#,
        "",
    );
    let hot = r#"{"max_tokens":32000,"temperature":1}"#;
    check(Chat, r#""temperature":1.5"#, &claude(), hot, "~temperature");
    let either = claude().with(|model| model.sampling = Sampling::Xor);
    let kept = r#"{"max_tokens":32000,"temperature":0.5}"#;
    check(Chat, both, &either, kept, "-top_p");
}

#[test]
fn tiers_are_spelled_by_the_target() {
    let tier = |tier: &str| format!(r#""service_tier":"{tier}""#);
    let claude_tier = r#"{"max_tokens":32000,"service_tier":"standard_only"}"#;
    check(Chat, &tier("default"), &claude(), claude_tier, "");
    let bare = r#"{"max_tokens":32000}"#;
    check(Chat, &tier("flex"), &claude(), bare, "-service_tier");
    check(
        Chat,
        &tier("priority"),
        &gemini(),
        r#"{"serviceTier":"priority"}"#,
        "",
    );
    check(Chat, &tier("auto"), &gemini(), "{}", "");
    check(Responses, &tier("flex"), &compat(), "{}", "-service_tier");
    let fast = r#"{"max_completion_tokens":9,"service_tier":"fast"}"#;
    check(Claude, r#""speed":"fast""#, &openai(), fast, "");
    check(
        Claude,
        r#""speed":"fast""#,
        &compat(),
        r#"{"max_tokens":9}"#,
        "-speed",
    );
    check(
        Claude,
        r#""speed":"standard""#,
        &compat(),
        r#"{"max_tokens":9}"#,
        "",
    );
}

#[test]
fn the_end_user_has_a_name_per_vendor() {
    let both = r#""user":"u","safety_identifier":"s""#;
    let to_claude = r#"{"max_tokens":32000,"metadata":{"user_id":"s"}}"#;
    check(Chat, both, &claude(), to_claude, "");
    check(Responses, both, &compat(), r#"{"user":"u"}"#, "");
    check(
        Responses,
        both,
        &openai(),
        r#"{"user":"u","safety_identifier":"s"}"#,
        "",
    );
    check(Chat, both, &gemini(), "{}", "");
    let long = format!(r#""metadata":{{"user_id":"{}"}}"#, "x".repeat(65));
    let hashed = "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9";
    let sent = format!(r#"{{"max_completion_tokens":9,"safety_identifier":"{hashed}"}}"#);
    check(Claude, &long, &openai(), &sent, "");
}

#[test]
fn log_probabilities_are_a_flag_or_an_element() {
    let flags = r#""logprobs":true,"top_logprobs":2"#;
    let included = r#"{"top_logprobs":2,"store":false,"include":["message.output_text.logprobs"]}"#;
    check(Chat, flags, &responses(), included, "");
    let element = r#""include":["message.output_text.logprobs"],"top_logprobs":2"#;
    check(
        Responses,
        element,
        &openai(),
        r#"{"logprobs":true,"top_logprobs":2}"#,
        "",
    );
    let config = r#"{"generationConfig":{"responseLogprobs":true,"logprobs":2}}"#;
    check(Responses, element, &gemini(), config, "");
    let bare = r#"{"max_tokens":32000}"#;
    check(Chat, flags, &claude(), bare, "-logprobs -top_logprobs");
    check(
        Responses,
        element,
        &claude(),
        bare,
        "-include.0 -top_logprobs",
    );
}

#[test]
fn the_backend_of_chatgpt_takes_little() {
    let members = r#""max_tokens":5,"temperature":0.5,"top_p":1,"user":"u","service_tier":"flex","metadata":{"a":"b"},"prompt_cache_key":"k""#;
    let sent = r#"{"instructions":"","prompt_cache_key":"k","store":false,"stream":true,"include":["reasoning.encrypted_content"]}"#;
    let lost = "-max_tokens -service_tier -temperature";
    check(Chat, members, &codex(), sent, lost);
    let fast = r#"{"instructions":"","service_tier":"priority","store":false,"stream":true,"include":["reasoning.encrypted_content"]}"#;
    check(Claude, r#""speed":"fast""#, &codex(), fast, "-max_tokens");
}

#[test]
fn where_tokens_are_counted_settings_are_no_loss() {
    let counting = |mut to: super::Upstream| {
        to.counts = true;
        to.strict()
    };
    let members = r#""seed":1,"temperature":0.5,"stop":["x"]"#;
    check(Chat, members, &counting(claude()), "{}", "");
    check_refused(
        Responses,
        r#""previous_response_id":"r""#,
        &counting(claude()),
        "previous_response_id",
    );
}
