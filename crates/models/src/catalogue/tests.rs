//! The embedded file and the look-up rules.

use super::Catalogue;
use crate::Group;
use cliproxy_core::{Effort, Modality, Sampling, ThinkingDisplay, ThoughtSignatures};
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn every_row_is_used() {
    let catalogue = Catalogue::embedded();
    let file: Value = serde_json::from_str(include_str!("../../catalogue.json")).expect("JSON");
    let rows = |group: &Value| group.as_array().map_or(0, Vec::len);
    let written: usize = file["groups"]
        .as_object()
        .expect("groups")
        .values()
        .map(rows)
        .sum();
    let indexed: usize = catalogue.groups.values().map(|group| group.ids.len()).sum();
    assert_eq!(indexed, written, "an id appears twice in a group");
    assert_eq!(catalogue.families.len(), rows(&file["prefixes"]));
    for group in Group::ALL {
        assert!(
            catalogue.models(group).next().is_some(),
            "{group:?} is empty"
        );
    }
}

/// A misspelled member would silently get its default.
#[test]
fn every_member_is_known() {
    let known: BTreeSet<&str> = [
        "budget",
        "can_auto",
        "can_off",
        "chat_search",
        "context",
        "created",
        "display_default",
        "effort_with_functions",
        "fr_parts",
        "id",
        "image_patches",
        "in",
        "levels",
        "like",
        "max_output",
        "methods",
        "mid_system",
        "name",
        "none_level",
        "out",
        "owned_by",
        "prefill",
        "prefix",
        "sampling",
        "schema_with_functions",
        "search_with_functions",
        "structured_output",
        "thinking",
        "thought_signatures",
    ]
    .into();
    let file: Value = serde_json::from_str(include_str!("../../catalogue.json")).expect("JSON");
    let groups = file["groups"].as_object().expect("groups").values();
    let rows = groups
        .chain([&file["prefixes"]])
        .flat_map(|rows| rows.as_array().expect("rows"));
    let mut seen = BTreeSet::new();
    for row in rows {
        for object in [row, &row["thinking"]] {
            let members = object
                .as_object()
                .into_iter()
                .flat_map(|object| object.keys());
            seen.extend(members.map(String::as_str));
        }
    }
    assert_eq!(seen, known);
}

#[test]
fn figures_are_plausible() {
    let catalogue = Catalogue::embedded();
    let listed = Group::ALL
        .into_iter()
        .flat_map(|group| catalogue.models(group));
    for (id, info) in listed {
        assert_eq!(id.as_str(), id.as_str().to_ascii_lowercase());
        assert!(!info.owned_by.is_empty(), "{id}");
        let released = info.created.unwrap_or(1_700_000_000);
        assert!((1_700_000_000..1_900_000_000).contains(&released), "{id}");
        assert!(info.max_output <= info.context, "{id}");
        let thinking = info
            .capabilities
            .as_ref()
            .and_then(|caps| caps.thinking.as_ref());
        let Some(thinking) = thinking else { continue };
        assert!(thinking.levels.is_sorted_by(|a, b| a < b), "{id}");
        assert!(thinking.budget.is_none_or(|(min, max)| min < max), "{id}");
        assert!(
            !thinking.levels.is_empty() || thinking.budget.is_some(),
            "{id}"
        );
    }
}

#[test]
fn a_record_is_found() {
    let check = |group: Option<Group>, id: &str, expected: Option<(&str, Option<u64>)>| {
        let found = Catalogue::embedded().lookup(group, id);
        let found = found.map(|info| {
            let name = info.display_name.as_deref().unwrap_or("family");
            (name, info.context)
        });
        assert_eq!(found, expected, "{group:?} {id:?}");
    };
    // Listed: in the group that was asked for, else anywhere.
    check(None, "gpt-5.6-sol", Some(("GPT 5.6 Sol", Some(372_000))));
    check(
        Some(Group::Codex),
        "gpt-5.6-sol",
        Some(("GPT 5.6 Sol", Some(921_000))),
    );
    check(
        Some(Group::Claude),
        "Kimi-K2.5",
        Some(("Kimi K2.5", Some(262_144))),
    );
    // The same model by another name.
    let sonnet = Some(("Claude 4.5 Sonnet", Some(200_000)));
    check(None, "claude-sonnet-4-5-20250929", sonnet);
    check(None, "claude-sonnet-4-5", sonnet);
    check(None, "claude-sonnet-4-5-latest", sonnet);
    check(
        Some(Group::Vertex),
        "gemini-3.1-pro-latest",
        Some(("Gemini 3.1 Pro", Some(1_048_576))),
    );
    check(None, "gpt-4o-2024-08-06", Some(("GPT-4o", Some(128_000))));
    check(
        None,
        "gemini-2.5-flash-preview-09-2025",
        Some(("Gemini 2.5 Flash", Some(1_048_576))),
    );
    // Of a family: the longest prefix counts.
    check(None, "claude-3-7-opus", Some(("family", Some(128_000))));
    check(
        None,
        "claude-3-opus-20240229",
        Some(("family", Some(200_000))),
    );
    check(None, "claude-next-9", Some(("family", Some(200_000))));
    check(None, "gpt-5.9-ultra", Some(("family", Some(400_000))));
    check(None, "gpt-oss-120b", Some(("family", None)));
    check(None, "o1-mini", Some(("family", Some(200_000))));
    // Unknown.
    check(None, "opus", None);
    check(Some(Group::OpenAi), "llama-3", None);
    check(None, "", None);
}

