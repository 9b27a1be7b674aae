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
    protocols::rules,
    request_ir::{Key, Settings, Why, row},
    rules::Tier,
    target::Target,
};
use cliproxy_core::Protocol;

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
    let tiers = &rules(source).settings.tiers;
    let tier = text.and_then(|text| tiers.read(&text));
    let place = setting.place;
    match tier.and_then(|tier| word(tier, target)) {
        Some(word) => settings.set(Key::ServiceTier, quoted(word), place),
        None => {
            settings.remove(Key::ServiceTier);
            if !tier.is_some_and(|tier| tiers.usual.contains(&tier)) {
                notes
                    .losses
                    .drop(place, row(Key::ServiceTier).class, Why::Tier);
            }
        }
    }
}

/// What the target calls a tier, if it has it.
fn word(tier: Tier, target: &Target<'_>) -> Option<&'static str> {
    let (profile, rules) = (target.profile, &target.rules().settings);
    if profile.is_codex {
        return matches!(tier, Tier::Priority | Tier::Fast).then_some(codex::SERVICE_TIER);
    }
    if rules.follows_profile && !profile.labels {
        return None;
    }
    rules.tiers.word(tier)
}

fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}
