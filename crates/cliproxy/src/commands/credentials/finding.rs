//! What is to be said about a credential: whether it needs somebody, and what that one has to do.

#[cfg(test)]
mod tests;

use super::seen::Seen;
use crate::screen::{Tone, until};
use cliproxy_config::nearest;
use cliproxy_gateway::{CredentialDetail, FileView, TokensView};

/// The types of files that requests are made with.
const TYPES: [&str; 4] = ["codex", "gemini", "vertex", "kimi"];

/// What is to be said about a credential.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::commands) struct Finding {
    pub(super) weight: Weight,
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

impl Finding {
    fn fine(what: impl Into<String>) -> Self {
        Self {
            weight: Weight::Fine,
            what: what.into(),
            remedy: None,
        }
    }

    fn note(what: impl Into<String>) -> Self {
        Self {
            weight: Weight::Note,
            ..Self::fine(what)
        }
    }

    pub(super) fn trouble(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            weight: Weight::Trouble,
            what: what.into(),
            remedy: Some(remedy.into()),
        }
    }

    /// About one of those that were seen. The first thing that needs somebody counts.
    pub(in crate::commands) fn of(one: &CredentialDetail, seen: &Seen) -> Self {
        let view = &one.view;
        let account = view.account.as_ref();
        match (&*view.state, &one.from) {
            ("unsupported", Some(from)) => unsupported(one, from, seen),
            ("misconfigured", _) => {
                let what = view.reason.clone().unwrap_or_default();
                Self::trouble(what, format!("correct it in {}", place(one, seen)))
            }
            ("disabled", None) => Self::note("switched off by `disabled` in the configuration"),
            (state, _) => {
                let tokens = account.and_then(|account| account.tokens.as_ref());
                let of_tokens = tokens.and_then(|tokens| of_tokens(one, tokens, seen));
                let parent = one.from.as_ref().and_then(|from| from.parent.as_ref());
                match (of_tokens, state) {
                    // What is to be done about it is said once.
                    (Some(trouble), _) if parent.is_some() => Self::note(trouble.what),
                    (Some(trouble), _) => trouble,
                    (None, "parent") => Self::note(view.reason.clone().unwrap_or_default()),
                    (None, "disabled") => Self::note("switched off by `disabled` in its file"),
                    (None, "ready") => Self::fine(ready(tokens, seen)),
                    (None, _) => resting(one, seen),
                }
            }
        }
    }
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
    let what = view.reason.clone().unwrap_or_default();
    let kind = &*view.provider;
    if kind == "service_account" {
        return Finding::trouble(
            "this is Google's own key file",
            "`cliproxy import vertex FILE` makes a credential file of it",
        );
    }
    // What is wrong with a file says itself what to do.
    let of_file = view.account.as_ref().map(|account| &*account.file);
    let problems = seen.problems.iter();
    let problem = problems
        .filter(|problem| Some(problem.file.as_str()) == of_file)
        .find(|problem| problem.message.starts_with("missing") || problem.member == "type");
    if let Some(problem) = problem {
        let remedy = problem.remedy.to_string();
        let is_idle = problem.member == "type" && !problem.message.starts_with("missing");
        return match is_idle {
            true => Finding {
                remedy: Some(remedy),
                ..Finding::note(what)
            },
            false => Finding::trouble(what, remedy),
        };
    }
    // Tokens of a client of the operator's own, which something else than the gateway uses.
    if from.no_endpoint.is_none() && !from.is_key {
        return Finding::note(format!("{what}; its tokens are kept fresh"));
    }
    let meant = match nearest(kind, TYPES.into_iter()) {
        Some(near) => format!("did you mean \"type\": \"{near}\"?"),
        None => format!("there are {}", TYPES.join(", ")),
    };
    Finding::trouble(what, format!("{meant} (in {})", place(one, seen)))
}

fn of_tokens(one: &CredentialDetail, tokens: &TokensView, seen: &Seen) -> Option<Finding> {
    let now = seen.inventory.at_ms;
    let from = one.from.as_ref()?;
    let error = tokens.last_error.as_ref().map(|error| &*error.text);
    let with_error = |what: String| match error {
        Some(error) => format!("{what}: {error}"),
        None => what,
    };
    let again = match &from.link {
        Some(link) => format!("sign in again with the program that {link} belongs to"),
        None => format!(
            "sign in again, and put the new tokens into {}",
            place(one, seen)
        ),
    };
    let ended = tokens.expires_at_ms.is_some_and(|end| end <= now);
    Some(match &*tokens.condition {
        "needs-login" => {
            let reason = tokens.reason.as_deref().unwrap_or("refused");
            let what = match reason {
                "ambiguous-rotation" => "a new refresh token was lost on its way".to_owned(),
                _ => "its refresh token is refused".to_owned(),
            };
            Finding::trouble(with_error(what), again)
        }
        _ if from.no_endpoint.is_some() => {
            let why = from.no_endpoint.as_deref().unwrap_or_default();
            Finding::trouble("its tokens cannot be refreshed", why)
        }
        "misconfigured" => Finding::trouble(
            with_error("the OAuth client is refused".to_owned()),
            match &*one.view.provider {
                "vertex" => format!(
                    "put a key that is still valid into {}, and look at this machine's clock",
                    place(one, seen)
                ),
                kind => format!("correct `oauth.{kind}` in {}", seen.config()),
            },
        ),
        "at-risk" => Finding::trouble(
            with_error("new tokens are in use and not on disk".to_owned()),
            "make room, or make its directory writable: it is tried again until then",
        ),
        "failing" => {
            let what = format!(
                "refresh fails ({})",
                tokens.reason.as_deref().unwrap_or("?")
            );
            let next = tokens
                .next_at_ms
                .map(|next| until(next.saturating_sub(now)));
            let again = match next {
                Some(next) => format!("it is tried again in {next}"),
                None => "it is tried again".to_owned(),
            };
            let through = match tokens.reason.as_deref() {
                Some("proxy") => "; look at its proxy",
                Some("storage") => "; look at its file and directory",
                _ => "",
            };
            Finding::trouble(with_error(what), format!("{again}{through}"))
        }
        "rotation-uncertain" => Finding::trouble(
            "its refresh token was sent, and no answer came",
            "`cliproxy credentials check` tries it once more",
        ),
        "refreshing" => Finding::note("it is being refreshed"),
        _ if ended && tokens.condition == "not-refreshed" => Finding::trouble(
            "its access token has ended, and there is no refresh token",
            again,
        ),
        _ => return None,
    })
}

/// What to say of one that serves.
fn ready(tokens: Option<&TokensView>, seen: &Seen) -> String {
    let now = seen.inventory.at_ms;
    let left = |at: Option<u64>| at.and_then(|at| at.checked_sub(now)).map(until);
    let Some(tokens) = tokens else {
        return "a key; whether it is accepted only a request can tell".to_owned();
    };
    match (left(tokens.expires_at_ms), left(tokens.next_at_ms)) {
        (Some(end), Some(next)) => format!("its token ends in {end}, refreshed in {next}"),
        (Some(end), None) => format!("its token ends in {end}"),
        (None, Some(next)) => format!("refreshed in {next}"),
        (None, None) => "its token says not when it ends".to_owned(),
    }
}

/// What keeps one away that could serve.
fn resting(one: &CredentialDetail, seen: &Seen) -> Finding {
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
        return Finding::trouble(what, remedy);
    }
    let state = &view.state;
    Finding::note(match reason {
        "" => format!("{state}{back}"),
        reason => format!("{state}: {reason}{back}"),
    })
}
