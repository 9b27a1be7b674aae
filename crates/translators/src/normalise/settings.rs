//! Everything in a request that is one member.
//!
//! The table of settings says what each is called, and where it is lost. Beyond it:
//!
//! | setting | rule |
//! | --- | --- |
//! | what a profile does not take | labels, caching and tiers go only to OpenAI; `top_k` and `min_p` only to chat vendors that list them |
//! | sampling | see `sampling` |
//! | output limit | Claude needs one and has a largest: see `limits` |
//! | stop sequences | see `limits` |
//! | tier, speed | see `tier` |
//! | who the user is | see `labels` |
//! | log probabilities | a flag in Chat and Gemini, an element of `include` in Responses |
//! | modalities | upper case in Gemini, lower case in Chat. An answer in sound is refused: the two say in different ways which voice and format it has |
//! | several answers | one is what is done anyway |
//! | management of the context | has one name in Responses and Claude, and two meanings: never translated |
//! | `store` | a Responses upstream is told `false`, because its default is `true`, unless a chat client wants it |
//! | `include` | a Responses upstream is asked for encrypted reasoning if the model reasons |
//!
//! The ChatGPT backend takes no limits, no sampling, no labels and no state, and as a tier `priority` only.
//! It wants `parallel_tool_calls` said where there are tools.
//!
//! Where tokens are counted, settings do not matter: they go, and are no loss.

mod labels;
mod limits;
mod logprobs;
mod sampling;
mod tier;

use super::Notes;
use crate::{
    compact::compact,
    rejection::Rejection,
    request_ir::{Class, Key, Request, Setting, Why, row},
    target::Target,
    thinking::{OutputLimit, Resolved},
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;

/// What chat vendors do not take unless the profile says so.
const LABELS: [Key; 7] = [
    Key::Store,
    Key::Metadata,
    Key::PromptCache,
    Key::CacheRetention,
    Key::CacheOptions,
    Key::ServiceTier,
    Key::SafetyIdentifier,
];

/// Refuses what the request is about and the target cannot express.
///
/// # Errors
///
/// [`Rejection`] for the first such setting.
pub(super) fn refuse(request: &Request<'_>, target: &Target<'_>) -> Result<(), Rejection> {
    let mut settings = request.settings.iter();
    let lost = settings.find(|setting| {
        class(setting.key, target) == Class::Semantic
            && (!has_place(setting.key, request.source, target)
                || request.source != target.protocol && asks_for_sound(setting))
            && !is_default(setting)
    });
    let Some(setting) = lost else {
        return Ok(());
    };
    let name = row(setting.key).name(request.source).unwrap_or_default();
    Err(Rejection::UnsupportedParameter {
        place: setting.place,
        message: format!("`{name}` cannot be translated for the provider of this model").into(),
    })
}

/// The output limit for a target that needs one, which is set here.
pub(super) fn output_limit(
    request: &mut Request<'_>,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Option<OutputLimit> {
    let needs = target.rules().settings.needs_limit && !target.counts;
    needs.then(|| limits::output(request, target, notes))
}

/// Fits the settings, and notes those that are lost.
pub(super) fn fit(
    request: &mut Request<'_>,
    target: &Target<'_>,
    resolved: &Resolved<'_>,
    notes: &mut Notes,
) {
    let rules = &target.rules().settings;
    if target.counts {
        let stays = |setting: &mut Setting<'_>| rules.counted.contains(&setting.key);
        request.settings.retain(stays);
        return;
    }
    for &place in &request.unknown {
        let why = match place == request.unused_effort {
            true => Why::EffortBeside,
            false => Why::Unknown,
        };
        notes.losses.drop(place, Class::Quality, why);
    }
    let source = request.source;
    tier::fit(source, &mut request.settings, target, notes);
    labels::fit(&mut request.settings, target);
    logprobs::fit(&mut request.settings, target, notes);
    sampling::fit(request, target, resolved, notes);
    limits::stop(&mut request.settings, target, notes);
    modalities(request, target);
    request.settings.retain(|setting| {
        let stays = has_place(setting.key, source, target);
        if !stays && !is_default(setting) {
            let has_member = row(setting.key).name(target.protocol).is_some();
            let why = if has_member {
                Why::Dialect
            } else {
                Why::NoMember
            };
            notes
                .losses
                .drop(setting.place, class(setting.key, target), why);
        }
        stays && !(rules.omits_single_answer && is_single(setting))
    });
    if let Some(complete) = rules.complete {
        complete(request, target);
    }
}

/// Whether the target takes the setting from a client of `source`.
fn has_place(key: Key, source: Protocol, target: &Target<'_>) -> bool {
    let profile = target.profile;
    let follows = target.rules().settings.follows_profile;
    let name = row(key).name(target.protocol);
    name.is_some_and(|name| profile.removes(name).is_none())
        && !(key == Key::ContextManagement && source != target.protocol)
        && !(follows && !profile.labels && LABELS.contains(&key))
        && !(follows && !profile.top_k && matches!(key, Key::TopK | Key::MinP))
}

/// What is lost with the setting.
fn class(key: Key, target: &Target<'_>) -> Class {
    let row = row(key);
    let removed = row.name(target.protocol);
    let removed = removed.and_then(|name| target.profile.removes(name));
    removed.unwrap_or(row.class)
}

/// Chat says voice and format in a member of its own, and Gemini the voice alone.
fn asks_for_sound(setting: &Setting<'_>) -> bool {
    let modalities = (setting.key == Key::Modalities).then(|| setting.value.value());
    modalities.flatten().is_some_and(|modalities| {
        modalities.elements().any(|modality| {
            let name = modality.as_str();
            name.is_some_and(|name| name.eq_ignore_ascii_case("audio"))
        })
    })
}

/// Whether the setting says what is done without it.
fn is_default(setting: &Setting<'_>) -> bool {
    let (row, json) = (row(setting.key), setting.value.as_str());
    if row.is_default(json) {
        return true;
    }
    let Some(value) = setting.value.value() else {
        return false;
    };
    if setting.key == Key::Modalities {
        let is_text = |value: Value<'_>| {
            let text = value.as_str();
            text.is_some_and(|text| text.eq_ignore_ascii_case("text"))
        };
        return value.elements().all(is_text);
    }
    // `1.00` is `1`, and `[ ]` is `[]`.
    match value.as_f64() {
        Some(number) => row.is_default(&number.to_string()),
        None => row.is_default(&compact(json)),
    }
}

/// One answer, which not every upstream is told.
fn is_single(setting: &Setting<'_>) -> bool {
    setting.key == Key::Choices && is_default(setting)
}

fn modalities(request: &mut Request<'_>, target: &Target<'_>) {
    let Some(setting) = request.settings.get(Key::Modalities) else {
        return;
    };
    let (json, place) = (setting.value.as_str(), setting.place);
    let json = match target.rules().settings.upper_modalities {
        true => json.to_ascii_uppercase(),
        false => json.to_ascii_lowercase(),
    };
    request.settings.set(Key::Modalities, json, place);
}
