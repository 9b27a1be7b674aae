//! What is to be said about a credential: whether it needs somebody, and what that one has to do.

#[cfg(test)]
mod tests;
mod tokens;

use self::tokens::{of_account, of_tokens};
use super::{
    seen::{By, Seen},
    types::Types,
};
use crate::screen::{Tone, until};
use cliproxy_auth_store::Problem;
use cliproxy_gateway::{CredentialDetail, CredentialView, FileView, TokensView};

/// What is to be said about a credential.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::commands) struct Finding {
    pub(super) weight: Weight,
    /// How it is, in a few words; `ready` where nothing is to be said.
    pub(super) state: String,
    pub(in crate::commands) what: String,
    /// What somebody has to do.
    pub(in crate::commands) remedy: Option<String>,
}

/// Whether it needs somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Fine,
    /// It does not serve, and that is as it should be or passes.
    Note,
    Trouble,
}

impl Weight {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Note => "note",
            Self::Trouble => "trouble",
        }
    }

    pub(super) const fn tone(self) -> Tone {
        match self {
            Self::Fine => Tone::Good,
            Self::Note => Tone::Faint,
            Self::Trouble => Tone::Bad,
        }
    }
}

/// What to do about the key of a service account as Google hands it out.
pub(super) const IMPORT_KEY: &str = "`cliproxy import vertex FILE` makes a credential file of it";

impl Finding {
    fn fine(what: impl Into<String>) -> Self {
        Self {
            weight: Weight::Fine,
            state: "ready".to_owned(),
            what: what.into(),
            remedy: None,
        }
    }

    fn note(state: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            weight: Weight::Note,
            state: state.into(),
            what: what.into(),
            remedy: None,
        }
    }

    pub(super) fn trouble(
        state: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            weight: Weight::Trouble,
            remedy: Some(remedy.into()),
            ..Self::note(state, what)
        }
    }

    /// About one of those that were seen. The first thing that needs somebody counts.
    pub(in crate::commands) fn of(one: &CredentialDetail, seen: &Seen) -> Self {
        let view = &one.view;
        let account = view.account.as_ref();
        let state = stated(view);
        let word = match &*view.state {
            // It would serve if it had tokens, and those say what is to be done.
            "needs-login" => "ready",
            "misconfigured" if !one.offers.is_empty() => "ready",
            word => word,
        };
        match (word, &one.from) {
            ("unsupported", Some(from)) => unsupported(one, from, seen),
            ("misconfigured", _) => {
                let what = view.reason.clone().unwrap_or_default();
                Self::trouble(state, what, format!("correct it in {}", place(one, seen)))
            }
            ("ready", None) if seen.elsewhere.contains(&view.credential) => Self::note(
                "not judged",
                "its key is not set in this shell; the gateway may have it",
            ),
            ("no models", None) => unoffered(one, state, seen),
            ("disabled", None) => {
                Self::note(state, "switched off by `disabled` in the configuration")
            }
            (word, _) => {
                let tokens = account.and_then(|account| account.tokens.as_ref());
                let mut found = tokens.and_then(|tokens| of_tokens(one, tokens, seen));
                if let Some(found) = &mut found
                    && word != "ready"
                {
                    found.state = format!("{state}, {}", found.state);
                }
                let parent = one.from.as_ref().and_then(|from| from.parent.as_ref());
                if found.is_none() && word != "disabled" && parent.is_none() {
                    found = not_understood(one, seen);
                }
                match (found, word) {
                    // What is to be done about it is said once.
                    (Some(trouble), _) if parent.is_some() => {
                        Self::note(trouble.state, trouble.what)
                    }
                    (Some(trouble), _) => trouble,
                    (None, "no models") => unoffered(one, state, seen),
                    (None, "parent") => match of_account(one) {
                        Some(found) => Self {
                            state: format!("{state}, {}", found.state),
                            ..found
                        },
                        None => Self::note(state, view.reason.clone().unwrap_or_default()),
                    },
                    (None, "disabled") => {
                        Self::note(state, "switched off by `disabled` in its file")
                    }
                    (None, "ready") if view.state != "ready" => {
                        let what = view.reason.clone().unwrap_or_default();
                        let remedy = match &*view.state {
                            "misconfigured" => format!("correct it in {}", place(one, seen)),
                            _ => format!("sign in again, for {}", place(one, seen)),
                        };
                        Self::trouble(state, what, remedy)
                    }
                    (None, "ready") => ready(one, tokens, seen),
                    (None, _) => resting(one, state, seen),
                }
            }
        }
    }

    /// About a file that no credential was made of.
    pub(super) fn of_unread(problem: Option<&Problem>) -> Self {
        let state = "unreadable";
        problem.map_or_else(
            || Self::trouble(state, "unreadable", "repair or remove it"),
            |problem| {
                let what = match &*problem.member {
                    "" => problem.message.to_string(),
                    member => format!("{member}: {}", problem.message),
                };
                Self::trouble(state, what, problem.remedy.clone())
            },
        )
    }
}

