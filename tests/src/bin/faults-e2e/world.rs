//! The gateway, its upstreams, and an account for each row of the table.

use crate::{
    fault::Fault,
    kit::{Kit, wire_length},
    storm::canary,
    table::table,
};
use cliproxy_core::Protocol;
use cliproxy_e2e::{Entry, Gateway, Launch, body, config, generate_path};
use cliproxy_scripted_upstream::{Behaviour, Derailment, Script, Upstream};
use std::{fmt::Write as _, path::Path, time::Duration};

/// The longest that one attempt may take: `upstream.total-timeout` below.
const TOTAL: Duration = Duration::from_secs(12);
/// What a busy machine may add.
const SLACK: Duration = Duration::from_secs(8);

const SETTINGS: &str = "\
request-retry: 0
disable-cooling: true
routing: {session-affinity: false}
limits: {max-event-bytes: 256KiB}
streaming: {keepalive-seconds: 1}
shutdown-timeout: 5s
upstream:
  connect-timeout: 3s
  header-timeout: 7s
  unary-header-timeout: 7s
  idle-timeout: 5s
  unary-idle-timeout: 5s
  progress-timeout: 7s
  total-timeout: 12s
";

/// Everything that runs.
pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) upstream: Upstream,
    /// Where redirects point to.
    pub(crate) elsewhere: Upstream,
    pub(crate) faults: Vec<Fault>,
}

impl World {
    pub(crate) async fn start(gateway: &Path) -> anyhow::Result<Self> {
        let elsewhere = Upstream::start(Script::new().record(false))?;
        let kit = Kit::gather(elsewhere.base_url()).await?;
        let faults = table().await?;
        let mut script = Script::new().record(false);
        let mut entries = Vec::new();
        for protocol in Protocol::ALL {
            let label = format!("{protocol}-healthy");
            script = script.key(&format!("sk-{label}"), &label, Behaviour::Answer);
            for (number, fault) in faults.iter().enumerate() {
                let label = format!("{protocol}-{number}");
                script = script.key(
                    &format!("sk-{label}"),
                    &label,
                    (fault.behave)(&kit, protocol),
                );
            }
            let label = format!("{protocol}-whole");
            let behaviour = Behaviour::Derail {
                after: usize::MAX,
                then: Derailment::Close,
            };
            script = script.key(&format!("sk-{label}"), &label, behaviour);
        }
        let upstream = Upstream::start(script)?;
        for protocol in Protocol::ALL {
            let mut backed = String::new();
            for number in 0..faults.len() {
                let name = format!("{protocol}-{number}");
                let models = format!("[{{name: {name}}}, {{name: {name}-backed}}]");
                _ = write!(backed, "{{name: {name}-backed}}, ");
                let entry = Entry::new(protocol, &name, &upstream.base_url()).models(&models);
                let entry =
                    entry.with("headers: {x-scripted-derail-after: $X-Scripted-Derail-After}");
                entries.push(entry.with("priority: 1"));
            }
            let label = format!("{protocol}-healthy");
            let healthy = Entry::new(protocol, &label, &upstream.base_url());
            entries.push(healthy.models(&format!("[{backed}]")).with("priority: 0"));
        }
        let arguments = ["serve", "--config", "config.yaml", "--port", "0"];
        let launch = Launch::of(gateway, &arguments)
            .file("config.yaml", &config(SETTINGS, &entries))
            // What is freed goes back at once: the run looks for what the gateway holds, and not for
            // what glibc keeps for later, which moves by 20 MiB from storm to storm (mallopt(3)).
            .env("MALLOC_MMAP_THRESHOLD_", "262144")
            .env("MALLOC_TRIM_THRESHOLD_", "1048576");
        Ok(Self {
            gateway: Gateway::launch(launch).await,
            upstream,
            elsewhere,
            faults,
        })
    }

    /// The model whose requests meet this row of the table.
    pub(crate) fn model(&self, fault: usize, protocol: Protocol, backed: bool) -> String {
        let backed = if backed { "-backed" } else { "" };
        format!("{protocol}-{fault}{backed}")
    }

    /// The longest that a call may take: every account it may visit, and what the machine adds.
    pub(crate) fn bound(&self, backed: bool) -> Duration {
        TOTAL * (1 + u32::from(backed)) + SLACK
    }

    pub(crate) fn row(&self, name: &str) -> usize {
        let found = self.faults.iter().position(|fault| fault.name == name);
        found.unwrap_or_default()
    }

    /// How many bytes the reply to a call of a row has on the wire.
    pub(crate) async fn wire_length(
        &self,
        fault: usize,
        protocol: Protocol,
        stream: bool,
    ) -> anyhow::Result<usize> {
        let model = self.model(fault, protocol, false);
        let body = body(protocol, &model, stream, &canary()).to_string();
        let path = generate_path(protocol, &model, stream);
        let key = format!("sk-{protocol}-{fault}");
        wire_length(&self.upstream, protocol, &key, &path, &body).await
    }
}
