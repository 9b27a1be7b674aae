//! `headers` of an entry.

use super::{Resolver, text};
use crate::{HeaderValueSpec, tree::Spot};
use cliproxy_core::Secret;
use http::{HeaderName, HeaderValue};
use std::collections::BTreeMap;

/// Client headers that authenticate to this gateway; an upstream has no business with them.
const NEVER_COPIED: [&str; 9] = [
    "api-key",
    "authorization",
    "cookie",
    "proxy-authorization",
    "sec-websocket-protocol",
    "x-api-key",
    "x-gateway-key",
    "x-goog-api-key",
    "x-management-key",
];

impl Resolver<'_> {
    /// The headers an entry adds: trimmed, without those with an empty name or value.
    pub(super) fn headers(
        &mut self,
        given: BTreeMap<String, Option<String>>,
        spot: &Spot<'_>,
    ) -> Vec<(String, HeaderValueSpec)> {
        let mut headers = Vec::with_capacity(given.len());
        for (name, value) in given {
            let spot = spot.key(&name);
            let (Some(name), Some(value)) = (text(Some(name)), text(value)) else {
                continue;
            };
            let Ok(name) = HeaderName::try_from(&name) else {
                self.report.error(&spot, "not a header name", "");
                continue;
            };
            if let Some(value) = self.header_value(&value, &spot) {
                headers.push((name.as_str().to_owned(), value));
            }
        }
        headers
    }

    fn header_value(&mut self, value: &str, spot: &Spot<'_>) -> Option<HeaderValueSpec> {
        if let Some(Ok(name)) = value.strip_prefix('$').map(HeaderName::try_from) {
            if NEVER_COPIED.contains(&name.as_str()) {
                let message = "this header of the client is never copied";
                let remedy = "it authenticates to the gateway, not to the upstream";
                self.report.error(spot, message, remedy);
                return None;
            }
            return Some(HeaderValueSpec::FromClient(name.as_str().to_owned()));
        }
        let value = self.secret_of_requests(Some(value), spot)?;
        // Other bytes mean something else to each that reads them, so they are never sent.
        if !value.is_ascii() || HeaderValue::try_from(&value).is_err() {
            let remedy = "write it in ASCII, without line ends";
            self.report.error(spot, "not a header value", remedy);
            return None;
        }
        Some(HeaderValueSpec::Literal(Secret::from(value)))
    }
}
