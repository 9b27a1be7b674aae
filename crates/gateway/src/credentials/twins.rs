//! One sign-in in several files: whichever of them is refreshed first uses up the token of the others.

use super::Holdings;
use cliproxy_auth_store::{CredentialRecord, Standing};
use cliproxy_core::CredentialId;
use rustc_hash::{FxHashMap, FxHashSet};
use std::{collections::BTreeMap, sync::Arc};

/// Of so many changes each is compared to all files; for more, the tokens of all files are hashed.
const FEW: usize = 16;

/// The files that hold one sign-in together with others, by each of their names, in the order
/// of those.
pub(crate) type Twins = FxHashMap<CredentialId, Arc<[CredentialId]>>;

/// Finds them among all accounts.
pub(crate) fn twins(holdings: &Holdings) -> Twins {
    let mut files = FxHashMap::<_, Vec<_>>::default();
    for held in holdings.iter() {
        let record = &*held.record;
        if let Some(token) = refresh_token(record) {
            // Google's token stays good, and may serve other projects from another file.
            let projects = (!is_used_up(record)).then_some(&record.projects);
            files
                .entry((token, projects))
                .or_default()
                .push(record.id.clone());
        }
    }
    let several = files.into_values().filter(|files| files.len() > 1);
    let named = several.flat_map(|files| {
        let all = Arc::<[_]>::from(files);
        let each: Vec<_> = all.iter().cloned().collect();
        each.into_iter().map(move |one| (one, Arc::clone(&all)))
    });
    named.collect()
}

/// Says once of each such sign-in that its files are several, if one of these records is among them.
pub(super) fn warn(holdings: &Holdings, changed: &BTreeMap<CredentialId, Arc<CredentialRecord>>) {
    if changed.len() <= FEW && !changed.values().any(|record| has_another(holdings, record)) {
        return;
    }
    let twins = twins(holdings);
    let mut told = FxHashSet::default();
    for (id, record) in changed {
        let Some(files) = twins.get(id) else {
            continue;
        };
        if !told.insert(Arc::as_ptr(files)) {
            continue;
        }
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
                "these hold one sign-in and the same projects: keep one of them"
            ),
        }
    }
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
    use super::{CredentialId, Holdings, twins};
    use cliproxy_auth_store::{Change, CredentialFile, FileName};

    #[test]
    fn files_with_one_refresh_token() {
        let mut changes = Vec::new();
        let mut put = |name: &str, text: &str, there: Option<&str>| {
            let name = FileName::parse(name).unwrap();
            let there = there.map(str::as_bytes);
            let file = CredentialFile::linked(&name, text.as_bytes(), there).unwrap();
            changes.extend(file.records.into_iter().map(Change::Added));
        };
        let tokens = r#"{"tokens":{"access_token":"a","refresh_token":"r"}}"#;
        put("link.json", r#"{"type":"codex","link":"/x"}"#, Some(tokens));
        put("copy.json", r#"{"type":"codex","refresh_token":"r"}"#, None);
        let off = r#"{"type":"codex","disabled":true,"refreshToken":"r"}"#;
        put("off.json", off, None);
        put(
            "other.json",
            r#"{"type":"codex","refresh_token":"q"}"#,
            None,
        );
        put(
            "listed.json",
            r#"{"type":"claude","refresh_token":"r"}"#,
            None,
        );
        put(
            "access.json",
            r#"{"type":"codex","access_token":"a"}"#,
            None,
        );
        let projects = r#"{"type":"gemini","refresh_token":"g","project_id":"one,two"}"#;
        put("projects.json", projects, None);
        let google = r#"{"type":"gemini","refresh_token":"g","project_id":"three"}"#;
        put("three.json", google, None);
        put("again.json", google, None);
        let mut holdings = Holdings::default();
        holdings.apply(changes);
        let found = twins(&holdings);
        let mut names: Vec<_> = found.keys().map(|id| id.as_str()).collect();
        names.sort_unstable();
        let (codex, google) = (
            ["copy.json", "link.json", "off.json"],
            ["again.json", "three.json"],
        );
        assert_eq!(names.len(), google.len() + codex.len(), "{names:?}");
        let all = |name: &str| -> Vec<_> {
            let files = found[&CredentialId::from(name)].iter();
            files.map(|id| id.as_str()).collect()
        };
        for name in codex {
            assert_eq!(all(name), codex, "{name}");
        }
        for name in google {
            assert_eq!(all(name), google, "{name}");
        }
    }
}
