//! The commands, and the tour of the demo.

use super::{account, asked, attempts, explained, limit, named, told, world};
use cliproxy_core::Protocol::{self, Chat};
use cliproxy_e2e::{Call, Finished, Gateway, Launch, MODEL, World, soon};
use cliproxy_scripted_upstream::Behaviour;
use serde_json::{Value, json};
use std::time::Duration;

const ANSWERS: Behaviour = Behaviour::Answer;
/// Two minutes and a little more, which a slow machine may use up.
const REST: u64 = 170;
const REST_TOLD: &str = "2 min";

#[track_caller]
fn fails(gateway: &Gateway, args: &[&str], words: &str) {
    let Finished {
        code,
        stdout,
        stderr,
        ..
    } = gateway.command(args).run();
    assert_eq!((code, &*stdout), (Some(1), ""), "{args:?}: {stderr}");
    assert!(stderr.contains(words), "{args:?}: {stderr}");
}

/// A rest that is to be over in [`REST`] seconds or a little less.
#[track_caller]
fn rests(value: &Value) {
    let ms = value["back_in_ms"].as_u64().unwrap_or_default();
    assert!((120_000..=REST * 1_000).contains(&ms), "{value}");
}

#[tokio::test]
async fn a_request_by_its_id_and_the_newest_one() {
    for protocol in Protocol::ALL {
        let world = World::start(protocol, "", [("a", limit(REST)), ("b", ANSWERS)]).await;
        let gateway = &world.gateway;
        fails(gateway, &["explain"], "no request");

        let call = Call::unary(protocol).header("x-request-id", "first");
        assert_eq!(gateway.send(call).await.status, 200);
        let first = asked(gateway, &["explain", "first"]);
        for (member, expected) in [
            ("request_id", json!("first")),
            ("protocol", json!(protocol.as_str())),
            ("operation", json!("generate")),
            ("model", json!(MODEL)),
            ("status", json!(200)),
            ("ending", json!("complete")),
            ("error", Value::Null),
        ] {
            assert_eq!(first[member], expected, "{first}");
        }
        let step = &first["steps"][0];
        let tried = [("a", "quota 429"), ("b", "ok")];
        assert_eq!(
            attempts(step),
            tried.map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        let candidate = |step: &Value, label| named(&step["candidates"], label).clone();
        // As it was when the request came.
        assert_eq!(candidate(step, "a")["state"], "ready");
        assert_eq!(candidate(step, "a")["note"], "picked");
        assert_eq!(candidate(step, "b")["note"], "tried");

        let second = explained(gateway, &gateway.send(Call::unary(protocol)).await);
        let resting = candidate(&second["steps"][0], "a");
        assert_eq!(resting["state"], "cooling: quota");
        rests(&resting);
        assert_eq!(candidate(&second["steps"][0], "b")["note"], "picked");

        for newest in [&["explain", "--last"][..], &["explain"]] {
            let newest = asked(gateway, newest);
            for member in ["request_id", "steps"] {
                assert_eq!(newest[member], second[member], "{newest}");
            }
        }
        // A line for each, the newest first.
        let recent = asked(gateway, &["explain", "--recent"]);
        let ids = [0, 1].map(|place| recent[place]["request_id"].clone());
        assert_eq!(ids, [second["request_id"].clone(), json!("first")]);
        let lines = told(gateway, &["explain", "--recent", "1"]);
        assert_eq!(lines.lines().count(), 2, "{lines}");
        let id = super::text(&second["request_id"]);
        assert!(
            lines.contains(&id) && lines.contains("200 complete"),
            "{lines}"
        );
        let words = told(gateway, &["explain", "first"]);
        for part in ["first for scripted-1 by ", "200 complete", "quota 429"] {
            assert!(words.contains(part), "{words}");
        }
        let words = told(gateway, &["explain"]);
        assert!(words.contains("cooling: quota"), "{words}");
        assert!(words.contains(REST_TOLD), "{words}");
        fails(gateway, &["explain", "third"], "`third` is not remembered");
    }
}

/// What was streamed, what its client did not wait for, what was refused, and what nobody could
/// serve.
#[tokio::test]
async fn requests_that_ended_otherwise() {
    for protocol in Protocol::ALL {
        let silent = Behaviour::HeaderDelay(Duration::MAX);
        let queue = vec![ANSWERS, silent, limit(REST)];
        let world = World::queued(protocol, "", [("a", queue)]).await;
        let gateway = &world.gateway;
        let named = |call: Call, id| call.header("x-request-id", id);
        // What is over is noted, whoever reads the reply.
        let noted = async |id| {
            let explain = || gateway.command(&["explain", id]).run();
            let over = async {
                while explain().code != Some(0) {
                    tokio::task::yield_now().await;
                }
            };
            soon("the request is noted", over).await;
            asked(gateway, &["explain", id])
        };
        let stream = gateway.send(named(Call::stream(protocol), "stream")).await;
        assert_eq!(stream.status, 200);
        let stream = noted("stream").await;
        assert_eq!(stream["operation"], "generate-stream", "{stream}");
        assert_eq!(stream["ending"], "complete", "{stream}");
        assert_eq!(stream["steps"][0]["outcome"], "served", "{stream}");

        tokio::select! {
            _ = world.wait_for("the request", |stats| stats.hits("a") == 2) => {}
            reply = gateway.open(named(Call::unary(protocol), "left")) => panic!("{reply:?}"),
        }
        let left = noted("left").await;
        assert_eq!(left["status"], 499, "{left}");
        assert_eq!(left["steps"][0]["outcome"], "cancelled", "{left}");
        let waited_for = [("a".to_owned(), "cancelled".to_owned())];
        assert_eq!(attempts(&left["steps"][0]), waited_for);

        for (id, attempts, outcome) in [("upstream", 1, "429"), ("nobody", 0, "cooling down")] {
            let reply = gateway.send(named(Call::unary(protocol), id)).await;
            assert_eq!(reply.status, 429);
            let refused = explained(gateway, &reply);
            let step = &refused["steps"][0];
            assert_eq!(refused["status"], 429, "{refused}");
            assert_eq!(refused["ending"], "failed", "{refused}");
            assert_eq!(super::attempts(step).len(), attempts, "{refused}");
            let said = super::text(&step["outcome"]);
            assert!(said.contains(outcome), "{refused}");
        }
    }
}

#[tokio::test]
async fn what_would_become_of_a_request() {
    let accounts = [
        ("a", vec![limit(REST)], "[{name: shared}, {name: own}]"),
        ("b", vec![ANSWERS], "[{name: shared}]"),
    ];
    let world = world(Chat, "", accounts).await;
    let gateway = &world.gateway;
    let shared = asked(gateway, &["explain", "--model", "shared"]);
    let [shared] = &shared.as_array().unwrap()[..] else {
        panic!("{shared}");
    };
    assert_eq!(shared["protocol"], "any");
    let step = &shared["steps"][0];
    let notes = ["a", "b"].map(|label| named(&step["candidates"], label)["note"].clone());
    assert_eq!(notes, [Value::Null, json!("lower priority")], "{shared}");
    let outcome = super::text(&step["outcome"]);
    assert!(outcome.starts_with("one of priority 0 would serve"));
    // Nothing was sent for that.
    assert_eq!((world.hits("a"), world.hits("b")), (0, 0));

    let own = Call::generate(Chat, "own", false);
    assert_eq!(gateway.send(own).await.status, 429);
    let args = ["explain", "--model", "own", "--protocol", "chat"];
    let own = asked(gateway, &args);
    assert_eq!(own[0]["steps"][0]["outcome"], "nobody is ready", "{own}");
    rests(named(&own[0]["steps"][0]["candidates"], "a"));
    let words = told(gateway, &args);
    assert!(words.contains("nobody is ready"), "{words}");
    assert!(words.contains(REST_TOLD), "{words}");

    let args = ["explain", "--model", "none"];
    fails(gateway, &args, "unknown model `none`");
}

#[tokio::test]
async fn who_rests_and_until_when() {
    for protocol in Protocol::ALL {
        let world = World::start(protocol, "", [("a", limit(REST)), ("b", ANSWERS)]).await;
        let gateway = &world.gateway;
        assert_eq!(account(gateway, "a")["state"], "ready");
        assert_eq!(gateway.send(Call::unary(protocol)).await.status, 200);
        let status = asked(gateway, &["status"]);
        assert_eq!(status["strategy"], "round-robin", "{status}");
        assert_eq!(status["session_affinity"], false, "{status}");
        let (a, b) = (account(gateway, "a"), account(gateway, "b"));
        assert_eq!(
            (&a["state"], &b["state"]),
            (&json!("cooling"), &json!("ready"))
        );
        assert_eq!(a["reason"], "quota", "{a}");
        assert_eq!((&a["priority"], &b["priority"]), (&json!(0), &json!(-1)));
        rests(&a);
        assert_eq!(a["models"][0]["model"], MODEL);
        rests(&a["models"][0]);

        let words = told(gateway, &["status"]);
        assert!(words.starts_with("round-robin, no session affinity, 1 of 2 credentials ready\n"));
        let line = words.lines().find(|line| line.starts_with("a ")).unwrap();
        assert!(line.contains("cooling: quota"), "{words}");
        assert!(line.ends_with(REST_TOLD), "{words}");
        let line = words.lines().find(|line| line.starts_with("b ")).unwrap();
        assert!(line.ends_with("ready"), "{words}");
    }
}

/// A credential that rests serves again at once, by its label or its id, as a whole or one model
/// of it.
#[tokio::test]
async fn a_rest_is_ended_by_hand() {
    let models = "[{name: one}, {name: two}]";
    for by_id in [false, true] {
        for model in [None, Some("one")] {
            let queue = vec![limit(REST), limit(REST), ANSWERS];
            let world = world(Chat, "", [("a", queue, models)]).await;
            let gateway = &world.gateway;
            let status = async |model| {
                let call = Call::generate(Chat, model, false);
                gateway.send(call).await.status
            };
            assert_eq!((status("one").await, status("two").await), (429, 429));
            assert_eq!(status("one").await, 429);
            assert_eq!(world.hits("a"), 2, "it rests");
            fails(gateway, &["reset", "b"], "`b` is the label or id of no");
            assert_eq!(status("one").await, 429);

            let label = match by_id {
                true => super::text(&account(gateway, "a")["id"]),
                false => "a".to_owned(),
            };
            let mut args = vec!["reset", &label];
            args.extend(model.into_iter().flat_map(|model| ["--model", model]));
            let (ended, two) = match model {
                None => ("2 blocks ended", 200),
                Some(_) => ("1 block ended", 429),
            };
            let words = told(gateway, &args);
            assert!(
                words.contains("reset a: ") && words.contains(ended),
                "{words}"
            );
            assert_eq!((status("one").await, status("two").await), (200, two));
            assert_eq!(account(gateway, "a")["state"] == "ready", two == 200);
            let again = told(gateway, &["reset", "a", "--model", "one"]);
            assert!(again.contains("nothing kept it back"), "{again}");
            let again = asked(gateway, &["reset", "a", "--model", "one"]);
            let expected = json!([{"credential": "a", "models": ["one"], "ended": 0}]);
            assert_eq!(again, expected);
        }
    }
}

#[test]
fn the_tour_of_the_demo() {
    let Finished {
        code,
        stdout,
        stderr,
        ..
    } = Launch::new(&["demo", "--tour", "--once"]).run();
    assert_eq!((code, &*stderr), (Some(0), ""), "{stdout}");
    assert_eq!(stdout.lines().last(), Some("all as it should be"));
}
