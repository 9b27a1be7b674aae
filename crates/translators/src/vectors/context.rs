//! The context of a case: what a translation needs besides its input.

use super::Case;
use crate::{
    profile::{Params, Profile},
    reply::{ReplyContext, ShowThinking},
    request_ir::{HostedKind, ToolName},
    target::{LossPolicy, Options, Target},
    thinking::{Control, control_of},
};
use cliproxy_core::{
    Capabilities, Effort, Modality, Protocol, Sampling, Thinking, ThinkingDisplay,
    ThoughtSignatures,
};
use serde_json::Value;

pub(crate) fn protocol(name: &str) -> Result<Protocol, String> {
    match name {
        "chat" => Ok(Protocol::Chat),
        "claude" => Ok(Protocol::Claude),
        "gemini" => Ok(Protocol::Gemini),
        "responses" => Ok(Protocol::Responses),
        other => Err(format!("no protocol {other}")),
    }
}

fn flag(value: &Value, key: &str, default: bool) -> bool {
    value[key].as_bool().unwrap_or(default)
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value[key].as_str()
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| number.try_into().ok())
}

fn effort(name: &str) -> Option<Effort> {
    [
        ("minimal", Effort::Minimal),
        ("low", Effort::Low),
        ("medium", Effort::Medium),
        ("high", Effort::High),
        ("xhigh", Effort::Xhigh),
        ("max", Effort::Max),
    ]
    .into_iter()
    .find_map(|(text, effort)| (text == name).then_some(effort))
}

/// The reasoning of a model: `thinking` of a model record.
pub(super) fn thinking(json: &Value) -> Option<Thinking> {
    json.as_object()?;
    let levels = json["levels"].as_array().into_iter().flatten();
    Some(Thinking {
        levels: levels.filter_map(|level| effort(level.as_str()?)).collect(),
        budget: number(&json["budget"][0]).zip(number(&json["budget"][1])),
        can_off: flag(json, "can_off", false),
        none_level: flag(json, "none_level", false),
        can_auto: flag(json, "can_auto", false),
        display_default: match text(json, "display_default") {
            Some("omitted") => ThinkingDisplay::Omitted,
            _ => ThinkingDisplay::Summarized,
        },
    })
}

/// A model record; an absent one is a known model with the defaults.
pub(super) fn capabilities(json: &Value, target: Protocol) -> Capabilities {
    let kinds = json["in"].as_array().into_iter().flatten();
    let kinds = kinds.filter_map(|kind| match kind.as_str()? {
        "audio" => Some(Modality::Audio),
        "image" => Some(Modality::Image),
        "text" => Some(Modality::Text),
        "video" => Some(Modality::Video),
        _ => None,
    });
    Capabilities {
        thinking: thinking(&json["thinking"]),
        sampling: match text(json, "sampling") {
            Some("none") => Sampling::None,
            Some("resting") => Sampling::Resting,
            Some("xor") => Sampling::Xor,
            _ => Sampling::Full,
        },
        structured_output: flag(json, "structured_output", target != Protocol::Claude),
        prefill: flag(json, "prefill", true),
        mid_system: flag(json, "mid_system", false),
        thought_signatures: match text(json, "thought_signatures") {
            Some("required") => ThoughtSignatures::Required,
            _ => ThoughtSignatures::Optional,
        },
        function_response_parts: flag(json, "fr_parts", false),
        search_with_functions: flag(json, "search_with_functions", false),
        schema_with_functions: flag(json, "schema_with_functions", false),
        input: kinds.collect(),
        ..Capabilities::default()
    }
}

