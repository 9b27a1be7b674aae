//! How one configuration entry's upstream is reached.

use http::{HeaderName, HeaderValue};
use std::time::Duration;
use url::Url;

/// Where an entry's requests go, and what it adds to them.
#[derive(Clone, Debug, Default)]
pub struct Endpoint {
    /// The entry's `base-url`; without one the vendor's own.
    pub base_url: Option<Url>,
    /// Headers the entry adds. They never replace authentication or `content-type`.
    pub headers: Vec<ExtraHeader>,
    /// Query parameters the entry adds (an API version, say).
    pub query: Vec<(String, String)>,
    /// Which header carries the key, where the provider has a choice.
    pub auth: Option<AuthHeader>,
    /// Which OpenAI surfaces an `openai-compatibility` host has.
    pub api: ChatApi,
    /// How long each phase of a call may take.
    pub deadlines: Deadlines,
}

/// A header the entry adds to every request.
#[derive(Clone, Debug)]
pub struct ExtraHeader {
    /// Its name.
    pub name: HeaderName,
    /// Its value.
    pub value: HeaderSource,
}

/// Where the value of an added header comes from.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub enum HeaderSource {
    /// The client's header of this name; omitted when the client sent none.
    Client(HeaderName),
    /// This value. Marked sensitive by whoever made it, so that it is never printed.
    Literal(HeaderValue),
}

/// Which header carries an API key.
#[expect(clippy::exhaustive_enums, reason = "every provider must decide")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthHeader {
    /// `Authorization: Bearer`.
    Bearer,
    /// Both headers, for hosts that disagree with themselves.
    Both,
    /// `x-api-key`.
    XApiKey,
}

/// Which OpenAI surfaces an `openai-compatibility` host has.
#[expect(clippy::exhaustive_enums, reason = "the two surfaces and both")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChatApi {
    /// Chat Completions and Responses.
    Both,
    /// Chat Completions only.
    #[default]
    Chat,
    /// Responses only.
    Responses,
}

/// How long each phase of a call may take. See `docs/limits.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Connecting, proxy and TLS included.
    pub connect: Duration,
    /// From the request to the response head of a stream.
    pub header_stream: Duration,
    /// From the request to the response head of a unary reply: long generations are silent.
    pub header_unary: Duration,
    /// Between two bytes of a stream; comments and pings count.
    pub idle_stream: Duration,
    /// Between two bytes of a unary reply.
    pub idle_unary: Duration,
    /// Between two semantic events of a stream; comments and pings do not count.
    pub progress: Duration,
    /// The whole call; none by default, since thinking may take its time.
    pub total: Option<Duration>,
    /// A whole token count.
    pub count_tokens: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            header_stream: Duration::from_secs(120),
            header_unary: Duration::from_secs(600),
            idle_stream: Duration::from_secs(300),
            idle_unary: Duration::from_secs(120),
            progress: Duration::from_secs(30 * 60),
            total: None,
            count_tokens: Duration::from_secs(30),
        }
    }
}
