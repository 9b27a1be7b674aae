//! The same for what stands inside a turn: results, media, reasoning.

use super::{Memory, check, check_with};
use crate::{
    json_str::JsonStr,
    replay::Remembered,
    request_ir::{Family, Opaque, OpaqueKind, Thought},
};

#[test]
fn a_result_says_what_the_target_can_hear() {
    for (to, result, after) in [
        ("chat", "error c boom", "error c text Error: boom"),
        (
            "chat",
            "error c <tool_use_error>",
            "error c text <tool_use_error>",
        ),
        ("responses", "error c ERROR: x", "error c text ERROR: x"),
        ("responses", "error c", "error c text Error"),
        ("claude", "error c boom", "error c text boom"),
        ("gemini", "error c boom", "error c text boom"),
        ("chat", "result c", "result c"),
        (
            "chat",
            "response c {\"v\": 1}",
            "result c text {\\\"v\\\":1}",
        ),
        (
            "claude",
            "result c x + image png",
            "result c text x + image image/png",
        ),
        (
            "responses",
            "result c x + image png",
            "result c text x + image image/png",
        ),
        (
            "gemini parts",
            "result c x + image png",
            "result c text x + image image/png",
        ),
        (
            "gemini",
            "result c x + image png",
            "result c text x | image image/png",
        ),
        (
            "chat",
            "result c x + image png",
            "result c text x | text Attachment from tool call c: | image image/png",
        ),
        (
            "chat",
            "result c  + pdf",
            "result c text (see attached file) | text Attachment from tool call c: | document application/pdf",
        ),
        (
            "chat inline",
            "result c x + image png",
            "result c text x + image image/png",
        ),
        (
            "chat",
            "result c  + notes N",
            "result c text <document>\\nN\\n</document>",
        ),
    ] {
        let before = format!("user: text a\nassistant: call c f\nuser: {result}");
        let after = format!("user: text a\nassistant: call c f {{}}\nuser: {after}\n");
        check(to, &before, &after);
    }
}

#[test]
fn media_that_the_target_does_not_take_are_refused_or_noted() {
    for (to, part, after) in [
        ("claude", "image png", "image image/png"),
        ("claude", "image https://x/a.png", "image image/png"),
        ("claude", "image bmp", ""),
        ("claude", "notes N", "document"),
        ("claude", "audio wav", ""),
        ("claude", "pdf file-1", ""),
        ("responses", "pdf file-1", "document"),
        ("responses", "audio wav", ""),
        ("chat", "audio mpeg", "audio audio/mpeg"),
        ("chat", "audio midi", ""),
        ("chat", "pdf https://x/a.pdf", ""),
        ("chat", "video mp4", ""),
        ("chat", "foreign", ""),
        ("chat text-only", "image png", ""),
        ("gemini", "video mp4", "video video/mp4"),
        ("gemini", "audio midi", "audio audio/midi"),
        ("gemini", "notes N", "text <document>\\nN\\n</document>"),
        ("gemini", "image https://x/a.webp", "image image/webp"),
    ] {
        let after = match after {
            "" => "refused 0.1".to_owned(),
            after => format!("user: text a | {after}\n"),
        };
        check(to, &format!("user: text a | {part}"), &after);
    }
    check(
        "chat text-only lenient",
        "user: text a | image png",
        "user: text a | text [image left out: this model reads text only]\n-0.1",
    );
    check(
        "claude lenient",
        "user: text a\nassistant: call c f\nuser: result c x + audio wav",
        "user: text a\nassistant: call c f {}\nuser: result c text x + text [audio left out: the upstream has no place for it]\n-2.0",
    );
}

