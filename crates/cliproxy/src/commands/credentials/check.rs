//! `cliproxy credentials check`.

mod view;

use super::{
    Stop,
    finding::{Finding, Weight},
    named::{Named, called},
    seen::{By, Meant, Seen, elsewhere, meant_where},
};
use crate::{
    cli::CheckArgs,
    commands::{running, runtime},
    print,
    screen::{Paint, json},
};
use anyhow::Context as _;
use cliproxy::idle_gateway;
use cliproxy_auth_store::FileName;
use cliproxy_config::{Env, Unset};
use cliproxy_core::CredentialId;
use cliproxy_gateway::{Checked, CredentialDetail, Gateway, TokensView};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// How long a refresh of the gateway that runs is waited for, and how often it is looked at: as long as a
/// request waits.
const PATIENCE: Duration = Duration::from_secs(35);
const PAUSE: Duration = Duration::from_millis(250);

/// What a check has found.
pub(super) struct Report {
    pub(super) seen: Seen,
    /// Those that are meant, by their ids.
    pub(super) rows: Vec<Row>,
}

/// One of them.
pub(super) struct Row {
    /// What people call it.
    pub(super) label: String,
    /// What commands call it; nothing for a key.
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) is_renewed: bool,
    pub(super) finding: Finding,
    /// What else its file says that is not as meant.
    pub(super) remarks: Vec<String>,
}

pub(super) fn run(args: &CheckArgs) -> Result<ExitCode, Stop> {
    let runtime = runtime().context("cannot start the runtime")?;
    let report = runtime.block_on(check(args))?;
    let is_fine = report
        .rows
        .iter()
        .all(|row| row.finding.weight != Weight::Trouble);
    if args.json {
        print::line(&json(&report.to_json()));
    } else {
        let paint = Paint::of_stdout(&Env::of_process());
        print::line(view::text(&report, paint).trim_end());
    }
    Ok(match is_fine {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn check(args: &CheckArgs) -> Result<Report, Stop> {
    let running = at_rest(args).await?;
    let file = match running.as_ref().map(|seen| &seen.by) {
        // It has no file that somebody else could read, and looks after its tokens itself.
        Some(By::Gateway(record)) if !Path::new(&record.config).is_absolute() => {
            let Some(seen) = running else {
                return Err(anyhow::anyhow!("nothing is known of it").into());
            };
            return report(args, seen, &BTreeMap::new());
        }
        Some(By::Gateway(record)) => Some(Path::new(&record.config).to_owned()),
        _ => args.gateway.config.clone(),
    };
    let Meant { path, config } = meant_where(Unset::RequestsElsewhere, file.as_deref())?;
    let gateway = idle_gateway(&config).await.map_err(anyhow::Error::from)?;
    let before = Seen::own(&gateway, path.clone());
    let ids = wanted(args, &before, running.as_ref())?;
    let checked = gateway.check(&ids).await;
    let done: BTreeMap<_, _> = ids.iter().map(|id| id.to_string()).zip(checked).collect();
    // What is not written by the end never will be.
    end(&gateway).await;
    let mut seen = Seen::own(&gateway, path).without(elsewhere(&config));
    if let Some(running) = running {
        seen.with_health_of(running, &done);
    }
    report(args, seen, &done)
}

/// The gateway that runs, once it has done with those that it was refreshing and that are meant: what
/// comes of that is part of the answer. Who begins meanwhile is not waited for, or a check of many would
/// never end.
async fn at_rest(args: &CheckArgs) -> Result<Option<Seen>, Stop> {
    let until = Instant::now() + PATIENCE;
    let mut awaited: Option<BTreeSet<String>> = None;
    loop {
        let Some(record) = running::with_this_config(&args.gateway).await? else {
            return Ok(None);
        };
        let seen = Seen::by_gateway(record).await?;
        let busy = meant_by(args, &seen).filter(|one| is_refreshed_now(one));
        let mut busy: BTreeSet<_> = busy.map(|one| one.view.id.clone()).collect();
        if let Some(awaited) = &awaited {
            busy.retain(|id| awaited.contains(id));
        }
        let is_done = busy.is_empty();
        awaited = Some(busy);
        if is_done || Instant::now() >= until {
            return Ok(Some(seen));
        }
        sleep(PAUSE).await;
    }
}

/// Those that were named, or all, as far as they are known there.
fn meant_by<'a>(
    args: &'a CheckArgs,
    seen: &'a Seen,
) -> impl Iterator<Item = &'a CredentialDetail> + 'a {
    let named = args.names.iter().filter_map(|name| match seen.named(name) {
        Ok(Named::Credential(one)) => Some(one),
        _ => None,
    });
    let all = seen.inventory.credentials.iter();
    named.chain(all.filter(|_| args.names.is_empty()))
}

/// What is known of its tokens.
fn tokens_of(one: &CredentialDetail) -> Option<&TokensView> {
    one.view.account.as_ref()?.tokens.as_ref()
}

fn is_refreshed_now(one: &CredentialDetail) -> bool {
    tokens_of(one).is_some_and(|tokens| tokens.condition == "refreshing")
}

/// Whose tokens are looked after here: those that are meant, unless the gateway that runs is at work on
/// them, or has newer ones than the disk.
fn wanted(
    args: &CheckArgs,
    seen: &Seen,
    running: Option<&Seen>,
) -> Result<Vec<CredentialId>, Stop> {
    let mut ids = Vec::new();
    for one in chosen(args, seen)? {
        let Named::Credential(one) = one else {
            continue;
        };
        let is_owner = one.from.as_ref().is_some_and(|from| from.parent.is_none());
        let is_busy = running.is_some_and(|running| running.is_at_work_on(&one.view.id));
        if is_owner && !is_busy {
            ids.push(CredentialId::from(&*one.view.id));
        }
    }
    Ok(ids)
}

/// Those that were named, or all.
fn chosen<'a>(args: &CheckArgs, seen: &'a Seen) -> anyhow::Result<Vec<Named<'a>>> {
    if !args.names.is_empty() {
        return args.names.iter().map(|name| seen.named(name)).collect();
    }
    let all = seen.inventory.credentials.iter().map(Named::Credential);
    let broken = seen.without_records().into_iter().cloned();
    Ok(all.chain(broken.map(Named::Broken)).collect())
}

