//! Schemas that are made to cost much.

use super::{MODES, cleaned};
use crate::schema::{MAX_COPIED, MAX_DEPTH, MAX_NODES, Mode, SchemaKind};

/// What comes out, where something does.
fn lengths(schema: &str) -> impl Iterator<Item = (Mode, String, bool)> {
    let outcomes = MODES.map(|mode| (mode, cleaned(schema, SchemaKind::JsonSchema, mode)));
    let some = outcomes.into_iter().filter_map(|(mode, outcome)| {
        let (json, changed) = outcome.ok()?;
        Some((mode, json, changed))
    });
    some.collect::<Vec<_>>().into_iter()
}

#[test]
fn a_deep_schema_is_cut() {
    let deep = |levels: usize| {
        let open = r#"{"type":"array","items":"#.repeat(levels);
        let close = "}".repeat(levels);
        format!(r#"{open}{{"type":"string"}}{close}"#)
    };
    for (levels, is_cut) in [(MAX_DEPTH - 1, false), (MAX_DEPTH + 1, true), (500, true)] {
        let schema = format!(r#"{{"properties":{{"p":{}}}}}"#, deep(levels));
        for mode in [Mode::GeminiJson, Mode::GeminiOpenapi, Mode::ClaudeOutput] {
            let (json, changed) = cleaned(&schema, SchemaKind::JsonSchema, mode).unwrap();
            assert_eq!(changed, is_cut, "{mode:?} of {levels}");
            assert_eq!(json.contains(r#""items":{"type":"object""#), is_cut);
        }
    }
}

#[test]
fn branches_of_branches_are_cut() {
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let open = format!(r#"{{"{keyword}":["#).repeat(240);
        let schema = format!(r#"{open}{{"properties":{{"a":{{}}}}}}{}"#, "]}".repeat(240));
        for (mode, json, changed) in lengths(&schema) {
            assert!(changed, "{mode:?} of {keyword}");
            assert!(json.len() < 2_000, "{mode:?} of {keyword}: {json}");
        }
    }
}

#[test]
fn a_wide_schema_is_cut() {
    let names: Vec<_> = (0..MAX_NODES + 10)
        .map(|at| format!(r#""p{at}":{{"type":"number"}}"#))
        .collect();
    let schema = format!(r#"{{"title":"t","properties":{{{}}}}}"#, names.join(","));
    for mode in [Mode::GeminiJson, Mode::GeminiOpenapi, Mode::ClaudeOutput] {
        let (json, changed) = cleaned(&schema, SchemaKind::JsonSchema, mode).unwrap();
        assert!(changed);
        assert_eq!(json.matches(r#"{"type":"number"}"#).count(), MAX_NODES - 1);
    }
    for mode in [Mode::ClaudeTool, Mode::OpenaiFunction] {
        let (json, changed) = cleaned(&schema, SchemaKind::JsonSchema, mode).unwrap();
        assert!(!changed && json.len() > schema.len());
    }
}

#[test]
fn references_do_not_multiply() {
    // Each definition holds the next one ten times.
    let defs: Vec<_> = (0..12)
        .map(|at| {
            let next = format!(r##"{{"$ref":"#/$defs/D{}"}}"##, at + 1);
            let ten: Vec<_> = (0..10).map(|name| format!(r#""{name}":{next}"#)).collect();
            format!(r#""D{at}":{{"properties":{{{}}}}}"#, ten.join(","))
        })
        .collect();
    let schema = format!(
        r##"{{"properties":{{"p":{{"$ref":"#/$defs/D0"}}}},"$defs":{{{},"D12":{{}}}}}}"##,
        defs.join(",")
    );
    for (mode, json, changed) in lengths(&schema) {
        assert!(json.len() < 2 * MAX_COPIED, "{mode:?}: {}", json.len());
        assert_eq!(changed, mode == Mode::GeminiOpenapi);
    }
    // One long text that many refer to.
    let many: Vec<_> = (0..1_000)
        .map(|at| format!(r##""p{at}":{{"$ref":"#/$defs/D"}}"##))
        .collect();
    let schema = format!(
        r#"{{"properties":{{{}}},"$defs":{{"D":{{"description":"{}"}}}}}}"#,
        many.join(","),
        "d".repeat(100_000)
    );
    for (mode, json, _) in lengths(&schema) {
        assert!(json.len() < 2 * MAX_COPIED, "{mode:?}: {}", json.len());
    }
}

#[test]
fn long_lists_of_names_are_looked_up() {
    let count = 30_000;
    let names: Vec<_> = (0..count).map(|at| format!(r#""n{at}""#)).collect();
    let branch = format!(
        r#"{{"properties":{{"n7":{{}}}},"required":[{}]}}"#,
        names.join(",")
    );
    let schema = format!(r#"{{"allOf":[{branch},{branch}],"anyOf":[{branch},{branch}]}}"#);
    for (mode, json, _) in lengths(&schema) {
        let expected = if mode == Mode::GeminiOpenapi {
            1
        } else {
            count
        };
        let kept = json.rsplit_once(r#""required":["#).unwrap().1;
        assert_eq!(kept.matches(r#""n"#).count(), expected, "{mode:?}");
    }
}

#[test]
fn many_references_into_one_list_are_looked_up() {
    let count = 9_000;
    let refs: Vec<_> = (0..count)
        .map(|at| format!(r##""p{at}":{{"$ref":"#/$defs/D{at}"}}"##))
        .collect();
    let defs: Vec<_> = (0..count)
        .map(|at| format!(r#""D{at}":{{"type":"string"}}"#))
        .collect();
    let schema = format!(
        r#"{{"properties":{{{}}},"$defs":{{{}}}}}"#,
        refs.join(","),
        defs.join(",")
    );
    let (json, changed) = cleaned(&schema, SchemaKind::JsonSchema, Mode::GeminiOpenapi).unwrap();
    assert!(!changed);
    assert_eq!(json.matches(r#"{"type":"string"}"#).count(), count);
}
