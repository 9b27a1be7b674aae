//! What the demo consists of: the scripted upstream and the gateway in front of it.

use super::{
    account,
    config::{self, SCARCE_KEY},
    models::{ACCOUNT_TARGET, SCARCE},
    tour::{ACCOUNTS, Account},
};
use crate::{cli::DemoArgs, commands::state_dir};
use anyhow::{Context as _, anyhow};
use cliproxy::{ControlParams, Service, ServiceParams, Workers};
use cliproxy_config::{Env, Overrides, load_text};
use cliproxy_gateway::Gateway;
use cliproxy_scripted_upstream::{Behaviour, DEMO_MODELS, Script, Upstream};
use std::{path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;

/// How soon the account behind [`SCARCE`] answers again. Short, because `--once` waits for it.
const WINDOW: Duration = Duration::from_secs(1);

/// A running demo.
pub(super) struct Stage {
    upstream: Upstream,
    service: Service,
    key: String,
    /// Where the credential file is, as long as the demo runs.
    auth_dir: TempDir,
}

impl Stage {
    /// Starts both on loopback. The environment has no say but where state goes: a demo is the same
    /// everywhere. One that runs `once` logs nothing, and is not to be asked by others.
    pub(super) async fn start(args: &DemoArgs) -> anyhow::Result<Self> {
        let guests: &[Account] = if args.tour { &ACCOUNTS } else { &[] };
        let once_per_window = Behaviour::RateLimited {
            answers: 1,
            window: WINDOW,
        };
        let script = Script::demo().key(SCARCE_KEY, SCARCE, once_per_window);
        let script = guests.iter().fold(script, |script, account| {
            script.key(account.key, account.name, Behaviour::Answer)
        });
        let models = guests.iter().map(|account| account.model);
        let models = models.chain([ACCOUNT_TARGET]);
        let script = script.models(DEMO_MODELS.iter().copied().chain(models));
        let upstream = Upstream::start(script).context("cannot start the scripted upstream")?;
        let key = client_key()?;
        let auth_dir = tempfile::tempdir().context("cannot make a directory for credentials")?;
        account::sign_in(&upstream, auth_dir.path()).context("cannot write a credential file")?;
        let mut yaml = config::text(&upstream.base_url(), &key, args.port, guests);
        yaml.push_str(&account::config(auth_dir.path(), &upstream));
        let loaded = load_text(
            &yaml,
            Path::new("."),
            &Env::default(),
            &Overrides::default(),
        );
        let loaded = loaded.map_err(|problems| anyhow!("the demo's configuration: {problems}"))?;
        let params = ServiceParams::default().workers(Workers::start()?);
        let params = if args.once {
            params.quiet()
        } else {
            params.control(ControlParams::named(state_dir(None), "demo"))
        };
        let service = Service::start(loaded.config, params).await?;
        Ok(Self {
            upstream,
            service,
            key,
            auth_dir,
        })
    }

    /// `http://127.0.0.1:PORT`.
    pub(super) fn gateway_url(&self) -> String {
        let address = self.service.addresses().first();
        format!("http://{}", address.map_or("", String::as_str))
    }

    pub(super) const fn gateway(&self) -> &Arc<Gateway> {
        self.service.gateway()
    }

    pub(super) const fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Where the credential file is.
    pub(super) fn auth_dir(&self) -> &Path {
        self.auth_dir.path()
    }

    /// What clients present to the gateway.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// The gateway first, so that what it still does finds an upstream.
    pub(super) async fn stop(self) {
        self.service.stop().await;
        self.upstream.shutdown().await;
    }
}

/// 96 random bits: shorter than the key of `init`, so that commands fit on a line, and good for
/// one run on loopback.
fn client_key() -> anyhow::Result<String> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes).context("the system gives no random bytes")?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("sk-demo-{hex}"))
}
