//! Why a request got no reply, and what the client is told.

use crate::secrets::without;
use bytes::Bytes;
use cliproxy_core::{ErrorKind, Protocol, ProviderId, Secret};
use cliproxy_executors::{UpstreamError, UpstreamHeaders, for_client};
use cliproxy_json::{Invalid, Kind, Value};
use cliproxy_models::UnknownModel;
use cliproxy_translators::{Detail, ErrorView, Refused, client_status, error_body};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::{borrow::Cow, sync::Arc, time::Duration};

/// Why a request got no reply.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The body is not a JSON object.
    #[error("the request body is not valid: {0}")]
    InvalidBody(#[from] Invalid),
    /// A member of the body, or of the address, cannot be served.
    #[error("{message}")]
    InvalidRequest {
        /// What is wrong and what to do.
        message: Cow<'static, str>,
        /// The OpenAI `code`.
        code: Option<&'static str>,
        /// The place in the body.
        param: Option<Cow<'static, str>>,
    },
    /// No entry serves this model.
    #[error("{0}")]
    UnknownModel(String),
    /// Entries serve it, none in the client's protocol, and what is asked is not translated.
    #[error("{message}")]
    OtherProtocol {
        /// In which protocols it is served, and where.
        message: String,
        /// The first of them.
        served: Protocol,
    },
    /// Entries serve it, and every credential of them that may serve cools down.
    #[error("{} cooling down{}{}", who(*is_pinned, model), via(provider.as_ref()), because(*reason))]
    Cooldown {
        /// What the client asked for.
        model: Arc<str>,
        /// Whose they are, if they are all of one provider.
        provider: Option<ProviderId>,
        /// When the first is back.
        retry_after: Duration,
        /// Why it rests.
        reason: Option<ErrorKind>,
        /// Only one may serve, because it holds state that the request refers to.
        is_pinned: bool,
    },
    /// Entries serve it, and no credential can.
    #[error("{message}")]
    NoCredential {
        /// `auth_not_found` or `auth_unavailable`.
        code: &'static str,
        /// What is missing and what to do.
        message: String,
    },
    /// The request did not get in.
    #[error("{}", .0.message)]
    Door(DoorRefusal),
    /// The last attempt's failure.
    #[error("{error}")]
    Upstream {
        /// What the upstream said, or what became of it.
        error: Box<UpstreamError>,
        /// When a credential is back, if all cool down now.
        retry_after: Option<Duration>,
    },
}

/// A request that did not get in, in the server's words.
#[derive(Debug)]
pub struct DoorRefusal {
    /// The status.
    pub status: StatusCode,
    /// The OpenAI `code`, where it is not the one of the status.
    pub code: Option<&'static str>,
    /// The OpenAI `type`, where it is not the one of the status.
    pub kind: Option<&'static str>,
    /// When to come back, if that helps.
    pub retry_after: Option<Duration>,
    /// What is wrong and what to do.
    pub message: String,
}

/// What a failed request is answered with.
#[derive(Debug)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, in the client's protocol.
    pub body: Bytes,
}

impl Failure {
    /// A name without similar ones needs another hint.
    pub(crate) fn unknown_model(unknown: &UnknownModel) -> Self {
        let hint = if unknown.nearest.is_empty() {
            "; GET /v1/models lists what is served"
        } else {
            ""
        };
        Self::UnknownModel(format!("{unknown}{hint}"))
    }

    pub(crate) fn invalid(
        message: impl Into<Cow<'static, str>>,
        param: Option<&'static str>,
    ) -> Self {
        Self::InvalidRequest {
            message: message.into(),
            code: None,
            param: param.map(Cow::Borrowed),
        }
    }

    /// A request that cannot be said in another protocol.
    pub(crate) fn unspeakable(refused: Refused) -> Self {
        Self::InvalidRequest {
            message: refused.message.into(),
            code: refused.code,
            param: refused.param.map(Cow::Owned),
        }
    }

