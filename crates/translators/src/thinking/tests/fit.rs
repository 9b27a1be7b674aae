//! Fitting, where the fixtures leave off: unknown models, forms without a place, outcomes, refusals.

use super::{HIGH, LOW, MAX, MEDIUM, XHIGH, foreign, model, takes};
use crate::thinking::{Control, Form, Origin, Outcome, Refusal, Upstream, resolve};
use Control::{Auto, Budget, Level, Off, Unset};
use Form::{Claude, EnableThinking, Gemini, OpenRouter, ReasoningEffort, Responses};
use Form::{ThinkingEffort, ThinkingSwitch};
use Outcome::{Changed, Dropped, Kept};
use cliproxy_core::{Capabilities, Protocol, Thinking};

#[test]
fn for_an_unknown_model_only_the_notation_changes() {
    let check = |asked: Control, form: Form, expected: Control, outcome: Outcome| {
        // Other things may be known of it.
        let other = Capabilities {
            unknown_thinking: true,
            ..Capabilities::default()
        };
        for model in [None, Some(&other)] {
            let upstream = foreign(form, model);
            let resolved = resolve(asked, Origin::Body, Protocol::Responses, &upstream).unwrap();
            let found = (resolved.control(), resolved.outcome());
            assert_eq!(found, (expected, outcome), "{asked:?} {form:?}");
        }
    };
    for form in Form::ALL {
        check(Unset, form, Unset, Kept);
        check(Off, form, Off, Kept);
        check(Budget(0), form, Off, Kept);
    }
    for form in [ReasoningEffort, Responses] {
        check(Level(MAX), form, Level(MAX), Kept);
        check(Budget(40_000), form, Level(XHIGH), Kept);
        check(Auto, form, Unset, Dropped);
    }
    check(Level(LOW), ThinkingEffort, Level(LOW), Kept);
    check(Auto, ThinkingEffort, Auto, Kept);
    check(Level(LOW), ThinkingSwitch, Auto, Changed);
    check(Budget(9000), ThinkingSwitch, Auto, Changed);
    check(Auto, ThinkingSwitch, Auto, Kept);
    check(Level(LOW), OpenRouter, Level(LOW), Kept);
    check(Budget(9000), OpenRouter, Budget(9000), Kept);
    check(Level(LOW), EnableThinking, Budget(1024), Kept);
    check(Budget(9000), EnableThinking, Budget(9000), Kept);
    for form in [Claude, Gemini] {
        check(Level(HIGH), form, Budget(24_576), Kept);
        check(Budget(200_000), form, Budget(200_000), Kept);
        check(Auto, form, Auto, Kept);
    }
}

#[test]
fn an_unknown_claude_model_keeps_the_level_that_a_claude_body_gives() {
    let check = |client: Protocol, origin: Origin, expected: Control| {
        let resolved = resolve(Level(HIGH), origin, client, &foreign(Claude, None)).unwrap();
        assert_eq!(resolved.control(), expected, "{client} {origin:?}");
    };
    check(Protocol::Claude, Origin::Body, Level(HIGH));
    check(Protocol::Claude, Origin::Suffix, Budget(24_576));
    check(Protocol::Chat, Origin::Body, Budget(24_576));
}