/// What is left to write is written.
async fn end(gateway: &Arc<Gateway>) {
    gateway.close_credentials().await;
    gateway.tasks().close();
    gateway.tasks().wait().await;
}

fn report(args: &CheckArgs, seen: Seen, done: &BTreeMap<String, Checked>) -> Result<Report, Stop> {
    let rows = chosen(args, &seen)?
        .into_iter()
        .map(|one| match one {
            Named::Credential(one) => row(one, &seen, done.get(&one.view.id).copied()),
            Named::Broken(file) => broken(&file, &seen),
        })
        .collect();
    Ok(Report { seen, rows })
}

fn row(one: &CredentialDetail, seen: &Seen, checked: Option<Checked>) -> Row {
    let finding = match checked {
        Some(Checked::Unfinished) => too_long(),
        checked => outcome(one, seen, checked),
    };
    let is_child = one.from.as_ref().is_some_and(|from| from.parent.is_some());
    // What the finding says already is not said again.
    let said = |remedy: &str| {
        let of_finding = finding.remedy.as_deref();
        of_finding.is_some_and(|said| said.ends_with(remedy))
    };
    let remarks = seen
        .problems_of(one)
        .filter(|problem| !is_child && !said(&problem.remedy))
        .map(|problem| match &*problem.member {
            "" => format!("{} ({})", problem.message, problem.remedy),
            member => format!("{member}: {} ({})", problem.message, problem.remedy),
        })
        .collect();
    let id = &*one.view.id;
    let name = if one.from.is_some() { id } else { "" };
    Row {
        label: called(one).to_owned(),
        name: name.strip_suffix(".json").unwrap_or(name).to_owned(),
        kind: one.view.provider.clone(),
        is_renewed: checked == Some(Checked::Renewed),
        finding,
        remarks,
    }
}

fn too_long() -> Finding {
    Finding::trouble(
        "refreshing",
        "its refresh takes too long",
        "ask again; look at its proxy, and whether another process holds its lock",
    )
}

/// What there is to say after this process has looked after it, if it has: it does not try again later,
/// as a gateway would.
fn outcome(one: &CredentialDetail, seen: &Seen, checked: Option<Checked>) -> Finding {
    let found = Finding::of(one, seen);
    let (Some(checked), Some(tokens)) = (checked, tokens_of(one)) else {
        return found;
    };
    // A service account's key stays good, whatever becomes of a token.
    let is_key = one.view.provider == "vertex";
    let why = tokens.last_error.as_ref().map(|error| &*error.text);
    let why = why.unwrap_or("cannot be written");
    match (&*tokens.condition, tokens.reason.as_deref()) {
        ("at-risk", _) if checked == Checked::Renewed && !is_key => Finding::trouble(
            "lost",
            format!("its new tokens could not be written, and are lost: {why}"),
            "make room, or make its directory writable; then sign in again",
        ),
        ("failing", Some("storage")) => Finding::trouble(
            found.state,
            format!("nobody was asked for tokens: {why}"),
            "see to it that this user can read and write its file and the directory of it, and that \
             there is room; then check again",
        ),
        ("rotation-uncertain", _) => Finding {
            remedy: Some(
                "it was tried once more, without an answer that tells: check again once its token \
                 endpoint answers"
                    .to_owned(),
            ),
            ..found
        },
        _ => found,
    }
}

/// A file that no credential was made of.
fn broken(file: &FileName, seen: &Seen) -> Row {
    let mut problems = seen.problems.iter();
    let problem = problems.find(|problem| problem.file == *file);
    let name = file.as_str();
    let name = name.strip_suffix(".json").unwrap_or(name);
    Row {
        label: name.to_owned(),
        name: name.to_owned(),
        kind: String::new(),
        is_renewed: false,
        finding: Finding::of_unread(problem),
        remarks: Vec::new(),
    }
}

impl Report {
    fn to_json(&self) -> serde_json::Value {
        let rows = self.rows.iter().map(|row| {
            json!({
                "credential": row.label,
                "name": row.name,
                "type": row.kind,
                "result": row.finding.weight.as_str(),
                "state": row.finding.state,
                "refreshed": row.is_renewed,
                "what": row.finding.what,
                "remedy": row.finding.remedy,
                "remarks": row.remarks,
            })
        });
        json!({"credentials": rows.collect::<Vec<_>>()})
    }
}
