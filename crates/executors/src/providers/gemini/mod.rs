//! The Gemini API with an API key.
//!
//! <https://ai.google.dev/api/generate-content>. The key travels in a header, never in the query,
//! where access logs would keep it.

use super::{Host, host_provider};
use crate::{
    Call, Endpoint, Provider, UpstreamError,
    address::{Base, segment},
    headers::{Forward, Key},
};
use cliproxy_core::{Operation, Protocol};
use url::Url;

const VENDOR: &str = "https://generativelanguage.googleapis.com";

pub(super) static FORWARD: Forward = Forward {
    exact: &[
        "user-agent",
        "x-goog-api-client",
        "x-goog-request-params",
        "x-client-request-id",
        "accept-language",
        "idempotency-key",
    ],
    prefixes: &["x-gemini-"],
};

pub(super) fn provider(endpoint: Endpoint) -> Provider {
    host_provider(Gemini, endpoint)
}

struct Gemini;

impl Host for Gemini {
    fn protocols(&self) -> &[Protocol] {
        &[Protocol::Gemini]
    }

    fn url(&self, base: &Base, call: &Call<'_>) -> Result<Url, Box<UpstreamError>> {
        Ok(model_url(base, "v1beta/models", call))
    }

    fn default_base(&self) -> Option<&'static str> {
        Some(VENDOR)
    }

    fn key(&self, _endpoint: &Endpoint, _base: &Url) -> Key {
        Key::Google
    }

    fn forward(&self, _protocol: Protocol) -> &'static Forward {
        &FORWARD
    }
}

/// `{base}/{models}/{model}:{method}`.
pub(super) fn model_url(base: &Base, models: &str, call: &Call<'_>) -> Url {
    let method = match call.operation {
        Operation::CountTokens => "countTokens",
        Operation::Embed => "embedContent",
        Operation::EmbedBatch => "batchEmbedContents",
        Operation::Generate => "generateContent",
        Operation::GenerateStream => "streamGenerateContent",
    };
    let model = segment(call.model.as_str());
    let mut url = base.at(&format!("{models}/{model}:{method}"));
    // Without `alt` the API streams one JSON array; the gateway speaks server-sent events.
    let chosen = call.query.is_some_and(|query| {
        query
            .split('&')
            .any(|pair| pair.starts_with("alt=") || pair.starts_with("$alt="))
    });
    if call.operation.streams() && !chosen {
        url.query_pairs_mut().append_pair("alt", "sse");
    }
    url
}
