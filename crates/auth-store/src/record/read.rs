//! From the bytes of a file to its records.

use super::{
    Account, CredentialRecord, Inert, ServiceAccount, Settings, Standing, Tokens,
    members::Members,
    misspelt, projects,
    settings::is_disabled,
    spelling::EXPIRY,
    value::{is_no_moment, text},
};
use crate::{
    FileDigest, FileName,
    problem::{Problem, Report},
};
use cliproxy_core::{CredentialId, ProviderId, Secret};
use cliproxy_json::{Kind, Value};
use std::{path::PathBuf, sync::Arc};

/// A credential file that could be read.
#[derive(Clone, Debug)]
pub struct CredentialFile {
    /// Its name.
    pub name: FileName,
    /// Of its bytes, and of the file it links to.
    pub digest: FileDigest,
    /// The record of the file, then one for each project if there are several.
    pub records: Box<[Arc<CredentialRecord>]>,
    /// What is wrong with it; it serves all the same, as far as its [`Standing`] lets it.
    pub problems: Vec<Problem>,
}

/// Why a file has no records. What was read from it before stays in service: other programs write files
/// in place, and half of one is no reason to lose an account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Broken {
    /// There is nothing in it; it may be about to be written.
    Empty(Problem),
    /// It is no JSON object, or one that must not be used as it is.
    Rejected(Problem),
}

impl Broken {
    /// What to say about it.
    #[must_use]
    pub const fn problem(&self) -> &Problem {
        match self {
            Self::Empty(problem) | Self::Rejected(problem) => problem,
        }
    }
}

impl CredentialFile {
    /// Reads a credential file.
    ///
    /// One decoder for every occasion, and a tolerant one: a member of a wrong type is reported and
    /// left out, and takes no other with it.
    ///
    /// # Errors
    ///
    /// [`Broken`] if nothing can be taken from it.
    pub fn read(name: &FileName, bytes: &[u8]) -> Result<Self, Broken> {
        Self::linked(name, bytes, None)
    }

    /// The same for a pointer record, with the bytes of the file it names: tokens and what they say of
    /// the account come from there, everything else from the file itself.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), for either file.
    pub fn linked(name: &FileName, bytes: &[u8], there: Option<&[u8]>) -> Result<Self, Broken> {
        let mut report = Report::of(name.clone());
        let root = object(bytes, &report)?;
        let holder = match there {
            Some(there) => object(there, &report)?,
            None => root,
        };
        let record = record(name, root, holder, &mut report).map_err(Broken::Rejected)?;
        let records = projects::spread(record).into_iter().map(Arc::new);
        let digest = FileDigest::of(bytes);
        Ok(Self {
            name: name.clone(),
            digest: there.map_or(digest, |there| digest.with(FileDigest::of(there))),
            records: records.collect(),
            problems: report.found(),
        })
    }

    /// The record of the file itself.
    #[must_use]
    pub fn primary(&self) -> Option<&Arc<CredentialRecord>> {
        self.records.first()
    }
}

fn object<'a>(bytes: &'a [u8], report: &Report) -> Result<Value<'a>, Broken> {
    if bytes.trim_ascii().is_empty() {
        let remedy = "write it again, or remove it";
        return Err(Broken::Empty(report.problem("", "empty", remedy)));
    }
    let remedy = "repair or remove it; what it said before stays in use until then";
    let value = Value::parse_bytes(bytes).map_err(|error| {
        Broken::Rejected(report.problem("", format!("not JSON: {error}"), remedy))
    })?;
    match value.kind() {
        Kind::Object => Ok(value),
        _ => Err(Broken::Rejected(report.problem(
            "",
            "not a JSON object",
            remedy,
        ))),
    }
}

