//! A credential file, made of what another program has.

#[cfg(test)]
mod tests;

use super::name::stem;
use crate::commands::credentials::Types;
use cliproxy_auth_store::{CredentialFile, CredentialRecord, FileName, Problem, Standing, Tokens};
use cliproxy_json::{Body, Edit, Invalid, Kind, Path, Raw, Value, apply};
use std::{path, sync::Arc, time::SystemTime};
use thiserror::Error;

/// What is to become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It stays where it is, and is used and written there.
    Link,
    /// It is copied; a refresh token that can be used once may come along.
    TakeOver,
    /// It is copied, if nobody else loses anything by that.
    Copy,
}

/// What the user has said about it.
#[derive(Clone, Debug)]
pub(super) struct Wanted<'a> {
    /// The `type` of the credential file.
    pub(super) kind: &'a str,
    /// The types that there are.
    pub(super) types: Types<'a>,
    pub(super) how: How,
    /// Google's projects, with commas.
    pub(super) project: Option<&'a str>,
    /// The region of a Vertex project.
    pub(super) location: Option<&'a str>,
}

/// A credential file that is not written yet.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) bytes: Vec<u8>,
    /// What it says.
    pub(super) record: Arc<CredentialRecord>,
    /// What it should be called, without `.json`.
    pub(super) stem: String,
}

/// Why none is made. The messages say what to do.
#[derive(Debug, Error)]
pub(super) enum Refused {
    #[error("it is not JSON: {0}; name the file that the program keeps its tokens in")]
    NotJson(#[from] Invalid),
    #[error("it is not a JSON object; name the file that the program keeps its tokens in")]
    NotAnObject,
    #[error(
        "it is Google's key of a service account; import it with `cliproxy import vertex FILE`"
    )]
    IsServiceAccount,
    #[error(
        "it is of `{theirs}`, not of `{wanted}`: its refresh token would be sent to the wrong provider; import it as `{theirs}`"
    )]
    OfAnother { theirs: String, wanted: String },
    #[error(
        "it has no `{0}`, as the key of a service account has; download the key again, as JSON"
    )]
    NoMember(&'static str),
    #[error(
        "its refresh token can be used once, so that the other program would be signed out: add \
         --link, and both use its file; or --take-over, if the other program is not needed any more"
    )]
    Shared,
    #[error("a key is copied, not linked: leave --link out")]
    KeyLinked,
    #[error("files of `{kind}` have no {what}: leave --{what} out")]
    NotOfType { kind: String, what: &'static str },
    #[error(
        "a service account serves one project: name one with --project, and import the key again for another"
    )]
    SeveralProjects,
    #[error("{}{}; {}", member(.0), .0.message, .0.remedy)]
    Unusable(Problem),
}

/// Where it is wrong.
fn member(problem: &Problem) -> String {
    match &*problem.member {
        "" => String::new(),
        member => format!("`{member}`: "),
    }
}

/// Whether refresh tokens of this type are used up by a refresh.
fn rotates(kind: &str) -> bool {
    !matches!(kind, "gemini" | "vertex")
}

/// Makes a credential file of one that another program has at `place`.
pub(super) fn record(
    wanted: &Wanted<'_>,
    place: &path::Path,
    bytes: &[u8],
    now: SystemTime,
) -> Result<Made, Refused> {
    let unfit = |what| Refused::NotOfType {
        kind: wanted.kind.to_owned(),
        what,
    };
    if wanted.project.is_some() && !matches!(wanted.kind, "gemini" | "vertex") {
        return Err(unfit("project"));
    }
    let several = |projects: &str| projects.contains(',');
    if wanted.kind == "vertex" && wanted.project.is_some_and(several) {
        return Err(Refused::SeveralProjects);
    }
    if wanted.location.is_some() && wanted.kind != "vertex" {
        return Err(unfit("location"));
    }
    let root = Value::parse_bytes(bytes)?;
    if root.kind() != Kind::Object {
        return Err(Refused::NotAnObject);
    }
    let theirs = root.get("type").and_then(|kind| kind.as_str());
    let is_key = theirs.as_deref() == Some("service_account");
    let made = match (wanted.kind, wanted.how) {
        ("vertex", How::Link) => return Err(Refused::KeyLinked),
        ("vertex", _) if root.get("service_account").is_none() => vertex(wanted, root)?,
        (_, _) if is_key => return Err(Refused::IsServiceAccount),
        (_, How::Link) => pointer(wanted, place)?,
        _ => copy(wanted, bytes)?,
    };
    // What the gateway would say about it is said now.
    let name = FileName::sanitised("import");
    let read = match wanted.how {
        How::Link => CredentialFile::linked(&name, &made, Some(bytes)),
        How::TakeOver | How::Copy => CredentialFile::read(&name, &made),
    };
    let file = read.map_err(|broken| Refused::Unusable(broken.problem().clone()))?;
    let Some(record) = file.primary().cloned() else {
        return Err(Refused::NotAnObject);
    };
    if matches!(record.standing, Standing::Inert(_)) {
        let problem = file.problems.into_iter().next_back();
        return Err(problem.map_or(Refused::NotAnObject, Refused::Unusable));
    }
    if let Some(theirs) = maker(root, wanted).filter(|theirs| !is_key && theirs != wanted.kind) {
        let wanted = wanted.kind.to_owned();
        return Err(Refused::OfAnother { theirs, wanted });
    }
    let has_refresh_token = record.tokens.refresh.is_some();
    if wanted.how == How::Copy && has_refresh_token && rotates(wanted.kind) {
        return Err(Refused::Shared);
    }
    Ok(Made {
        stem: stem(wanted.kind, &record, now),
        bytes: made,
        record,
    })
}

