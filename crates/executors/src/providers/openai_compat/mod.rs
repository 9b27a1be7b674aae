//! Any host with OpenAI's Chat Completions, and where the entry says so its Responses.
//!
//! <https://platform.openai.com/docs/api-reference/chat>.

use super::{Host, codex, counts_nothing, host_provider, unsupported};
use crate::{Call, ChatApi, Endpoint, Provider, UpstreamError, address::Base, headers::Forward};
use cliproxy_core::{Operation, Protocol};
use url::Url;

pub(super) static FORWARD: Forward = Forward {
    exact: &[
        "user-agent",
        "openai-beta",
        "x-client-request-id",
        "accept-language",
        "idempotency-key",
        // How programs name themselves to OpenRouter.
        "http-referer",
        "x-title",
    ],
    prefixes: &["x-stainless-"],
};

pub(super) fn provider(endpoint: Endpoint) -> Provider {
    let protocols: &'static [Protocol] = match endpoint.api {
        ChatApi::Both => &[Protocol::Chat, Protocol::Responses],
        ChatApi::Chat => &[Protocol::Chat],
        ChatApi::Responses => &[Protocol::Responses],
    };
    host_provider(OpenAiCompat { protocols }, endpoint)
}

struct OpenAiCompat {
    protocols: &'static [Protocol],
}

impl Host for OpenAiCompat {
    fn protocols(&self) -> &[Protocol] {
        self.protocols
    }

    fn paths(&self) -> &'static [&'static str] {
        &[
            "chat/completions",
            "embeddings",
            "responses",
            "responses/input_tokens",
        ]
    }

    fn url(&self, base: &Base, call: &Call<'_>) -> Result<Url, Box<UpstreamError>> {
        let path = match (call.operation, call.protocol) {
            (Operation::Embed, _) => "embeddings",
            (Operation::Generate | Operation::GenerateStream, Protocol::Responses) => "responses",
            (Operation::Generate | Operation::GenerateStream, _) => "chat/completions",
            (Operation::CountTokens, Protocol::Responses) => "responses/input_tokens",
            (Operation::CountTokens, _) => {
                return Err(counts_nothing(
                    "an OpenAI-compatible host does not count tokens",
                ));
            }
            (Operation::EmbedBatch, _) => {
                return Err(unsupported(
                    "an OpenAI-compatible host has no batch embeddings",
                ));
            }
        };
        Ok(base.at(path))
    }

    /// The entry must say.
    fn default_base(&self) -> Option<&'static str> {
        None
    }

    /// The same client sends other headers with each of the two.
    fn forward(&self, protocol: Protocol) -> &'static Forward {
        match protocol {
            Protocol::Responses => &codex::FORWARD,
            Protocol::Chat | Protocol::Claude | Protocol::Gemini => &FORWARD,
        }
    }
}
