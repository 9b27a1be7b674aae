//! One sign-in in several files: whichever of them is refreshed first uses up the token of the others.

use super::Holdings;
use cliproxy_auth_store::{Account, CredentialRecord, Standing};
use cliproxy_core::CredentialId;
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use std::{
    collections::{BTreeMap, BTreeSet, hash_map::Entry},
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

/// Of so many changes each is compared to all files; for more, the tokens of all files are hashed.
const FEW: usize = 16;

/// How many sign-ins are remembered that were warned of.
const MOST_TOLD: usize = 1000;

/// Files that have something in common with others, by each of their names: all of them, in the order
/// of their names.
pub(crate) type Twins = FxHashMap<CredentialId, Arc<[CredentialId]>>;

/// Finds the files that hold one sign-in.
pub(crate) fn twins(holdings: &Holdings) -> Twins {
    let mut groups = FxHashMap::<_, Vec<_>>::default();
    for held in holdings.iter() {
        let record = &*held.record;
        let Some(token) = refresh_token(record) else {
            continue;
        };
        for project in places(record) {
            let files = groups.entry((token, project)).or_default();
            files.push(record.id.clone());
        }
    }
    together(groups.into_values())
}

/// Finds the files that hold sign-ins of their own to one account. They may be meant so; or one is a
/// copy of another, from which the first refresh has made them different.
pub(crate) fn of_one_account(holdings: &Holdings) -> Twins {
    let mut accounts = FxHashMap::<_, Vec<&CredentialRecord>>::default();
    for held in holdings.iter() {
        let record = &*held.record;
        if refresh_token(record).is_none() || record.standing == Standing::Disabled {
            continue;
        }
        let Account {
            account_id, email, ..
        } = &*record.account;
        let address = email.as_deref().filter(|_| account_id.is_none());
        if account_id.is_none() && address.is_none() {
            continue;
        }
        for project in places(record) {
            let key = (&record.provider, account_id.as_deref(), address, project);
            accounts.entry(key).or_default().push(record);
        }
    }
    let groups = accounts.into_values().flat_map(|files| {
        let emails = files
            .iter()
            .filter_map(|file| file.account.email.as_deref());
        let people = emails.collect::<FxHashSet<_>>().len();
        // A workspace is an account of all its members. Who says no address may be any of them.
        let mut groups = FxHashMap::<_, Vec<_>>::default();
        for file in files {
            let person = file.account.email.as_deref().filter(|_| people > 1);
            let is_anybody = people > 1 && person.is_none();
            let alone = is_anybody.then_some(&file.id);
            let group = groups.entry((person, alone)).or_default();
            group.push(file.id.clone());
        }
        groups.into_values()
    });
    together(groups)
}

/// What a file serves that another of the same sign-in can serve as well. Google's tokens stay good,
/// and may serve other projects from another file.
fn places(record: &CredentialRecord) -> Vec<Option<&str>> {
    match is_used_up(record) || record.projects.is_empty() {
        true => vec![None],
        false => record.projects.iter().map(|one| Some(&**one)).collect(),
    }
}

/// Each file with all those that it shares a group with.
fn together(groups: impl Iterator<Item = Vec<CredentialId>>) -> Twins {
    let mut found = FxHashMap::<_, Arc<[CredentialId]>>::default();
    for files in groups.filter(|files| files.len() > 1) {
        let all = Arc::<[_]>::from(files);
        for one in &*all {
            match found.entry(one.clone()) {
                Entry::Vacant(free) => drop(free.insert(Arc::clone(&all))),
                Entry::Occupied(mut before) => {
                    let both: BTreeSet<_> = before.get().iter().chain(&*all).cloned().collect();
                    if both.len() > before.get().len() {
                        before.insert(both.into_iter().collect());
                    }
                }
            }
        }
    }
    found
}

/// The sign-ins that a gateway has warned of.
#[derive(Debug, Default)]
pub(super) struct Told {
    by: RandomState,
    sign_ins: Mutex<FxHashSet<u64>>,
}

impl Told {
    /// Whether it is said for the first time, so far as that is remembered.
    fn is_new(&self, token: &str) -> bool {
        let mut sign_ins = self.sign_ins.lock();
        if sign_ins.len() >= MOST_TOLD {
            sign_ins.clear();
        }
        sign_ins.insert(self.by.hash_one(token))
    }
}

/// Says once of each such sign-in that its files are several, if one of these records is among them.
pub(super) fn warn(
    holdings: &Holdings,
    changed: &BTreeMap<CredentialId, Arc<CredentialRecord>>,
    told: &Told,
) {
    for (record, files) in untold(holdings, changed, told) {
        let files: Vec<_> = files.iter().map(CredentialId::as_str).collect();
        let files = files.join(", ");
        match is_used_up(record) {
            true => tracing::warn!(
                files,
                "these hold one refresh token, which can be used once: the others are signed out by \
                 the first refresh; keep one of them"
            ),
            false => tracing::warn!(
                files,
                "these hold one sign-in for a project that they have in common: keep one of them"
            ),
        }
    }
}

/// A changed file of each sign-in that nobody was told of, with all its files.
fn untold<'a>(
    holdings: &Holdings,
    changed: &'a BTreeMap<CredentialId, Arc<CredentialRecord>>,
    told: &Told,
) -> Vec<(&'a CredentialRecord, Arc<[CredentialId]>)> {
    if changed.len() <= FEW && !changed.values().any(|record| has_another(holdings, record)) {
        return Vec::new();
    }
    let mut twins = twins(holdings);
    let mut untold = Vec::new();
    for (id, record) in changed {
        let (Some(files), Some(token)) = (twins.remove(id), refresh_token(record)) else {
            continue;
        };
        if told.is_new(token) {
            untold.push((&**record, files));
        }
    }
    untold
}

