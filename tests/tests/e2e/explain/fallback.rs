//! Models that stand in for one that nobody can serve.

use super::{asked, attempts, explained, limit, world};
use cliproxy_core::Protocol;
use cliproxy_e2e::{Call, Entry, MODEL, World, config};
use cliproxy_scripted_upstream::{
    Behaviour, Failure,
    grammar::{self, Outcome},
};
use http::{HeaderMap, StatusCode};

const SETTINGS: &str = "fallbacks: {scripted-1: [{model: spare}]}";

/// An account for the model and one for its fallback.
async fn spared(protocol: Protocol, failure: Behaviour, settings: &str) -> World {
    let accounts = [
        ("a", vec![failure], "[{name: scripted-1}]"),
        ("b", vec![Behaviour::Answer], "[{name: spare}]"),
    ];
    world(protocol, settings, accounts).await
}

/// The reply is that of the fallback and says so in its head; in its body the model has the name
/// that the client knows.
#[tokio::test]
async fn another_model_serves() {
    for protocol in Protocol::ALL {
        for failure in [Failure::Unavailable.into(), limit(170)] {
            for stream in [false, true] {
                let world = spared(protocol, failure.clone(), SETTINGS).await;
                let call = Call::generate(protocol, MODEL, stream);
                let reply = world.gateway.send(call).await;
                let (case, body) = (format!("{protocol} {failure:?}"), reply.text());
                assert_eq!(reply.status, 200, "{case}: {body}");
                let by = reply.header("x-cliproxy-served-by");
                assert_eq!(by, "b; model=spare", "{case}");
                assert_eq!(reply.header("x-cliproxy-attempts"), "2", "{case}");
                assert!(body.contains("b to: hello") || stream, "{case}: {body}");
                assert!(body.contains("\"scripted-1\""), "{case}: {body}");
                assert!(!body.contains("spare"), "{case}: {body}");
                if stream {
                    let outcome = grammar::check(protocol, &reply.body);
                    assert_eq!(outcome, Ok(Outcome::Completed), "{case}: {body}");
                }
                world.assert_clean();
                // Asked for by its own name it is no fallback.
                let own = Call::generate(protocol, "spare", stream);
                let reply = world.gateway.send(own).await;
                assert_eq!(reply.header("x-cliproxy-served-by"), "b", "{case}");
            }
        }
    }
}

/// Both models are explained, each with who was tried.
#[tokio::test]
async fn both_are_explained() {
    for protocol in Protocol::ALL {
        let world = spared(protocol, limit(170), SETTINGS).await;
        for (first, outcome) in [(1, "429"), (0, "cooling down")] {
            let reply = world.gateway.send(Call::unary(protocol)).await;
            let explained = explained(&world.gateway, &reply);
            let steps = explained["steps"].as_array().unwrap();
            let routes: Vec<_> = steps.iter().map(|step| &step["route"]).collect();
            assert_eq!(routes, ["scripted-1", "spare"], "{explained}");
            assert_eq!(attempts(&steps[0]).len(), first, "{explained}");
            let why = super::text(&steps[0]["outcome"]);
            assert!(why.contains(outcome), "{explained}");
            let served = [("b".to_owned(), "ok".to_owned())];
            assert_eq!(attempts(&steps[1]), served, "{explained}");
            assert_eq!(steps[1]["outcome"], "served", "{explained}");
        }
    }
}

/// What a request is refused for itself, every model would refuse; and where there is no fallback
/// left, the client gets the last error.
#[tokio::test]
async fn where_it_does_not_help() {
    for protocol in Protocol::ALL {
        let refusal = Behaviour::Status {
            status: StatusCode::BAD_REQUEST,
            headers: HeaderMap::new(),
            body: r#"{"error": {"type": "invalid_request_error", "message": "no"}}"#.into(),
        };
        let world = spared(protocol, refusal, SETTINGS).await;
        let reply = world.gateway.send(Call::unary(protocol)).await;
        assert_eq!((reply.status, world.hits("b")), (400, 0), "{protocol}");
        assert_eq!(reply.header("x-cliproxy-served-by"), "a", "{protocol}");

        let world = spared(protocol, Failure::Unavailable.into(), SETTINGS).await;
        world.upstream.rewrite("b", [Failure::Billing.into()]);
        let reply = world.gateway.send(Call::unary(protocol)).await;
        let explained = explained(&world.gateway, &reply);
        assert_eq!(reply.header("x-cliproxy-attempts"), "2", "{explained}");
        assert_eq!(explained["steps"].as_array().unwrap().len(), 2);
        let last = super::text(&explained["steps"][1]["outcome"]);
        assert_eq!(explained["error"], *last, "{explained}");

        let none = spared(protocol, Failure::Unavailable.into(), "").await;
        let reply = none.gateway.send(Call::unary(protocol)).await;
        assert_eq!((reply.status, none.hits("b")), (503, 0), "{protocol}");
    }
}

/// A provider may be named, and only that one serves.
#[tokio::test]
async fn of_one_provider() {
    let names = ["a", "b", "c"];
    let failing = ("a", Failure::Unavailable.into());
    let accounts = [failing, ("b", Behaviour::Answer), ("c", Behaviour::Answer)];
    let world = World::configured(accounts, |base| {
        let settings = "fallbacks: {scripted-1: [{model: spare, provider: c}]}";
        let entries = names.map(|name| {
            let model = if name == "a" { MODEL } else { "spare" };
            let entry = Entry::new(Protocol::Chat, name, base);
            entry.models(&format!("[{{name: {model}}}]"))
        });
        config(settings, &entries)
    })
    .await;
    for _ in 0..3 {
        let reply = world.gateway.send(Call::unary(Protocol::Chat)).await;
        let by = reply.header("x-cliproxy-served-by");
        assert_eq!(by, "c; model=spare");
    }
    assert_eq!(world.hits("b"), 0);
    let last = asked(&world.gateway, &["explain", "--last"]);
    let candidates = last["steps"][1]["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 1, "{last}");
}
