//! What there is of credentials: as the gateway that runs sees them, or as they are on disk.

use super::{
    Stop,
    finding::{Finding, IMPORT_KEY},
};
use crate::{
    cli::GatewayArgs,
    commands::{configuration_in, running, serve::explain},
    print,
    screen::plain,
};
use anyhow::Context as _;
use cliproxy::idle_gateway;
use cliproxy_auth_store::{BadName, FileName, FileStore, Look, Problem, Scanner};
use cliproxy_config::{Config, Env, Overrides, Unset};
use cliproxy_gateway::{Checked, CredentialDetail, Gateway, Inventory};
use cliproxy_management::{Call, RunRecord};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// What a problem names that is one of the directory as a whole.
const DIRECTORY: &str = "auth-dir";

/// Credentials, and where this is known from.
pub(in crate::commands) struct Seen {
    pub(in crate::commands) inventory: Inventory,
    pub(super) by: By,
    /// What is wrong with files.
    pub(super) problems: Vec<Problem>,
    /// Files that can be read, and that the gateway which was asked does not have yet.
    pub(super) awaited: BTreeSet<String>,
    /// What lies in the directory and is no credential file.
    pub(super) strays: Vec<String>,
    /// The labels of keys that are variables of another process.
    pub(super) elsewhere: BTreeSet<String>,
}

/// Who has looked.
pub(super) enum By {
    /// A gateway that runs.
    Gateway(RunRecord),
    /// This process, with this configuration.
    Own(PathBuf),
}

/// The configuration that is meant, and where it is.
pub(in crate::commands) struct Meant {
    pub(in crate::commands) path: PathBuf,
    pub(in crate::commands) config: Config,
}

impl Seen {
    /// Asks the gateway that is meant, or looks where none runs.
    pub(super) async fn by_whom_it_may(args: &GatewayArgs) -> Result<Self, Stop> {
        if let Some(record) = running::with_this_config(args).await? {
            return Self::by_gateway(record).await;
        }
        let meant = meant(args.config.as_deref())?;
        let gateway = idle_gateway(&meant.config).await;
        let gateway = gateway.map_err(anyhow::Error::from)?;
        Ok(Self::own(&gateway, meant.path).without(elsewhere(&meant.config)))
    }

    /// The same where these keys are not known.
    pub(super) fn without(self, elsewhere: BTreeSet<String>) -> Self {
        Self { elsewhere, ..self }
    }

    /// What this process has read itself.
    pub(in crate::commands) fn own(gateway: &Gateway, config: PathBuf) -> Self {
        let inventory = gateway.inventory();
        Self {
            problems: on_disk(&inventory).0,
            awaited: BTreeSet::new(),
            strays: strays(&inventory),
            elsewhere: BTreeSet::new(),
            inventory,
            by: By::Own(config),
        }
    }

    /// The same, while this gateway runs with the configuration.
    pub(in crate::commands) fn beside(self, record: RunRecord) -> Self {
        Self {
            by: By::Gateway(record),
            ..self
        }
    }

    /// Whether a refresh begun elsewhere would meet one of this gateway, or what it has not written.
    pub(super) fn is_at_work_on(&self, id: &str) -> bool {
        let mut all = self.inventory.credentials.iter();
        let one = all.find(|one| one.view.id == id);
        let account = one.and_then(|one| one.view.account.as_ref());
        let tokens = account.and_then(|account| account.tokens.as_ref());
        tokens.is_some_and(|tokens| matches!(&*tokens.condition, "at-risk" | "refreshing"))
    }

