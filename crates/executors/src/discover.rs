//! Asking an OpenAI-compatible upstream for its models.

use crate::{
    AuthHeader, Endpoint, UpstreamBody, UpstreamError,
    address::{add_query, join},
    headers::{Key, own_secret, unprompted},
    reply_headers::repeats,
    send::{not_followed, redirected},
};
use bytes::Bytes;
use cliproxy_auth_store::Credential;
use cliproxy_core::Scope;
use cliproxy_json::Value;
use cliproxy_proxyutil::HttpClient;
use http::Method;
use http_body::{Body, Frame};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

/// How long a list may take altogether.
const DEADLINE: Duration = Duration::from_secs(15);

/// The ids of `GET {base}/models`, asked for with the entry's headers and query like any call.
/// Headers that copy one of the client's are left out.
///
/// # Errors
///
/// If the upstream does not answer 200 with OpenAI's list within 15 seconds.
pub async fn list_models(
    endpoint: &Endpoint,
    credential: &Credential,
    client: &HttpClient,
) -> Result<Vec<String>, Box<UpstreamError>> {
    match tokio::time::timeout(DEADLINE, fetch(endpoint, credential, client)).await {
        Ok(listed) => listed,
        Err(_) => Err(Box::new(UpstreamError::timeout(crate::Timeout::Total))),
    }
}

async fn fetch(
    endpoint: &Endpoint,
    credential: &Credential,
    client: &HttpClient,
) -> Result<Vec<String>, Box<UpstreamError>> {
    let base = endpoint
        .base_url
        .as_ref()
        .ok_or_else(|| Box::new(UpstreamError::malformed("the entry has no base-url")))?;
    let mut url = join(base, "models");
    add_query(&mut url, None, &endpoint.query);
    let key = Key::Header(endpoint.auth.unwrap_or(AuthHeader::Bearer));
    let headers = unprompted(credential, endpoint, key);
    let response = client
        .send(Method::GET, url, headers, NoBody)
        .await
        .map_err(|error| {
            let text = error.to_string();
            Box::new(UpstreamError::transport(
                Scope::Provider,
                text,
                Some(Box::new(error)),
            ))
        })?;
    let (head, body) = response.into_parts();
    if head.status.is_redirection() {
        let host = redirected(&head.headers);
        let secret = own_secret(credential, None);
        let host = host.filter(|host| !repeats(host.as_bytes(), secret, endpoint));
        return Err(Box::new(not_followed(&credential.label, host)));
    }
    if head.status != http::StatusCode::OK {
        let text = format!("the upstream answered {}", head.status.as_u16());
        return Err(Box::new(UpstreamError::malformed(text)));
    }
    let body = UpstreamBody::open(&head.headers, body)?;
    let body = body.collect(DEADLINE).await?;
    ids(&body).ok_or_else(|| {
        Box::new(UpstreamError::malformed(
            "the upstream's model list is not one",
        ))
    })
}

fn ids(body: &[u8]) -> Option<Vec<String>> {
    let list = Value::parse_bytes(body).ok()?.get("data")?;
    let id = |model: Value<'_>| Some(model.get("id")?.as_str()?.into_owned());
    Some(list.elements().filter_map(id).collect())
}

struct NoBody;

impl Body for NoBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(0)
    }
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn openai_list() {
        let check = |body: &str, expected: Option<&[&str]>| {
            let expected = expected.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect());
            assert_eq!(ids(body.as_bytes()), expected, "{body}");
        };
        check(
            r#"{"object":"list","data":[{"id":"a"},{"id":"b"},{"x":1}]}"#,
            Some(&["a", "b"]),
        );
        check(r#"{"data":[]}"#, Some(&[]));
        check(r#"{"models":[]}"#, None);
        check("<html>", None);
    }
}
