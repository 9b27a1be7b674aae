//! What the demo tells its user.

/// How to reach the gateway: requests to paste, and the settings of clients.
pub(super) fn text(gateway: &str, key: &str) -> String {
    include_str!("settings.txt")
        .trim_end()
        .replace("{base}", gateway)
        .replace("{key}", key)
}

/// The last line before the log.
pub(super) const READY: &str = "Ctrl-C stops the demo. Requests are logged from here on:";

#[cfg(test)]
mod tests {
    use super::text;
    use crate::commands::demo::models::{ALIAS, SCARCE};
    use cliproxy_scripted_upstream::DEMO_MODELS;

    const BASE: &str = "http://127.0.0.1:65535";
    const KEY: &str = "sk-demo-0123456789abcdef01234567";

    #[test]
    fn everything_a_client_needs_is_there() {
        let text = text(BASE, KEY);
        let check = |part: &str| assert!(text.contains(part), "{part}");
        DEMO_MODELS.iter().copied().for_each(check);
        for path in [
            "/v1/chat/completions",
            "/v1/messages",
            "/v1/models",
            "/v1/responses",
            "/v1beta/models/gemini-scripted-1:generateContent",
        ] {
            check(&format!("curl {BASE}{path} \\\n"));
        }
        for setting in [
            "ANTHROPIC_AUTH_TOKEN",
            "GATEWAY_KEY",
            "GEMINI_API_KEY",
            "Authorization: Bearer ",
        ] {
            let set = format!("{setting}={KEY}\n");
            let sent = format!("{setting}{KEY}'");
            assert!(text.contains(&set) || text.contains(&sent), "{setting}");
        }
        check(&format!("ANTHROPIC_BASE_URL={BASE}\n"));
        check(&format!("GOOGLE_GEMINI_BASE_URL={BASE}\n"));
        check(&format!("base_url = \"{BASE}/v1\"\n"));
        check(&format!("`{ALIAS}`"));
        check(&format!("`{SCARCE}`"));
    }

    #[test]
    fn it_fits_a_terminal() {
        for line in text(BASE, KEY).lines() {
            assert!(line.chars().count() <= 80, "{line}");
            assert!(
                !line.contains("{base}") && !line.contains("{key}"),
                "{line}"
            );
        }
    }
}
