//! What holds for every control, model and form.

use super::{ORIGINS, takes};
use crate::thinking::{Control, Form, Origin, Outcome, Upstream, resolve, scale};
use cliproxy_core::{Capabilities, Effort, Protocol, Thinking};
use proptest::{prelude::*, sample::select};

fn controls() -> impl Strategy<Value = Control> {
    prop_oneof![
        Just(Control::Unset),
        Just(Control::Off),
        Just(Control::Auto),
        select(Effort::ALL).prop_map(Control::Level),
        prop_oneof![0..200_000_u32, any::<u32>()].prop_map(Control::Budget),
    ]
}

prop_compose! {
    fn models()(
        chosen in 0..1_u8 << Effort::ALL.len(),
        budget in proptest::option::of((0..2000_u32, 2000..200_000_u32)),
        (can_off, none_level, can_auto) in any::<(bool, bool, bool)>(),
    ) -> Capabilities {
        let all = Effort::ALL.iter().enumerate();
        let levels = all.filter(|(bit, _)| chosen >> bit & 1 == 1);
        takes(Thinking {
            levels: levels.map(|(_, level)| *level).collect(),
            budget,
            can_off,
            none_level,
            can_auto,
            ..Thinking::default()
        })
    }
}

/// Whether a model takes a control as it is.
fn is_allowed(control: Control, thinking: &Thinking) -> bool {
    let within = |budget| {
        let range = thinking.budget;
        range.is_some_and(|(min, max)| (min..=max).contains(&budget))
    };
    match control {
        Control::Unset => true,
        Control::Off => thinking.can_off || thinking.none_level,
        Control::Auto => thinking.can_auto,
        Control::Level(level) => thinking.levels.contains(&level),
        Control::Budget(budget) => within(budget),
    }
}

proptest! {
    #[test]
    fn a_fitted_control_is_one_the_model_takes(
        asked in controls(),
        model in models(),
        form in select(vec![Form::OpenRouter, Form::Claude, Form::Gemini]),
        client in select(Protocol::ALL.to_vec()),
        origin in select(ORIGINS.to_vec()),
        own: bool,
    ) {
        let upstream = Upstream { form, own, model: Some(&model) };
        let thinking = model.thinking.as_ref().unwrap();
        match resolve(asked, origin, client, &upstream) {
            Ok(resolved) => {
                let control = resolved.control();
                prop_assert!(is_allowed(control, thinking), "{:?}", control);
                let again = resolve(control, origin, client, &upstream).unwrap();
                prop_assert_eq!(again.control(), control);
                prop_assert_eq!(again.outcome(), Outcome::Kept);
            }
            Err(_) => {
                prop_assert!(own && origin == Origin::Body);
                prop_assert!(!is_allowed(asked, thinking));
            }
        }
    }

    #[test]
    fn every_form_gets_what_it_has_a_place_for(
        asked in controls(),
        model in proptest::option::of(models()),
        form in select(Form::ALL.to_vec()),
        client in select(Protocol::ALL.to_vec()),
        own: bool,
    ) {
        let upstream = Upstream { form, own, model: model.as_ref() };
        let resolved = resolve(asked, Origin::Suffix, client, &upstream).unwrap();
        let takes = form.takes();
        let control = resolved.control();
        prop_assert!(match control {
            Control::Unset | Control::Off => true,
            Control::Auto => takes.auto,
            Control::Level(_) => takes.levels,
            Control::Budget(_) => takes.budgets,
        }, "{:?}", control);
        prop_assert_eq!(resolved.outcome() == Outcome::Kept, scale::is_same(asked, control));
        if let (Control::Level(level), Some(model)) = (control, &model) {
            let levels = &model.thinking.as_ref().unwrap().levels;
            prop_assert!(levels.is_empty() || levels.contains(&level), "{:?}", level);
        }
    }

    #[test]
    fn the_nearest_level_is_listed_and_no_other_is_nearer(wanted in select(Effort::ALL), model in models()) {
        let levels = model.thinking.unwrap().levels;
        let steps = |level: Effort| (level as i8 - wanted as i8).abs();
        match scale::nearest(wanted, &levels) {
            None => prop_assert!(levels.is_empty()),
            Some(nearest) => {
                prop_assert!(levels.contains(&nearest));
                let farther = |&level: &Effort| {
                    let (its, least) = (steps(level), steps(nearest));
                    its > least || its == least && level >= nearest
                };
                prop_assert!(levels.iter().all(farther));
            }
        }
    }

    #[test]
    fn a_level_survives_the_table(level in select(Effort::ALL)) {
        let back = scale::level_of(scale::budget_of(level));
        prop_assert_eq!(back, level.min(Effort::Xhigh));
    }
}
