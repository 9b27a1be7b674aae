//! What a control looks like in each form.

use super::{HIGH, LOW, foreign, model, takes};
use crate::thinking::{Control, Detail, Form, Origin, Show, Written, resolve, write};
use Control::{Auto, Budget, Level, Off, Unset};
use cliproxy_core::{Capabilities, Effort, Protocol, Thinking, ThinkingDisplay};

const SHOWN: Show = Show::Shown(Detail::Auto);

fn written(
    asked: Control,
    show: Show,
    client: Protocol,
    form: Form,
    model: Option<&Capabilities>,
) -> Written {
    let resolved = resolve(asked, Origin::Body, client, &foreign(form, model)).unwrap();
    write(&resolved, show, client, form)
}

#[test]
fn chat_has_a_notation_per_vendor() {
    let check = |form, asked, show, expected: Written| {
        let found = written(asked, show, Protocol::Claude, form, None);
        assert_eq!(found, expected, "{form:?} {asked:?}");
    };
    let effort = Form::ReasoningEffort;
    check(effort, Off, SHOWN, Written::ReasoningEffort("none"));
    check(effort, Level(HIGH), SHOWN, Written::ReasoningEffort("high"));
    check(effort, Budget(900), SHOWN, Written::ReasoningEffort("low"));
    check(effort, Auto, SHOWN, Written::Nothing);

    let thinking = |kind, effort| Written::Thinking { kind, effort };
    let kimi = Form::ThinkingEffort;
    check(kimi, Off, SHOWN, thinking("disabled", None));
    check(kimi, Auto, SHOWN, thinking("enabled", None));
    check(kimi, Level(LOW), SHOWN, thinking("enabled", Some("low")));
    check(kimi, Budget(900), SHOWN, thinking("enabled", Some("low")));
    let switch = Form::ThinkingSwitch;
    check(switch, Off, SHOWN, thinking("disabled", None));
    check(switch, Level(LOW), SHOWN, thinking("enabled", None));
    check(switch, Budget(900), SHOWN, thinking("enabled", None));

    let qwen = |on, budget| Written::EnableThinking { on, budget };
    check(Form::EnableThinking, Off, SHOWN, qwen(false, None));
    check(Form::EnableThinking, Auto, SHOWN, qwen(true, None));
    check(
        Form::EnableThinking,
        Level(LOW),
        SHOWN,
        qwen(true, Some(1024)),
    );

    let router = |effort, max_tokens, enabled, exclude| Written::OpenRouter {
        effort,
        max_tokens,
        enabled,
        exclude,
    };
    let none = router(Some("none"), None, false, false);
    check(Form::OpenRouter, Off, Show::Hidden, none);
    let auto = router(None, None, true, false);
    check(Form::OpenRouter, Auto, SHOWN, auto);
    let level = router(Some("low"), None, false, true);
    check(Form::OpenRouter, Level(LOW), Show::Hidden, level);
    let budget = router(None, Some(900), false, false);
    check(Form::OpenRouter, Budget(900), SHOWN, budget);
    let hidden = router(None, None, false, true);
    check(Form::OpenRouter, Unset, Show::Hidden, hidden);

    for form in Form::ALL {
        check(form, Unset, Show::Unset, Written::Nothing);
    }
}

#[test]
fn responses_is_asked_for_a_summary_by_those_who_could_not_say() {
    let levels = model(&[LOW, HIGH], None);
    let check = |client, asked, show, effort, summary| {
        let found = written(asked, show, client, Form::Responses, Some(&levels));
        let expected = match (effort, summary) {
            (None, None) => Written::Nothing,
            _ => Written::Responses { effort, summary },
        };
        assert_eq!(found, expected, "{client} {asked:?} {show:?}");
    };
    let low = Some("low");
    for client in [Protocol::Chat, Protocol::Claude] {
        check(client, Level(LOW), Show::Unset, low, Some("auto"));
        check(client, Level(LOW), Show::Hidden, low, None);
        check(client, Unset, Show::Unset, None, None);
        check(client, Off, Show::Unset, low, None);
        check(client, Off, SHOWN, low, None);
    }
    for client in [Protocol::Responses, Protocol::Gemini] {
        check(client, Level(LOW), Show::Unset, low, None);
        check(client, Level(LOW), SHOWN, low, Some("auto"));
        check(
            client,
            Unset,
            Show::Shown(Detail::Detailed),
            None,
            Some("detailed"),
        );
        check(
            client,
            Unset,
            Show::Shown(Detail::Concise),
            None,
            Some("concise"),
        );
    }
}

