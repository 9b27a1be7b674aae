//! How one configuration entry's upstream is reached.

use cliproxy_core::Deadlines;
use http::{HeaderName, HeaderValue};
use std::fmt;
use url::Url;

/// Where an entry's requests go, and what it adds to them.
#[derive(Clone, Default)]
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

impl fmt::Debug for Endpoint {
    /// Leaves out what may hold a secret: the values of headers and query parameters, and the query
    /// of the base URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every field is named, so that a new one cannot be forgotten here.
        let Self {
            base_url,
            headers,
            query,
            auth,
            api,
            deadlines,
        } = self;
        let base_url = base_url.as_ref().map(|url| {
            let mut shown = url.clone();
            shown.set_query(url.query().map(|_| "***"));
            String::from(shown)
        });
        let headers: Vec<_> = headers.iter().map(|extra| extra.name.as_str()).collect();
        let query: Vec<_> = query.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Endpoint")
            .field("base_url", &base_url)
            .field("headers", &headers)
            .field("query", &query)
            .field("auth", auth)
            .field("api", api)
            .field("deadlines", deadlines)
            .finish()
    }
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
