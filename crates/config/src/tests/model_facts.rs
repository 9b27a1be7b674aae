//! What an entry says of its models.

use super::{complaints, config};
use cliproxy_core::{Effort, Modality, ModelFacts, Thinking};

fn entry(said: &str) -> String {
    format!("claude-api-key:\n- api-key: k\n  models:\n  - {{name: m, {said}}}")
}

#[test]
fn what_is_said_of_a_model() {
    let check = |said: &str, expected: ModelFacts| {
        let yaml = entry(said);
        assert_eq!(complaints(&yaml), "", "{yaml}");
        let models = config(&yaml).entries.remove(0).models.unwrap();
        assert_eq!(models[0].facts, expected, "{yaml}");
    };
    let thinking = |thinking: Thinking| ModelFacts {
        thinking: Some(thinking),
        ..ModelFacts::default()
    };
    check("", ModelFacts::default());
    // What is not said has many spellings.
    check(
        "context: 0, max-output: ~, thinking: ~, input-modalities: []",
        ModelFacts::default(),
    );
    check(
        "context: 1000, max-context-length: 2000, max-output: 1000",
        ModelFacts {
            context: Some(1000),
            max_output: Some(1000),
            ..ModelFacts::default()
        },
    );
    check(
        "max-context-length: 2000, input-modalities: [Image, text, image, ~], output-modalities: \
         [text]",
        ModelFacts {
            context: Some(2000),
            input: vec![Modality::Image, Modality::Text],
            output: vec![Modality::Text],
            ..ModelFacts::default()
        },
    );
    for nothing in ["{}", "{levels: []}", "{max: 0, zero-allowed: false}"] {
        check(
            &format!("thinking: {nothing}"),
            thinking(Thinking::default()),
        );
    }
    check(
        "thinking: {levels: [high, ' LOW ', ~, low]}",
        thinking(Thinking {
            levels: vec![Effort::Low, Effort::High],
            ..Thinking::default()
        }),
    );
    check(
        "thinking: {levels: [none, xhigh, auto, minimal]}",
        thinking(Thinking {
            levels: vec![Effort::Minimal, Effort::Xhigh],
            can_off: true,
            none_level: true,
            can_auto: true,
            ..Thinking::default()
        }),
    );
    check(
        "thinking: {min: 1024, max: 32000, zero-allowed: on, dynamic-allowed: on}",
        thinking(Thinking {
            budget: Some((1024, 32_000)),
            can_off: true,
            can_auto: true,
            ..Thinking::default()
        }),
    );
    check(
        "thinking: {max: 8000, levels: [max]}",
        thinking(Thinking {
            levels: vec![Effort::Max],
            budget: Some((0, 8_000)),
            ..Thinking::default()
        }),
    );
}

#[test]
fn what_no_model_is_like() {
    let check = |said: &str, expected: &str| {
        let yaml = entry(said);
        let found = complaints(&yaml).replace("claude-api-key[0].models[0]", "MODEL");
        let found = found.split_once(' ').map_or("", |(_, problem)| problem);
        assert_eq!(found, expected, "{yaml}");
    };
    check(
        "thinking: {levels: [hihg]}",
        "error: MODEL.thinking.levels[0]: expected one of none, auto, minimal, low, medium, high, \
         xhigh, max (did you mean `high`?)",
    );
    check(
        "thinking: {level: [high]}",
        "warning: MODEL.thinking.level: unknown key (did you mean `levels`?)",
    );
    check(
        "input-modalities: [text, pictures]",
        "error: MODEL.input-modalities[1]: expected one of text, image, audio, video",
    );
    check(
        "thinking: {min: 1024}",
        "error: MODEL.thinking.min: a smallest budget without a largest (add `max`, or remove it)",
    );
    check(
        "thinking: {min: 1024, max: 512}",
        "error: MODEL.thinking.min: more than `max` (correct one of them)",
    );
    check(
        "context: 1000, max-output: 2000",
        "warning: MODEL.max-output: more than the model's `context`, which holds the output as well \
         (correct one of them)",
    );
}
