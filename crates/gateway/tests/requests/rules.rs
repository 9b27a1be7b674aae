//! What an operator says about errors of an upstream.

use crate::rig::{Ask, Rig, calls, entry, in_order, refusing, section, upstream};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Failure};

const CLAUDE: Protocol = Protocol::Claude;

/// A refusal that would stop the request.
const BAD: &str =
    r#"{"type":"error","error":{"type":"invalid_request_error","message":"quota used up"}}"#;

/// What one failure of `a` leads to, which is asked before `b`.
#[derive(Clone, Copy)]
struct Case<'a> {
    settings: &'a str,
    /// The rules of `a`.
    rules: &'a str,
    status: u16,
    /// How often `a` and `b` were asked.
    calls: [u64; 2],
    /// Why `a` rests, and for how many seconds.
    rests: Option<(&'a str, u64)>,
    /// What the log says about the first attempt.
    outcome: &'a str,
}

async fn check(protocol: Protocol, stream: bool, failure: Behaviour, case: Case<'_>) {
    let name = format!(
        "{protocol} {stream} {failure:?} {} {}",
        case.settings, case.rules
    );
    let upstream = upstream([failure, Behaviour::Answer]);
    let base = upstream.base_url();
    let rules = format!("request-scoped-errors: [{}]", case.rules);
    let a = entry(protocol, &base, "a", "m", &rules);
    let both = in_order(&(a + &entry(protocol, &base, "b", "m", "")));
    let rig = Rig::new(&format!(
        "{}\n{}:\n{both}",
        case.settings,
        section(protocol)
    ));
    let answer = rig.send(&Ask::new(protocol, "m", stream)).await;
    assert_eq!(answer.status, case.status, "{name}: {}", answer.text());
    assert_eq!(calls(&upstream, "ab"), case.calls, "{name}");
    rig.assert_rests("a", case.rests, &name);
    let record = rig.record().await;
    assert_eq!(&*record.attempts[0].outcome, case.outcome, "{name}");
}

/// Stopped by the table, not by a rule.
const STOPPED: Case<'_> = Case {
    settings: "",
    rules: "",
    status: 400,
    calls: [1, 0],
    rests: None,
    outcome: "bad-request 400",
};

#[tokio::test]
async fn each_action() {
    let on_quota = |action: &str| format!("{{status: 400, match: [quota], action: {action}}}");
    let off = "disable-cooling: true";
    for settings in ["", off] {
        let check = async |action: &str, status, calls, rests| {
            let outcome = format!("bad-request 400 (rule: {action})");
            let case = Case {
                settings,
                rules: &on_quota(action),
                status,
                calls,
                rests,
                outcome: &outcome,
            };
            for protocol in Protocol::ALL {
                for stream in [false, true] {
                    check(protocol, stream, refusing(400, BAD), case).await;
                }
            }
        };
        check("continue", 200, [1, 1], None).await;
        check("stop", 400, [1, 0], None).await;
        let a_minute = Some(("bad-request", 60));
        check("continue-and-cooldown", 200, [1, 1], a_minute).await;
        check("stop-and-cooldown", 400, [1, 0], a_minute).await;
    }
}

#[tokio::test]
async fn a_rule_outweighs_what_the_error_says() {
    let check = async |failure: Failure, rules: &str, status, calls, rests, outcome: &str| {
        for settings in ["", "disable-cooling: true"] {
            let case = Case {
                settings,
                rules,
                status,
                calls,
                rests,
                outcome,
            };
            check(CLAUDE, false, failure.into(), case).await;
        }
    };
    let any = |status: u16, action: &str| {
        format!("{{status: {status}, match-regexr: ['.'], action: {action}}}")
    };
    // Nobody else is asked, nothing rests, and no round follows.
    let stop = any(500, "stop");
    let outcome = "upstream 500 (rule: stop)";
    check(Failure::Internal, &stop, 500, [1, 0], None, outcome).await;
    // A rest is that of the failure, if there is one.
    let rest = any(401, "stop-and-cooldown");
    let outcome = "auth 401 (rule: stop-and-cooldown)";
    let half_an_hour = Some(("auth", 1_800));
    check(
        Failure::Unauthorized,
        &rest,
        401,
        [1, 0],
        half_an_hour,
        outcome,
    )
    .await;
    let retry_after = std::time::Duration::from_secs(600);
    let limit = Failure::RateLimit { retry_after };
    let outcome = "quota 429 (rule: continue-and-cooldown)";
    let hinted = Some(("quota", 600));
    let rest = any(429, "continue-and-cooldown");
    check(limit, &rest, 200, [1, 1], hinted, outcome).await;
    let outcome = "quota 429 (rule: continue)";
    check(limit, &any(429, "continue"), 200, [1, 1], None, outcome).await;
}

