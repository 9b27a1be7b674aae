//! Credential files whose accounts sign in at a scripted upstream.

use crate::launch::write;
use cliproxy_scripted_upstream::{
    Upstream,
    oauth::{Dialect, token_digest},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};
use tempfile::TempDir;

/// The members that the gateway may change.
const OURS: [&str; 5] = [
    "access_token",
    "refresh_token",
    "id_token",
    "expires_at",
    "last_refresh",
];

/// A directory of credential files. The accounts are those of Codex, named by their labels.
#[derive(Debug)]
pub struct AuthDir {
    path: PathBuf,
    _kept: Option<TempDir>,
}

/// When the access token of a file ends, as the file says.
#[expect(clippy::exhaustive_enums, reason = "a test says which it means")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// When it really does.
    InTime,
    /// Long ago.
    Ago,
}

impl AuthDir {
    /// An empty directory, which is removed in the end.
    ///
    /// # Panics
    ///
    /// If there is no room for it.
    #[must_use]
    pub fn new() -> Self {
        let kept = tempfile::tempdir().expect("a directory");
        Self {
            path: kept.path().to_owned(),
            _kept: Some(kept),
        }
    }

    /// A directory that somebody else keeps.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            _kept: None,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of an account.
    #[must_use]
    pub fn file(&self, label: &str) -> PathBuf {
        self.path.join(format!("{label}.json"))
    }

    /// Settings with which a gateway follows this directory, and refreshes at this upstream.
    #[must_use]
    pub fn settings(&self, upstream: &Upstream) -> String {
        let (path, url) = (self.path.display(), upstream.token_url(Dialect::Codex));
        format!("auth-dir: '{path}'\noauth: {{codex: {{token_url: '{url}'}}}}\n")
    }

    /// Somebody signs in, and this is in the file besides: lines of JSON members that end in commas.
    /// The file is not as the gateway would write it, so that a test can tell what it leaves alone.
    ///
    /// # Panics
    ///
    /// If the script has no such account.
    pub fn sign_in(&self, upstream: &Upstream, label: &str, ends: Ends, more: &str) {
        let signed_in = upstream.oauth().sign_in(label).expect("an account");
        let access = signed_in.access_token.expose();
        let refresh = signed_in.refresh_token.expect("a refresh token");
        let id = signed_in.id_token.expect("an id token");
        let base = upstream.base_url();
        let end = signed_in.expires_at.duration_since(UNIX_EPOCH);
        let end = match ends {
            Ends::InTime => end.expect("a date").as_secs(),
            Ends::Ago => 1_700_000_000,
        };
        let text = format!(
            r#"{{
  "type": "codex",   "label": "{label}",
      "of \"another\" program": {{"number": 1.50, "list": [2e3,null ,  "ü"]}},
  "email": "{label}@example.com", "account_id": "scripted {label}",
  "client_id": "scripted-client", "base_url": "{base}/v1",
  {more}
  "access_token" :"{access}",
  "refresh_token": "{refresh}", "id_token": "{id}",
  "expires_at": {end}, "last_refresh": 1600000000 }}

"#,
            refresh = refresh.expose(),
            id = id.expose(),
        );
        self.replace(label, &text);
    }

    /// What the file of an account says.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    pub fn text(&self, label: &str) -> String {
        fs::read_to_string(self.file(label)).expect("a credential file")
    }

    /// The same as JSON.
    ///
    /// # Panics
    ///
    /// If it is none.
    #[must_use]
    pub fn read(&self, label: &str) -> Value {
        serde_json::from_str(&self.text(label)).expect("JSON")
    }

    /// Puts a file in the place of the present one in one step, as a careful editor does.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub fn replace(&self, label: &str, text: &str) {
        let draft = self.path.join(format!(".{label}.draft"));
        write(&draft, text);
        fs::rename(&draft, self.file(label)).expect("a file moved");
    }

    /// Writes over the present file.
    pub fn overwrite(&self, label: &str, text: &str) {
        write(&self.file(label), text);
    }

    /// The text of the file with another value of this member, which is there already.
    ///
    /// # Panics
    ///
    /// If it is not.
    #[must_use]
    pub fn with(&self, label: &str, member: &str, value: &Value) -> String {
        let (text, file) = (self.text(label), self.read(label));
        let old = file.get(member).expect("the member").to_string();
        let at = text.find(&format!("\"{member}\"")).expect("the member");
        let (head, tail) = text.split_at(at + member.len() + 2);
        format!("{head}{}", tail.replacen(&old, &value.to_string(), 1))
    }

    /// The refresh token of a file, by its [digest](token_digest).
    #[must_use]
    pub fn refresh_token(&self, label: &str) -> String {
        token_digest(self.read(label)["refresh_token"].as_str().unwrap_or("none"))
    }

    /// The names of everything in the directory, sorted.
    ///
    /// # Panics
    ///
    /// If it cannot be read.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.path).expect("a directory");
        let names = entries.flatten().map(|entry| entry.file_name());
        let mut names: Vec<_> = names
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort_unstable();
        names
    }

    /// What is left of files that were being written.
    #[must_use]
    pub fn drafts(&self) -> Vec<String> {
        let mut names = self.names();
        names.retain(|name| name.ends_with(".tmp"));
        names
    }
}

impl Default for AuthDir {
    fn default() -> Self {
        Self::new()
    }
}

/// A credential file without what the gateway may change in it, for comparing the rest byte by byte.
///
/// # Panics
///
/// If it is no whole JSON object.
#[must_use]
pub fn without_tokens(text: &str) -> String {
    let file: Value = serde_json::from_str(text).expect("whole JSON");
    let mut rest = text.to_owned();
    for member in OURS {
        let value = file.get(member).cloned().unwrap_or_else(|| json!("none"));
        rest = rest.replace(&value.to_string(), "…");
    }
    rest
}
