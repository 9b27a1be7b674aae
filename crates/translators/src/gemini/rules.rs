//! What Gemini is like: see `crate::rules`.

use super::{
    decode_reply, decode_request, encode_reply, encode_request, error, media_resolution,
    profiles::PROFILES, reply_body, settings::NAMES,
};
use crate::{
    call_id, mention,
    patch::history::IN_BASE64,
    reply::{Sequence, Settled, ShowThinking},
    request_ir::{Detail, Family, HostedKind},
    rules::{
        Answer, AnswerSchema, CacheMarks, Codec, Conversation, EndUser, Errors, Hosted,
        LaterSystem, Logprobs, Media, ModelPlace, Native, PatchRules, Reasoning, Reply,
        ReplyLogprobs, ReplyMedia, ReplyReasoning, ResultMedia, Rules, Sealed, Seeing, Settings,
        Sources, Strict, Tier, Tiers, Tools, WebSearch,
    },
    schema::Mode,
    thinking::Show,
    token_count::ImageRule,
    tool_name,
};

/// Everything, from everywhere.
const ANY: Sources = Sources {
    details: &[Detail::Auto, Detail::Low, Detail::Medium, Detail::High],
    ..Sources::ALL
};

pub(crate) static RULES: Rules = Rules {
    vendor: Family::Gemini,
    codec: Codec {
        decode_request: decode_request::decode,
        encode_request: encode_request::encode,
        reply_decoder: || Box::new(decode_reply::Decoder::default()),
        reply_encoder: |cx| {
            let encoder = encode_reply::Encoder::new(cx.clone());
            Box::new(Settled::new(cx, Sequence::new(encoder)))
        },
        write_body: reply_body::write,
    },
    conversation: Conversation {
        later_system: LaterSystem::Folded,
        application_role: None,
        has_one_system_role: true,
        user_begins: true,
        refuses_blank: false,
        refuses_blank_end: false,
        keeps_foreign_answers: false,
        result_media: ResultMedia::IfModelSays,
        cites_pages: false,
        says_error: false,
    },
    media: Media {
        image: ANY,
        document: ANY,
        audio: ANY,
        video: ANY,
        text_documents: false,
        in_answers: true,
        settle_details: Some(media_resolution::fit),
        cost: ImageRule::Gemini,
        has_names_only: false,
    },
    sealed: Sealed {
        family: Family::Gemini,
        is_for_demanding: false,
        thoughts: true,
        texts: false,
        leads: false,
        demands_when_refused: true,
    },
    cache: CacheMarks::None,
    tools: Tools {
        names: tool_name::Target::Gemini,
        schema: Mode::GeminiJson,
        strict: Strict::Never,
        object_arguments: true,
        lists_allowed: true,
        functions_alone: true,
        has_native_calls: false,
    },
    hosted: Hosted {
        choice_member: None,
        has_function_names: false,
        is_typed: false,
        member: None,
        web_search: WebSearch {
            is_for_search_models: false,
            takes_domains: false,
            kept: &[],
            write: |_, out| out.object("googleSearch", |_| {}),
        },
        plain: &[
            (HostedKind::CodeExecution, r#"{"codeExecution":{}}"#),
            (HostedKind::WebFetch, r#"{"urlContext":{}}"#),
        ],
        servers: None,
        draws: true,
    },
    answer: Answer {
        member: None,
        object: true,
        schema: AnswerSchema::Cleaned(Mode::GeminiJson),
        is_always_strict: false,
    },
    settings: Settings {
        names: &NAMES,
        needs_limit: false,
        largest_temperature: f64::INFINITY,
        stop: Some(5),
        logprobs: Logprobs::Flag,
        user: EndUser::Never,
        tiers: Tiers {
            words: &[
                ("standard", Tier::Default),
                ("flex", Tier::Flex),
                ("priority", Tier::Priority),
            ],
            read: &[("unspecified", Tier::Auto)],
            usual: &[Tier::Auto, Tier::Default],
        },
        follows_profile: false,
        quoted_numbers: true,
        upper_modalities: true,
        omits_single_answer: true,
        counted: &[],
        complete: None,
    },
    reasoning: Reasoning {
        seeing: Seeing::Said,
        knows_levels: false,
    },
    reply: Reply {
        usage_is_optional: false,
        has_choices: true,
        ends_by_refusal: false,
        reasoning: ReplyReasoning::Shown,
        shows: |request, _| ShowThinking::of(matches!(request.show, Show::Shown(_))),
        native: Some(Family::Gemini),
        sealed_is_optional: false,
        carries_base64: true,
        signs_calls: true,
        has_namespaces: false,
        call_ids: call_id::Rule::Any,
        has_freeform_calls: false,
        tells_cut_calls: false,
        media: ReplyMedia::All,
        has_searches: true,
        logprobs: ReplyLogprobs::All,
        signs_texts: false,
        echoed: &[],
    },
    native: Native {
        has_model_in_body: false,
        takes_responses_bodies: false,
        model: ModelPlace {
            mention: &mention::GEMINI_MODEL,
            key: "modelVersion",
            holder: None,
        },
        errors: Errors {
            body: error::body,
            data: |error, _| error::body(error),
            announced: None,
            // Google's clients read `data:` only, and Google has such line ends.
            event: "",
            end: "\r\n\r\n",
            knows_overload: false,
        },
        token_count: Some(|tokens| {
            format!(
                r#"{{"totalTokens":{tokens},"promptTokensDetails":[{{"modality":"TEXT","tokenCount":{tokens}}}]}}"#
            )
        }),
        counted_request: &["generateContentRequest", "generate_content_request"],
        without_reasoning: None,
        patch: PatchRules {
            mentions: &[&IN_BASE64],
            history: |patch| patch.gemini_history(),
            wish: |patch| patch.gemini_wish(),
            limit: None,
            write: |patch, written, resolved| patch.gemini_reasoning(written, resolved),
            counts_reasoning: false,
        },
    },
    profiles: PROFILES,
};
