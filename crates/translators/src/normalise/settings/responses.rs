//! What Responses says differently.

use crate::{
    normalise::Notes,
    profile::codex,
    request_ir::{Class, Key, Place, Request, Settings},
    target::Target,
};
use cliproxy_core::Protocol;
use cliproxy_json::ArrayWriter;

const LOGPROBS: &str = "message.output_text.logprobs";

/// A flag for targets that have one, of an element of `include`; the flag itself goes into `include` by
/// [`fit`]. The element is a wish, not a label: where nothing comes of it, it is a loss.
pub(super) fn log_probabilities(
    settings: &mut Settings<'_>,
    target: &Target<'_>,
    notes: &mut Notes,
) {
    if target.protocol == Protocol::Claude
        && let Some(place) = element_of_include(settings, LOGPROBS)
    {
        notes.losses.drop(place, Class::Quality);
    }
    let takes_flag = matches!(target.protocol, Protocol::Chat | Protocol::Gemini);
    let included = place_in_include(settings, LOGPROBS);
    let wanted = included.or_else(|| {
        let top = settings.get(Key::TopLogprobs)?;
        (top.value.as_str() != "0").then_some(top.place)
    });
    if takes_flag
        && settings.get(Key::Logprobs).is_none()
        && let Some(place) = wanted
    {
        settings.set(Key::Logprobs, "true".to_owned(), place);
    }
    let is_openai = target.protocol == Protocol::Responses && !target.profile.is_codex;
    let flag = settings.get(Key::Logprobs);
    if is_openai && flag.is_some_and(|flag| flag.value.as_str() == "true") {
        let flag = settings.remove(Key::Logprobs);
        include(settings, LOGPROBS, flag.map(|flag| flag.place));
    }
}

/// `store`, `include`, and `parallel_tool_calls` of the ChatGPT backend.
pub(super) fn fit(request: &mut Request<'_>, target: &Target<'_>) {
    let is_codex = target.profile.is_codex;
    let settings = &mut request.settings;
    let stored = settings.get(Key::Store);
    let wants = request.source == Protocol::Chat
        && !is_codex
        && stored.is_some_and(|store| store.value.as_str() == "true");
    settings.set(Key::Store, wants.to_string(), Place::NOWHERE);
    let reasons = target
        .capabilities
        .is_some_and(|model| model.thinking.is_some());
    if is_codex || reasons {
        include(settings, codex::INCLUDE, None);
    }
    let is_silent = settings.get(Key::ParallelTools).is_none();
    if is_codex && is_silent && !request.tools.is_empty() {
        let json = "true".to_owned();
        settings.set(Key::ParallelTools, json, Place::NOWHERE);
    }
}

fn place_in_include(settings: &Settings<'_>, wanted: &str) -> Option<Place> {
    element_of_include(settings, wanted)?;
    settings.get(Key::Include).map(|setting| setting.place)
}

/// Where the element stands in an `include` of the client's.
fn element_of_include(settings: &Settings<'_>, wanted: &str) -> Option<Place> {
    let setting = settings.get(Key::Include)?;
    let value = setting.value.value()?;
    let mut elements = value.elements();
    let found = elements.find(|element| element.as_str().as_deref() == Some(wanted))?;
    let start = setting.place.offset().unwrap_or_default();
    Some(Place::at(start + found.span().start))
}

/// Adds an element to `include`.
fn include(settings: &mut Settings<'_>, wanted: &str, place: Option<Place>) {
    if place_in_include(settings, wanted).is_some() {
        return;
    }
    let old = settings.get(Key::Include).map(|setting| setting.place);
    let place = old.or(place).unwrap_or(Place::NOWHERE);
    let mut out = Vec::new();
    ArrayWriter::write(&mut out, |list| {
        let old = settings.get(Key::Include);
        if let Some(value) = old.and_then(|setting| setting.value.value()) {
            for element in value.elements() {
                list.raw(element.raw());
            }
        }
        list.text(wanted);
    });
    // Pieces of valid JSON, put together.
    let json = String::from_utf8(out).unwrap_or_default();
    settings.set(Key::Include, json, place);
}
