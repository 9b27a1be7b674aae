//! Which request goes where. See `docs/routes.md`.

use cliproxy_core::{Operation, Protocol};
use http::Method;
use percent_encoding::percent_decode_str;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `GET /`: what this is.
    Banner,
    /// A model request. `model` is set where the address names it.
    Call {
        protocol: Protocol,
        operation: Operation,
        model: Option<String>,
    },
    /// `GET /healthz`, `/livez`.
    Alive,
    /// `GET /readyz`.
    Ready,
    /// A list of models; Gemini's own address always answers in Gemini's shape.
    Models { gemini: bool },
    /// One model.
    Model { id: String, gemini: bool },
    /// `GET /v1/responses`: the WebSocket that is not there yet.
    WebSocket,
    /// The path exists, with these methods.
    MethodNotAllowed { allow: &'static str },
    /// No such path; what it is, in the words of the protocol it looks like.
    NotFound,
}

/// Finds the route of a request. A trailing slash makes no difference.
pub(crate) fn route(method: &Method, path: &str) -> Route {
    let path = match path.strip_suffix('/') {
        Some("") | None => path,
        Some(trimmed) => trimmed,
    };
    let get = matches!(*method, Method::GET | Method::HEAD);
    let post = *method == Method::POST;
    let call = |protocol, operation| {
        only(
            post,
            "POST",
            Route::Call {
                protocol,
                operation,
                model: None,
            },
        )
    };
    match path {
        "/" => only(get, "GET, HEAD", Route::Banner),
        "/healthz" | "/livez" => only(get, "GET, HEAD", Route::Alive),
        "/readyz" => only(get, "GET, HEAD", Route::Ready),
        "/v1/chat/completions" => call(Protocol::Chat, Operation::Generate),
        "/v1/embeddings" => call(Protocol::Chat, Operation::Embed),
        "/v1/messages" => call(Protocol::Claude, Operation::Generate),
        "/v1/messages/count_tokens" => call(Protocol::Claude, Operation::CountTokens),
        "/v1/responses/input_tokens" => call(Protocol::Responses, Operation::CountTokens),
        "/v1/responses" if get => Route::WebSocket,
        "/v1/responses" => only(
            post,
            "GET, HEAD, POST",
            Route::Call {
                protocol: Protocol::Responses,
                operation: Operation::Generate,
                model: None,
            },
        ),
        "/v1/models" => only(get, "GET, HEAD", Route::Models { gemini: false }),
        "/v1beta/models" => only(get, "GET, HEAD", Route::Models { gemini: true }),
        _ => {
            if let Some(rest) = path.strip_prefix("/v1beta/models/") {
                model(rest, true, get, post)
            } else if let Some(rest) = path.strip_prefix("/v1/models/") {
                model(rest, false, get, post)
            } else {
                Route::NotFound
            }
        }
    }
}

fn only(allowed: bool, allow: &'static str, route: Route) -> Route {
    if allowed {
        route
    } else {
        Route::MethodNotAllowed { allow }
    }
}