#[tokio::test]
async fn the_first_rule_that_fits_decides() {
    let check = async |rules: &str, action: Option<&str>| {
        let outcome = action.map(|action| format!("bad-request 400 (rule: {action})"));
        let case = Case {
            rules,
            outcome: outcome.as_deref().unwrap_or(STOPPED.outcome),
            ..STOPPED
        };
        let goes_on = Case {
            status: 200,
            calls: [1, 1],
            ..case
        };
        let case = if action == Some("continue") {
            goes_on
        } else {
            case
        };
        check(CLAUDE, false, refusing(400, BAD), case).await;
    };
    let go_on = |how: &str| format!("{{{how}, action: continue}}");
    let fits = [
        "status: 400, match: [nothing, 'used up']",
        "status: 400, match-regexr: ['(?i)QUOTA.*UP']",
        "status: 400, match-regex: ['^nothing$', 'quota']",
        "status: 400, match: [nothing], match-regexr: [quota]",
    ];
    for how in fits {
        check(&go_on(how), Some("continue")).await;
        let stops = "{status: 400, match: [quota], action: stop}";
        check(&format!("{}, {stops}", go_on(how)), Some("continue")).await;
        check(&format!("{stops}, {}", go_on(how)), Some("stop")).await;
    }
    // The status is another, or the text, or its case.
    for how in [
        "status: 422, match: [quota]",
        "status: 400, match: [Quota]",
        "status: 400, match: [credit]",
        "status: 400, match-regexr: ['^quota']",
    ] {
        check(&go_on(how), None).await;
        let then = "{status: 400, match: [quota], action: continue}";
        check(&format!("{}, {then}", go_on(how)), Some("continue")).await;
    }
}

#[tokio::test]
async fn rules_are_about_what_an_upstream_said() {
    let stop = |status: u16, action| {
        format!("{{status: {status}, match-regexr: ['(?s).*'], action: {action}}}")
    };
    // A connection that broke has no words.
    let rules = stop(502, "stop");
    let broken = Case {
        rules: &rules,
        status: 200,
        calls: [1, 1],
        outcome: "transport",
        ..STOPPED
    };
    check(CLAUDE, false, Behaviour::ResetAfter(0), broken).await;
    // An error inside a success has, and the status it stands for.
    for stream in [false, true] {
        let rules = stop(529, "stop");
        let in_band = Case {
            rules: &rules,
            status: 529,
            outcome: "upstream 529 (rule: stop)",
            ..STOPPED
        };
        check(CLAUDE, stream, Behaviour::JsonErrorIn200, in_band).await;
        if stream {
            check(CLAUDE, stream, Behaviour::ErrorEventFirst, in_band).await;
        }
    }
}

#[tokio::test]
async fn a_rule_belongs_to_its_entry() {
    let upstream = upstream([refusing(400, BAD), Behaviour::Answer]);
    let base = upstream.base_url();
    let rules = "request-scoped-errors: [{status: 400, match: [quota], action: continue}]";
    let a = entry(CLAUDE, &base, "a", "m", "");
    let both = in_order(&(a + &entry(CLAUDE, &base, "b", "m", rules)));
    let rig = Rig::new(&format!("claude-api-key:\n{both}"));
    let answer = rig.send(&Ask::new(CLAUDE, "m", false)).await;
    assert_eq!(
        (answer.status.as_u16(), calls(&upstream, "ab")),
        (400, vec![1, 0])
    );
}

#[tokio::test]
async fn rounds_and_fallbacks_follow_what_a_rule_says() {
    let check = async |action: &str, failure: Behaviour, status: u16, expected: &[u64]| {
        let upstream = upstream([failure, Behaviour::Answer]);
        let base = upstream.base_url();
        let rules = format!(
            "request-scoped-errors: [{{status: 400, match: [quota], action: {action}}}, \
             {{status: 500, match-regexr: ['.'], action: {action}}}]"
        );
        let a = entry(CLAUDE, &base, "a", "m", &rules);
        let b = entry(CLAUDE, &base, "b", "n", "");
        let rig = Rig::new(&format!(
            "request-retry: 3\nfallbacks: {{m: [{{model: n}}]}}\nclaude-api-key:\n{a}{b}"
        ));
        let answer = rig.send(&Ask::new(CLAUDE, "m", false)).await;
        assert_eq!(answer.status, status, "{action}: {}", answer.text());
        assert_eq!(calls(&upstream, "ab"), expected, "{action}");
    };
    check("stop", refusing(400, BAD), 400, &[1, 0]).await;
    check("stop", Failure::Internal.into(), 500, &[1, 0]).await;
    check("stop-and-cooldown", Failure::Internal.into(), 500, &[1, 0]).await;
    check("continue", refusing(400, BAD), 200, &[1, 1]).await;
    check("continue", Failure::Internal.into(), 200, &[4, 1]).await;
    check(
        "continue-and-cooldown",
        Failure::Internal.into(),
        200,
        &[1, 1],
    )
    .await;
}
