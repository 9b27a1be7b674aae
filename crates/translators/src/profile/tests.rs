//! Which upstream has which profile, and what a switch does to it.

use super::{CallIds, MaxTokensField, Params, Profile, RoleDeveloper, StreamUsage};
use crate::{request_ir::Class, thinking::Form};
use Protocol::{Chat, Claude, Gemini, Responses};
use cliproxy_core::Protocol;
use std::collections::BTreeSet;

#[test]
fn a_host_has_a_profile() {
    let check = |protocol, host: &str, name: &str| {
        assert_eq!(Profile::for_host(protocol, host).name, name, "{host}");
    };
    check(Chat, "api.openai.com", "openai");
    check(Chat, "API.OpenAI.com.", "openai");
    check(Chat, "contoso.openai.azure.com", "openai");
    check(Chat, "contoso.services.ai.azure.com", "openai");
    check(Chat, "api.moonshot.cn", "kimi");
    check(Chat, "dashscope-intl.aliyuncs.com", "qwen");
    check(Chat, "cn-hongkong.dashscope.aliyuncs.com", "qwen");
    check(Chat, "api.z.ai", "zhipu");
    check(Chat, "api.groq.com", "compat");
    check(Chat, "api.openai.com.evil.example", "compat");
    check(Chat, "openai.azure.com", "compat");
    check(Chat, "127.0.0.1", "compat");
    check(Chat, "", "compat");
    check(Chat, "é.openai.azure.com", "openai");
    check(Chat, "ééééééééé", "compat");
    check(Responses, "api.openai.com", "openai");
    check(Responses, "chatgpt.com", "codex");
    check(Responses, "api.x.ai", "xai");
    check(Responses, "localhost", "compat");
    check(Claude, "api.anthropic.com", "anthropic");
    check(Claude, "api.kimi.com", "compat");
    check(Gemini, "generativelanguage.googleapis.com", "gemini");
    check(Gemini, "us-central1-aiplatform.googleapis.com", "vertex");
    check(Gemini, "aiplatform.us.rep.googleapis.com", "vertex");
    check(Gemini, "cloudcode-pa.googleapis.com", "code-assist");
    check(Gemini, "gemini.example", "compat");
}

#[test]
fn a_profile_has_one_name() {
    for protocol in Protocol::ALL {
        let names: Vec<_> = Profile::names(protocol).collect();
        let distinct: BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len(), "{protocol}");
        for name in names {
            assert_eq!(Profile::by_name(protocol, name).unwrap().name, name);
        }
    }
    assert_eq!(Profile::by_name(Chat, "codex"), None);
}

#[test]
fn only_a_vendors_own_protocol_is_its_own() {
    let check = |upstream, name: &str, own: &[Protocol]| {
        let profile = Profile::by_name(upstream, name).unwrap();
        let clients = Protocol::ALL.into_iter();
        let clients: Vec<_> = clients.filter(|&it| profile.is_own_of(it)).collect();
        assert_eq!(clients, own, "{upstream} {name}");
    };
    for protocol in Protocol::ALL {
        check(protocol, "compat", &[]);
    }
    check(Chat, "openai", &[Chat, Responses]);
    check(Chat, "kimi", &[]);
    check(Responses, "openai", &[Chat, Responses]);
    check(Responses, "codex", &[Chat, Responses]);
    check(Responses, "xai", &[]);
    check(Claude, "anthropic", &[Claude]);
    for name in ["gemini", "vertex", "code-assist"] {
        check(Gemini, name, &[Gemini]);
    }
}

#[test]
fn reasoning_is_asked_for_in_the_vendors_form() {
    let check = |protocol, name: &str, form: Form| {
        let profile = Profile::by_name(protocol, name).unwrap();
        assert_eq!(profile.thinking, form, "{protocol} {name}");
    };
    for name in ["openai", "compat", "minimax", "mistral", "xai"] {
        check(Chat, name, Form::ReasoningEffort);
    }
    check(Chat, "deepseek", Form::ThinkingSwitch);
    check(Chat, "kimi", Form::ThinkingEffort);
    check(Chat, "openrouter", Form::OpenRouter);
    check(Chat, "qwen", Form::EnableThinking);
    check(Chat, "zhipu", Form::ThinkingSwitch);
    for name in Profile::names(Responses) {
        check(Responses, name, Form::Responses);
    }
    for name in Profile::names(Claude) {
        check(Claude, name, Form::Claude);
    }
    for name in Profile::names(Gemini) {
        check(Gemini, name, Form::Gemini);
    }
}

