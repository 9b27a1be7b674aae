//! A client of the gateway that can look behind it.

use crate::{
    client::{Client, Reply},
    commands::demo::{ask::Ask, models, served::Served, stage::Stage},
};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::DemoKey;
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// Makes requests to the gateway, and to the upstream for comparison.
pub(super) struct Visitor<'a> {
    stage: &'a Stage,
    client: Client,
    sessions: AtomicU32,
}

impl<'a> Visitor<'a> {
    pub(super) fn new(stage: &'a Stage) -> Self {
        Self {
            stage,
            client: Client::new(),
            sessions: AtomicU32::new(0),
        }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn stage(&self) -> &'a Stage {
        self.stage
    }

    /// How often the upstream has seen this account.
    pub(super) fn hits(&self, label: &str) -> u64 {
        self.stage.upstream().stats().hits(label)
    }

    /// A name that no conversation had before.
    pub(super) fn new_session(&self) -> String {
        format!("demo-{}", self.sessions.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Asks the gateway and hands back whatever it answers.
    pub(super) async fn try_ask(&self, ask: &Ask<'_>) -> anyhow::Result<Reply> {
        let request = ask.request(&self.stage.gateway_url(), self.stage.key())?;
        self.client.send(request).await
    }

    /// Asks the gateway; anything but a good reply is an error.
    pub(super) async fn ask(&self, ask: &Ask<'_>) -> anyhow::Result<Served> {
        Served::judge(ask, &self.try_ask(ask).await?)
    }

    /// Opens a conversation, with the protocol's own model.
    pub(super) async fn open(&self, protocol: Protocol, streamed: bool) -> anyhow::Result<Served> {
        self.open_with(protocol, streamed, models::of(protocol))
            .await
    }

    /// Opens a conversation.
    pub(super) async fn open_with(
        &self,
        protocol: Protocol,
        streamed: bool,
        model: &str,
    ) -> anyhow::Result<Served> {
        let session = self.new_session();
        let said = [hello(&session)];
        let ask = Ask {
            protocol,
            streamed,
            model,
            session: &session,
            said: &said,
        };
        self.ask(&ask).await
    }

    /// How long the same request takes without the gateway.
    pub(super) async fn direct(&self, ask: &Ask<'_>, key: &DemoKey) -> anyhow::Result<Duration> {
        let upstream = self.stage.upstream().base_url();
        let reply = self.client.send(ask.request(&upstream, key.key)?).await?;
        anyhow::ensure!(
            reply.status.is_success(),
            "the upstream answered {}",
            reply.status
        );
        Ok(reply.took)
    }
}

/// What a conversation begins with. Where no header names it, this does.
pub(super) fn hello(session: &str) -> String {
    format!("Hello from {session}")
}
