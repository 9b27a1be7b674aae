//! Gemini through a Google account (Code Assist).
//!
//! The Gemini API in an envelope, whose members name the model and the project; writing it, and taking
//! replies out of theirs, is not done here. <https://github.com/google-gemini/gemini-cli> is the program
//! it is made for.

mod refresh;

pub(super) use self::refresh::{lacks_secret, token_endpoint};

use super::{Host, gemini, host_provider, unsupported};
use crate::{Call, Endpoint, Provider, UpstreamError, address::Base, headers::Forward};
use cliproxy_core::{Operation, Protocol};
use url::Url;

const VENDOR: &str = "https://cloudcode-pa.googleapis.com";

pub(super) fn provider(endpoint: Endpoint) -> Provider {
    host_provider(CodeAssist, endpoint)
}

struct CodeAssist;

impl Host for CodeAssist {
    fn protocols(&self) -> &[Protocol] {
        &[Protocol::Gemini]
    }

    fn paths(&self) -> &'static [&'static str] {
        &[
            "v1internal:countTokens",
            "v1internal:generateContent",
            "v1internal:streamGenerateContent",
        ]
    }

    /// The model is in the body.
    fn url(&self, base: &Base, call: &Call<'_>) -> Result<Url, Box<UpstreamError>> {
        match call.operation {
            Operation::CountTokens => Ok(base.at("v1internal:countTokens")),
            Operation::Generate => Ok(base.at("v1internal:generateContent")),
            Operation::GenerateStream => {
                let mut url = base.at("v1internal:streamGenerateContent");
                url.query_pairs_mut().append_pair("alt", "sse");
                Ok(url)
            }
            Operation::Embed | Operation::EmbedBatch => {
                Err(unsupported("Code Assist has no embeddings"))
            }
        }
    }

    fn default_base(&self) -> Option<&'static str> {
        Some(VENDOR)
    }

    /// None of it: parameters such as `alt` and `fields` shape a reply, and here that is the envelope.
    fn query<'a>(&self, _call: &Call<'a>) -> Option<&'a str> {
        None
    }

    fn forward(&self, _protocol: Protocol) -> &'static Forward {
        &gemini::FORWARD
    }
}