fn record(
    name: &FileName,
    root: Value<'_>,
    holder: Value<'_>,
    report: &mut Report,
) -> Result<CredentialRecord, Problem> {
    let members = Members::of(root);
    let kind = members.read(&["type"], text).unwrap_or_default();
    let kind = kind.to_lowercase();
    let provider = match &*kind {
        "gemini" => "gemini-cli",
        "" => "unknown",
        other => other,
    };
    let settings = Settings::read(&members, report)?;
    let mut tokens = Tokens::of(holder);
    // It is read again when it is needed, which is when tokens are refreshed.
    let id_token = tokens.id.take();
    let mut account = Account::read(provider, &Members::of(holder), id_token.as_ref());
    account.email = members.read(&["email"], text).or(account.email);
    let service_account = service_account(&members, provider);
    let own_key = members.read(&["api_key", "api-key"], text);
    let foreign_key = || Members::of(holder).read(&["OPENAI_API_KEY"], text);
    let api_key = own_key
        .or_else(foreign_key)
        .map(|key| Secret::from(String::from(key)));
    let projects = project_list(&members, provider, service_account.as_ref());
    let label = members
        .read(&["label"], text)
        .or_else(|| account.email.clone())
        .or_else(|| projects.first().cloned())
        .unwrap_or_else(|| provider.into());
    let link = members
        .read(&["link"], text)
        .map(|path| PathBuf::from(&*path));
    let missing = match &service_account {
        Some(Err(missing)) => Some(*missing),
        Some(Ok(_)) => None,
        None => (tokens.are_missing() && api_key.is_none()).then_some("access_token"),
    };
    let inert = Inert::of_provider(&kind).or_else(|| missing.map(Inert::Incomplete));
    if provider == "codex" && !tokens.are_missing() && account.account_id.is_none() {
        let message = "nothing says which ChatGPT account it is, so neither do its requests";
        let remedy = "sign in again, if ChatGPT refuses them";
        report.warn("account_id", message, remedy);
    }
    let disabled = is_disabled(&members, report);
    for name in ["model_aliases", "request_scoped_errors"] {
        if members.first(&[name, &name.replace('_', "-")]).is_some() {
            let remedy =
                "use oauth-model-alias or oauth-request-scoped-errors of the configuration";
            report.warn(name, "not in effect yet", remedy);
        }
    }
    misspelt::report(&members, report);
    for (name, value) in EXPIRY
        .into_iter()
        .filter_map(|name| Some((name, members.first(&[name])?)))
    {
        if is_no_moment(value) {
            let remedy = "write a date like 2026-01-02T03:04:05Z, or seconds since 1970";
            report.warn(name, "no moment in time", remedy);
        }
    }
    if let Some(inert) = &inert {
        let (member, message, remedy) = inert.problem();
        report.warn(member, message, remedy);
    }
    Ok(CredentialRecord {
        id: CredentialId::from(name.as_str()),
        file: name.clone(),
        provider: ProviderId::from(provider),
        standing: match inert {
            Some(inert) => Standing::Inert(inert),
            None if disabled => Standing::Disabled,
            None => Standing::Active,
        },
        label,
        account: Arc::new(account),
        settings: Arc::new(settings),
        tokens: Arc::new(tokens),
        api_key,
        service_account: service_account.and_then(Result::ok).map(Arc::new),
        projects,
        parent: None,
        link,
    })
}

/// A key of Google's, which Vertex cannot do without.
fn service_account(
    root: &Members<'_>,
    provider: &str,
) -> Option<Result<ServiceAccount, &'static str>> {
    let object = root.object("service_account");
    let wanted = object.is_some() || (provider == "vertex" && root.first(&["api_key"]).is_none());
    wanted.then(|| ServiceAccount::read(&object.map(Members::of).unwrap_or_default()))
}

/// Only a sign-in at Google is used for several projects.
fn project_list(
    root: &Members<'_>,
    provider: &str,
    account: Option<&Result<ServiceAccount, &'static str>>,
) -> Box<[Box<str>]> {
    let given = root.read(&["project_id"], text);
    match (provider, given) {
        ("gemini-cli", Some(list)) => projects::split(&list),
        (_, Some(project)) => Box::from([project]),
        (_, None) => {
            let of_key = account.and_then(|account| account.as_ref().ok()?.project_id.clone());
            of_key.into_iter().collect()
        }
    }
}