#[test]
fn sealed_reasoning_goes_to_its_maker_only() {
    let before = "user: text a\nassistant: think t @an:sig:S | think u @oa:enc:E | redacted @an:red:R | think v | text b";
    for (to, after) in [
        (
            "claude",
            "assistant: think t @an:sig:S | redacted @an:red:R | text b\n-1.1 -1.3",
        ),
        (
            "responses",
            "assistant: think u @oa:enc:E | text b\n-1.0 -1.2 -1.3",
        ),
        ("gemini", "assistant: text b\n-1.0 -1.1 -1.2 -1.3"),
        ("chat", "assistant: text b\n-1.0 -1.1 -1.2 -1.3"),
    ] {
        check(to, before, &format!("user: text a\n{after}"));
    }
    for (to, assistant, after) in [
        // As text, where reasoning is replayed before calls.
        (
            "chat",
            "think t @an:sig:S | call c f",
            "think t | call c f {}",
        ),
        (
            "openai forget",
            "think t @an:sig:S | call c f",
            "call c f {} -1.0",
        ),
        // Google's signatures belong to the next call.
        (
            "gemini",
            "think t @gm:fc:S | call c f",
            "call c f {} @gm:fc:S",
        ),
        ("gemini", "call c f @gm:fc:S", "call c f {} @gm:fc:S"),
        ("claude", "call c f @gm:fc:S", "call c f {}"),
        (
            "gemini signed",
            "call c f",
            "call c f {} @gm:fc:skip_thought_signature_validator",
        ),
        (
            "gemini signed",
            "think t @gm:fc:S | call c f",
            "call c f {} @gm:fc:S",
        ),
        ("chat signed", "call c f @gm:fc:S", "call c f {} @gm:fc:S"),
        ("gemini", "call c f | think t @gm:fc:S", "call c f {} -1.1"),
        (
            "gemini",
            "think t @gm:th:S | call c f",
            "think t @gm:th:S | call c f {}",
        ),
    ] {
        let before = format!("user: text a\nassistant: {assistant}\nuser: result c x");
        let (after, lost) = match after.rsplit_once(" -") {
            Some((after, lost)) => (after, format!("-{lost}")),
            None => (after, String::new()),
        };
        let after = format!("user: text a\nassistant: {after}\nuser: result c text x\n{lost}");
        check(to, &before, &after);
    }
}

#[test]
fn what_is_remembered_stands_before_the_first_call() {
    let opaque = |family, kind, data| Opaque {
        family,
        kind,
        item: None,
        data: JsonStr::escaped(data),
        realm: None,
    };
    let thought = Thought {
        text: JsonStr::escaped("t"),
        opaque: Some(opaque(Family::Anthropic, OpaqueKind::Signature, "S")),
        ..Thought::default()
    };
    let remembered = Remembered {
        thoughts: vec![thought],
        signature: Some(opaque(Family::Gemini, OpaqueKind::Call, "G")),
    };
    let memory = Memory([("c", remembered)].into());
    for (to, assistant, after) in [
        (
            "claude",
            "text b | call c f",
            "text b | think t @an:sig:S | call c f {}",
        ),
        (
            "claude",
            "think o @an:sig:O | call c f",
            "think o @an:sig:O | call c f {}",
        ),
        ("gemini signed", "call c f", "call c f {} @gm:fc:G"),
        ("gemini", "call c f @gm:fc:S", "call c f {} @gm:fc:S"),
        ("responses", "call c f", "call c f {}"),
        ("chat", "call c f", "think t | call c f {}"),
        ("chat", "think own | call c f", "think own | call c f {}"),
    ] {
        let before = format!("user: text a\nassistant: {assistant}\nuser: result c x");
        let after = format!("user: text a\nassistant: {after}\nuser: result c text x\n");
        check_with(&memory, to, &before, &after);
    }
}

#[test]
fn what_a_provider_ran_or_only_its_protocol_knows_is_left_out() {
    for (assistant, after) in [
        ("search | text b", "text b\n"),
        ("foreign | text b", "text b\n-1.0"),
    ] {
        let before = format!("user: text a\nassistant: {assistant}");
        check(
            "claude",
            &before,
            &format!("user: text a\nassistant: {after}"),
        );
    }
    check("claude", "user: text a | foreign", "refused 0.1");
    check(
        "claude lenient",
        "user: text a | foreign",
        "user: text a | text [part left out: only its own protocol knows it]\n-0.1",
    );
}

#[test]
fn reasoning_that_leads_to_nothing() {
    for (to, before, after) in [
        (
            "claude",
            "user: text a\nassistant: text b | think t @an:sig:S | redacted @an:red:R\nuser: text c",
            "user: text a\nassistant: text b\nuser: text c\n-1.1 -1.2",
        ),
        (
            "claude",
            "user: text a\nassistant: think t @an:sig:S\nuser: text c",
            "user: text a | para c\n-1.0",
        ),
        (
            "claude",
            "user: text a\nassistant: think t @an:sig:S",
            "user: text a\n-1.0",
        ),
        (
            "responses",
            "user: text a\nassistant: think t @oa:enc:E\nuser: text c",
            "user: text a | para c\n-1.0",
        ),
        (
            "gemini",
            "user: text a\nassistant: think t @gm:th:S\nuser: text c",
            "user: text a\nassistant: think t @gm:th:S\nuser: text c\n",
        ),
    ] {
        check(to, before, after);
    }
}