/// `{model}` or `{model}:{method}`. Model names may hold colons and slashes, so the last colon
/// decides, which no pattern of a router can say.
fn model(rest: &str, gemini: bool, get: bool, post: bool) -> Route {
    if get {
        return Route::Model {
            id: decoded(rest),
            gemini,
        };
    }
    if !post {
        return Route::MethodNotAllowed {
            allow: "GET, HEAD, POST",
        };
    }
    let Some((model, method)) = rest.rsplit_once(':') else {
        return Route::NotFound;
    };
    let operation = match method {
        "generateContent" => Operation::Generate,
        "streamGenerateContent" => Operation::GenerateStream,
        "countTokens" => Operation::CountTokens,
        "embedContent" => Operation::Embed,
        "batchEmbedContents" => Operation::EmbedBatch,
        _ => return Route::NotFound,
    };
    Route::Call {
        protocol: Protocol::Gemini,
        operation,
        model: Some(decoded(model)),
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The protocol whose errors a client of this path understands.
pub(crate) fn protocol_of(path: &str) -> Protocol {
    if path.starts_with("/v1/messages") {
        Protocol::Claude
    } else if path.starts_with("/v1beta") || path.starts_with("/v1/models/") && path.contains(':') {
        Protocol::Gemini
    } else if path.starts_with("/v1/responses") {
        Protocol::Responses
    } else {
        Protocol::Chat
    }
}

#[cfg(test)]
mod tests {
    use super::{Route, protocol_of, route};
    use cliproxy_core::{Operation, Protocol};
    use http::Method;

    fn call(protocol: Protocol, operation: Operation, model: Option<&str>) -> Route {
        Route::Call {
            protocol,
            operation,
            model: model.map(str::to_owned),
        }
    }

    #[test]
    fn routes() {
        let get = |path: &str, expected: Route| {
            assert_eq!(route(&Method::GET, path), expected, "GET {path}");
            assert_eq!(route(&Method::HEAD, path), expected, "HEAD {path}");
        };
        let post =
            |path: &str, expected| assert_eq!(route(&Method::POST, path), expected, "{path}");
        let model = |id: &str, gemini| Route::Model {
            id: id.to_owned(),
            gemini,
        };
        get("/", Route::Banner);
        get("/healthz", Route::Alive);
        get("/livez", Route::Alive);
        get("/readyz", Route::Ready);
        get("/v1/models", Route::Models { gemini: false });
        get("/v1/models/", Route::Models { gemini: false });
        get("/v1beta/models", Route::Models { gemini: true });
        get("/v1/models/org/m", model("org/m", false));
        get(
            "/v1beta/models/models%2Fgemini-x",
            model("models/gemini-x", true),
        );
        get("/v1/responses", Route::WebSocket);
        get("/nope", Route::NotFound);

        post(
            "/v1/chat/completions",
            call(Protocol::Chat, Operation::Generate, None),
        );
        post(
            "/v1/chat/completions/",
            call(Protocol::Chat, Operation::Generate, None),
        );
        post(
            "/v1/embeddings",
            call(Protocol::Chat, Operation::Embed, None),
        );
        post(
            "/v1/messages",
            call(Protocol::Claude, Operation::Generate, None),
        );
        post(
            "/v1/messages/count_tokens",
            call(Protocol::Claude, Operation::CountTokens, None),
        );
        post(
            "/v1/responses",
            call(Protocol::Responses, Operation::Generate, None),
        );
        post(
            "/v1/responses/input_tokens",
            call(Protocol::Responses, Operation::CountTokens, None),
        );
        for base in ["/v1/models", "/v1beta/models"] {
            let check = |rest: &str, operation, model| {
                post(
                    &format!("{base}/{rest}"),
                    call(Protocol::Gemini, operation, Some(model)),
                );
            };
            check("m:generateContent", Operation::Generate, "m");
            check(
                "org/m:tag:generateContent",
                Operation::Generate,
                "org/m:tag",
            );
            check("m:streamGenerateContent", Operation::GenerateStream, "m");
            check("m:countTokens", Operation::CountTokens, "m");
            check("m:embedContent", Operation::Embed, "m");
            check("m:batchEmbedContents", Operation::EmbedBatch, "m");
            post(&format!("{base}/m"), Route::NotFound);
            post(&format!("{base}/m:frobnicate"), Route::NotFound);
        }
        post("/healthz", Route::MethodNotAllowed { allow: "GET, HEAD" });
        assert_eq!(
            route(&Method::DELETE, "/v1/messages"),
            Route::MethodNotAllowed { allow: "POST" }
        );
    }

    #[test]
    fn errors_speak_the_protocol_of_the_path() {
        let check = |path, protocol| assert_eq!(protocol_of(path), protocol, "{path}");
        check("/v1/messages/x", Protocol::Claude);
        check("/v1beta/x", Protocol::Gemini);
        check("/v1/models/m:frobnicate", Protocol::Gemini);
        check("/v1/models/m", Protocol::Chat);
        check("/v1/responses/x", Protocol::Responses);
        check("/anything", Protocol::Chat);
    }
}
