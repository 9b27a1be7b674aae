//! One request to a token endpoint, below the `oauth2` crate.
//!
//! It sends what the crate made, over the client of the credential's proxy, and hands back only
//! answers as RFC 6749 section 5.1 wants them. Providers deviate from that: `token_type` is missing,
//! numbers are texts, empty texts mean nothing, errors come with status 200. Anything that is no
//! grant becomes a [`RefreshError`] here, where its status and headers are still known.

use super::{TokenSetup, answer::Answer, grant::grant, refusal::Refusal, unanswered::unanswered};
use crate::{WallClock, headers::USER_AGENT};
use bytes::Bytes;
use cliproxy_proxyutil::{HttpClient, ResponseBody, TransportError};
use cliproxy_token_refresh::{Grant, RefreshError};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};
use url::{Url, form_urlencoded};

/// The largest answer that is read, in bytes. Tokens are a few KiB.
const LIMIT: usize = 1 << 20;

/// How one endpoint is spoken to, and understood.
pub(crate) struct Manners {
    /// What is shown to the endpoint, and so what it refuses.
    pub(crate) proof: Proof,
    /// 403 means that the token is at its end, not that somebody stands in between.
    pub(crate) forbidden_is_final: bool,
    /// What else the provider wants to be told.
    pub(crate) headers: HeaderMap,
}

/// What tokens are given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    RefreshToken,
    ServiceAccount,
}

impl Manners {
    /// As RFC 6749 has it.
    pub(crate) fn of(proof: Proof) -> Self {
        Self {
            proof,
            forbidden_is_final: false,
            headers: HeaderMap::new(),
        }
    }
}

/// Reaches one token endpoint.
pub(crate) struct Exchange {
    http: HttpClient,
    /// Send a JSON object in place of a form.
    json: bool,
    pub(crate) clock: WallClock,
    manners: Manners,
}

impl<'c> AsyncHttpClient<'c> for Exchange {
    type Error = RefreshError;
    type Future = BoxFuture<'c, Result<HttpResponse, RefreshError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

impl Exchange {
    pub(crate) fn new(setup: &TokenSetup<'_>, manners: Manners) -> Self {
        Self {
            http: setup.http.clone(),
            json: setup.client.json,
            clock: setup.clock,
            manners,
        }
    }

    /// Asks once. The answer has status 200 and is a grant.
    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, RefreshError> {
        let (head, form) = request.into_parts();
        // Made from a URL in the first place.
        let url: Url = head.uri.to_string().parse().map_err(|_| not_an_address())?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut headers = head.headers;
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        headers.extend(self.manners.headers.clone());
        let sent = if self.json {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
            as_json(&form)
        } else {
            form
        };
        let sent = Bytes::from(sent);
        let taken = Arc::new(AtomicBool::new(false));
        let parcel = Parcel {
            left: Some(sent.clone()),
            taken: Arc::clone(&taken),
        };
        let lost = |error: &TransportError| {
            // An assertion is used up by nobody.
            let spent = self.manners.proof == Proof::RefreshToken && taken.load(Ordering::Acquire);
            unanswered(error, spent, &host)
        };
        let response = self.http.send(head.method, url, headers, parcel).await;
        let (head, body) = response.map_err(|error| lost(&error))?.into_parts();
        let body = match read(body).await {
            Ok(body) => body,
            // With an error status nothing was granted, so nothing of worth was lost.
            Err(Unread::Lost(error)) if head.status.is_success() => return Err(lost(&error)),
            Err(Unread::Lost(_) | Unread::TooLarge) => Bytes::new(),
        };
        let answer = Answer::read(&head.headers, &body);
        match answer.granted {
            Some(granted) if head.status.is_success() => Ok(Response::new(granted.into_json())),
            _ => Err(Refusal {
                status: head.status,
                headers: &head.headers,
                code: answer.code,
                sent: &sent,
                host: &host,
                now: (self.clock)(),
            }
            .classify(&self.manners)),
        }
    }

    /// Asks with a form that the `oauth2` crate has no words for.
    pub(crate) async fn post(
        &self,
        url: &Url,
        form: &[(&str, &str)],
    ) -> Result<Grant, RefreshError> {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = Request::post(url.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.into_bytes())
            .map_err(|_| not_an_address())?;
        let answer = self.ask(request).await?;
        match serde_json::from_slice(answer.body()) {
            Ok(answer) => Ok(grant(&answer, (self.clock)())),
            Err(_) => Err(unreadable()),
        }
    }
}

/// Nothing of the answer is kept, nor of the error, which may quote it.
pub(super) fn unreadable() -> RefreshError {
    let reason = "the answer of the token endpoint cannot be read".into();
    RefreshError::Transient { reason }
}

fn not_an_address() -> RefreshError {
    let code = "the token endpoint's address is no URL".into();
    RefreshError::Misconfigured { code }
}

/// The members of a form as a JSON object of texts.
fn as_json(form: &[u8]) -> Vec<u8> {
    let members: serde_json::Map<String, serde_json::Value> = form_urlencoded::parse(form)
        .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
        .collect();
    serde_json::Value::Object(members).to_string().into_bytes()
}

/// Why there is no body.
enum Unread {
    Lost(TransportError),
    TooLarge,
}

async fn read(body: ResponseBody) -> Result<Bytes, Unread> {
    match Limited::new(body, LIMIT).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => match error.downcast::<TransportError>() {
            Ok(error) => Err(Unread::Lost(*error)),
            Err(error) => {
                debug_assert!(error.is::<LengthLimitError>(), "{error}");
                Err(Unread::TooLarge)
            }
        },
    }
}

/// A request body that notes when the HTTP stack takes it: before that, nothing was asked.
struct Parcel {
    left: Option<Bytes>,
    taken: Arc<AtomicBool>,
}

impl Body for Parcel {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = self.left.take();
        self.taken.store(true, Ordering::Release);
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
