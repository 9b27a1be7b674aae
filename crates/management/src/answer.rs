//! What is answered: JSON, and JSON about what is wrong.

use crate::call::ResetCall;
use bytes::Bytes;
use cliproxy_gateway::{Explanation, Reset, ResetError};
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;
use serde::Serialize;
use serde_json::json;

/// Why there is no answer, in a sentence that names the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// The method that would be taken.
    pub(crate) allow: Option<Method>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            allow: None,
        }
    }

    /// A question that cannot be understood.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    /// Something that is asked for and is not there.
    fn missing(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    pub(crate) fn response(self) -> Response<Full<Bytes>> {
        let error = json!({"error": {"code": self.code, "message": self.message}});
        let mut response = json_response(self.status, &error);
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        if let Some(Ok(allow)) = self.allow.map(|allow| allow.as_str().parse()) {
            headers.insert(header::ALLOW, allow);
        }
        response
    }
}

/// A good answer.
pub(crate) fn ok<T: Serialize>(answer: &T) -> Response<Full<Bytes>> {
    json_response(StatusCode::OK, answer)
}

fn json_response<T: Serialize>(status: StatusCode, answer: &T) -> Response<Full<Bytes>> {
    let (status, body) = match serde_json::to_vec(answer) {
        Ok(body) => (status, body),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
    };
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, kind);
    let no_store = HeaderValue::from_static("no-store");
    headers.insert(header::CACHE_CONTROL, no_store);
    response
}

/// The request of this id. `recent` are ids that are remembered.
pub(crate) fn of_id(
    id: &str,
    found: Option<Explanation>,
    recent: &[Explanation],
) -> Result<Explanation, Refusal> {
    found.ok_or_else(|| {
        let ids: Vec<&str> = recent.iter().map(|one| &*one.request_id).collect();
        let known = if ids.is_empty() {
            "no request is".to_owned()
        } else {
            format!("the newest that are: {}", ids.join(", "))
        };
        let message = format!("request `{}` is not remembered; {known}", shown(id));
        Refusal::missing("unknown_request", message)
    })
}

/// The newest request.
pub(crate) fn newest(found: Option<Explanation>) -> Result<Explanation, Refusal> {
    found.ok_or_else(|| {
        let message = "no request is over yet; send one, or ask about a model";
        Refusal::missing("unknown_request", message)
    })
}

/// What would become of a request for this model.
pub(crate) fn of_model(
    found: Result<Vec<Explanation>, String>,
) -> Result<Vec<Explanation>, Refusal> {
    found.map_err(|message| Refusal::missing("unknown_model", message))
}

/// What a reset has done.
pub(crate) fn of_reset(
    call: &ResetCall,
    done: Result<Vec<Reset>, ResetError>,
) -> Result<Vec<Reset>, Refusal> {
    done.map_err(|error| {
        let (credential, model) = (shown(&call.credential), call.model.as_deref());
        let (code, what, nearest) = match error {
            ResetError::UnknownModel { nearest } => {
                let model = shown(model.unwrap_or_default());
                let what = format!("`{credential}` serves no model `{model}`");
                ("unknown_model", what, nearest)
            }
            ResetError::UnknownCredential { nearest } => {
                let what = format!("`{credential}` is the label or id of no credential");
                ("unknown_credential", what, nearest)
            }
            other => ("not_reset", other.to_string(), None),
        };
        let remedy = match nearest {
            Some(nearest) => format!("is it `{nearest}`?"),
            None => "`cliproxy status` lists them".to_owned(),
        };
        Refusal::missing(code, format!("{what}; {remedy}"))
    })
}

/// As much of what was asked for as belongs into a sentence.
pub(crate) fn shown(text: &str) -> &str {
    const SHOWN: usize = 128;
    &text[..text.floor_char_boundary(SHOWN)]
}

#[cfg(test)]
mod tests {
    use super::{newest, of_id, of_model, of_reset};
    use crate::call::ResetCall;
    use cliproxy_gateway::{Explanation, Reset, ResetError};

    fn explanation(id: &str) -> Explanation {
        Explanation {
            request_id: id.to_owned(),
            at_ms: 0,
            client: String::new(),
            protocol: String::new(),
            operation: String::new(),
            model: String::new(),
            status: 200,
            ending: String::new(),
            error: None,
            total_ms: 0,
            reply_losses: None,
            steps: Vec::new(),
        }
    }

    fn call(model: Option<&str>) -> ResetCall {
        ResetCall {
            credential: "mian".to_owned(),
            model: model.map(str::to_owned),
        }
    }

    #[test]
    fn what_is_there_is_the_answer() {
        let one = explanation("req_1");
        assert_eq!(of_id("req_1", Some(one.clone()), &[]), Ok(one.clone()));
        assert_eq!(newest(Some(one.clone())), Ok(one.clone()));
        assert_eq!(of_model(Ok(vec![one.clone()])), Ok(vec![one]));
        let reset = Reset {
            credential: "main".to_owned(),
            models: Vec::new(),
            ended: 0,
        };
        let done = of_reset(&call(None), Ok(vec![reset.clone()]));
        assert_eq!(done, Ok(vec![reset]));
    }

    #[test]
    fn what_is_not_there_is_404_with_a_remedy() {
        fn check<T: std::fmt::Debug>(answer: Result<T, super::Refusal>, code: &str, part: &str) {
            let refusal = answer.unwrap_err();
            assert_eq!((refusal.status.as_u16(), refusal.code), (404, code));
            assert!(refusal.message.contains(part), "{}", refusal.message);
        }
        let recent = ["req_1", "req_2"].map(explanation);
        check(
            of_id("x", None, &recent),
            "unknown_request",
            "`x` is not remembered; the newest that are: req_1, req_2",
        );
        check(of_id("x", None, &[]), "unknown_request", "no request is");
        check(newest(None), "unknown_request", "send one");
        let nobody = of_model(Err("unknown model `gtp`".to_owned()));
        check(nobody, "unknown_model", "`gtp`");
        let unknown = |nearest: Option<&str>| {
            let nearest = nearest.map(str::to_owned);
            of_reset(&call(None), Err(ResetError::UnknownCredential { nearest }))
        };
        let code = "unknown_credential";
        check(
            unknown(Some("main")),
            code,
            "`mian` is the label or id of no",
        );
        check(unknown(Some("main")), code, "is it `main`?");
        check(unknown(None), code, "`cliproxy status` lists them");
        let model = Err(ResetError::UnknownModel { nearest: None });
        let model = of_reset(&call(Some("m")), model);
        check(model, "unknown_model", "`mian` serves no model `m`");
    }

    #[test]
    fn what_was_asked_for_is_not_repeated_at_length() {
        let refusal = of_id(&"é".repeat(1_000), None, &[]).unwrap_err();
        assert!(refusal.message.len() < 300, "{}", refusal.message);
    }
}
