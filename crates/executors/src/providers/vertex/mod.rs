//! Gemini models on Vertex AI with an API key.
//!
//! <https://cloud.google.com/vertex-ai/generative-ai/docs/start/api-keys>. With a service account the
//! address names a project and a region (`account.rs`).

pub(super) mod account;
mod refresh;
mod service_account;

pub(super) use self::refresh::token_endpoint;

use super::{Host, gemini, host_provider};
use crate::{
    Call, Endpoint, Provider, UpstreamError,
    address::Base,
    headers::{Forward, Key},
};
use cliproxy_core::Protocol;
use url::Url;

const VENDOR: &str = "https://aiplatform.googleapis.com";

pub(super) fn provider(endpoint: Endpoint) -> Provider {
    host_provider(Vertex, endpoint)
}

struct Vertex;

impl Host for Vertex {
    fn protocols(&self) -> &[Protocol] {
        &[Protocol::Gemini]
    }

    fn url(&self, base: &Base, call: &Call<'_>) -> Result<Url, Box<UpstreamError>> {
        Ok(gemini::model_url(base, "v1/publishers/google/models", call))
    }

    fn default_base(&self) -> Option<&'static str> {
        Some(VENDOR)
    }

    fn key(&self, _endpoint: &Endpoint, _base: &Url) -> Key {
        Key::Google
    }

    fn forward(&self, _protocol: Protocol) -> &'static Forward {
        &gemini::FORWARD
    }
}
