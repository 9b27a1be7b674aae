//! The turns of the conversation: what happens before each, and what has to become of it.

use super::facts::Facts;
use crate::commands::demo::models::TOUR_FALLBACK;
use std::time::Duration;

/// One turn.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) cue: Cue,
    pub(super) expected: Expected,
}

/// What happens before a turn.
#[derive(Debug)]
pub(super) enum Cue {
    /// These accounts refuse their next request, and say for how long.
    Limit(&'static [&'static str], Duration),
    Nothing,
    /// Whoever rests is waited for.
    Rest,
}

/// What has to become of a turn.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) by: &'static str,
    /// The model, if it is not the one that was asked for.
    pub(super) fallback: Option<&'static str>,
    pub(super) affinity: &'static str,
    /// Who was asked in this order, and what came of it.
    pub(super) tried: &'static [(&'static str, &'static str)],
}

/// How long the first limit lasts. Long enough to be met by a turn, short enough to be waited for.
const SHORT: Duration = Duration::from_secs(3);
/// How long the last limits last: whoever asks for the status after the tour sees them pass.
const LONG: Duration = Duration::from_secs(60);

pub(super) static SCENES: [Scene; 6] = [
    scene(Cue::Nothing, "tour-a", "new", &[("tour-a", "ok")]),
    scene(Cue::Nothing, "tour-a", "hit", &[("tour-a", "ok")]),
    scene(
        Cue::Limit(&["tour-a"], SHORT),
        "tour-b",
        "moved: short block",
        &[("tour-a", "quota 429"), ("tour-b", "ok")],
    ),
    scene(
        Cue::Nothing,
        "tour-b",
        "moved: short block",
        &[("tour-b", "ok")],
    ),
    scene(Cue::Rest, "tour-a", "hit", &[("tour-a", "ok")]),
    Scene {
        cue: Cue::Limit(&["tour-a", "tour-b"], LONG),
        expected: Expected {
            by: "tour-c",
            fallback: Some(TOUR_FALLBACK),
            affinity: "new",
            tried: &[
                ("tour-a", "quota 429"),
                ("tour-b", "quota 429"),
                ("tour-c", "ok"),
            ],
        },
    },
];

const fn scene(
    cue: Cue,
    by: &'static str,
    affinity: &'static str,
    tried: &'static [(&'static str, &'static str)],
) -> Scene {
    let expected = Expected {
        by,
        fallback: None,
        affinity,
        tried,
    };
    Scene { cue, expected }
}

impl Expected {
    /// What is not as it should be.
    pub(super) fn differences(&self, facts: &Facts) -> Vec<String> {
        let asked = "the model that was asked for";
        let tried: Vec<String> = self
            .tried
            .iter()
            .map(|(account, outcome)| format!("{account} {outcome}"))
            .collect();
        let compared = [
            ("served by", facts.by.clone(), self.by.to_owned()),
            (
                "served with",
                facts.fallback.as_deref().unwrap_or(asked).to_owned(),
                self.fallback.unwrap_or(asked).to_owned(),
            ),
            ("affinity", facts.affinity.clone(), self.affinity.to_owned()),
            ("tried", facts.tried.join(", "), tried.join(", ")),
        ];
        let differences = compared.into_iter().filter(|(_, is, should)| is != should);
        differences
            .map(|(what, is, should)| format!("{what} {is}, not {should}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Expected, SCENES};
    use crate::commands::demo::tour::facts::Facts;

    fn as_expected(expected: &Expected) -> Facts {
        let tried = expected.tried.iter();
        Facts {
            by: expected.by.to_owned(),
            fallback: expected.fallback.map(str::to_owned),
            affinity: expected.affinity.to_owned(),
            tried: tried.map(|(who, what)| format!("{who} {what}")).collect(),
            ..Facts::default()
        }
    }

    #[test]
    fn whatever_differs_is_named() {
        let expected = &SCENES[2].expected;
        let check = |change: fn(&mut Facts), difference: &str| {
            let mut facts = as_expected(expected);
            change(&mut facts);
            assert_eq!(expected.differences(&facts), [difference]);
        };
        assert_eq!(expected.differences(&as_expected(expected)), [""; 0]);
        check(
            |facts| facts.by = "tour-a".to_owned(),
            "served by tour-a, not tour-b",
        );
        check(
            |facts| facts.fallback = Some("small".to_owned()),
            "served with small, not the model that was asked for",
        );
        check(
            |facts| facts.affinity = "hit".to_owned(),
            "affinity hit, not moved: short block",
        );
        check(
            |facts| facts.tried.truncate(1),
            "tried tour-a quota 429, not tour-a quota 429, tour-b ok",
        );
    }
}