    /// What is told of a model and of its fallback together. Where both rest, a client is to come back
    /// for the first of them, and hears nothing of a provider: it may be another for each. What one of
    /// them cannot be told says nothing of the other, so it is the answer only where neither was asked.
    #[must_use]
    pub(crate) fn after(self, earlier: Self, asked: &str) -> Self {
        match (earlier, self) {
            (
                Self::Cooldown {
                    retry_after: first,
                    reason: why,
                    ..
                },
                Self::Cooldown {
                    retry_after,
                    reason,
                    ..
                },
            ) => {
                let is_first = first <= retry_after;
                Self::Cooldown {
                    model: asked.into(),
                    provider: None,
                    retry_after: first.min(retry_after),
                    reason: if is_first { why } else { reason },
                    is_pinned: false,
                }
            }
            (earlier, Self::InvalidRequest { .. })
            | (
                earlier @ Self::InvalidRequest { .. },
                Self::NoCredential { .. } | Self::OtherProtocol { .. } | Self::UnknownModel(_),
            ) => earlier,
            (_, last) => last,
        }
    }

    /// The status the client sees.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::InvalidBody(_) | Self::InvalidRequest { .. } | Self::OtherProtocol { .. } => {
                StatusCode::BAD_REQUEST
            }
            Self::UnknownModel(_) => StatusCode::NOT_FOUND,
            Self::Cooldown { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NoCredential { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Door(refusal) => refusal.status,
            Self::Upstream { error, .. } => error.status,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Cooldown { retry_after, .. } => Some(*retry_after),
            Self::Door(refusal) => refusal.retry_after,
            Self::Upstream { error, retry_after } => retry_after.or(error.retry_after),
            _ => None,
        }
    }

    /// The failure as the gateway words it.
    fn view<'a>(&'a self, protocol: Protocol, request_id: &'a str) -> ErrorView<'a> {
        let mut view = ErrorView::new(self.status().as_u16(), self.to_string());
        view.request_id = Some(request_id);
        view.retry_after = self.retry_after();
        match self {
            Self::InvalidBody(_) => view.code = Some("invalid_json".into()),
            Self::InvalidRequest { code, param, .. } => {
                view.code = code.map(Cow::Borrowed);
                view.param = param.as_deref();
                // Found inside of the body. These errors have no member for it, and most messages do
                // not say it.
                if let (Some(Cow::Owned(place)), Protocol::Claude | Protocol::Gemini) =
                    (param, protocol)
                    && !view.message.contains(&format!("`{place}`"))
                {
                    view.message = format!("{place}: {}", view.message).into();
                }
            }
            Self::UnknownModel(_) | Self::OtherProtocol { .. } => view.param = Some("model"),
            Self::Cooldown {
                model,
                provider,
                retry_after,
                reason,
                is_pinned: _,
            } => {
                let seconds = whole_seconds(*retry_after);
                view.code = Some("model_cooldown".into());
                view.details = vec![
                    ("model", Detail::Text(Cow::Borrowed(model))),
                    ("reset_time", Detail::Text(clock_text(seconds).into())),
                    ("reset_seconds", Detail::Number(seconds)),
                ];
                if let Some(provider) = provider {
                    let provider = Detail::Text(provider.as_str().into());
                    view.details.push(("provider", provider));
                }
                if let Some(reason) = reason {
                    let reason = Detail::Text(reason.as_str().into());
                    view.details.push(("last_upstream_error", reason));
                }
            }
            Self::NoCredential { code, .. } => view.code = Some((*code).into()),
            Self::Door(refusal) => {
                view.code = refusal.code.map(Cow::Borrowed);
                view.kind = refusal.kind;
            }
            Self::Upstream { error, .. } if error.answered => {
                // The upstream's own words; JSON goes verbatim and does not come here.
                view.request_id = None;
                view.message = String::from_utf8_lossy(&error.body);
            }
            Self::Upstream { .. } => {}
        }
        view
    }

    /// Renders the failure for a client of `protocol`.
    ///
    /// `secrets` are those that the gateway itself holds for the attempt: they are replaced where
    /// an upstream's body repeats them.
    #[must_use]
    pub fn refuse(
        &self,
        protocol: Protocol,
        request_id: &str,
        headers: UpstreamHeaders,
        secrets: &[Secret],
    ) -> Refusal {
        let mut refusal = match self {
            Self::Upstream { error, .. } if error.answered && is_json(&error.body) => {
                verbatim(error, secrets)
            }
            _ => {
                let view = self.view(protocol, request_id);
                let status = client_status(protocol, view.status);
                Refusal {
                    status: StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY),
                    headers: HeaderMap::new(),
                    body: without(&error_body(protocol, &view), secrets),
                }
            }
        };
        refusal
            .headers
            .entry(header::CONTENT_TYPE)
            .or_insert(HeaderValue::from_static("application/json"));
        if let Some(after) = self.retry_after() {
            let seconds = whole_seconds(after);
            refusal.headers.insert(header::RETRY_AFTER, seconds.into());
            // Rounded up, like the seconds: a client that obeys must not be early.
            let milliseconds = after.as_nanos().div_ceil(1_000_000).max(1);
            let milliseconds = u64::try_from(milliseconds).unwrap_or(u64::MAX);
            refusal
                .headers
                .insert("retry-after-ms", milliseconds.into());
        }
        if let Self::Upstream { error, .. } = self {
            for_client(&error.headers, headers, &mut refusal.headers);
        } else if protocol == Protocol::Claude
            && let Ok(id) = HeaderValue::from_str(request_id)
        {
            refusal.headers.insert("request-id", id);
        }
        refusal
    }
}