/// Whether another file has the refresh token of this one.
fn has_another(holdings: &Holdings, record: &CredentialRecord) -> bool {
    let Some(token) = refresh_token(record) else {
        return false;
    };
    let mut others = holdings.iter().map(|held| &*held.record);
    others.any(|other| other.id != record.id && refresh_token(other) == Some(token))
}

/// Whether a refresh ends the token that it was asked with. Google's stay good.
fn is_used_up(record: &CredentialRecord) -> bool {
    record.provider.as_str() != "gemini-cli"
}

/// What is used up. A copy and a link have it in common as two copies do.
fn refresh_token(record: &CredentialRecord) -> Option<&str> {
    let is_refreshed = record.parent.is_none() && !matches!(record.standing, Standing::Inert(_));
    let refresh = record.tokens.refresh.as_ref().filter(|_| is_refreshed);
    refresh.map(|refresh| refresh.expose())
}

#[cfg(test)]
mod tests {
    use super::{
        Arc, CredentialId, Holdings, MOST_TOLD, Told, Twins, of_one_account, twins, untold,
    };
    use cliproxy_auth_store::{Change, CredentialFile, FileName};
    use serde_json::{Value, json};

    /// What a directory holds with these files; a second text is that of the file that is linked to.
    fn holding(files: &[(&str, Value, Option<Value>)]) -> Holdings {
        let mut changes = Vec::new();
        for (name, file, there) in files {
            let name = FileName::parse(&format!("{name}.json")).unwrap();
            let there = there.as_ref().map(Value::to_string);
            let there = there.as_deref().map(str::as_bytes);
            let file = file.to_string();
            let file = CredentialFile::linked(&name, file.as_bytes(), there).unwrap();
            changes.extend(file.records.into_iter().map(Change::Added));
        }
        let mut holdings = Holdings::default();
        holdings.apply(changes);
        holdings
    }

