//! A request's control at the target it is encoded for, and in the report.

use super::{HIGH, LOW, MAX, model};
use crate::{
    profile::{Params, Profile},
    request_ir::{Class, Losses, Lost, Place, Why},
    target::{Options, Target},
    thinking::{Control, Form, Show, Written, fit, write},
};
use Control::{Auto, Level, Unset};
use cliproxy_core::{Capabilities, Protocol};
use cliproxy_json::Value;

fn target<'t>(profile: &'t Profile, capabilities: &'t Capabilities) -> Target<'t> {
    Target {
        protocol: Protocol::Responses,
        model: "m",
        profile,
        params: Params::none(),
        capabilities: Some(capabilities),
        max_output: None,
        is_own: profile.is_own_of(Protocol::Responses),
        counts: false,
        without_opaque: false,
        options: Options::default(),
    }
}

#[test]
fn a_control_is_fitted_or_refused_and_reported_where_it_stands() {
    let levels = model(&[LOW, HIGH], None);
    let check = |profile, asked, place, expected: Result<Control, &str>, changed, dropped| {
        let target = target(profile, &levels);
        let resolved = fit(Protocol::Responses, asked, place, &target);
        let found = resolved.as_ref().map(|it| it.control());
        let found = found.map_err(|error| error.code().unwrap());
        assert_eq!(found, expected, "{asked:?} {place:?}");
        let mut losses = Losses::default();
        if let Ok(resolved) = &resolved {
            resolved.report(place, &mut losses);
        }
        let listed = |is_listed: bool, why| {
            let class = Class::Quality;
            Vec::from_iter(is_listed.then_some(Lost { place, class, why }))
        };
        assert_eq!(losses.changed, listed(changed, Why::Reasoning));
        assert_eq!(losses.dropped, listed(dropped, Why::NoReasoning));
    };
    let place = Place::of(Value::parse("1").unwrap());
    let codex = &Profile::CODEX;
    check(codex, Level(LOW), place, Ok(Level(LOW)), false, false);
    check(
        codex,
        Level(MAX),
        place,
        Err("LEVEL_NOT_SUPPORTED"),
        false,
        false,
    );
    check(
        codex,
        Level(MAX),
        Place::MODEL,
        Ok(Level(HIGH)),
        true,
        false,
    );
    let xai = Profile::by_name(Protocol::Responses, "xai").unwrap();
    check(xai, Level(MAX), place, Ok(Level(HIGH)), true, false);
    check(xai, Auto, place, Ok(Level(LOW)), true, false);
    check(xai, Unset, Place::NOWHERE, Ok(Unset), false, false);
}

#[test]
fn the_profile_says_in_which_form_it_is_written() {
    let levels = model(&[LOW, HIGH], None);
    let kimi = Profile::for_host(Protocol::Chat, "api.kimi.com");
    let target = target(kimi, &levels);
    let resolved = fit(Protocol::Claude, Level(HIGH), Place::NOWHERE, &target).unwrap();
    assert_eq!(kimi.thinking, Form::ThinkingEffort);
    let found = write(&resolved, Show::Unset, Protocol::Claude, kimi.thinking);
    let expected = Written::Thinking {
        kind: "enabled",
        effort: Some("high"),
    };
    assert_eq!(found, expected);
}
