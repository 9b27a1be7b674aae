//! Limits of the answer.
//!
//! Claude needs an output limit. Without one of the client's it is the operator's default, as far as the
//! model goes; the client's is cut to what the model has. Other targets get what the client sent.
//!
//! | target | stop sequences |
//! | --- | --- |
//! | Chat | the first 4 |
//! | Claude | those that are more than white space |
//! | Gemini | the first 5 |
//! | Responses | none |

use crate::{
    normalise::Notes,
    request_ir::{Class, Key, Place, RawJson, Request, Settings, Why},
    target::Target,
    thinking::OutputLimit,
};
use cliproxy_json::{ArrayWriter, Value};

/// The limit for a target that needs one, which is set.
pub(super) fn output(
    request: &mut Request<'_>,
    target: &Target<'_>,
    notes: &mut Notes,
) -> OutputLimit {
    let settings = &mut request.settings;
    let largest = target.max_output.unwrap_or(u64::MAX);
    let asked = settings.get(Key::MaxOutput);
    let asked = asked.and_then(|setting| Some((tokens(&setting.value)?, setting.place)));
    let Some((asked, place)) = asked else {
        let limit = largest.min(target.options.default_max_tokens);
        settings.set(Key::MaxOutput, limit.to_string(), Place::NOWHERE);
        return OutputLimit::Default(limit);
    };
    if asked > largest {
        settings.set(Key::MaxOutput, largest.to_string(), place);
        notes.losses.change(place, Class::Quality, Why::Limit);
    }
    OutputLimit::Set(asked.min(largest))
}

/// Some clients write whole numbers with a point.
fn tokens(json: &RawJson<'_>) -> Option<u64> {
    let value = json.value()?;
    let whole = |number: f64| (number >= 0.0).then_some(number as u64);
    value.as_u64().or_else(|| value.as_f64().and_then(whole))
}

/// Fits the stop sequences.
pub(super) fn stop(settings: &mut Settings<'_>, target: &Target<'_>, notes: &mut Notes) {
    let Some(setting) = settings.get(Key::Stop) else {
        return;
    };
    let rules = target.rules();
    let Some(most) = rules.settings.stop else {
        return;
    };
    let Some(value) = setting.value.value() else {
        return;
    };
    let is_blank = |value: &Value<'_>| {
        rules.conversation.refuses_blank
            && value.as_str().is_some_and(|text| text.trim().is_empty())
    };
    // A chat client may have sent one string.
    let one = value.escaped().map(|_| value);
    let all = || one.into_iter().chain(value.elements());
    let kept: Vec<_> = all().filter(|value| !is_blank(value)).take(most).collect();
    let (place, loses) = (setting.place, kept.len() < all().count());
    if kept.is_empty() {
        if loses {
            notes.losses.drop(place, Class::Quality, Why::Stops);
        }
        settings.remove(Key::Stop);
        return;
    }
    if !loses && one.is_none() {
        return;
    }
    let mut out = Vec::new();
    ArrayWriter::write(&mut out, |list| {
        for value in kept {
            list.raw(value.raw());
        }
    });
    // Pieces of valid JSON, put together.
    let json = String::from_utf8(out).unwrap_or_default();
    settings.set(Key::Stop, json, place);
    if loses {
        notes.losses.change(place, Class::Quality, Why::Stops);
    }
}
