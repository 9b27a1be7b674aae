//! What all kills have in common: the directory, and the server that keeps books of tokens.

use crate::load::ask;
use anyhow::{Context as _, bail, ensure};
use cliproxy_e2e::{AuthDir, Ends, Gateway, Launch, config, eventually};
use cliproxy_scripted_upstream::{
    Script, Upstream,
    oauth::{Account, Call, Dialect},
};
use serde_json::{Value, json};
use std::{
    fs::File,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};
use tokio::task::block_in_place;

/// The one account.
pub(crate) const ACCOUNT: &str = "a";

/// The directory, the upstream, and the binary.
pub(crate) struct World {
    binary: PathBuf,
    pub(crate) upstream: Upstream,
    pub(crate) auths: AuthDir,
}

impl World {
    pub(crate) fn new(binary: &Path) -> anyhow::Result<Self> {
        let account = Account::new(ACCOUNT, Dialect::Codex);
        let script = Script::new().account(account);
        let script = script.events(20).interval(Duration::from_millis(1));
        let world = Self {
            binary: binary.canonicalize()?,
            upstream: Upstream::start(script)?,
            auths: AuthDir::new(),
        };
        world.begin_anew();
        Ok(world)
    }

    /// Somebody signs in.
    pub(crate) fn begin_anew(&self) {
        self.auths
            .sign_in(&self.upstream, ACCOUNT, Ends::InTime, "");
    }

    /// The file says that its token has ended.
    pub(crate) fn end_by_date(&self) {
        let text = self
            .auths
            .with(ACCOUNT, "expires_at", &json!(1_700_000_000));
        self.auths.replace(ACCOUNT, &text);
    }

    pub(crate) async fn start(&self) -> Gateway {
        let args = ["serve", "--config", "config.yaml", "--port", "0"];
        let settings = config(&self.auths.settings(&self.upstream), &[]);
        let launch = Launch::of(&self.binary, &args);
        Gateway::launch(launch.file("config.yaml", &settings)).await
    }

    /// The calls of the token endpoint after the one of this number.
    pub(crate) fn calls_after(&self, number: u64) -> Vec<Call> {
        let mut calls = self.upstream.oauth().calls();
        calls.retain(|call| call.number > number);
        calls
    }

    pub(crate) fn last_call(&self) -> u64 {
        let calls = self.upstream.oauth().calls();
        calls.last().map_or(0, |call| call.number)
    }

    /// What is noted of a refresh that was begun.
    pub(crate) fn note(&self) -> Option<Value> {
        let path = self.auths.path().join(format!(".{ACCOUNT}.json.refresh"));
        let text = std::fs::read_to_string(path).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Waits until the tokens are in this condition, for this reason if there is one to be.
    pub(crate) async fn reports(
        &self,
        gateway: &Gateway,
        condition: &str,
        reason: Option<&str>,
    ) -> anyhow::Result<()> {
        let mut last = Value::Null;
        let told = eventually(condition, async || {
            last = block_in_place(|| gateway.tokens(ACCOUNT));
            last["condition"] == condition && last["reason"].as_str() == reason
        });
        told.await;
        Ok(())
    }

    /// Asks once; the status.
    pub(crate) async fn status(&self, gateway: &Gateway) -> u16 {
        gateway.send(ask(false)).await.status
    }

    /// Ends a gateway as an operator does.
    pub(crate) async fn stop(&self, gateway: Gateway) -> anyhow::Result<()> {
        gateway.signal("TERM");
        let finished = gateway.ended().await;
        let code = finished.code;
        ensure!(code == Some(0), "exit code {code:?}:\n{}", finished.stderr);
        Ok(())
    }

    /// What killed writers have left goes away ten minutes later, and nothing else is there.
    pub(crate) async fn leaves_nothing(&self) -> anyhow::Result<()> {
        let drafts = self.auths.drafts();
        println!("{} files were left half written", drafts.len());
        let long_ago = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        for draft in &drafts {
            let file = File::options()
                .write(true)
                .open(self.auths.path().join(draft));
            file.and_then(|file| file.set_modified(long_ago))
                .with_context(|| draft.clone())?;
        }
        let gateway = self.start().await;
        ensure!(self.status(&gateway).await == 200, "it does not work");
        self.stop(gateway).await?;
        let mut names = self.auths.names();
        names.retain(|name| name != ".a.json.refresh");
        ensure!(
            names == [".write.lock", "a.json", "a.json.lock"],
            "{names:?}"
        );
        let violations = self.upstream.violations();
        if !violations.is_empty() {
            bail!("{violations:?}");
        }
        Ok(())
    }
}
