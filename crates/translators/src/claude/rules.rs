//! What Claude is like: see `crate::rules`.

use super::{
    decode_reply, decode_request, encode_reply, encode_request, error, mcp_servers,
    profiles::PROFILES, reasoning, reply_body, settings::NAMES,
};
use crate::{
    call_id,
    json_str::JsonStr,
    mention, mime,
    patch::history::{CITED, MINTED},
    reply::{Sequence, Settled, ShowThinking},
    request_ir::{Family, HostedKind, Key, Request},
    rules::{
        Answer, AnswerSchema, CacheMarks, Codec, Conversation, Data, DataFit, EndUser, Errors,
        Hosted, LaterSystem, Logprobs, Media, ModelPlace, Native, PatchRules, Reasoning, Reply,
        ReplyLogprobs, ReplyMedia, ReplyReasoning, ResultMedia, Rules, Sealed, Search, Seeing,
        Settings, Sources, Strict, Tier, Tiers, Tools, WebSearch,
    },
    schema::Mode,
    thinking::Show,
    token_count::ImageRule,
    tool_name,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use cliproxy_json::{ObjectWriter, Value};

pub(crate) static RULES: Rules = Rules {
    vendor: Family::Anthropic,
    codec: Codec {
        decode_request: decode_request::decode,
        encode_request: |request, target, out, _| encode_request::encode(request, target, out),
        reply_decoder: || Box::new(decode_reply::Decoder::default()),
        reply_encoder: |cx| {
            let encoder = encode_reply::Encoder::new(cx.clone());
            Box::new(Settled::new(cx, Sequence::new(encoder)))
        },
        write_body: reply_body::write,
    },
    conversation: Conversation {
        later_system: LaterSystem::Behind,
        application_role: None,
        has_one_system_role: true,
        user_begins: true,
        refuses_blank: true,
        refuses_blank_end: true,
        keeps_foreign_answers: false,
        result_media: ResultMedia::Inside,
        cites_pages: false,
        says_error: false,
    },
    media: Media {
        image: Sources {
            data: Data::Checked(image),
            ..Sources::ALL
        },
        document: Sources {
            data: Data::Checked(document),
            ..Sources::ALL
        },
        audio: Sources::NONE,
        video: Sources::NONE,
        text_documents: true,
        in_answers: false,
        settle_details: None,
        cost: ImageRule::Claude,
        has_names_only: false,
    },
    sealed: Sealed {
        family: Family::Anthropic,
        is_for_demanding: false,
        thoughts: true,
        texts: false,
        leads: true,
        demands_when_refused: false,
    },
    cache: CacheMarks::Ephemeral(4),
    tools: Tools {
        names: tool_name::Target::Claude,
        schema: Mode::ClaudeTool,
        strict: Strict::Closed(Mode::ClaudeOutput),
        object_arguments: true,
        lists_allowed: false,
        functions_alone: false,
        has_native_calls: false,
    },
    hosted: Hosted {
        choice_member: Some("name"),
        has_function_names: true,
        is_typed: true,
        member: None,
        web_search: WebSearch {
            is_for_search_models: false,
            takes_domains: true,
            kept: &["user_location", "max_uses", "blocked_domains"],
            write: web_search,
        },
        plain: &[
            (
                HostedKind::CodeExecution,
                r#"{"type":"code_execution_20250825","name":"code_execution"}"#,
            ),
            (
                HostedKind::WebFetch,
                r#"{"type":"web_fetch_20250910","name":"web_fetch"}"#,
            ),
        ],
        servers: Some(mcp_servers::declare),
        draws: false,
    },
    answer: Answer {
        member: Some("output_config"),
        object: false,
        schema: AnswerSchema::Closed(Mode::ClaudeOutput),
        is_always_strict: true,
    },
    settings: Settings {
        names: &NAMES,
        needs_limit: true,
        largest_temperature: 1.0,
        stop: Some(usize::MAX),
        logprobs: Logprobs::Never,
        user: EndUser::Identifier,
        tiers: Tiers {
            words: &[("auto", Tier::Auto), ("standard_only", Tier::Default)],
            read: &[],
            // The other one is a choice.
            usual: &[Tier::Auto],
        },
        follows_profile: false,
        quoted_numbers: false,
        upper_modalities: false,
        omits_single_answer: false,
        // Part of the choice of tools.
        counted: &[Key::ParallelTools],
        complete: None,
    },
    reasoning: Reasoning {
        seeing: Seeing::Implied,
        knows_levels: true,
    },
    reply: Reply {
        usage_is_optional: false,
        has_choices: false,
        ends_by_refusal: true,
        reasoning: ReplyReasoning::ShownOrSealed,
        shows,
        native: Some(Family::Anthropic),
        sealed_is_optional: false,
        carries_base64: false,
        signs_calls: false,
        has_namespaces: false,
        call_ids: call_id::Rule::Claude,
        has_freeform_calls: false,
        tells_cut_calls: false,
        media: ReplyMedia::None,
        has_searches: true,
        logprobs: ReplyLogprobs::None,
        signs_texts: false,
        echoed: &[],
    },
    native: Native {
        has_model_in_body: true,
        takes_responses_bodies: false,
        model: ModelPlace {
            mention: &mention::MODEL,
            key: "model",
            holder: Some("message"),
        },
        errors: Errors {
            body: error::body,
            data: |error, _| error::body(error),
            announced: None,
            event: "event: error\n",
            end: "\n\n",
            knows_overload: true,
        },
        token_count: Some(|tokens| format!(r#"{{"input_tokens":{tokens}}}"#)),
        counted_request: &[],
        without_reasoning: Some(reasoning::without),
        patch: PatchRules {
            mentions: &[&MINTED, &CITED],
            history: |patch| patch.claude_history(),
            wish: |patch| patch.claude_wish(),
            limit: Some(|patch, resolved| patch.limited(resolved)),
            write: |patch, written, resolved| patch.claude_reasoning(written, resolved),
            counts_reasoning: true,
        },
    },
    profiles: PROFILES,
};

/// As far as the body says it: a suffix of the model's name is not the client's wish to see anything.
fn shows(request: &Request<'_>, body: Value<'_>) -> ShowThinking {
    let kind = body.at(&["thinking", "type"]);
    let kind = kind.and_then(|kind| kind.as_str());
    let is_on = kind.is_some_and(|kind| kind != "disabled");
    match is_on && request.show == Show::Hidden {
        true => ShowThinking::Omitted,
        false => ShowThinking::of(is_on),
    }
}

fn image(mime: Option<&str>, _data: &str) -> DataFit {
    match mime {
        Some("image/jpeg" | "image/png" | "image/gif" | "image/webp") => DataFit::Taken,
        _ => DataFit::Refused("the upstream takes JPEG, PNG, GIF and WebP"),
    }
}

fn document(mime: Option<&str>, data: &str) -> DataFit {
    let essence = mime.map_or("", mime::essence);
    if essence == "application/pdf" {
        return DataFit::Taken;
    }
    let bytes = || BASE64_STANDARD.decode(data).ok();
    let text = || String::from_utf8(bytes()?).ok();
    match essence.starts_with("text/").then(text).flatten() {
        Some(text) => DataFit::Text(JsonStr::plain(&text)),
        None => DataFit::Refused("the upstream takes PDF and plain text"),
    }
}

fn web_search(search: &Search<'_>, out: &mut ObjectWriter<'_>) {
    out.text("type", "web_search_20250305");
    out.text("name", "web_search");
    search.copy("max_uses", out);
    search.copy_allowed(out);
    search.copy("blocked_domains", out);
    search.write_location(out);
}
