//! Which endpoint of which provider a path is.

use cliproxy_core::Protocol;
use http::{HeaderMap, Method, Uri};

/// An endpoint of one of the four protocols.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Chat,
    Embeddings,
    Responses,
    InputTokens,
    Messages,
    CountMessages,
    Gemini {
        model: String,
        verb: Verb,
        vertex: bool,
    },
    /// The list, or one model of it.
    Models {
        shape: Protocol,
        id: Option<String>,
    },
    /// No endpoint; the protocol whose 404 is the best guess.
    Unknown {
        like: Protocol,
    },
}

/// What a Gemini path asks for behind its colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Generate,
    Stream { sse: bool },
    Count,
    Embed,
    EmbedBatch,
}

impl Route {
    pub(crate) fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let path = uri.path();
        let shape = list_shape(path, headers);
        let unknown = Self::Unknown { like: shape };
        if *method == Method::GET {
            let rest = path
                .strip_prefix("/v1beta/models")
                .or_else(|| path.strip_prefix("/v1/models"));
            return match rest {
                Some("" | "/") => Self::Models { shape, id: None },
                Some(rest) if rest.starts_with('/') => Self::Models {
                    shape,
                    id: Some(rest[1..].to_owned()),
                },
                _ => unknown,
            };
        }
        if *method != Method::POST {
            return unknown;
        }
        match path {
            "/v1/chat/completions" => Self::Chat,
            "/v1/embeddings" => Self::Embeddings,
            "/v1/responses" | "/backend-api/codex/responses" => Self::Responses,
            "/v1/responses/input_tokens" => Self::InputTokens,
            "/v1/messages" => Self::Messages,
            "/v1/messages/count_tokens" => Self::CountMessages,
            _ => gemini(path, uri.query().unwrap_or_default()).unwrap_or(unknown),
        }
    }

    /// The protocol whose error bodies this endpoint speaks.
    pub(crate) const fn protocol(&self) -> Protocol {
        match self {
            Self::Chat | Self::Embeddings => Protocol::Chat,
            Self::Responses | Self::InputTokens => Protocol::Responses,
            Self::Messages | Self::CountMessages => Protocol::Claude,
            Self::Gemini { .. } => Protocol::Gemini,
            Self::Models { shape, .. } => *shape,
            Self::Unknown { like } => *like,
        }
    }

    /// The model, where the path names it.
    pub(crate) fn model(&self) -> Option<&str> {
        match self {
            Self::Gemini { model, .. } => Some(model),
            _ => None,
        }
    }
}

/// `/v1/models` belongs to three protocols; the credential's header tells them apart.
fn list_shape(path: &str, headers: &HeaderMap) -> Protocol {
    if path.starts_with("/v1beta/") || headers.contains_key("x-goog-api-key") {
        Protocol::Gemini
    } else if headers.contains_key("anthropic-version") || headers.contains_key("x-api-key") {
        Protocol::Claude
    } else {
        Protocol::Chat
    }
}

fn gemini(path: &str, query: &str) -> Option<Route> {
    let vertex = "/publishers/google/models/";
    let (rest, vertex) = match path.split_once(vertex) {
        Some((_, rest)) if path.starts_with("/v1") => (rest, true),
        _ => {
            let rest = path
                .strip_prefix("/v1beta/models/")
                .or_else(|| path.strip_prefix("/v1/models/"))?;
            (rest, false)
        }
    };
    let (model, verb) = rest.rsplit_once(':')?;
    let verb = match verb {
        "generateContent" => Verb::Generate,
        "streamGenerateContent" => Verb::Stream {
            sse: query
                .split('&')
                .any(|pair| pair == "alt=sse" || pair == "$alt=sse"),
        },
        "countTokens" => Verb::Count,
        "embedContent" => Verb::Embed,
        "batchEmbedContents" => Verb::EmbedBatch,
        _ => return None,
    };
    Some(Route::Gemini {
        model: model.to_owned(),
        verb,
        vertex,
    })
}

#[cfg(test)]
mod tests {
    use super::{Route, Verb};
    use cliproxy_core::Protocol;
    use http::{HeaderMap, HeaderValue, Method, Uri};

    #[test]
    fn paths_are_endpoints() {
        let check = |path: &'static str, expected: Route| {
            let route = Route::of(&Method::POST, &Uri::from_static(path), &HeaderMap::new());
            assert_eq!(route, expected, "{path}");
        };
        let gemini = |model: &str, verb, vertex| Route::Gemini {
            model: model.to_owned(),
            verb,
            vertex,
        };
        check("/v1/chat/completions", Route::Chat);
        check("/v1/messages?beta=true", Route::Messages);
        check(
            "/v1beta/models/m:generateContent",
            gemini("m", Verb::Generate, false),
        );
        check(
            "/v1/models/m:streamGenerateContent?alt=sse",
            gemini("m", Verb::Stream { sse: true }, false),
        );
        check(
            "/v1beta/models/a:b:streamGenerateContent",
            gemini("a:b", Verb::Stream { sse: false }, false),
        );
        check(
            "/v1/publishers/google/models/m:countTokens",
            gemini("m", Verb::Count, true),
        );
        check(
            "/v1beta1/projects/p/locations/l/publishers/google/models/m:generateContent",
            gemini("m", Verb::Generate, true),
        );
        check(
            "/v1beta/models/m:predict",
            Route::Unknown {
                like: Protocol::Gemini,
            },
        );
        check(
            "/v1/nothing",
            Route::Unknown {
                like: Protocol::Chat,
            },
        );
    }

    #[test]
    fn the_model_list_has_three_shapes() {
        let check = |header: Option<&'static str>,
                     path: &'static str,
                     shape: Protocol,
                     id: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(name) = header {
                headers.insert(name, HeaderValue::from_static("x"));
            }
            let route = Route::of(&Method::GET, &Uri::from_static(path), &headers);
            let id = id.map(str::to_owned);
            assert_eq!(route, Route::Models { shape, id }, "{path}");
        };
        check(Some("authorization"), "/v1/models", Protocol::Chat, None);
        check(
            Some("anthropic-version"),
            "/v1/models?limit=2",
            Protocol::Claude,
            None,
        );
        check(
            Some("x-goog-api-key"),
            "/v1/models/m",
            Protocol::Gemini,
            Some("m"),
        );
        check(None, "/v1beta/models", Protocol::Gemini, None);
    }
}