/// Whose file it is, if that can be seen: a credential file says so, and those of programs are known by
/// members that no other has. Other programs have a `type` too, which says something else (`Bearer`).
fn maker(root: Value<'_>, wanted: &Wanted<'_>) -> Option<String> {
    let has = |name: &str| root.get(name).is_some();
    let kind = root.get("type").and_then(|kind| kind.as_str());
    let kind = kind.map(|kind| match &*kind.to_lowercase() {
        // As `gcloud auth application-default login` keeps a sign-in.
        "gemini-cli" | "authorized_user" => "gemini".to_owned(),
        kind => kind.to_owned(),
    });
    if let Some(kind) = kind.filter(|kind| wanted.types.know(kind)) {
        return Some(kind);
    }
    let maker = if has("claudeAiOauth") {
        "claude"
    } else if has("auth_mode") || has("OPENAI_API_KEY") {
        "codex"
    } else {
        // Who has a client of their own at a known provider has tokens that name this one.
        let is_own = !Types::has_built_in(wanted.kind);
        issued_by(root).filter(|_| !is_own)?
    };
    Some(maker.to_owned())
}

/// Whose tokens they are, where they say so themselves.
fn issued_by(root: Value<'_>) -> Option<&'static str> {
    let tokens = Tokens::read(root.raw().as_bytes()).ok()?;
    let access = tokens.access.as_ref().map_or("", |token| token.expose());
    if access.starts_with("ya29.") {
        return Some("gemini");
    }
    let issuer = tokens.issuer()?;
    let host = issuer.trim_start_matches("https://").trim_end_matches('/');
    Some(match host {
        "auth.openai.com" => "codex",
        "accounts.google.com" => "gemini",
        "auth.kimi.com" => "kimi",
        "auth.x.ai" => "xai",
        _ => return None,
    })
}

/// Google's key file as a member of a credential file.
fn vertex(wanted: &Wanted<'_>, key: Value<'_>) -> Result<Vec<u8>, Refused> {
    let member = |name: &'static str| {
        let text = key.get(name).and_then(|value| value.as_str());
        text.filter(|text| !text.is_empty())
            .ok_or(Refused::NoMember(name))
    };
    member("private_key")?;
    let email = member("client_email")?;
    let project = match wanted.project {
        Some(project) => project.into(),
        None => member("project_id")?,
    };
    let location = wanted.location.unwrap_or("us-central1");
    write(
        b"{}",
        &[
            set("type", Raw::string("vertex")),
            set("project_id", Raw::string(&project)),
            set("email", Raw::string(&email)),
            set("location", Raw::string(location)),
            set("service_account", Raw::json(key.raw().to_owned())?),
        ],
    )
}

fn pointer(wanted: &Wanted<'_>, place: &path::Path) -> Result<Vec<u8>, Refused> {
    let place = place.display().to_string();
    let mut edits = vec![
        set("type", Raw::string(wanted.kind)),
        set("link", Raw::string(&place)),
    ];
    edits.extend(project(wanted));
    write(b"{}", &edits)
}

fn copy(wanted: &Wanted<'_>, bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut edits = vec![set("type", Raw::string(wanted.kind))];
    edits.extend(project(wanted));
    if let Some(location) = wanted.location {
        edits.push(set("location", Raw::string(location)));
    }
    write(bytes, &edits)
}

fn project(wanted: &Wanted<'_>) -> Option<Edit> {
    let project = wanted.project?;
    Some(set("project_id", Raw::string(project)))
}

fn set(member: &str, value: Raw) -> Edit {
    Edit::Set(Path::keys(&[member]), value)
}

fn write(bytes: &[u8], edits: &[Edit]) -> Result<Vec<u8>, Refused> {
    let body = Body::new(bytes.to_vec().into())?;
    Ok(apply(&body, edits)?.to_bytes().into())
}
