//! Headers that must never reach an upstream.

use crate::credential;
use http::{HeaderMap, Uri};
use std::collections::HashSet;

/// Something in a request that no upstream should ever see. It never holds the value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The [number](crate::Recorded::number) of the request or [call](crate::oauth::Call::number).
    pub request: u64,
    /// What was wrong, for example `header cookie` or `two different credentials`.
    pub what: String,
}

/// What `headers` and `uri` give away.
pub(crate) fn find(request: u64, headers: &HeaderMap, uri: &Uri) -> Vec<Violation> {
    let mut found: Vec<String> = headers
        .keys()
        .filter(|name| betrays(name.as_str()))
        .map(|name| format!("header {name}"))
        .collect();
    if credential::in_query(uri).is_some() {
        found.push("credential in the query".to_owned());
    }
    if credential::all(headers, uri).collect::<HashSet<_>>().len() > 1 {
        found.push("two different credentials".to_owned());
    }
    let violation = |what| Violation { request, what };
    found.into_iter().map(violation).collect()
}

/// A `chatgpt-account-id` that is not `account`'s, where the credential belongs to an account.
pub(crate) fn foreign_account(
    request: u64,
    headers: &HeaderMap,
    account: Option<&str>,
) -> Option<Violation> {
    let named = headers.get("chatgpt-account-id")?;
    (named.as_bytes() != account?.as_bytes()).then(|| Violation {
        request,
        what: "the id of another account".to_owned(),
    })
}

/// Headers about the client, its connection to the gateway, or the gateway's own business.
fn betrays(name: &str) -> bool {
    matches!(
        name,
        "cookie"
            | "forwarded"
            | "proxy-authorization"
            | "x-gateway-key"
            | "x-management-key"
            | "x-real-ip"
    ) || ["cf-", "x-cliproxy-", "x-forwarded-"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::find;
    use http::{HeaderMap, HeaderName, HeaderValue, Uri};

    #[test]
    fn what_must_not_reach_an_upstream_is_found() {
        let check =
            |pairs: &[(&'static str, &'static str)], uri: &'static str, expected: &[&str]| {
                let headers: HeaderMap = pairs
                    .iter()
                    .map(|(name, value)| {
                        (
                            HeaderName::from_static(name),
                            HeaderValue::from_static(value),
                        )
                    })
                    .collect();
                let found = find(1, &headers, &Uri::from_static(uri));
                let what: Vec<&str> = found
                    .iter()
                    .map(|violation| violation.what.as_str())
                    .collect();
                assert_eq!(what, expected, "{pairs:?} {uri}");
            };
        check(
            &[("authorization", "Bearer k"), ("accept", "*/*")],
            "/v1/models",
            &[],
        );
        check(
            &[("authorization", "Bearer k"), ("x-api-key", "k")],
            "/",
            &[],
        );
        check(
            &[("authorization", "Bearer a"), ("x-api-key", "b")],
            "/",
            &["two different credentials"],
        );
        check(
            &[("x-goog-api-key", "a")],
            "/?key=a",
            &["credential in the query"],
        );
        check(&[("x-gateway-key", "a")], "/", &["header x-gateway-key"]);
        check(
            &[("x-forwarded-for", "1.2.3.4")],
            "/",
            &["header x-forwarded-for"],
        );
        check(&[("cookie", "a=b")], "/", &["header cookie"]);
    }
}
