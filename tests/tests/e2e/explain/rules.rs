//! What an operator says an upstream's error means.

use super::{account, attempts, explained};
use cliproxy_core::Protocol;
use cliproxy_e2e::{Call, Entry, World, config};
use cliproxy_scripted_upstream::Behaviour;
use http::{HeaderMap, StatusCode};

/// An error that by itself stops a request.
fn credit() -> Behaviour {
    Behaviour::Status {
        status: StatusCode::BAD_REQUEST,
        headers: HeaderMap::new(),
        body: r#"{"error": {"type": "invalid_request_error", "code": "invalid_request_error",
            "message": "Your credit balance is too low"}}"#
            .into(),
    }
}

struct Case {
    rule: &'static str,
    /// Whether the account that serves was asked after the one that fails.
    goes_on: bool,
    /// Whether the account that has failed rests.
    rests: bool,
    outcome: &'static str,
}

const CASES: [Case; 7] = [
    Case {
        rule: "[]",
        goes_on: false,
        rests: false,
        outcome: "bad-request 400",
    },
    Case {
        rule: "[{status: 400, match: ['credit balance'], action: continue}]",
        goes_on: true,
        rests: false,
        outcome: "bad-request 400 (rule: continue)",
    },
    Case {
        rule: "[{status: 400, match-regexr: ['(?i)CREDIT .* low'], action: continue-and-cooldown}]",
        goes_on: true,
        rests: true,
        outcome: "bad-request 400 (rule: continue-and-cooldown)",
    },
    Case {
        rule: "[{status: 400, match: ['credit'], action: stop-and-cooldown}]",
        goes_on: false,
        rests: true,
        outcome: "bad-request 400 (rule: stop-and-cooldown)",
    },
    Case {
        rule: "[{status: 400, match: ['credit'], action: stop}]",
        goes_on: false,
        rests: false,
        outcome: "bad-request 400 (rule: stop)",
    },
    // The first that fits decides, and one that does not fit decides nothing.
    Case {
        rule: "[{status: 402, match: ['credit'], action: stop}, \
               {status: 400, match: ['Credit'], action: stop}, \
               {status: 400, match: ['credit'], action: continue}, \
               {status: 400, match: ['credit'], action: stop-and-cooldown}]",
        goes_on: true,
        rests: false,
        outcome: "bad-request 400 (rule: continue)",
    },
    Case {
        rule: "[{status: 400, match: ['debit'], action: continue-and-cooldown}]",
        goes_on: false,
        rests: false,
        outcome: "bad-request 400",
    },
];

#[tokio::test]
async fn an_entry_rules_on_its_errors() {
    for protocol in Protocol::ALL {
        for case in &CASES {
            let accounts = [("a", credit()), ("b", Behaviour::Answer)];
            let world = World::configured(accounts, |base| {
                let ruled = Entry::new(protocol, "a", base).with("priority: 1");
                let ruled = ruled.with(&format!("request-scoped-errors: {}", case.rule));
                config("", &[ruled, Entry::new(protocol, "b", base)])
            })
            .await;
            let gateway = &world.gateway;
            let reply = gateway.send(Call::unary(protocol)).await;
            let (status, attempted) = if case.goes_on { (200, 2) } else { (400, 1) };
            let what = format!("{protocol} {}", case.rule);
            assert_eq!(reply.status, status, "{what}: {}", reply.text());
            let explained = explained(gateway, &reply);
            let tried = attempts(&explained["steps"][0]);
            assert_eq!(tried.len(), attempted, "{what}");
            assert_eq!(tried[0], ("a".to_owned(), case.outcome.to_owned()));
            let state = account(gateway, "a")["state"] == "cooling";
            assert_eq!(state, case.rests, "{what}");
            // The next request meets it again, unless it rests.
            assert_eq!(world.hits("a"), 1, "{what}");
            gateway.send(Call::unary(protocol)).await;
            assert_eq!(world.hits("a"), if case.rests { 1 } else { 2 }, "{what}");
        }
    }
}
