//! A request for a generation, as a client of each protocol makes it.

use bytes::Bytes;
use cliproxy_core::Protocol;
use http::{Request, header};
use http_body_util::Full;
use serde_json::{Value, json};

/// One turn of a conversation.
pub(super) struct Ask<'a> {
    pub(super) protocol: Protocol,
    pub(super) streamed: bool,
    pub(super) model: &'a str,
    /// The client's name for the conversation.
    pub(super) session: &'a str,
    /// User and model in turn; the user is first and last.
    pub(super) said: &'a [String],
}

impl Ask<'_> {
    /// The request to whoever listens at `base`, a gateway or an upstream.
    pub(super) fn request(&self, base: &str, key: &str) -> http::Result<Request<Full<Bytes>>> {
        let mut request = Request::post(format!("{base}{}", self.path()))
            .header(header::CONTENT_TYPE, "application/json");
        for (name, value) in credential(self.protocol, key) {
            request = request.header(name, value);
        }
        // Claude Code and Codex name their sessions so, and many clients of OpenAI's older API.
        // Gemini's clients do not: the gateway knows them by how the conversation begins.
        let named = match self.protocol {
            Protocol::Chat => Some("x-session-id"),
            Protocol::Claude => Some("x-claude-code-session-id"),
            Protocol::Gemini => None,
            Protocol::Responses => Some("session-id"),
        };
        if let Some(name) = named {
            request = request.header(name, self.session);
        }
        request.body(Full::new(Bytes::from(self.body().to_string())))
    }

    fn path(&self) -> String {
        let model = self.model;
        match (self.protocol, self.streamed) {
            (Protocol::Chat, _) => "/v1/chat/completions".to_owned(),
            (Protocol::Claude, _) => "/v1/messages".to_owned(),
            (Protocol::Gemini, false) => format!("/v1beta/models/{model}:generateContent"),
            (Protocol::Gemini, true) => {
                format!("/v1beta/models/{model}:streamGenerateContent?alt=sse")
            }
            (Protocol::Responses, _) => "/v1/responses".to_owned(),
        }
    }

    fn body(&self) -> Value {
        let (model, stream) = (self.model, self.streamed);
        let turns = self.said.iter().enumerate();
        match self.protocol {
            Protocol::Chat | Protocol::Claude | Protocol::Responses => {
                let messages: Vec<Value> = turns
                    .map(|(at, text)| json!({"role": role(at, "assistant"), "content": text}))
                    .collect();
                match self.protocol {
                    Protocol::Responses => {
                        json!({"model": model, "stream": stream, "input": messages})
                    }
                    Protocol::Claude => json!({
                        "model": model, "stream": stream, "max_tokens": 256, "messages": messages,
                    }),
                    _ => json!({"model": model, "stream": stream, "messages": messages}),
                }
            }
            Protocol::Gemini => {
                let contents: Vec<Value> = turns
                    .map(|(at, text)| json!({"role": role(at, "model"), "parts": [{"text": text}]}))
                    .collect();
                json!({"contents": contents})
            }
        }
    }
}

fn role(at: usize, model: &'static str) -> &'static str {
    if at.is_multiple_of(2) { "user" } else { model }
}

/// The headers in which each vendor's SDK sends a key.
pub(super) fn credential(protocol: Protocol, key: &str) -> Vec<(&'static str, String)> {
    match protocol {
        Protocol::Chat | Protocol::Responses => vec![("authorization", format!("Bearer {key}"))],
        Protocol::Claude => vec![
            ("x-api-key", key.to_owned()),
            ("anthropic-version", "2023-06-01".to_owned()),
        ],
        Protocol::Gemini => vec![("x-goog-api-key", key.to_owned())],
    }
}