#[test]
fn what_arrives_differently_is_told_apart_from_another_notation() {
    let check = |asked: Control, form: Form, model: &Capabilities, control, outcome| {
        let upstream = foreign(form, Some(model));
        let resolved = resolve(asked, Origin::Body, Protocol::Chat, &upstream).unwrap();
        let found = (resolved.control(), resolved.outcome());
        assert_eq!(found, (control, outcome), "{asked:?} {form:?}");
    };
    let levels = model(&[LOW, HIGH], None);
    let budgets = model(&[], Some((1024, 20_000)));
    let both = model(&[LOW, HIGH], Some((128, 32_768)));
    check(Level(HIGH), ReasoningEffort, &levels, Level(HIGH), Kept);
    check(Level(MEDIUM), ReasoningEffort, &levels, Level(LOW), Changed);
    check(Budget(1000), ReasoningEffort, &levels, Level(LOW), Kept);
    check(Budget(8000), ReasoningEffort, &levels, Level(LOW), Changed);
    check(Off, ReasoningEffort, &levels, Level(LOW), Changed);
    check(Level(LOW), Claude, &budgets, Budget(1024), Kept);
    check(Level(HIGH), Claude, &budgets, Budget(20_000), Changed);
    check(Auto, Claude, &budgets, Budget(10_512), Changed);
    check(Off, Gemini, &budgets, Budget(1024), Changed);
    // Where a form has no place for budgets, a model with both has levels only.
    check(Budget(8000), ReasoningEffort, &both, Level(LOW), Changed);
    check(Budget(8000), Gemini, &both, Budget(8000), Kept);
    // And the other way round.
    check(Level(MEDIUM), EnableThinking, &both, Budget(8192), Kept);
    check(Level(HIGH), EnableThinking, &levels, Budget(24_576), Kept);
    // A model with budgets only behind a form that has levels only.
    check(Level(XHIGH), Responses, &budgets, Level(HIGH), Changed);
    check(Budget(8000), Responses, &budgets, Level(MEDIUM), Kept);
    // A model without control.
    let fixed = Capabilities::default();
    check(Level(LOW), Responses, &fixed, Unset, Dropped);
    check(Off, Claude, &fixed, Unset, Dropped);
    check(Unset, Claude, &fixed, Unset, Kept);
    // One that is on or off.
    let switch = takes(Thinking {
        can_off: true,
        ..Thinking::default()
    });
    check(Off, ThinkingEffort, &switch, Off, Kept);
    check(Level(LOW), ThinkingEffort, &switch, Unset, Dropped);
    let switch = takes(Thinking {
        can_auto: true,
        ..Thinking::default()
    });
    check(Level(LOW), ThinkingEffort, &switch, Auto, Changed);
    check(Off, ThinkingEffort, &switch, Unset, Dropped);
}

#[test]
fn auto_needs_levels_at_claude() {
    let check = |levels: &[_], expected: Control| {
        let model = takes(Thinking {
            levels: levels.to_vec(),
            budget: Some((1024, 128_000)),
            can_auto: true,
            ..Thinking::default()
        });
        let upstream = foreign(Claude, Some(&model));
        let resolved = resolve(Auto, Origin::Body, Protocol::Gemini, &upstream).unwrap();
        assert_eq!(resolved.control(), expected);
    };
    check(&[LOW, HIGH], Auto);
    check(&[], Budget(64_512));
}

#[test]
fn only_an_own_setting_in_a_body_is_refused() {
    let levels = model(&[LOW, HIGH], None);
    let budgets = model(&[], Some((128, 20_000)));
    let check = |asked: Control, origin: Origin, model, own: bool, expected: Option<&str>| {
        let form = if own { Responses } else { ReasoningEffort };
        let upstream = Upstream {
            form,
            own,
            model: Some(model),
        };
        let refused = resolve(asked, origin, Protocol::Responses, &upstream).err();
        let refused = refused.map(|refusal: Refusal| format!("{}: {refusal}", refusal.code()));
        assert_eq!(refused.as_deref(), expected, "{asked:?} {origin:?} {own}");
    };
    let level = r#"LEVEL_NOT_SUPPORTED: level "max" not supported, valid levels: low, high"#;
    check(Level(MAX), Origin::Body, &levels, true, Some(level));
    check(Level(MAX), Origin::Body, &levels, false, None);
    check(Level(MAX), Origin::Suffix, &levels, true, None);
    check(Level(MAX), Origin::Suffix, &levels, true, None);
    let budget = "BUDGET_OUT_OF_RANGE: budget 64000 out of range [128,20000]";
    check(Budget(64_000), Origin::Body, &budgets, true, Some(budget));
    check(Budget(64_000), Origin::Body, &budgets, false, None);
    check(Budget(64_000), Origin::Suffix, &budgets, true, None);
    // What was converted is not what the client wrote.
    check(Level(MAX), Origin::Body, &budgets, true, None);
    check(Budget(8000), Origin::Body, &levels, true, None);
    check(Off, Origin::Body, &levels, true, None);
    check(Auto, Origin::Body, &levels, true, None);
}
