//! Who the end user is.
//!
//! | target | gets |
//! | --- | --- |
//! | OpenAI | `safety_identifier`, its SHA-256 in hex if it is longer than 64 characters, and `user` if the client used it |
//! | any other chat vendor | `user`: the client's, or else the safety identifier |
//! | Claude | `metadata.user_id`: the safety identifier, or else `user` |
//! | Gemini, ChatGPT backend | nothing |
//!
//! Nobody is made up.

use crate::{
    fingerprint::hex,
    request_ir::{Key, Settings},
    rules::EndUser,
    target::Target,
};

/// The longest identifier that OpenAI takes, in characters.
const LONGEST: usize = 64;

pub(super) fn fit(settings: &mut Settings<'_>, target: &Target<'_>) {
    match target.rules().settings.user {
        EndUser::Both if !target.profile.labels => {
            move_to(settings, Key::SafetyIdentifier, Key::User);
        }
        EndUser::Both => shorten(settings),
        EndUser::Identifier => move_to(settings, Key::User, Key::SafetyIdentifier),
        EndUser::Never => {}
    }
}

/// Says under `to` what stands under `from`, unless `to` says something itself.
fn move_to(settings: &mut Settings<'_>, from: Key, to: Key) {
    if let Some(setting) = settings.remove(from)
        && settings.get(to).is_none()
    {
        settings.set(to, setting.value.as_str().to_owned(), setting.place);
    }
}

fn shorten(settings: &mut Settings<'_>) {
    let Some(setting) = settings.get(Key::SafetyIdentifier) else {
        return;
    };
    let text = setting.value.value();
    let text = text.and_then(|value| value.as_str());
    if let Some(text) = text
        && text.chars().count() > LONGEST
    {
        let (json, place) = (format!("\"{}\"", hex(&[&text], LONGEST)), setting.place);
        settings.set(Key::SafetyIdentifier, json, place);
    }
}
