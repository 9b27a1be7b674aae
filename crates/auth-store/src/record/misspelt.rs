//! Members that mean nothing, and were probably meant to be one that does.

use super::{
    members::Members,
    spelling::{ACCESS, CONTAINERS, EXPIRY, GRANTED, ID, LIFETIME, REFRESH, TIMESTAMP},
};
use crate::problem::Report;

/// Members of every kind of file, beside its tokens.
const KNOWN: [&str; 33] = [
    "type",
    "label",
    "email",
    "note",
    "disabled",
    "prefix",
    "proxy_url",
    "base_url",
    "priority",
    "weight",
    "headers",
    "allow_auth_override",
    "excluded_models",
    "disable_cooling",
    "request_retry",
    "websockets",
    "refresh_interval_seconds",
    "refresh_interval",
    "refreshIntervalSeconds",
    "refreshInterval",
    "account_id",
    "project_id",
    "link",
    "service_account",
    "location",
    "device_id",
    "client_id",
    "client_secret",
    "token_uri",
    "api_key",
    "token_endpoint",
    "model_aliases",
    "request_scoped_errors",
];

/// Shorter words differ by a letter from too many others.
const SHORTEST: usize = 5;

/// Reports members that nobody reads, and what they were meant to be.
pub(super) fn report(root: &Members<'_>, report: &mut Report) {
    for name in root.names() {
        if let Some(meant) = meant(name)
            // Of two that are there, one is something else.
            && root.first(&[meant]).is_none()
        {
            let remedy = format!("did you mean `{meant}`?");
            report.warn(name.to_owned(), "means nothing to the gateway", remedy);
        }
    }
}

fn known() -> impl Iterator<Item = &'static str> {
    let tokens = [&ACCESS[..], &REFRESH, &ID, &EXPIRY, &GRANTED, &CONTAINERS];
    let tokens = tokens.into_iter().flatten().copied();
    KNOWN.into_iter().chain(tokens).chain([LIFETIME, TIMESTAMP])
}

fn meant(given: &str) -> Option<&'static str> {
    let is_dashed = |known: &str| known == given.replace('-', "_");
    let is_read = |known: &str| known == given || known.contains('_') && is_dashed(known);
    if known().any(is_read) {
        return None;
    }
    let plain_given = plain(given);
    let same = known().find(|known| plain(known) == plain_given);
    same.or_else(|| known().find(|known| is_one_off(&plain_given, &plain(known))))
}

/// Without what people mix up: case, and `-`, `_` or nothing between words.
fn plain(name: &str) -> Vec<u8> {
    let letters = name.bytes().filter(|byte| !matches!(byte, b'-' | b'_'));
    letters.map(|byte| byte.to_ascii_lowercase()).collect()
}

/// Whether one letter is too many, missing, another, or changed places with its neighbour.
fn is_one_off(given: &[u8], known: &[u8]) -> bool {
    if known.len() < SHORTEST {
        return false;
    }
    let same = given.iter().zip(known).take_while(|(a, b)| a == b).count();
    let (given, known) = (&given[same..], &known[same..]);
    match (given, known) {
        ([a, b, left @ ..], [c, d, right @ ..]) if a == d && b == c => left == right,
        ([_, left @ ..], [_, right @ ..]) if left.len() == right.len() => left == right,
        ([_, left @ ..], right) if left == right => true,
        (left, [_, right @ ..]) => left == right,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn what_was_probably_meant() {
        for (given, expected) in [
            ("disable", Some("disabled")),
            ("acess_token", Some("access_token")),
            ("Link", Some("link")),
            ("weigth", Some("weight")),
            ("prioritty", Some("priority")),
            ("RefreshToken", Some("refresh_token")),
            ("projectId", Some("project_id")),
            ("disabled", None),
            ("proxy-url", None),
            ("refreshToken", None),
            ("refreshInterval", None),
            ("auth_mode", None),
            ("nota", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(meant(given), expected, "{given}");
        }
    }
}