#[test]
fn a_vendor_is_compat_but_for_its_row() {
    let compat = Profile::COMPAT;
    let check = |name: &str, expected: Profile| {
        let expected = Profile {
            thinking: Profile::by_name(Chat, name).unwrap().thinking,
            ..expected
        };
        let found = Profile::by_name(Chat, name).unwrap();
        assert_eq!(
            found,
            &Profile {
                name: found.name,
                ..expected
            }
        );
    };
    for name in ["qwen", "xai"] {
        check(name, compat);
    }
    let replays = Profile {
        full_reasoning_replay: true,
        ..compat
    };
    for name in ["deepseek", "kimi", "zhipu"] {
        check(name, replays);
    }
    let folds = Profile {
        folds_system: true,
        ..replays
    };
    check("minimax", folds);
    let sampled = Profile {
        top_k: true,
        ..compat
    };
    check("openrouter", sampled);
    let strict = Profile {
        call_ids: CallIds::Mistral,
        reasoning_replay: false,
        stream_usage: false,
        folds_system: true,
        ..compat
    };
    check("mistral", strict);
}

#[test]
fn only_older_copies_of_gemini_lack_ids_and_json_schemas() {
    for name in Profile::names(Gemini) {
        let profile = Profile::by_name(Gemini, name).unwrap();
        let is_older = name == "compat-openapi";
        assert_eq!(profile.openapi_schemas, is_older, "{name}");
        assert_eq!(profile.function_call_ids, !is_older, "{name}");
        assert_eq!(profile.is_code_assist, name == "code-assist", "{name}");
    }
}

#[test]
fn an_upstream_loses_what_it_does_not_take() {
    let check = |name: &str, member: &str, lost: Option<Class>| {
        let profile = Profile::by_name(Responses, name).unwrap();
        assert_eq!(profile.removes(member), lost, "{name} {member}");
    };
    check("codex", "temperature", Some(Class::Quality));
    check("codex", "metadata", Some(Class::Bookkeeping));
    check("codex", "prompt_cache_key", None);
    check("openai", "temperature", None);
    check("xai", "temperature", None);
    check("xai", "safety_identifier", Some(Class::Bookkeeping));
}

#[test]
fn an_entry_overrides_single_flags() {
    let mut profile = *Profile::for_host(Chat, "api.mistral.ai");
    profile.set_stream_usage(StreamUsage::Auto);
    assert_eq!(&profile, Profile::for_host(Chat, "api.mistral.ai"));

    profile.set_stream_usage(StreamUsage::On);
    profile.set_max_tokens_field(MaxTokensField::MaxCompletionTokens);
    profile.set_role_developer(RoleDeveloper::Keep);
    assert!(profile.stream_usage && profile.max_completion_tokens && profile.developer_role);

    profile.set_stream_usage(StreamUsage::Off);
    profile.set_max_tokens_field(MaxTokensField::MaxTokens);
    profile.set_role_developer(RoleDeveloper::System);
    assert!(!profile.stream_usage && !profile.max_completion_tokens && !profile.developer_role);
}

#[test]
fn members_are_dropped_before_they_are_renamed() {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
    let renamed = vec![pair("stop", "stops"), pair("seed", "random_seed")];
    let params = Params::new(owned(&["user", "stop"]), renamed);
    assert!(!params.is_empty() && Params::default().is_empty());
    assert_eq!(params.name("user"), None);
    assert_eq!(params.name("stop"), None);
    assert_eq!(params.name("seed"), Some("random_seed"));
    assert_eq!(params.name("model"), Some("model"));
}