    /// Adds what only the gateway knows that runs: how requests fared, and what it is at work on.
    pub(super) fn with_health_of(&mut self, running: Self, done: &BTreeMap<String, Checked>) {
        let theirs = running.inventory.credentials.iter();
        let theirs: BTreeMap<_, _> = theirs.map(|one| (&*one.view.id, one)).collect();
        for one in &mut self.inventory.credentials {
            let id = &one.view.id;
            if one.from.is_none() && self.elsewhere.contains(&one.view.credential) {
                // Its id follows from the key, which only the gateway knows.
                let mut same = running.inventory.credentials.iter().filter(|theirs| {
                    theirs.from.is_none()
                        && theirs.view.provider == one.view.provider
                        && theirs.view.credential == one.view.credential
                });
                if let (Some(theirs), None) = (same.next(), same.next()) {
                    self.elsewhere.remove(&one.view.credential);
                    *one = theirs.clone();
                }
                continue;
            }
            let Some(theirs) = theirs.get(&**id).copied() else {
                continue;
            };
            // What an upstream is asked for, only the gateway has asked.
            let is_unasked = one.from.is_none() && one.view.state == "no models";
            if running.is_at_work_on(id) || is_unasked {
                *one = theirs.clone();
            } else if one.view.state == "ready" && done.get(id) != Some(&Checked::Renewed) {
                one.view.state.clone_from(&theirs.view.state);
                one.view.reason.clone_from(&theirs.view.reason);
                one.view.back_in_ms = theirs.view.back_in_ms;
            }
        }
        self.by = running.by;
    }

    /// Where a credential file is.
    pub(in crate::commands) fn path_of(&self, file: &str) -> Option<String> {
        let directory = self.inventory.auth_dir.as_deref()?;
        Some(Path::new(directory).join(file).display().to_string())
    }

    pub(super) async fn by_gateway(record: RunRecord) -> Result<Self, Stop> {
        let answer = running::send(&record, &Call::Credentials).await?;
        let inventory = serde_json::from_value::<Inventory>(answer).with_context(|| {
            let pid = record.pid;
            format!(
                "the gateway with process number {pid} is of another version; start it again with this one"
            )
        })?;
        let (problems, awaited) = on_disk(&inventory);
        Ok(Self {
            problems,
            awaited,
            strays: strays(&inventory),
            elsewhere: BTreeSet::new(),
            inventory,
            by: By::Gateway(record),
        })
    }

    /// The directory of the files.
    pub(super) fn directory(&self) -> anyhow::Result<&Path> {
        let directory = self.inventory.auth_dir.as_deref();
        directory.map(Path::new).context(
            "no directory holds credential files: set `auth-dir` in the configuration, or HOME",
        )
    }

    /// What is wrong with the file of one.
    pub(super) fn problems_of(&self, one: &CredentialDetail) -> impl Iterator<Item = &Problem> {
        let file = one.view.account.as_ref().map(|account| &*account.file);
        let problems = self.problems.iter();
        problems.filter(move |problem| Some(problem.file.as_str()) == file)
    }

    /// The files that no credential was made of, each once; also the directory, if that is the trouble.
    pub(super) fn without_records(&self) -> BTreeSet<&FileName> {
        let all = self.inventory.credentials.iter();
        let known: BTreeSet<_> = all.map(|one| &*one.view.id).collect();
        let files = self.problems.iter().map(|problem| &problem.file);
        files
            .filter(|file| !known.contains(file.as_str()))
            .filter(|file| !self.awaited.contains(file.as_str()))
            .collect()
    }

    /// What the configuration is called.
    pub(super) fn config(&self) -> String {
        match &self.by {
            By::Gateway(record) => plain(&record.config),
            By::Own(path) => plain(&path.display().to_string()),
        }
    }

    /// What somebody is told who has changed a file.
    pub(in crate::commands) fn who_notices(&self) -> String {
        match &self.by {
            By::Gateway(record) => format!(
                "The gateway that runs (process {}) notices by itself.",
                record.pid
            ),
            By::Own(_) => {
                "No gateway runs with this configuration; the next start finds it so.".to_owned()
            }
        }
    }

    /// One of them, with what is to be said about it.
    pub(super) fn judged(&self, one: &CredentialDetail) -> Value {
        let found = Finding::of(one, self);
        let mut one = json!(one);
        one["result"] = json!(found.weight.as_str());
        one["what"] = json!(found.what);
        one["remedy"] = json!(found.remedy);
        one
    }

    pub(super) fn to_json(&self) -> Value {
        let gateway = match &self.by {
            By::Gateway(record) => json!({
                "pid": record.pid,
                "address": record.address,
                "config": record.config,
            }),
            By::Own(_) => Value::Null,
        };
        let credentials = self.inventory.credentials.iter();
        let credentials = credentials.map(|one| self.judged(one));
        let problems = self.problems.iter().map(|problem| {
            json!({
                "file": problem.file.as_str(),
                "member": problem.member,
                "message": problem.message,
                "remedy": problem.remedy,
            })
        });
        json!({
            "gateway": gateway,
            "at_ms": self.inventory.at_ms,
            "auth_dir": self.inventory.auth_dir,
            "credentials": credentials.collect::<Vec<_>>(),
            "problems": problems.collect::<Vec<_>>(),
            "awaited": self.awaited,
            "passed_over": self.strays,
        })
    }
}