/// About one that nobody can ask for a model.
fn unoffered(one: &CredentialDetail, state: String, seen: &Seen) -> Finding {
    let what = one.view.reason.clone().unwrap_or_default();
    let place = place(one, seen);
    // Whoever excludes everything switches it off.
    if one.from.is_some() || what.contains("exclude") {
        return Finding::note(state, what);
    }
    let list = format!("list them under `models` of {place}");
    match what.starts_with("`discover-models`") {
        // Nobody has asked.
        true if matches!(seen.by, By::Own(_)) => Finding::note(
            state,
            "`discover-models` is set: its upstream is asked when a gateway runs",
        ),
        true => Finding::trouble(
            state,
            what,
            format!(
                "look whether its `base-url` is reached, and start the gateway again; or {list}"
            ),
        ),
        false => Finding::trouble(state, what, list),
    }
}

/// How a gateway calls its state.
fn stated(view: &CredentialView) -> String {
    let mut text = match (&view.reason, &*view.state) {
        // The name of the state says it already.
        (Some(reason), "unsupported") if reason.starts_with("unsupported") => reason.clone(),
        (Some(reason), state) => format!("{state}: {reason}"),
        (None, state) => state.to_owned(),
    };
    if let Some(ms) = view.back_in_ms {
        text.push_str(&format!(" for {}", until(ms)));
    }
    text
}

/// Where somebody has to go.
fn place(one: &CredentialDetail, seen: &Seen) -> String {
    match &one.view.account {
        None => format!("its entry in {}", seen.config()),
        Some(account) => seen.path_of(&account.file).unwrap_or_default(),
    }
}

fn unsupported(one: &CredentialDetail, from: &FileView, seen: &Seen) -> Finding {
    let view = &one.view;
    let (state, what) = (stated(view), view.reason.clone().unwrap_or_default());
    let kind = &*view.provider;
    if kind == "service_account" {
        return Finding::trouble(state, "this is Google's own key file", IMPORT_KEY);
    }
    // What is wrong with a file says itself what to do.
    let problem = seen
        .problems_of(one)
        .find(|problem| problem.message.starts_with("missing") || problem.member == "type");
    if let Some(problem) = problem {
        // What is missing may be there under another name.
        let misspelt = seen.problems_of(one).find(|problem| problem.is_misspelt());
        let remedy = match misspelt {
            Some(misspelt) => format!("{}: {}", misspelt.member, misspelt.remedy),
            None => problem.remedy.to_string(),
        };
        let is_idle = problem.member == "type" && !problem.message.starts_with("missing");
        return match is_idle {
            true => Finding {
                remedy: Some(remedy),
                ..Finding::note(state, what)
            },
            false => Finding::trouble(state, what, remedy),
        };
    }
    let types = Types(&seen.inventory.clients);
    if !types.know(kind) {
        let hint = types.hint(kind);
        let remedy = format!("correct `type` in {}: {hint}", place(one, seen));
        return Finding::trouble(state, what, remedy);
    }
    if from.is_key {
        let remedy = format!("put the key into {} instead", seen.config());
        return Finding::trouble(state, what, remedy);
    }
    let tokens = view.account.as_ref().and_then(|own| own.tokens.as_ref());
    if tokens.is_none_or(|tokens| tokens.condition == "not-refreshed") {
        let what = format!("{what}, and there is no refresh token to keep fresh");
        return Finding::trouble(state, what, format!("remove {}", place(one, seen)));
    }
    // Tokens that something else than the gateway uses.
    let kept = Finding::note(state, format!("{what}; its tokens are kept fresh"));
    tokens
        .and_then(|tokens| of_tokens(one, tokens, seen))
        .or_else(|| of_account(one))
        .unwrap_or(kept)
}

