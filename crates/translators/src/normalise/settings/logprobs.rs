//! Log probabilities: a flag, or an element of `include`.

use crate::{
    normalise::Notes,
    request_ir::{Class, Key, Settings, Why},
    rules::Logprobs,
    target::Target,
};

const ELEMENT: &str = "message.output_text.logprobs";

/// The element is a wish, not a label: where nothing comes of it, it is a loss.
pub(super) fn fit(settings: &mut Settings<'_>, target: &Target<'_>, notes: &mut Notes) {
    match target.rules().settings.logprobs {
        Logprobs::Never => {
            if let Some(place) = settings.included(ELEMENT) {
                notes.losses.drop(place, Class::Quality, Why::NoMember);
            }
        }
        Logprobs::Flag => flag(settings),
        Logprobs::Include if target.profile.is_codex => {}
        Logprobs::Include => {
            let flag = settings.get(Key::Logprobs);
            if flag.is_some_and(|flag| flag.value.as_str() == "true") {
                let flag = settings.remove(Key::Logprobs);
                settings.include(ELEMENT, flag.map(|flag| flag.place));
            }
        }
    }
}

fn flag(settings: &mut Settings<'_>) {
    let include = settings.get(Key::Include);
    let is_included = settings.included(ELEMENT).is_some();
    let included = include.filter(|_| is_included).map(|include| include.place);
    let wanted = included.or_else(|| {
        let top = settings.get(Key::TopLogprobs)?;
        (top.value.as_str() != "0").then_some(top.place)
    });
    if settings.get(Key::Logprobs).is_none()
        && let Some(place) = wanted
    {
        settings.set(Key::Logprobs, "true".to_owned(), place);
    }
}
