//! Kimi with an account, in both protocols of its API for programmers.
//!
//! <https://github.com/MoonshotAI/kimi-code> is the program it is made for. `README.md` beside this file
//! has the quirks.

mod device;
mod refresh;

pub(super) use self::refresh::token_endpoint;

use super::{Host, claude, counts_nothing, host_provider, openai_compat, unsupported};
use crate::{Call, Endpoint, Provider, UpstreamError, address::Base, headers::Forward};
use cliproxy_core::{Operation, Protocol};
use http::HeaderMap;
use url::Url;

const VENDOR: &str = "https://api.kimi.com/coding";

pub(super) fn provider(endpoint: Endpoint) -> Provider {
    host_provider(Kimi, endpoint)
}

struct Kimi;

impl Host for Kimi {
    /// The first is the one that others are translated to.
    fn protocols(&self) -> &[Protocol] {
        &[Protocol::Chat, Protocol::Claude]
    }

    fn paths(&self) -> &'static [&'static str] {
        &[
            "v1/chat/completions",
            "v1/messages",
            "v1/messages/count_tokens",
        ]
    }

    fn url(&self, base: &Base, call: &Call<'_>) -> Result<Url, Box<UpstreamError>> {
        let path = match (call.operation, call.protocol) {
            (Operation::CountTokens, Protocol::Claude) => "v1/messages/count_tokens",
            (Operation::CountTokens, _) => {
                return Err(counts_nothing("Kimi counts the tokens of Messages only"));
            }
            (Operation::Embed | Operation::EmbedBatch, _) => {
                return Err(unsupported("Kimi has no embeddings"));
            }
            (Operation::Generate | Operation::GenerateStream, Protocol::Claude) => "v1/messages",
            (Operation::Generate | Operation::GenerateStream, _) => "v1/chat/completions",
        };
        Ok(base.at(path))
    }

    fn default_base(&self) -> Option<&'static str> {
        Some(VENDOR)
    }

    fn forward(&self, protocol: Protocol) -> &'static Forward {
        match protocol {
            Protocol::Claude => &claude::FORWARD,
            Protocol::Chat | Protocol::Gemini | Protocol::Responses => &openai_compat::FORWARD,
        }
    }

    fn require(&self, call: &Call<'_>, headers: &mut HeaderMap) {
        if call.protocol == Protocol::Claude {
            claude::require_version(headers);
        }
        let account = call.credential.account();
        let device_id = account.and_then(|account| account.device_id.as_deref());
        for (name, value) in &device::headers(Some(&call.credential.label), device_id) {
            headers.insert(name.clone(), value.clone());
        }
    }
}
