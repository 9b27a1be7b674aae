//! What Responses is like: see `crate::rules`.

use super::{
    decode_reply, decode_request, encode_reply, encode_request, error, profiles::PROFILES,
    reasoning, reply_body, settings::NAMES,
};
use crate::{
    call_id, mention,
    patch::history::MINTED,
    profile::codex,
    reply::{Settled, ShowThinking},
    request_ir::{Detail, Family, HostedKind, Key, Place, Request, SystemRole},
    rules::{
        Answer, AnswerSchema, CacheMarks, Codec, Conversation, EndUser, Errors, Hosted,
        LaterSystem, Logprobs, Media, ModelPlace, Native, PatchRules, Reasoning, Reply,
        ReplyLogprobs, ReplyMedia, ReplyReasoning, ResultMedia, Rules, Sealed, Search, Seeing,
        Settings, Sources, Strict, Tiers, Tools, WebSearch,
    },
    schema::Mode,
    target::Target,
    token_count::ImageRule,
    tool_name,
};
use cliproxy_core::Protocol;
use cliproxy_json::ObjectWriter;

/// Members of a request that its reply repeats.
const ECHOED: [&str; 15] = [
    "background",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "parallel_tool_calls",
    "previous_response_id",
    "reasoning",
    "service_tier",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_p",
    "truncation",
];

pub(crate) static RULES: Rules = Rules {
    vendor: Family::OpenAi,
    codec: Codec {
        decode_request: decode_request::decode,
        encode_request: encode_request::encode,
        reply_decoder: || Box::new(decode_reply::Decoder::default()),
        reply_encoder: |cx| Box::new(Settled::new(cx.clone(), encode_reply::Encoder::new(cx))),
        write_body: reply_body::write,
    },
    conversation: Conversation {
        later_system: LaterSystem::Kept,
        application_role: Some(SystemRole::Developer),
        has_one_system_role: false,
        user_begins: false,
        refuses_blank: false,
        refuses_blank_end: false,
        keeps_foreign_answers: true,
        result_media: ResultMedia::Inside,
        cites_pages: true,
        says_error: true,
    },
    media: Media {
        image: Sources {
            details: &[Detail::Auto, Detail::Low, Detail::High, Detail::Original],
            ..Sources::ALL
        },
        document: Sources::ALL,
        audio: Sources::NONE,
        video: Sources::NONE,
        text_documents: false,
        in_answers: false,
        settle_details: None,
        cost: ImageRule::OpenAiTiles,
        has_names_only: true,
    },
    sealed: Sealed {
        family: Family::OpenAi,
        is_for_demanding: false,
        thoughts: true,
        texts: false,
        leads: true,
        demands_when_refused: false,
    },
    cache: CacheMarks::Breakpoints,
    tools: Tools {
        names: tool_name::Target::OpenAi,
        schema: Mode::OpenaiFunction,
        strict: Strict::Always,
        object_arguments: false,
        lists_allowed: true,
        functions_alone: false,
        has_native_calls: true,
    },
    hosted: Hosted {
        choice_member: Some("type"),
        has_function_names: false,
        is_typed: true,
        member: None,
        web_search: WebSearch {
            is_for_search_models: false,
            takes_domains: true,
            kept: &["user_location", "search_context_size"],
            write: web_search,
        },
        plain: &[(
            HostedKind::CodeExecution,
            r#"{"type":"code_interpreter","container":{"type":"auto"}}"#,
        )],
        servers: None,
        draws: false,
    },
    answer: Answer {
        member: Some("text"),
        object: true,
        schema: AnswerSchema::AsItIs,
        is_always_strict: false,
    },
    settings: Settings {
        names: &NAMES,
        needs_limit: false,
        largest_temperature: f64::INFINITY,
        stop: None,
        logprobs: Logprobs::Include,
        user: EndUser::Both,
        tiers: Tiers::OPENAI,
        follows_profile: false,
        quoted_numbers: false,
        upper_modalities: false,
        omits_single_answer: false,
        counted: &[],
        complete: Some(complete),
    },
    reasoning: Reasoning {
        seeing: Seeing::Said,
        knows_levels: false,
    },
    reply: Reply {
        usage_is_optional: false,
        has_choices: false,
        ends_by_refusal: false,
        reasoning: ReplyReasoning::Always,
        shows: |_, _| ShowThinking::Yes,
        native: Some(Family::OpenAi),
        sealed_is_optional: true,
        carries_base64: false,
        signs_calls: false,
        has_namespaces: true,
        call_ids: call_id::Rule::Responses,
        has_freeform_calls: true,
        tells_cut_calls: true,
        media: ReplyMedia::Images,
        has_searches: true,
        logprobs: ReplyLogprobs::Texts,
        signs_texts: true,
        echoed: &ECHOED,
    },
    native: Native {
        has_model_in_body: true,
        takes_responses_bodies: false,
        model: ModelPlace {
            mention: &mention::MODEL,
            key: "model",
            holder: Some("response"),
        },
        errors: Errors {
            body: error::body,
            data: error::failed,
            announced: Some(error::announced),
            event: "event: response.failed\n",
            end: "\n\n",
            knows_overload: false,
        },
        token_count: Some(|tokens| {
            format!(r#"{{"object":"response.input_tokens","input_tokens":{tokens}}}"#)
        }),
        counted_request: &[],
        without_reasoning: Some(reasoning::without),
        patch: PatchRules {
            mentions: &[&MINTED],
            history: |patch| patch.responses_history(),
            wish: |patch| patch.responses_wish(),
            limit: None,
            write: |patch, written, resolved| patch.responses_reasoning(written, resolved),
            counts_reasoning: true,
        },
    },
    profiles: PROFILES,
};

fn web_search(search: &Search<'_>, out: &mut ObjectWriter<'_>) {
    out.text("type", "web_search");
    if let Some(allowed) = search.allowed_domains {
        out.object("filters", |out| out.raw("allowed_domains", allowed.raw()));
    }
    search.write_location(out);
    search.copy("search_context_size", out);
}

/// `store`, `include`, and `parallel_tool_calls` of the ChatGPT backend.
fn complete(request: &mut Request<'_>, target: &Target<'_>) {
    let is_codex = target.profile.is_codex;
    let settings = &mut request.settings;
    let stored = settings.get(Key::Store);
    // What a client of Responses wants kept is not kept here.
    let wants = request.source != Protocol::Responses
        && !is_codex
        && stored.is_some_and(|store| store.value.as_str() == "true");
    settings.set(Key::Store, wants.to_string(), Place::NOWHERE);
    let reasons = target
        .capabilities
        .is_some_and(|model| model.thinking.is_some());
    if is_codex || reasons {
        settings.include(codex::INCLUDE, None);
    }
    let is_silent = settings.get(Key::ParallelTools).is_none();
    if is_codex && is_silent && !request.tools.is_empty() {
        let json = "true".to_owned();
        settings.set(Key::ParallelTools, json, Place::NOWHERE);
    }
}
