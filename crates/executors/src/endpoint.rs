//! How one configuration entry's upstream is reached.

use cliproxy_core::Deadlines;
use http::{HeaderName, HeaderValue};
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
