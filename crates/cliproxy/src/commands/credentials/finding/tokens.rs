//! What is wrong with the tokens of an account, and what to do.

use super::{Finding, Weight, place};
use crate::{commands::credentials::seen::Seen, screen::until};
use cliproxy_gateway::{CredentialDetail, FileView, TokensView};

/// The first thing that is, and that the sign-in is in other files; `None` if they are as they should be.
pub(super) fn of_tokens(
    one: &CredentialDetail,
    tokens: &TokensView,
    seen: &Seen,
) -> Option<Finding> {
    let from = one.from.as_ref()?;
    let first = first(one, from, tokens, seen);
    if from.twins.is_empty() {
        return first;
    }
    let shared = shared(one, from);
    let Some(first) = first else {
        return Some(shared);
    };
    // Neither ends the other: whoever mends the first would lose by the second.
    let remedies = first.remedy.into_iter().chain(shared.remedy);
    Some(Finding {
        weight: Weight::Trouble,
        state: format!("{}, {}", first.state, shared.state),
        what: format!("{}; {}", first.what, shared.what),
        remedy: Some(remedies.collect::<Vec<_>>().join("; ")),
    })
}

/// That there are other files of its account, one of which may be a copy of another.
pub(super) fn of_account(one: &CredentialDetail) -> Option<Finding> {
    let from = one.from.as_ref()?;
    let others = from.same_account.iter();
    let others: Vec<_> = others.filter(|file| **file != one.view.id).collect();
    if others.is_empty() {
        return None;
    }
    let many = match from.same_account.len() {
        2 => "two".to_owned(),
        many => many.to_string(),
    };
    let files = from.same_account.join(", ");
    let others: Vec<_> = others.into_iter().map(String::as_str).collect();
    Some(Finding {
        remedy: Some("if one is a copy of the other, keep one".to_owned()),
        ..Finding::note(
            format!("same account as {}", others.join(", ")),
            format!("{many} files of one account: {files}"),
        )
    })
}

fn first(
    one: &CredentialDetail,
    from: &FileView,
    tokens: &TokensView,
    seen: &Seen,
) -> Option<Finding> {
    let now = seen.inventory.at_ms;
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
    let condition = match &tokens.reason {
        Some(reason) => format!("{}: {reason}", tokens.condition),
        None => tokens.condition.clone(),
    };
    Some(match &*tokens.condition {
        "needs-login" => {
            let reason = tokens.reason.as_deref().unwrap_or("refused");
            let what = match reason {
                "ambiguous-rotation" => "a new refresh token was lost on its way".to_owned(),
                _ => "its refresh token is refused".to_owned(),
            };
            Finding::trouble(condition, with_error(what), again)
        }
        _ if from.no_endpoint.is_some() => {
            unrefreshable(one, from.no_endpoint.as_deref().unwrap_or_default(), seen)
        }
        "misconfigured" => Finding::trouble(
            condition,
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
            condition,
            with_error("new tokens are in use and not on disk".to_owned()),
            "make room, or make its directory writable: it is tried again until then",
        ),
        _ if from.lacks_secret => Finding::trouble(
            "no client secret",
            "Google refreshes tokens only for a client that shows its secret, and there is none",
            format!(
                "set `oauth.gemini-cli.client_secret` in {} beside the `client_id` that the tokens \
                 belong to; or `client_id` and `client_secret` in {}",
                seen.config(),
                place(one, seen)
            ),
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
            Finding::trouble(condition, with_error(what), format!("{again}{through}"))
        }
        "rotation-uncertain" => Finding::trouble(
            condition,
            with_error("its refresh token was sent, and no answer came".to_owned()),
            "`cliproxy credentials check` tries it once more",
        ),
        "refreshing" => Finding::note(condition, "it is being refreshed"),
        _ if ended && tokens.condition == "not-refreshed" => Finding::trouble(
            "ended",
            "its access token has ended, and there is no refresh token",
            again,
        ),
        _ => return None,
    })
}

/// One whose tokens nobody can be asked for.
fn unrefreshable(one: &CredentialDetail, why: &str, seen: &Seen) -> Finding {
    let (state, what) = ("cannot be refreshed", "its tokens cannot be refreshed");
    if why.starts_with("set ") {
        return Finding::trouble(state, what, why);
    }
    let remedy = match &*one.view.provider {
        "vertex" => format!(
            "download the key again, as JSON; remove {} and `cliproxy import vertex FILE`",
            place(one, seen)
        ),
        _ => format!("correct it in {}", place(one, seen)),
    };
    Finding::trouble(state, format!("{what}: {why}"), remedy)
}

/// One whose sign-in is in other files as well.
fn shared(one: &CredentialDetail, from: &FileView) -> Finding {
    let others = from.twins.iter().filter(|file| **file != one.view.id);
    let others: Vec<_> = others.map(String::as_str).collect();
    let others = others.join(", ");
    let stems = from.twins.iter().map(|file| file.trim_end_matches(".json"));
    let stems: Vec<_> = stems.collect();
    // Google's stay good.
    let what = match &*one.view.provider {
        "gemini-cli" => format!("the same sign-in, with a project of this one, is in {others} too"),
        _ => format!(
            "its refresh token is in {others} too: the first refresh of either signs the other out"
        ),
    };
    Finding::trouble(
        format!("shared with {others}"),
        what,
        format!(
            "keep one, and `cliproxy credentials remove` the other of {}",
            stems.join(", ")
        ),
    )
}
