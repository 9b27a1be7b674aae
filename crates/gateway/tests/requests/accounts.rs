//! Credential files: their tokens, and what happens to them while requests run.

mod disasters;
mod explained;
mod following;
mod kinds;
mod listed;
mod looked_after;
mod meanwhile;
mod providers;
mod proxies;
mod quoted;
mod reported;
mod tokens;

use crate::rig::{Answer, Ask, Rig, now};
use cliproxy_core::{Operation, Protocol};
use cliproxy_scripted_upstream::{
    Behaviour, Script, Upstream,
    oauth::{Account, Dialect, TokenBehaviour},
};
use serde_json::{Map, Value, json};
use std::{
    path::PathBuf,
    time::{Duration, UNIX_EPOCH},
};
use tempfile::TempDir;

/// A model that every plan of Codex has.
const MODEL: &str = "gpt-5.4";

/// An upstream with Codex accounts `a`, `b` and `c`, and an empty directory for their files.
struct Home {
    upstream: Upstream,
    directory: TempDir,
}

/// When the access token of a new file ends.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    Long,
    Ago,
}

impl Home {
    fn new(
        behaviours: impl IntoIterator<Item = Behaviour>,
        tokens: impl IntoIterator<Item = TokenBehaviour>,
    ) -> Self {
        let account = |label: &str| Account::new(label, Dialect::Codex);
        let script = Script::new()
            .account(account("a").behaves(behaviours).tokens(tokens))
            .account(account("b"))
            .account(account("c"));
        Self::of(script)
    }

    fn of(script: Script) -> Self {
        Self {
            upstream: Upstream::start(script).unwrap(),
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, label: &str) -> PathBuf {
        self.directory.path().join(format!("{label}.json"))
    }

    /// Somebody has signed in, and this is in the file besides.
    fn sign_in(&self, label: &str, ends: Ends, more: &Value) {
        let signed_in = self.upstream.oauth().sign_in(label).unwrap();
        let ends = match ends {
            Ends::Long => signed_in.expires_at,
            Ends::Ago => now() - Duration::from_secs(60),
        };
        let refresh = signed_in.refresh_token.unwrap();
        let mut file = json!({
            "type": "codex",
            "label": label,
            "email": format!("{label}@example.com"),
            "client_id": "scripted-client",
            "base_url": format!("{}/v1", self.upstream.base_url()),
            "access_token": signed_in.access_token.expose(),
            "refresh_token": refresh.expose(),
            "expires_at": ends.duration_since(UNIX_EPOCH).unwrap().as_secs(),
        });
        let more: Map<String, Value> = more.as_object().unwrap().clone();
        file.as_object_mut().unwrap().extend(more);
        self.write(label, &file);
    }

    /// As an editor does that is worth its name.
    fn write(&self, label: &str, file: &Value) {
        let draft = self.directory.path().join(format!(".{label}.draft"));
        std::fs::write(&draft, file.to_string()).unwrap();
        std::fs::rename(&draft, self.path(label)).unwrap();
    }

    fn read(&self, label: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.path(label)).unwrap()).unwrap()
    }

    fn edit(&self, label: &str, member: &str, value: Value) {
        let mut file = self.read(label);
        file[member] = value;
        self.write(label, &file);
    }

    fn yaml(&self, more: &str) -> String {
        format!(
            "auth-dir: '{}'\noauth: {{codex: {{token_url: '{}'}}}}\n{more}\n",
            self.directory.path().display(),
            self.upstream.token_url(Dialect::Codex)
        )
    }

    /// With another configuration besides the directory.
    async fn rig_with(&self, more: &str) -> Rig {
        let directory = self.directory.path().display();
        Rig::of_accounts(&format!("auth-dir: '{directory}'\n{more}\n")).await
    }

    async fn rig(&self, more: &str) -> Rig {
        Rig::of_accounts(&self.yaml(more)).await
    }
}

fn ask() -> Ask {
    Ask::new(Protocol::Responses, MODEL, false).to(Operation::Generate)
}

/// Whose answer it is.
fn by(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.header("x-cliproxy-served-by")
}
