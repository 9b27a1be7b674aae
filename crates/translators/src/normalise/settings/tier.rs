//! The service tier, which every protocol spells in its own way.
//!
//! | tier | Chat, Responses | ChatGPT backend | Claude | Gemini |
//! | --- | --- | --- | --- | --- |
//! | auto | `auto` | – | `auto` | – |
//! | default | `default` | – | `standard_only` | `standard` |
//! | flex | `flex` | – | – | `flex` |
//! | scale | `scale` | – | – | – |
//! | priority | `priority` | `priority` | – | `priority` |
//! | fast | `fast` | `priority` | only as `speed`, which no translated request gets | – |

use crate::{
    normalise::Notes,
    profile::codex,
    request_ir::{Key, Settings, row},
    target::Target,
};
use cliproxy_core::Protocol;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tier {
    Auto,
    Default,
    Flex,
    Scale,
    Priority,
    Fast,
}

pub(super) fn fit(
    source: Protocol,
    settings: &mut Settings<'_>,
    target: &Target<'_>,
    notes: &mut Notes,
) {
    let speed = settings.get(Key::Speed);
    let is_fast = speed.is_some_and(|speed| speed.value.as_str() == r#""fast""#);
    if is_fast
        && let Some(word) = word(Tier::Fast, target)
        && let Some(speed) = settings.remove(Key::Speed)
    {
        settings.set(Key::ServiceTier, quoted(word), speed.place);
        return;
    }
    let Some(setting) = settings.get(Key::ServiceTier) else {
        return;
    };
    let text = setting.value.value();
    let text = text.and_then(|value| value.as_str());
    let tier = text.and_then(|text| read(source, &text));
    let place = setting.place;
    match tier.and_then(|tier| word(tier, target)) {
        Some(word) => settings.set(Key::ServiceTier, quoted(word), place),
        None => {
            settings.remove(Key::ServiceTier);
            let is_usual = match source {
                // The only tier that Claude has beside its default.
                Protocol::Claude => tier == Some(Tier::Auto),
                _ => matches!(tier, Some(Tier::Auto | Tier::Default)),
            };
            if !is_usual {
                notes.losses.drop(place, row(Key::ServiceTier).class);
            }
        }
    }
}

fn read(source: Protocol, text: &str) -> Option<Tier> {
    let words: &[(&str, Tier)] = match source {
        Protocol::Chat | Protocol::Responses => &[
            ("auto", Tier::Auto),
            ("default", Tier::Default),
            ("flex", Tier::Flex),
            ("scale", Tier::Scale),
            ("priority", Tier::Priority),
            ("fast", Tier::Fast),
        ],
        Protocol::Claude => &[("auto", Tier::Auto), ("standard_only", Tier::Default)],
        Protocol::Gemini => &[
            ("unspecified", Tier::Auto),
            ("standard", Tier::Default),
            ("flex", Tier::Flex),
            ("priority", Tier::Priority),
        ],
    };
    let found = words
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(text));
    found.map(|&(_, tier)| tier)
}

/// What the target calls a tier, if it has it.
fn word(tier: Tier, target: &Target<'_>) -> Option<&'static str> {
    let profile = target.profile;
    match (target.protocol, tier) {
        (Protocol::Chat, _) if !profile.labels => None,
        (Protocol::Responses, Tier::Priority | Tier::Fast) if profile.is_codex => {
            Some(codex::SERVICE_TIER)
        }
        (Protocol::Responses, _) if profile.is_codex => None,
        (Protocol::Chat | Protocol::Responses, tier) => Some(match tier {
            Tier::Auto => "auto",
            Tier::Default => "default",
            Tier::Flex => "flex",
            Tier::Scale => "scale",
            Tier::Priority => "priority",
            Tier::Fast => "fast",
        }),
        (Protocol::Claude, Tier::Auto) => Some("auto"),
        (Protocol::Claude, Tier::Default) => Some("standard_only"),
        (Protocol::Gemini, Tier::Default) => Some("standard"),
        (Protocol::Gemini, Tier::Flex) => Some("flex"),
        (Protocol::Gemini, Tier::Priority) => Some("priority"),
        _ => None,
    }
}

fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}