#[test]
fn what_chat_at_openai_refuses_is_known_of_models_that_no_group_lists() {
    let check = |id: &str, effort_with_functions: bool, chat_search: bool| {
        let info = Catalogue::embedded().lookup(None, id).expect(id);
        let caps = info.capabilities.as_ref().expect(id);
        assert_eq!(caps.effort_with_functions, effort_with_functions, "{id}");
        assert_eq!(caps.chat_search, chat_search, "{id}");
    };
    for id in [
        "gpt-5",
        "gpt-5-codex",
        "gpt-5.2",
        "gpt-5.2-pro",
        "gpt-5.3-codex",
        "gpt-5.3",
    ] {
        check(id, true, false);
    }
    for id in [
        "gpt-5.4",
        "gpt-5.4-2026-03-05",
        "gpt-5.4-pro",
        "gpt-5.6-luna",
        "gpt-6",
    ] {
        check(id, false, false);
    }
    for id in [
        "gpt-4o-search-preview",
        "gpt-4o-mini-search-preview",
        "gpt-5-search-api",
    ] {
        check(id, true, true);
    }
    check("gpt-4o-mini", true, false);
}

/// <https://platform.openai.com/docs/guides/images-vision>
#[test]
fn openais_models_count_tiles_or_patches() {
    let check = |id: &str, patches: bool| {
        let info = Catalogue::embedded().lookup(None, id).expect(id);
        let caps = info.capabilities.as_ref().expect(id);
        assert_eq!(caps.image_patches, patches, "{id}");
    };
    for id in [
        "gpt-4o",
        "gpt-4o-mini",
        "gpt-4.1",
        "gpt-4.1-2025-04-14",
        "gpt-4-turbo",
        "chatgpt-4o-latest",
        "gpt-5",
        "gpt-5-chat-latest",
        "gpt-5-codex",
        "gpt-5.1",
        "gpt-5.1-codex",
        "o1",
        "o1-pro",
        "o3",
        "o3-pro",
        "claude-opus-5",
        "gemini-3.1-pro-preview",
    ] {
        check(id, false);
    }
    for id in [
        "gpt-4.1-mini",
        "gpt-4.1-nano-2025-04-14",
        "gpt-5-mini",
        "gpt-5-mini-2025-08-07",
        "gpt-5-nano",
        "gpt-5.2",
        "gpt-5.2-codex",
        "gpt-5.3-codex",
        "gpt-5.4-mini",
        "gpt-5.5",
        "gpt-5.6-sol",
        "gpt-5.9-ultra",
        "gpt-6",
        "o4-mini",
        "o4-mini-2025-04-16",
    ] {
        check(id, true);
    }
}

#[test]
fn capabilities_are_read() {
    let caps = |id| {
        let info = Catalogue::embedded().lookup(None, id).expect(id);
        info.capabilities.clone().expect(id)
    };
    let opus = caps("claude-opus-5");
    let thinking = opus.thinking.expect("reasons");
    assert_eq!(
        thinking.levels,
        [
            Effort::Low,
            Effort::Medium,
            Effort::High,
            Effort::Xhigh,
            Effort::Max
        ]
    );
    assert_eq!(
        (thinking.budget, thinking.can_off, thinking.can_auto),
        (None, true, true)
    );
    assert_eq!(thinking.display_default, ThinkingDisplay::Omitted);
    assert_eq!(opus.sampling, Sampling::None);
    assert!(opus.structured_output && opus.mid_system && !opus.prefill);
    assert_eq!(opus.input, [Modality::Text, Modality::Image]);

    let haiku = caps("claude-3-5-haiku-20241022");
    assert!(haiku.thinking.is_none() && haiku.prefill && !haiku.structured_output);

    let gemini = caps("gemini-3.1-pro-preview");
    assert_eq!(
        gemini.thinking.expect("reasons").budget,
        Some((128, 32_768))
    );
    assert_eq!(gemini.thought_signatures, ThoughtSignatures::Required);
    assert!(gemini.structured_output && gemini.function_response_parts);
    assert!(gemini.search_with_functions && gemini.schema_with_functions);
    assert!(gemini.effort_with_functions && !gemini.chat_search);
    assert_eq!(gemini.output, [Modality::Text]);

    assert!(caps("gpt-5.2").thinking.expect("reasons").none_level);
    assert_eq!(caps("gpt-5.2").sampling, Sampling::Resting);
    assert_eq!(caps("imagen-4.0-generate-001").output, [Modality::Image]);
}

#[test]
fn a_capability_that_is_not_known_is_refused_by_name() {
    let check = |facts: &str, expected: &str| {
        let text = format!(r#"{{"owned_by": "b", {facts}}}"#);
        let error = serde_json::from_str::<super::document::Facts>(&text).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with(expected), "{text}: {error}");
    };
    check(
        r#""thinking": {"levels": ["low", "huge"]}"#,
        r#"unknown name "huge""#,
    );
    check(r#""sampling": "some""#, r#"unknown name "some""#);
    check(r#""in": ["text", "smell"]"#, r#"unknown name "smell""#);
}