/// Somebody may have meant to switch it off.
fn not_understood(one: &CredentialDetail, seen: &Seen) -> Option<Finding> {
    let switch = seen.problems_of(one).find(|one| one.is_about("disabled"))?;
    let what = format!("it serves: {}: {}", switch.member, switch.message);
    let remedy = format!("in {}: {}", place(one, seen), switch.remedy);
    Some(Finding::trouble("serves", what, remedy))
}

/// What to say of one that serves.
fn ready(one: &CredentialDetail, tokens: Option<&TokensView>, seen: &Seen) -> Finding {
    let now = seen.inventory.at_ms;
    let left = |at: Option<u64>| at.and_then(|at| at.checked_sub(now)).map(until);
    let Some(tokens) = tokens else {
        return Finding::fine("a key; whether it is accepted only a request can tell");
    };
    let from = one.from.as_ref();
    if one.view.provider == "gemini-cli" && from.is_some_and(|from| from.projects.is_empty()) {
        return Finding {
            remedy: Some(format!("add `project_id` to {}", place(one, seen))),
            ..Finding::note(
                "no project",
                "its requests name no project, which Code Assist wants",
            )
        };
    }
    if let Some(found) = of_account(one) {
        return Finding {
            state: format!("ready, {}", found.state),
            ..found
        };
    }
    if one.view.provider == "vertex" && tokens.expires_at_ms.is_none() {
        return Finding::fine(
            "a service account; its first token is asked for when a gateway runs",
        );
    }
    let is_last = tokens.condition == "not-refreshed";
    Finding::fine(
        match (left(tokens.expires_at_ms), left(tokens.next_at_ms)) {
            (Some(end), _) if is_last => format!("its token ends in {end}, and there is no other"),
            (Some(end), Some(next)) => format!("its token ends in {end}, refreshed in {next}"),
            (Some(end), None) => format!("its token ends in {end}"),
            (None, Some(next)) => format!("refreshed in {next}"),
            (None, None) => "its token says not when it ends".to_owned(),
        },
    )
}

/// What keeps one away that could serve.
fn resting(one: &CredentialDetail, stated: String, seen: &Seen) -> Finding {
    let view = &one.view;
    let reason = view.reason.as_deref().unwrap_or_default();
    let back = view.back_in_ms.map(|ms| format!(", back in {}", until(ms)));
    let back = back.unwrap_or_default();
    if view.state == "cooling" && matches!(reason, "auth" | "forbidden") {
        let what = format!("the provider refuses it ({reason}){back}");
        let remedy = match &view.account {
            None => format!("put a key that is accepted into {}", place(one, seen)),
            Some(_) => format!("sign in again, for {}", place(one, seen)),
        };
        return Finding::trouble(stated, what, remedy);
    }
    let state = &view.state;
    let what = match reason {
        "" => format!("{state}{back}"),
        reason => format!("{state}: {reason}{back}"),
    };
    Finding::note(stated, what)
}
