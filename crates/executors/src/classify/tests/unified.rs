//! Anthropic's windows, which say how far a limit reaches and when it ends.

use super::{NOW, classified, spread};
use cliproxy_core::{Protocol, Scope};
use std::time::Duration;

/// Nobody else ends a limit for everybody at the same moment.
#[test]
fn those_who_wait_for_a_unified_window_come_back_spread() {
    let check = |headers: &[(&str, &str)], random: f64, milliseconds: u64| {
        let got = spread(Protocol::Claude, 429, headers, "{}", random).retry_after;
        assert_eq!(got, Some(Duration::from_millis(milliseconds)), "{random}");
    };
    let reset = (NOW + 3_600).to_string();
    let unified = |status| {
        [
            ("anthropic-ratelimit-unified-5h-status", status),
            ("anthropic-ratelimit-unified-5h-reset", &*reset),
            ("retry-after", "7"),
        ]
    };
    check(&unified("rejected"), 0.0, 3_601_000);
    check(&unified("rejected"), 0.5, 3_615_500);
    check(&unified("rejected"), 1.0, 3_630_000);
    check(&unified("allowed"), 0.5, 7_000);
    // However long, it is not believed beyond the limit.
    let year = (NOW + 365 * 86_400).to_string();
    let year = [
        unified("rejected")[0],
        ("anthropic-ratelimit-unified-5h-reset", &year),
    ];
    check(&year, 0.5, 7 * 86_400_000);
}

#[test]
fn unified_windows_of_anthropic() {
    let check = |windows: &[(&str, &str, u64)], seconds: u64, scope: Scope| {
        let mut headers = Vec::new();
        for (window, status, reset) in windows {
            let name = |what: &str| format!("anthropic-ratelimit-unified-{window}-{what}");
            headers.push((name("status"), (*status).to_owned()));
            headers.push((name("reset"), (NOW + reset).to_string()));
        }
        let headers: Vec<_> = headers
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        let got = classified(Protocol::Claude, 429, &headers, "{}");
        assert_eq!(
            (got.retry_after, got.scope),
            (Some(Duration::from_secs(seconds + 1)), scope),
            "{windows:?}"
        );
    };
    check(
        &[("5h", "rejected", 600), ("7d", "allowed", 86_400)],
        600,
        Scope::Credential,
    );
    check(
        &[
            ("5h", "allowed", 10),
            ("7d", "allowed", 20),
            ("7d_oi", "rejected", 100),
        ],
        100,
        Scope::Model,
    );
    check(
        &[("5h", "rejected", 600), ("7d", "rejected", 90_000)],
        90_000,
        Scope::Credential,
    );
}
