//! OpenAI Responses with an API key, at OpenAI or any host that speaks it.
//!
//! <https://platform.openai.com/docs/api-reference/responses>. The ChatGPT backend, which accounts
//! sign in to, is in `account.rs`.

pub(super) mod account;
mod refresh;

pub(super) use self::refresh::token_endpoint;

use super::{Host, host_provider, unsupported};
use crate::{Call, Endpoint, Provider, UpstreamError, address::Base, headers::Forward};
use cliproxy_core::{Operation, Protocol};
use url::Url;

/// Where keys are good that name no host.
const VENDOR: &str = "https://api.openai.com/v1";

pub(super) static FORWARD: Forward = Forward {
    exact: &[
        "user-agent",
        "originator",
        "version",
        "openai-beta",
        "x-client-request-id",
        "thread-id",
        "session-id",
        "session_id",
        "conversation_id",
        "x-responsesapi-include-timing-metrics",
        "accept-language",
        "idempotency-key",
    ],
    // `openai-organization` and `openai-project` name the client's account, not the credential's.
    prefixes: &["x-codex-", "x-openai-", "x-stainless-"],
};

pub(super) fn provider(endpoint: Endpoint) -> Provider {
    host_provider(Codex, endpoint)
}

struct Codex;

impl Host for Codex {
    fn protocols(&self) -> &[Protocol] {
        &[Protocol::Responses]
    }

    fn paths(&self) -> &'static [&'static str] {
        &["responses", "responses/input_tokens"]
    }

    fn url(&self, base: &Base, call: &Call<'_>) -> Result<Url, Box<UpstreamError>> {
        match call.operation {
            Operation::Generate | Operation::GenerateStream => Ok(base.at("responses")),
            Operation::CountTokens => Ok(base.at("responses/input_tokens")),
            Operation::Embed | Operation::EmbedBatch => {
                Err(unsupported("a codex-api-key entry has no embeddings"))
            }
        }
    }

    /// For keys of credential files. An entry must say: its section is for any Responses host, and the
    /// configuration is refused without.
    fn default_base(&self) -> Option<&'static str> {
        Some(VENDOR)
    }

    fn forward(&self, _protocol: Protocol) -> &'static Forward {
        &FORWARD
    }
}
