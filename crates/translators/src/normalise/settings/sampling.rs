//! `temperature`, `top_p` and `top_k`.
//!
//! Claude's temperature ends at 1: a higher one is cut. What a model that reasons, or that takes no sampling,
//! would refuse is dropped; `crate::thinking::sampled` has the table.

use crate::{
    normalise::Notes,
    request_ir::{Class, Key, Request, Why},
    target::Target,
    thinking::{Resolved, sampled},
};

pub(super) fn fit(
    request: &mut Request<'_>,
    target: &Target<'_>,
    resolved: &Resolved<'_>,
    notes: &mut Notes,
) {
    let settings = &mut request.settings;
    let number = |key| {
        let setting = settings.get(key)?;
        setting.value.value()?.as_f64()
    };
    let largest = target.rules().settings.largest_temperature;
    let asked = number(Key::Temperature);
    let temperature = asked.map(|asked| asked.min(largest));
    let sampling = target
        .capabilities
        .map(|model| model.sampling)
        .unwrap_or_default();
    let top_p = number(Key::TopP);
    let stays = sampled(
        sampling,
        resolved,
        target.profile.thinking,
        temperature,
        top_p,
    );
    for (key, stays) in [
        (Key::Temperature, stays.temperature),
        (Key::TopP, stays.top_p),
        (Key::TopK, stays.top_k),
    ] {
        if stays {
            continue;
        }
        if let Some(setting) = settings.remove(key)
            && !super::is_default(&setting)
        {
            notes
                .losses
                .drop(setting.place, Class::Quality, Why::Sampling);
        }
    }
    if let Some(setting) = settings.get(Key::Temperature)
        && asked > temperature
    {
        let place = setting.place;
        settings.set(Key::Temperature, largest.to_string(), place);
        notes.losses.change(place, Class::Quality, Why::Temperature);
    }
}
