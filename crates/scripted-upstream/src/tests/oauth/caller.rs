//! A client of the token endpoint.

use crate::{
    Script, Upstream,
    oauth::{Account, Call, Dialect, SignedIn, TokenBehaviour},
    tests::client::{self, Reply},
};
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::Value;
use url::form_urlencoded;

pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// An upstream with one account, `account`, of this dialect.
pub(super) fn start(
    dialect: Dialect,
    behaviours: impl IntoIterator<Item = TokenBehaviour>,
) -> (Upstream, SignedIn) {
    signed_in(Account::new("account", dialect).tokens(behaviours))
}

pub(super) fn signed_in(account: Account) -> (Upstream, SignedIn) {
    let label = account.label.clone();
    let upstream = client::start(Script::new().account(account));
    let tokens = upstream.oauth().sign_in(&label).expect("an account");
    (upstream, tokens)
}

pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

pub(super) fn call(
    method: &Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Request<Full<Bytes>> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "scripted.test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
    request.body(body).expect("a request")
}

/// Posts a form. `Err` if there was no response head.
pub(super) async fn try_post(
    upstream: &Upstream,
    path: &str,
    pairs: &[(&str, &str)],
) -> Result<Reply, hyper::Error> {
    let request = call(&Method::POST, path, &[("content-type", FORM)], &form(pairs));
    client::send(upstream, request).await
}

pub(super) async fn post(upstream: &Upstream, path: &str, pairs: &[(&str, &str)]) -> Reply {
    try_post(upstream, path, pairs).await.expect("a response")
}

/// Uses a refresh token as the client `scripted-client`.
pub(super) async fn try_refresh(
    upstream: &Upstream,
    dialect: Dialect,
    token: &str,
) -> Result<Reply, hyper::Error> {
    let pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", "scripted-client"),
        ("refresh_token", token),
    ];
    try_post(upstream, dialect.token_path(), &pairs).await
}

pub(super) async fn refresh(upstream: &Upstream, dialect: Dialect, token: &str) -> Reply {
    try_refresh(upstream, dialect, token)
        .await
        .expect("a response")
}

/// The refresh token somebody holds.
pub(super) fn held(tokens: &SignedIn) -> &str {
    tokens.refresh_token.as_ref().expect("a token").expose()
}

pub(super) fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member]
        .as_str()
        .unwrap_or_else(|| panic!("no {member}: {value}"))
}

/// The only call there was.
pub(super) fn only_call(upstream: &Upstream) -> Call {
    let calls = upstream.oauth().calls();
    let [call] = calls.as_slice() else {
        panic!("{calls:?}");
    };
    call.clone()
}