#[test]
fn claude_is_asked_for_a_budget_or_an_effort() {
    let opus = takes(Thinking {
        levels: vec![LOW, HIGH, Effort::Max],
        can_off: true,
        can_auto: true,
        display_default: ThinkingDisplay::Omitted,
        ..Thinking::default()
    });
    let sonnet = takes(Thinking {
        budget: Some((1024, 128_000)),
        can_off: true,
        ..Thinking::default()
    });
    let check = |model, client, asked, show, kind, budget, effort, display| {
        let found = written(asked, show, client, Form::Claude, Some(model));
        let expected = Written::Claude {
            kind,
            budget,
            display,
            effort,
        };
        assert_eq!(found, expected, "{client} {asked:?} {show:?}");
    };
    use Protocol::{Chat, Claude, Responses};
    let (none, yes, no) = (Show::Unset, Some("summarized"), Some("omitted"));
    check(&opus, Chat, Off, SHOWN, "disabled", None, None, None);
    check(&opus, Chat, Auto, none, "adaptive", None, None, yes);
    check(
        &opus,
        Chat,
        Level(HIGH),
        none,
        "adaptive",
        None,
        Some("high"),
        yes,
    );
    check(
        &opus,
        Chat,
        Budget(900),
        Show::Hidden,
        "adaptive",
        None,
        Some("low"),
        no,
    );
    check(
        &opus,
        Claude,
        Level(LOW),
        none,
        "adaptive",
        None,
        Some("low"),
        None,
    );
    check(
        &opus,
        Responses,
        Level(LOW),
        none,
        "adaptive",
        None,
        Some("low"),
        None,
    );
    check(
        &opus,
        Responses,
        Level(LOW),
        SHOWN,
        "adaptive",
        None,
        Some("low"),
        yes,
    );
    check(&sonnet, Chat, Off, none, "disabled", None, None, None);
    check(
        &sonnet,
        Chat,
        Auto,
        none,
        "enabled",
        Some(64_512),
        None,
        None,
    );
    check(
        &sonnet,
        Chat,
        Level(HIGH),
        none,
        "enabled",
        Some(24_576),
        None,
        None,
    );
    check(
        &sonnet,
        Responses,
        Budget(2000),
        SHOWN,
        "enabled",
        Some(2000),
        None,
        yes,
    );
}

#[test]
fn gemini_is_asked_for_a_budget_or_a_level_never_both() {
    let thinking = |levels: &[_], budget, can_off| {
        takes(Thinking {
            levels: levels.to_vec(),
            budget,
            can_off,
            can_auto: true,
            ..Thinking::default()
        })
    };
    let flash = thinking(&[], Some((0, 24_576)), true);
    let pro = thinking(&[], Some((128, 32_768)), false);
    let third = thinking(&[LOW, HIGH], Some((128, 32_768)), false);
    let quiet = thinking(&[LOW, HIGH], None, true);
    let check = |model, client, asked, show, level, budget, include| {
        let found = written(asked, show, client, Form::Gemini, Some(model));
        let expected = match (level, budget, include) {
            (None, None, None) => Written::Nothing,
            _ => Written::Gemini {
                level,
                budget,
                include,
            },
        };
        assert_eq!(found, expected, "{client} {asked:?} {show:?}");
    };
    use Protocol::{Chat, Claude, Responses};
    let (none, hidden, yes, no) = (Show::Unset, Show::Hidden, Some(true), Some(false));
    check(&flash, Chat, Off, none, None, Some(0), None);
    check(&pro, Claude, Off, SHOWN, None, Some(128), None);
    check(&third, Claude, Off, none, Some("low"), None, None);
    check(&quiet, Claude, Off, none, None, None, None);
    check(&third, Chat, Auto, none, None, Some(-1), yes);
    check(&third, Chat, Level(HIGH), hidden, Some("high"), None, no);
    check(
        &third,
        Responses,
        Level(HIGH),
        none,
        Some("high"),
        None,
        None,
    );
    check(&third, Responses, Budget(900), SHOWN, None, Some(900), yes);
    check(
        &quiet,
        Responses,
        Budget(900),
        SHOWN,
        Some("low"),
        None,
        yes,
    );
    check(&pro, Responses, Unset, SHOWN, None, None, yes);
    check(&pro, Chat, Unset, none, None, None, None);
}

#[test]
fn a_model_without_control_is_told_nothing() {
    let fixed = Capabilities::default();
    for form in Form::ALL {
        for client in Protocol::ALL {
            for asked in [Unset, Off, Auto, Level(LOW), Budget(900)] {
                let found = written(asked, SHOWN, client, form, Some(&fixed));
                assert_eq!(found, Written::Nothing, "{client} {form:?} {asked:?}");
            }
        }
    }
}
