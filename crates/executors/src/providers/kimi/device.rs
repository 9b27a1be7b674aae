//! What Kimi wants to know about the program that asks: the truth about this one.

use crate::headers::plain;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::env::consts::{ARCH, OS};

/// What the gateway is called where the operator gave the credential no name.
const NAMELESS: &str = "gateway";

/// `X-Msh-*`: product, version and platform of the gateway, the credential's name in place of the
/// host's, and the id that was made when somebody signed in.
pub(super) fn headers(label: Option<&str>, device_id: Option<&str>) -> HeaderMap {
    let name = label.filter(|label| !label.trim().is_empty());
    let texts = [
        ("x-msh-platform", "cliproxy"),
        ("x-msh-version", env!("CARGO_PKG_VERSION")),
        ("x-msh-device-name", name.unwrap_or(NAMELESS)),
        ("x-msh-device-model", &format!("{OS} {ARCH}")),
        ("x-msh-device-id", device_id.unwrap_or_default()),
    ];
    let mut headers = HeaderMap::new();
    for (header, text) in texts {
        let value = match plain(text) {
            Some(value) => value,
            // A name may have letters that a header cannot.
            None if header == "x-msh-device-name" => HeaderValue::from_static(NAMELESS),
            None => continue,
        };
        if !value.is_empty() {
            headers.insert(HeaderName::from_static(header), value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::headers;

    #[test]
    fn nothing_is_pretended() {
        let check = |label, device_id, name: &str, id: Option<&str>| {
            let headers = headers(label, device_id);
            assert_eq!(headers["x-msh-platform"], "cliproxy");
            assert_eq!(headers["x-msh-version"], env!("CARGO_PKG_VERSION"));
            assert_eq!(headers["x-msh-device-name"], name);
            let own = headers.get("x-msh-device-id");
            assert_eq!(own.map(|id| id.to_str().unwrap()), id);
        };
        check(None, None, "gateway", None);
        check(Some(" "), Some(""), "gateway", None);
        check(Some("team"), Some("6f1c"), "team", Some("6f1c"));
        check(Some("büro"), Some("a\nb"), "gateway", None);
    }
}
