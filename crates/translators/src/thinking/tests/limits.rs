//! The output limit and the sampling parameters of a Claude request that reasons.

use super::{HIGH, LOW, MAX, foreign, model, takes};
use crate::thinking::{
    Control, Form, Origin, Outcome, OutputLimit, Resolved, resolve, sampled, sampling::Sampled,
};
use Control::{Auto, Budget, Level, Off, Unset};
use OutputLimit::{Default as Defaulted, Set};
use cliproxy_core::{Capabilities, Protocol, Sampling, Thinking};

fn resolved(asked: Control, model: &Capabilities) -> Resolved<'_> {
    let upstream = foreign(Form::Claude, Some(model));
    resolve(asked, Origin::Body, Protocol::Chat, &upstream).unwrap()
}

#[test]
fn only_a_budget_makes_room_for_itself() {
    let both = model(&[LOW, HIGH, MAX], Some((1024, 128_000)));
    let check = |asked, limit, largest, control, expected: OutputLimit, outcome| {
        let (fitted, limit) = resolved(asked, &both).limited(limit, largest);
        let found = (fitted.control(), limit, fitted.outcome());
        assert_eq!(found, (control, expected, outcome), "{asked:?}");
    };
    for control in [Level(MAX), Unset] {
        check(control, Set(10), None, control, Set(10), Outcome::Kept);
    }
    let (kept, changed) = (Outcome::Kept, Outcome::Changed);
    check(Budget(9000), Set(9001), None, Budget(9000), Set(9001), kept);
    check(
        Budget(9000),
        Set(4000),
        None,
        Budget(3999),
        Set(4000),
        changed,
    );
    check(Budget(9000), Set(1024), None, Off, Set(1024), changed);
    check(Budget(9000), Set(0), None, Off, Set(0), changed);
    // A default grows with the budget, if it is known how far.
    let grown = Defaulted(18_000);
    check(
        Budget(9000),
        Defaulted(9000),
        Some(64_000),
        Budget(9000),
        grown,
        kept,
    );
    let cut = Defaulted(9000);
    check(
        Budget(9000),
        Defaulted(9000),
        None,
        Budget(8999),
        cut,
        changed,
    );
    check(
        Budget(9000),
        Defaulted(9000),
        Some(4000),
        Budget(8999),
        cut,
        changed,
    );
}

#[test]
fn a_budget_can_be_taken_back() {
    let both = model(&[LOW, HIGH], Some((1024, 128_000)));
    let check = |asked: Control, expected: Control| {
        let found = resolved(asked, &both).without_budget().control();
        assert_eq!(found, expected, "{asked:?}");
    };
    check(Budget(9000), Off);
    check(Level(LOW), Level(LOW));
    check(Unset, Unset);
}

#[test]
fn sampling_parameters_stay_or_go() {
    let both = takes(Thinking {
        levels: vec![LOW, HIGH],
        budget: Some((1024, 128_000)),
        can_off: true,
        can_auto: true,
        ..Thinking::default()
    });
    let check = |sampling, asked, form, given: (Option<f64>, Option<f64>), stay: &str| {
        let (temperature, top_p) = given;
        let found = sampled(sampling, &resolved(asked, &both), form, temperature, top_p);
        let expected = Sampled {
            temperature: stay.contains('t'),
            top_p: stay.contains('p'),
            top_k: stay.contains('k'),
        };
        assert_eq!(found, expected, "{sampling} {asked:?} {form:?} {given:?}");
    };
    let (claude, both) = (Form::Claude, (Some(0.5), Some(0.5)));
    for quiet in [Unset, Off] {
        check(Sampling::Full, quiet, claude, both, "tpk");
    }
    check(Sampling::Full, Level(LOW), Form::Responses, both, "tpk");
    check(Sampling::Full, Level(LOW), claude, both, "");
    check(Sampling::Full, Auto, claude, (Some(1.0), Some(0.95)), "tp");
    check(
        Sampling::Full,
        Budget(2000),
        claude,
        (Some(0.99), Some(0.94)),
        "",
    );
    check(Sampling::None, Unset, claude, both, "");
    check(Sampling::None, Unset, Form::Responses, (None, None), "");
    for quiet in [Unset, Off] {
        check(Sampling::Resting, quiet, Form::Responses, both, "tpk");
    }
    check(Sampling::Resting, Level(LOW), Form::Responses, both, "");
    check(Sampling::Xor, Unset, claude, both, "tk");
    check(Sampling::Xor, Unset, claude, (None, Some(0.5)), "tpk");
    check(Sampling::Xor, Unset, claude, (Some(0.5), None), "tk");
    // The temperature is gone already, so there is nothing to choose.
    check(
        Sampling::Xor,
        Level(LOW),
        claude,
        (Some(0.5), Some(0.96)),
        "p",
    );
    check(
        Sampling::Xor,
        Level(LOW),
        claude,
        (Some(1.0), Some(0.96)),
        "t",
    );
}
