//! What an operator says about a credential.

use super::{file, record};
use crate::record::{Settings, excluded_models};
use std::time::Duration;

/// A codex file that nothing is wrong with, with these members as well.
fn codex(members: &str) -> String {
    super::codex(&format!(r#","account_id":"acc"{members}"#))
}

#[test]
fn what_means_nothing_is_named_with_what_was_meant() {
    let check = |members: &str, expected: &str| {
        let file = file(&codex(members));
        let problems: Vec<_> = file.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems.join(" "), expected, "{members}");
    };
    let meant = |given: &str, known: &str| {
        format!("x.json: {given}: means nothing to the gateway (did you mean `{known}`?)")
    };
    check(r#","disable":true"#, &meant("disable", "disabled"));
    check(r#","Link":"/a""#, &meant("Link", "link"));
    check(r#","mine":true,"auth_mode":"x""#, "");
    // One that is there is not meant.
    check(r#","disable":true,"disabled":false"#, "");
    let moment = "x.json: expired: no moment in time \
                  (write a date like 2026-01-02T03:04:05Z, or seconds since 1970)";
    check(r#","expired":"tomorrow""#, moment);
    check(r#","expired":"0001-01-01T00:00:00Z""#, "");
    check(r#","expired":"""#, "");
}

#[test]
fn settings_in_every_spelling() {
    #[expect(clippy::needless_pass_by_value, reason = "expectations are literals")]
    fn check<T: PartialEq + std::fmt::Debug>(
        members: &str,
        read: fn(&Settings) -> T,
        expected: T,
        problem: &str,
    ) {
        let file = file(&codex(&format!(",{members}")));
        assert_eq!(read(&file.records[0].settings), expected, "{members}");
        let problems: Vec<_> = file.problems.iter().map(|found| &*found.member).collect();
        assert_eq!(problems.join(" "), problem, "{members}");
    }
    let prefix = |settings: &Settings| settings.prefix.as_deref().map(str::to_owned);
    check(r#""prefix":"/team-a/""#, prefix, Some("team-a".into()), "");
    check(r#""prefix":"  x ""#, prefix, Some("x".into()), "");
    check(r#""prefix":"a/b""#, prefix, None, "prefix");
    check(r#""prefix":"//""#, prefix, None, "");

    let priority = |settings: &Settings| settings.priority;
    check(r#""priority":5.9"#, priority, Some(5), "");
    check(r#""priority":"7""#, priority, Some(7), "");
    check(r#""priority":-1"#, priority, Some(-1), "");
    check(r#""priority":"x""#, priority, None, "priority");
    check(r#""priority":9999999999"#, priority, None, "priority");

    let weight = |settings: &Settings| settings.weight;
    check(r#""weight":3"#, weight, Some(3), "");
    check(r#""weight":" 3 ""#, weight, Some(3), "");
    check(r#""weight":-3"#, weight, Some(0), "");
    check(r#""weight":"""#, weight, None, "");

    let cooling = |settings: &Settings| settings.disable_cooling;
    check(r#""disable_cooling":"true""#, cooling, Some(true), "");
    check(r#""disable-cooling":1"#, cooling, Some(true), "");
    check(
        r#""disable_cooling":false,"disable-cooling":true"#,
        cooling,
        Some(false),
        "",
    );
    check(
        r#""disable_cooling":"nope""#,
        cooling,
        None,
        "disable_cooling",
    );

    let retry = |settings: &Settings| settings.request_retry;
    check(r#""request_retry":2"#, retry, Some(2), "");
    check(r#""request-retry":"4""#, retry, Some(4), "");
    check(r#""request_retry":-1"#, retry, None, "");
    check(r#""request_retry":"x""#, retry, None, "request_retry");

    let websockets = |settings: &Settings| settings.websockets;
    check(r#""websockets":"false""#, websockets, Some(false), "");

    let interval = |settings: &Settings| settings.refresh_interval;
    let quarter = Some(Duration::from_secs(900));
    check(r#""refresh_interval_seconds":900"#, interval, quarter, "");
    check(r#""refreshInterval":"15m""#, interval, quarter, "");
    check(
        r#""refresh_interval":"x""#,
        interval,
        None,
        "refresh_interval_seconds",
    );

    let proxy = |settings: &Settings| {
        settings
            .proxy_url
            .as_ref()
            .map(|url| url.expose().to_owned())
    };
    check(
        r#""proxy-url":"a","proxy_url":"b""#,
        proxy,
        Some("b".into()),
        "",
    );
    check(r#""proxy-url":"a""#, proxy, Some("a".into()), "");

    let note = |settings: &Settings| settings.note.as_deref().map(str::to_owned);
    check(r#""note":" n ""#, note, Some("n".into()), "");
    check(r#""note":7"#, note, None, "");

    check(r#""model_aliases":[]"#, note, None, "model_aliases");
    check(r#""disabled":"true""#, note, None, "disabled");
}

#[test]
fn headers_of_a_file() {
    let check = |headers: &str, more: &str, expected: &[(&str, &str)], problem: &str| {
        let file = file(&codex(&format!(r#","headers":{headers}{more}"#)));
        let settings = &file.records[0].settings;
        let headers: Vec<_> = settings
            .headers
            .iter()
            .map(|(name, value)| (&**name, value.expose()))
            .collect();
        assert_eq!(headers, expected);
        let problems: Vec<_> = file.problems.iter().map(|found| &*found.member).collect();
        assert_eq!(problems.join(" "), problem);
    };
    check(
        r#"{" X-A ":" 1 ","":"2","B":3,"C":""}"#,
        "",
        &[("x-a", "1")],
        "",
    );
    check(r#"{"X-T":"$X-Tenant"}"#, "", &[("x-t", "$X-Tenant")], "");
    check(r#"{"Authorization":"x"}"#, "", &[], "headers.Authorization");
    let allowed = r#","allow-auth-override":true"#;
    check(
        r#"{"Authorization":"x"}"#,
        allowed,
        &[("authorization", "x")],
        "",
    );
    check(r#"{"a b":"x"}"#, "", &[], "headers.a b");
    check(r#"{"a":"x\ny"}"#, "", &[], "headers.a");
    check("7", "", &[], "");
}

#[test]
fn models_that_are_not_served() {
    let of = |members: &str| record(&codex(members)).settings.excluded_models.clone();
    assert_eq!(
        of(r#","excluded-models":[" B ","a","b",7,""]"#),
        Box::from(["a".into(), "b".into()])
    );
    assert_eq!(of(r#","excluded_models":"a""#), Box::default());
    // The file's own and those that the configuration has for the provider.
    assert_eq!(
        excluded_models(["A", "b", "a"]),
        Box::from(["a".into(), "b".into()])
    );
}
