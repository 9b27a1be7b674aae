//! Clients that ask without a pause until the gateway is gone.

use cliproxy_core::Protocol;
use cliproxy_e2e::{Call, TestClient};
use tokio::task::JoinSet;

/// A model that every plan of Codex has.
const MODEL: &str = "gpt-5.4";
const CLIENTS: usize = 8;

/// Clients at work.
pub(crate) struct Load(JoinSet<Vec<String>>);

pub(crate) fn ask(stream: bool) -> Call {
    Call::generate(Protocol::Responses, MODEL, stream)
}

impl Load {
    pub(crate) fn begin(client: &TestClient) -> Self {
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            clients.spawn(run(client.clone(), number.is_multiple_of(2)));
        }
        Self(clients)
    }

    /// Waits until all clients have found the gateway gone. Returns what they were refused with before.
    pub(crate) async fn end(mut self) -> Vec<String> {
        let mut refused = Vec::new();
        while let Some(ended) = self.0.join_next().await {
            refused.extend(ended.unwrap_or_else(|error| vec![error.to_string()]));
        }
        refused
    }
}

/// Asks until there is nobody to ask. A reply that the kill has cut off is as good as none.
async fn run(client: TestClient, stream: bool) -> Vec<String> {
    let mut refused = Vec::new();
    while let Ok(session) = Box::pin(client.try_connect()).await {
        let Ok(reply) = session.try_open(ask(stream)).await else {
            return refused;
        };
        let reply = reply.finish().await;
        if reply.whole && reply.status != 200 {
            refused.push(format!("{}: {}", reply.status, reply.text()));
        }
        if !reply.whole {
            return refused;
        }
    }
    refused
}
