//! A gateway in front of a scripted upstream.

use crate::{Entry, Gateway, config, soon};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Script, Stats, Upstream};

/// A gateway and the upstream behind it.
#[derive(Debug)]
#[non_exhaustive]
pub struct World {
    /// The gateway.
    pub gateway: Gateway,
    /// The upstream.
    pub upstream: Upstream,
}

impl World {
    /// Starts both. Each account is a name and what the upstream does to its requests; the gateway
    /// has one entry for each, in falling priority.
    pub async fn start<const N: usize>(
        protocol: Protocol,
        settings: &str,
        accounts: [(&str, Behaviour); N],
    ) -> Self {
        let queues = accounts.map(|(name, behaviour)| (name, vec![behaviour]));
        Self::queued(protocol, settings, queues).await
    }

    /// As [`World::start`], with one behaviour per request.
    pub async fn queued<const N: usize>(
        protocol: Protocol,
        settings: &str,
        accounts: [(&str, Vec<Behaviour>); N],
    ) -> Self {
        let names = accounts.each_ref().map(|(name, _)| *name);
        let upstream = scripted(accounts);
        let entries = names.iter().zip(0..).map(|(name, place)| {
            let entry = Entry::new(protocol, name, &upstream.base_url());
            entry.with(&format!("priority: -{place}"))
        });
        let entries: Vec<_> = entries.collect();
        let gateway = Gateway::start(&config(settings, &entries)).await;
        Self { gateway, upstream }
    }

    /// Starts an upstream with these accounts and a gateway whose configuration is made from the
    /// upstream's address.
    pub async fn configured<const N: usize>(
        accounts: [(&str, Behaviour); N],
        configuration: impl FnOnce(&str) -> String,
    ) -> Self {
        let queues = accounts.map(|(name, behaviour)| (name, vec![behaviour]));
        Self::queued_with(queues, configuration).await
    }

    /// As [`World::configured`], with one behaviour per request.
    pub async fn queued_with<const N: usize>(
        accounts: [(&str, Vec<Behaviour>); N],
        configuration: impl FnOnce(&str) -> String,
    ) -> Self {
        let upstream = scripted(accounts);
        let gateway = Gateway::start(&configuration(&upstream.base_url())).await;
        Self { gateway, upstream }
    }

    /// Waits until the upstream's counts are as wanted.
    pub async fn wait_for(&self, what: &str, wanted: impl FnMut(&Stats) -> bool) -> Stats {
        soon(what, self.upstream.wait_for(wanted)).await
    }

    /// How many requests the upstream got with the key of this account.
    #[must_use]
    pub fn hits(&self, account: &str) -> u64 {
        self.upstream.stats().hits(account)
    }

    /// Fails if the upstream received something that no upstream should see.
    pub fn assert_clean(&self) {
        let violations = self.upstream.violations();
        assert!(violations.is_empty(), "{violations:?}");
    }
}

fn scripted<const N: usize>(accounts: [(&str, Vec<Behaviour>); N]) -> Upstream {
    let script = accounts
        .into_iter()
        .fold(Script::new(), |script, (name, queue)| {
            script.queue(&format!("sk-{name}"), name, queue)
        });
    Upstream::start(script).expect("a free port")
}