/// What the client's reply depends on.
pub(crate) fn reply_context(case: &Case, client: Protocol) -> ReplyContext {
    let context = &case.json["context"];
    let reply = &context["reply"];
    let model = text(context, "client_model").unwrap_or("m");
    let mut cx = ReplyContext::new(client, model, 1_700_000_000);
    cx.include_usage = flag(reply, "include_usage", false);
    cx.include_encrypted = flag(reply, "include_encrypted", false);
    cx.show_thinking = match &reply["show_thinking"] {
        Value::Bool(false) => ShowThinking::No,
        Value::String(_) => ShowThinking::Omitted,
        _ => ShowThinking::Yes,
    };
    cx.is_enveloped = text(context, "client_dialect") == Some("code-assist");
    let tools = reply["custom_tools"].as_array().into_iter().flatten();
    let tools = tools.filter_map(Value::as_str);
    cx.freeform = tools.map(str::to_owned).collect();
    for (tool, kind) in reply["native_tools"].as_object().into_iter().flatten() {
        let kind = match kind.as_str() {
            Some("local_shell") => HostedKind::LocalShell,
            Some("shell") => HostedKind::Shell,
            _ => HostedKind::ApplyPatch,
        };
        cx.native_tools.insert(tool.clone(), kind);
    }
    for (upstream, client) in reply["name_map"].as_object().into_iter().flatten() {
        let owned = |key| text(client, key).map(|text| text.to_owned().into());
        let name = ToolName {
            namespace: owned("namespace"),
            name: owned("name").unwrap_or_default(),
        };
        cx.names.insert(upstream, name);
    }
    cx
}

/// A thinking suffix, as the model's name has it.
pub(super) fn suffix(text: &str) -> Option<Control> {
    Some(control_of(text)).filter(|control| *control != Control::Unset)
}

pub(super) fn is_effort_only(capabilities: &Capabilities) -> bool {
    let thinking = capabilities.thinking.as_ref();
    thinking.is_some_and(|thinking| !thinking.levels.is_empty() && thinking.budget.is_none())
}

pub(super) fn target<'t>(
    case: &Case,
    (from, to): (Protocol, Protocol),
    model: &'t str,
    profile: &'t Profile,
    capabilities: &'t Capabilities,
) -> Target<'t> {
    let cx = &case.json["context"];
    let options = &cx["options"];
    let is_openai = |protocol| matches!(protocol, Protocol::Chat | Protocol::Responses);
    let is_own = match cx["cross_family"] {
        Value::Bool(foreign) => !foreign,
        _ => match to {
            Protocol::Chat | Protocol::Responses => {
                is_openai(from) && matches!(profile.name, "openai" | "codex")
            }
            Protocol::Claude | Protocol::Gemini => from == to,
        },
    };
    Target {
        protocol: to,
        model,
        profile,
        params: Params::none(),
        capabilities: Some(capabilities),
        max_output: cx["caps"]["max_output"].as_u64(),
        is_own,
        without_opaque: false,
        counts: case.json["count"] == Value::Bool(true),
        options: Options {
            policy: match text(options, "loss_policy") {
                Some("strict") => LossPolicy::Strict,
                Some("lenient") => LossPolicy::Lenient,
                _ => LossPolicy::Report,
            },
            auto_cache: flag(options, "auto_cache", false),
            ..Options::default()
        },
    }
}

/// The dialect that a case names, or the usual one of its protocol.
pub(super) fn profile(case: &Case, to: Protocol) -> Result<Profile, String> {
    let cx = &case.json["context"];
    let mut profile = match (text(cx, "profile"), to) {
        (Some("openai"), Protocol::Chat) => Profile::OPENAI_CHAT,
        (Some("compat") | None, Protocol::Chat) => Profile::COMPAT,
        (Some("openai") | None, Protocol::Responses) => Profile::OPENAI_RESPONSES,
        (Some("codex"), Protocol::Responses) => Profile::CODEX,
        (None, Protocol::Claude) => Profile::ANTHROPIC,
        (None, Protocol::Gemini) => Profile::GEMINI,
        (Some("code-assist"), Protocol::Gemini) => Profile::CODE_ASSIST,
        (Some(other), _) => return Err(format!("no profile {other} of {to:?}")),
    };
    profile.folds_system = text(&cx["options"], "mid_system") == Some("fold");
    Ok(profile)
}