/// Loads the configuration that is meant, where nobody is asked for anything with it.
pub(in crate::commands) fn meant(file: Option<&Path>) -> Result<Meant, Stop> {
    meant_where(Unset::AllElsewhere, file)
}

/// The same where variables that are not set mean this. What the gateway may have is said, and a key that
/// it may have counts as one.
pub(super) fn meant_where(unset: Unset, file: Option<&Path>) -> Result<Meant, Stop> {
    let env = Env::of_process().with_unset(unset);
    match configuration_in(file, &Overrides::default(), &env) {
        Ok((found, loaded)) => {
            if !loaded.unset.is_empty() {
                print::problems(&loaded.unset.to_string());
            }
            Ok(Meant {
                path: found.path,
                config: loaded.config,
            })
        }
        Err(unusable) => Err(Stop::Said(explain(&unusable))),
    }
}

/// The labels of the keys that are variables of another process.
pub(super) fn elsewhere(config: &Config) -> BTreeSet<String> {
    let entries = config.entries.iter();
    let keys = entries.flat_map(|entry| entry.labels().zip(&entry.keys));
    let elsewhere = keys.filter(|(_, key)| key.is_elsewhere());
    elsewhere.map(|(label, _)| label).collect()
}

/// What is wrong with the files, also with those that no gateway has taken; and the accounts of files that
/// can be read and are none of its.
fn on_disk(inventory: &Inventory) -> (Vec<Problem>, BTreeSet<String>) {
    let Some(directory) = &inventory.auth_dir else {
        return Default::default();
    };
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(inventory.at_ms);
    let mut scanner = Scanner::new(FileStore::new(directory));
    let found = scanner.look(&Look::All, now).problems;
    // The directory's own trouble is nobody's record.
    let of_directory = found
        .into_iter()
        .filter(|one| one.file.as_str() == DIRECTORY);
    let keys = inventory.credentials.iter();
    let keys = keys.filter(|one| one.view.provider == "service_account");
    let keys: BTreeSet<_> = keys.map(|one| &*one.view.id).collect();
    let of_files = scanner.records().problems().cloned().map(|mut problem| {
        if keys.contains(problem.file.as_str()) {
            problem.remedy = IMPORT_KEY.into();
        }
        problem
    });
    let known: BTreeSet<_> = inventory
        .credentials
        .iter()
        .map(|one| &*one.view.id)
        .collect();
    let there = scanner.records().iter().map(|record| record.id.as_str());
    let awaited = there.filter(|id| !known.contains(id)).map(str::to_owned);
    (of_directory.chain(of_files).collect(), awaited.collect())
}

/// What somebody may have meant to be a credential file. Locks and hidden files are the gateway's own.
fn strays(inventory: &Inventory) -> Vec<String> {
    let Some(directory) = &inventory.auth_dir else {
        return Vec::new();
    };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return vec![format!("{} is not there yet", plain(directory))];
        }
        // That is a problem already.
        Err(_) => return Vec::new(),
    };
    let mut strays = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let why = match FileName::parse(&name) {
            _ if is_directory && name.starts_with('.') => continue,
            _ if is_directory => "credential files lie directly in the directory above it; \
                                  move those in it there"
                .to_owned(),
            Ok(_) => continue,
            // Those of the gateway itself end otherwise.
            Err(BadName::Hidden) if !name.ends_with(".json") => continue,
            Err(BadName::Extension) if name.ends_with(".lock") => continue,
            Err(wrong) => format!("{wrong}; {}", otherwise(wrong)),
        };
        strays.push(format!("{} is passed over: {why}", plain(&name)));
    }
    strays.sort();
    strays
}

/// What to do about a name, if it is one of a credential file.
const fn otherwise(wrong: BadName) -> &'static str {
    match wrong {
        BadName::Extension => "rename it if it is one, or move it elsewhere",
        _ => "rename it, or move it elsewhere",
    }
}
