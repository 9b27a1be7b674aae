//! What a credential file is called, unless somebody says otherwise.

use cliproxy_auth_store::CredentialRecord;
use sha2::{Digest as _, Sha256};
use std::time::{SystemTime, UNIX_EPOCH};

/// The name without `.json`: the type, and whose it is. As version 7 names its files, so that a later
/// sign-in there replaces the file and adds none beside it.
pub(super) fn stem(kind: &str, record: &CredentialRecord, now: SystemTime) -> String {
    let account = &record.account;
    let email = account.email.as_deref().map(str::to_owned);
    let moment = || {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        since.as_millis().to_string()
    };
    let signs_in = record.tokens.access.is_some() || record.tokens.refresh.is_some();
    let parts = match kind {
        // One address may have several accounts: its own, and that of a team.
        "codex" if signs_in => {
            let id = account.account_id.as_deref().map(short_hash);
            let plan = account.plan.as_deref().map(plain);
            [id, email, plan]
        }
        "gemini" if signs_in => {
            let projects = match &*record.projects {
                [] => None,
                [one] => Some(one.to_string()),
                _ => Some("all".to_owned()),
            };
            [email, projects, None]
        }
        "vertex" => {
            let prefix = record.settings.prefix.as_deref().map(str::to_owned);
            let project = record.projects.first().map(|project| project.to_string());
            [prefix, project, None]
        }
        "kimi" => [Some(moment()), None, None],
        _ => [email.or_else(|| Some(moment())), None, None],
    };
    let known = parts.into_iter().flatten().filter(|part| !part.is_empty());
    let known: Vec<_> = known.collect();
    match known.is_empty() {
        true => format!("{kind}-{}", moment()),
        false => format!("{kind}-{}", known.join("-")),
    }
}

/// Eight digits that stand for an account.
fn short_hash(account: &str) -> String {
    let hash = Sha256::digest(account);
    hash.iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A plan in lower case, other characters than letters and digits as one `-`.
fn plain(plan: &str) -> String {
    let words = plan.split(|character: char| !character.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::stem;
    use cliproxy_auth_store::{CredentialFile, FileName};
    use serde_json::{Value, json};
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn files_are_called_by_whose_they_are() {
        let now = UNIX_EPOCH + Duration::from_millis(1_778_234_400_123);
        let check = |mut file: Value, expected: &str| {
            let kind = file["type"].as_str().unwrap().to_owned();
            if file["api_key"].is_null() {
                file["access_token"] = json!("canary");
            }
            let name = FileName::sanitised("x");
            let read = CredentialFile::read(&name, file.to_string().as_bytes()).unwrap();
            assert_eq!(
                stem(&kind, read.primary().unwrap(), now),
                expected,
                "{file}"
            );
        };
        // An id token with a plan is read in the store's own tests; here only its parts are put together.
        let (me, it) = ("me@x.com", "acc-1");
        check(
            json!({"type": "codex", "email": me, "account_id": it}),
            "codex-cf9df9b9-me@x.com",
        );
        check(
            json!({"type": "codex", "email": me, "account_id": "acc-2"}),
            "codex-a75990ab-me@x.com",
        );
        check(json!({"type": "codex", "account_id": it}), "codex-cf9df9b9");
        check(json!({"type": "codex", "email": me}), "codex-me@x.com");
        check(json!({"type": "codex"}), "codex-1778234400123");
        check(
            json!({"type": "codex", "api_key": "k"}),
            "codex-1778234400123",
        );
        let plan = "e30.eyJodHRwczovL2FwaS5vcGVuYWkuY29tL2F1dGgiOnsiY2hhdGdwdF9wbGFuX3R5cGUiOiJUZWFtIF9QbHVzIn19.s";
        let file = json!({"type": "codex", "email": me, "account_id": it, "id_token": plan});
        check(file, "codex-cf9df9b9-me@x.com-team-plus");
        check(json!({"type": "gemini", "email": me}), "gemini-me@x.com");
        check(
            json!({"type": "gemini", "email": me, "project_id": "p"}),
            "gemini-me@x.com-p",
        );
        check(
            json!({"type": "gemini", "email": me, "project_id": "p, q"}),
            "gemini-me@x.com-all",
        );
        check(json!({"type": "gemini", "project_id": "p"}), "gemini-p");
        check(
            json!({"type": "vertex", "api_key": "k", "project_id": "p"}),
            "vertex-p",
        );
        let file = json!({"type": "vertex", "api_key": "k", "project_id": "p", "prefix": "eu"});
        check(file, "vertex-eu-p");
        check(json!({"type": "kimi", "email": me}), "kimi-1778234400123");
        check(json!({"type": "xai", "email": me}), "xai-me@x.com");
        check(json!({"type": "mine"}), "mine-1778234400123");
    }
}
