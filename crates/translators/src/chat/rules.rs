//! What Chat is like: see `crate::rules`.

use super::{
    decode_reply, decode_request, encode_reply, encode_request, error, patch::SIGNED,
    profiles::PROFILES, reply_body, settings::NAMES,
};
use crate::{
    call_id, mention, mime,
    reply::{Settled, ShowThinking},
    request_ir::{Detail, Family},
    rules::{
        Answer, AnswerSchema, CacheMarks, Codec, Conversation, Data, DataFit, EndUser, Errors,
        Hosted, LaterSystem, Logprobs, Media, ModelPlace, Native, PatchRules, Reasoning, Reply,
        ReplyLogprobs, ReplyMedia, ReplyReasoning, ResultMedia, Rules, Sealed, Search, Seeing,
        Settings, Sources, Strict, Tiers, Tools, WebSearch, write_place,
    },
    schema::Mode,
    thinking::Show,
    token_count::ImageRule,
    tool_name,
};
use cliproxy_json::ObjectWriter;

pub(crate) static RULES: Rules = Rules {
    vendor: Family::OpenAi,
    codec: Codec {
        decode_request: decode_request::decode,
        encode_request: |request, target, out, _| encode_request::encode(request, target, out),
        reply_decoder: || Box::new(decode_reply::Decoder::default()),
        reply_encoder: |cx| Box::new(Settled::new(cx.clone(), encode_reply::Encoder::new(cx))),
        write_body: reply_body::write,
    },
    conversation: Conversation {
        later_system: LaterSystem::Kept,
        application_role: None,
        has_one_system_role: false,
        user_begins: false,
        refuses_blank: false,
        refuses_blank_end: false,
        keeps_foreign_answers: false,
        result_media: ResultMedia::Announced,
        cites_pages: false,
        says_error: true,
    },
    media: Media {
        image: Sources {
            data: Data::Any,
            url: true,
            file: false,
            details: &[Detail::Auto, Detail::Low, Detail::High],
        },
        document: Sources {
            data: Data::Any,
            file: true,
            ..Sources::NONE
        },
        audio: Sources {
            data: Data::Checked(recording),
            ..Sources::NONE
        },
        video: Sources::NONE,
        text_documents: false,
        in_answers: false,
        settle_details: None,
        cost: ImageRule::OpenAiTiles,
        has_names_only: true,
    },
    sealed: Sealed {
        family: Family::Gemini,
        is_for_demanding: true,
        thoughts: false,
        texts: true,
        leads: false,
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
        has_native_calls: false,
    },
    hosted: Hosted {
        choice_member: None,
        has_function_names: false,
        is_typed: true,
        member: Some("web_search_options"),
        web_search: WebSearch {
            is_for_search_models: true,
            takes_domains: false,
            kept: &["user_location", "search_context_size"],
            write: web_search,
        },
        plain: &[],
        servers: None,
        draws: false,
    },
    answer: Answer {
        member: Some("response_format"),
        object: true,
        schema: AnswerSchema::AsItIs,
        is_always_strict: false,
    },
    settings: Settings {
        names: &NAMES,
        needs_limit: false,
        largest_temperature: f64::INFINITY,
        stop: Some(4),
        logprobs: Logprobs::Flag,
        user: EndUser::Both,
        tiers: Tiers::OPENAI,
        follows_profile: true,
        quoted_numbers: false,
        upper_modalities: false,
        omits_single_answer: false,
        counted: &[],
        complete: None,
    },
    reasoning: Reasoning {
        seeing: Seeing::Unsayable,
        knows_levels: false,
    },
    reply: Reply {
        usage_is_optional: true,
        has_choices: true,
        ends_by_refusal: false,
        reasoning: ReplyReasoning::Always,
        shows: |request, _| ShowThinking::of(request.show != Show::Hidden),
        native: None,
        sealed_is_optional: false,
        carries_base64: false,
        signs_calls: true,
        has_namespaces: false,
        call_ids: call_id::Rule::Any,
        has_freeform_calls: true,
        tells_cut_calls: false,
        media: ReplyMedia::Images,
        has_searches: false,
        logprobs: ReplyLogprobs::All,
        signs_texts: false,
        echoed: &[],
    },
    native: Native {
        has_model_in_body: true,
        takes_responses_bodies: true,
        model: ModelPlace {
            mention: &mention::MODEL,
            key: "model",
            holder: None,
        },
        errors: Errors {
            body: error::body,
            data: |error, _| error::body(error),
            announced: None,
            event: "",
            end: "\n\n",
            knows_overload: false,
        },
        token_count: None,
        counted_request: &[],
        without_reasoning: None,
        patch: PatchRules {
            mentions: &[&SIGNED],
            history: |patch| patch.chat_history(),
            wish: |patch| patch.chat_wish(),
            limit: None,
            write: |patch, written, _| patch.chat_reasoning(written),
            counts_reasoning: true,
        },
    },
    profiles: PROFILES,
};

fn recording(mime: Option<&str>, _data: &str) -> DataFit {
    match mime.and_then(mime::audio_format) {
        Some(_) => DataFit::Taken,
        None => DataFit::Refused("the upstream does not know its format"),
    }
}

fn web_search(search: &Search<'_>, out: &mut ObjectWriter<'_>) {
    search.copy("search_context_size", out);
    if let Some(place) = search.place {
        out.object("user_location", |location| {
            location.text("type", "approximate");
            location.object("approximate", |out| write_place(place, out));
        });
    }
}