/// A user whose other accounts are all well looks for the reason in the wrong place otherwise.
fn who(is_pinned: bool, model: &str) -> String {
    match is_pinned {
        true => format!(
            "The credential that holds the state this request refers to, for model {model}, is"
        ),
        false => format!("All credentials for model {model} are"),
    }
}

fn via(provider: Option<&ProviderId>) -> String {
    provider.map_or_else(String::new, |provider| format!(" via provider {provider}"))
}

/// A cooldown of hours needs its reason: a key that was refused looks like a limit otherwise.
fn because(reason: Option<ErrorKind>) -> String {
    reason.map_or_else(String::new, |reason| {
        format!(" (last upstream error: {})", reason.as_str())
    })
}

/// The upstream's own answer: clients match on its wording.
fn verbatim(error: &UpstreamError, secrets: &[Secret]) -> Refusal {
    let mut headers = HeaderMap::new();
    if let Some(kind) = error.headers.get(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, kind.clone());
    }
    Refusal {
        status: error.status,
        headers,
        body: without(&error.body, secrets),
    }
}

fn is_json(body: &[u8]) -> bool {
    Value::parse_bytes(body).is_ok_and(|value| matches!(value.kind(), Kind::Object | Kind::Array))
}

/// Whole seconds until then, at least one: a client told to wait zero seconds comes back at once.
pub(crate) fn whole_seconds(after: Duration) -> u64 {
    after.as_secs() + u64::from(after.subsec_nanos() > 0).max(u64::from(after.as_secs() == 0))
}

/// `1m30s`, `2h3m4s`, as Go prints durations, which is what clients of the field parse.
fn clock_text(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::{clock_text, whole_seconds};
    use std::time::Duration;

    #[test]
    fn retry_after_is_rounded_up_and_never_zero() {
        let check = |milliseconds, seconds, text: &str| {
            let got = whole_seconds(Duration::from_millis(milliseconds));
            assert_eq!((got, clock_text(got).as_str()), (seconds, text));
        };
        check(0, 1, "1s");
        check(200, 1, "1s");
        check(1_000, 1, "1s");
        check(12_200, 13, "13s");
        check(60_000, 60, "1m0s");
        check(90_000, 90, "1m30s");
        check(7_384_000, 7_384, "2h3m4s");
    }
}