    /// Of each file, with which others it is named.
    #[track_caller]
    fn check(found: &Twins, expected: &[(&str, &[&str])]) {
        let stem = |id: &CredentialId| id.as_str().trim_end_matches(".json").to_owned();
        let mut found: Vec<_> = found
            .iter()
            .map(|(id, all)| (stem(id), all.iter().map(stem).collect::<Vec<_>>()))
            .collect();
        found.sort_unstable();
        let expected: Vec<_> = expected
            .iter()
            .map(|(id, all)| {
                (
                    (*id).to_owned(),
                    all.iter().map(|id| (*id).to_owned()).collect(),
                )
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn files_with_one_refresh_token() {
        let tokens = json!({"tokens": {"access_token": "a", "refresh_token": "r"}});
        let codex = |token: &str| json!({"type": "codex", "refresh_token": token});
        let files = [
            ("link", json!({"type": "codex", "link": "/x"}), Some(tokens)),
            ("copy", codex("r"), None),
            (
                "off",
                json!({"type": "codex", "disabled": true, "refreshToken": "r"}),
                None,
            ),
            ("other", codex("q"), None),
            (
                "listed",
                json!({"type": "claude", "refresh_token": "r"}),
                None,
            ),
            (
                "access",
                json!({"type": "codex", "access_token": "a"}),
                None,
            ),
        ];
        let all: &[_] = &["copy", "link", "off"];
        let expected = [("copy", all), ("link", all), ("off", all)];
        check(&twins(&holding(&files)), &expected);
    }

    /// Google's tokens stay good: only what two files serve both is served twice.
    #[test]
    fn files_of_one_google_sign_in_with_a_project_in_common() {
        let google = |projects: &str| json!({"type": "gemini", "refresh_token": "g", "project_id": projects});
        let files = [
            ("a", google("p"), None),
            ("b", google("p,q"), None),
            ("c", google("q,p"), None),
            ("d", google("q"), None),
            ("e", google("r"), None),
        ];
        check(
            &twins(&holding(&files)),
            &[
                ("a", &["a", "b", "c"]),
                ("b", &["a", "b", "c", "d"]),
                ("c", &["a", "b", "c", "d"]),
                ("d", &["b", "c", "d"]),
            ],
        );
    }

    /// As copies are, after one of them was refreshed.
    #[test]
    fn files_of_one_account_with_tokens_of_their_own() {
        let codex = |token: &str, more: Value| {
            let mut file = json!({"type": "codex", "refresh_token": token});
            for (member, value) in more.as_object().unwrap() {
                file[member] = value.clone();
            }
            (file, None)
        };
        let found = |files: [(Value, Option<Value>); 2]| {
            let [(a, in_a), (b, in_b)] = files;
            of_one_account(&holding(&[("a", a, in_a), ("b", b, in_b)]))
        };
        let both: &[_] = &[("a", &["a", "b"][..]), ("b", &["a", "b"][..])];
        let work = json!({"account_id": "work", "email": "a@x"});
        let copies = |more: Value| [codex("r", work.clone()), codex("q", more)];
        check(&found(copies(work.clone())), both);
        // An id token came with the refresh of one of them.
        check(&found(copies(json!({"account_id": "work"}))), both);
        check(
            &found(copies(json!({"account_id": "home", "email": "a@x"}))),
            &[],
        );
        check(
            &found(copies(json!({"account_id": "work", "email": "b@x"}))),
            &[],
        );
        check(&found(copies(json!({"email": "a@x"}))), &[]);
        let off = json!({"account_id": "work", "email": "a@x", "disabled": true});
        check(&found(copies(off)), &[]);
        let by_mail = || json!({"email": "a@x"});
        check(&found([codex("r", by_mail()), codex("q", by_mail())]), both);
        check(&found([codex("r", json!({})), codex("q", json!({}))]), &[]);
        let google = |token: &str, projects: &str| {
            let file = json!({"type": "gemini", "email": "a@x", "refresh_token": token, "project_id": projects});
            (file, None)
        };
        check(&found([google("r", "p,q"), google("q", "q")]), both);
        check(&found([google("r", "p"), google("q", "q")]), &[]);
    }

    #[test]
    fn a_sign_in_is_told_of_once() {
        let codex = |token: &str| json!({"type": "codex", "refresh_token": token});
        let files = [("a", codex("r"), None), ("b", codex("r"), None)];
        let holdings = holding(&files);
        let records = holdings.iter().map(|held| &held.record);
        let changed = records.map(|record| (record.id.clone(), Arc::clone(record)));
        let changed = changed.collect();
        let told = Told::default();
        let count = || untold(&holdings, &changed, &told).len();
        assert_eq!(count(), 1);
        assert_eq!(count(), 0, "added, disabled, enabled: one sign-in");
        for other in 0..MOST_TOLD * 2 {
            told.is_new(&other.to_string());
        }
        assert!(told.sign_ins.lock().len() <= MOST_TOLD);
    }
}
