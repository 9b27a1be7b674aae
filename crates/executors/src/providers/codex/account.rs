//! The ChatGPT backend, with the token of an account that signed in.
//!
//! <https://github.com/openai/codex> is the program it is made for. Bodies are a dialect of Responses;
//! this is about where they go and what stands above them.

use super::FORWARD;
use crate::{
    Call, Endpoint, Provider, UpstreamError,
    address::Base,
    headers::{Forward, plain},
    providers::{Host, counts_nothing, host_provider, unsupported},
};
use cliproxy_core::{Operation, Protocol};
use http::{HeaderMap, HeaderName};
use url::Url;

const VENDOR: &str = "https://chatgpt.com/backend-api/codex";
const ACCOUNT_ID: HeaderName = HeaderName::from_static("chatgpt-account-id");
const SESSION: HeaderName = HeaderName::from_static("session-id");

/// The names under which versions of Codex have told the conversation.
const SESSIONS: [&str; 3] = ["session-id", "session_id", "conversation_id"];

pub(in crate::providers) fn provider(endpoint: Endpoint) -> Provider {
    host_provider(ChatGpt, endpoint)
}

struct ChatGpt;

impl Host for ChatGpt {
    fn protocols(&self) -> &[Protocol] {
        &[Protocol::Responses]
    }

    fn paths(&self) -> &'static [&'static str] {
        &["responses"]
    }

    fn url(&self, base: &Base, call: &Call<'_>) -> Result<Url, Box<UpstreamError>> {
        match call.operation {
            Operation::Generate | Operation::GenerateStream => Ok(base.at("responses")),
            Operation::CountTokens => {
                Err(counts_nothing("the ChatGPT backend does not count tokens"))
            }
            Operation::Embed | Operation::EmbedBatch => {
                Err(unsupported("the ChatGPT backend has no embeddings"))
            }
        }
    }

    fn default_base(&self) -> Option<&'static str> {
        Some(VENDOR)
    }

    fn forward(&self, _protocol: Protocol) -> &'static Forward {
        &FORWARD
    }

    /// One sign-in may have several accounts; the backend asks which of them pays. A file that does not
    /// know is left to the backend, which takes the sign-in's own.
    fn require(&self, call: &Call<'_>, headers: &mut HeaderMap) {
        let account = call.credential.account();
        let id = account.and_then(|account| account.account_id.as_deref());
        if let Some(id) = id.filter(|id| !id.is_empty()).and_then(plain) {
            headers.insert(ACCOUNT_ID, id);
        }
        // The prompt cache finds a conversation by the header as well as by the body's member. One that
        // the client has named keeps its name.
        let is_named = SESSIONS.iter().any(|name| headers.contains_key(*name));
        if let Some(name) = call.conversation.filter(|_| !is_named).and_then(plain) {
            headers.insert(SESSION, name);
        }
    }
}
