//! Several upstream models behind one alias of a credential.

use crate::rig::{Ask, Rig, calls, entry, in_order, limited, refusing, s, section, upstream};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};

#[tokio::test]
async fn pools() {
    let broken = r#"{"error":{"message":"no","type":"invalid_request_error"}}"#;
    let unknown = r#"{"error":{"message":"The requested model is not supported."}}"#;
    // What the one key answers to each request, and the models it was asked for.
    let check = async |answers: Vec<Behaviour>, requests: usize, expected: &[&str]| {
        let upstream = Upstream::start(Script::new().queue("a", "a", answers)).unwrap();
        let rig = Rig::new(&format!(
            "request-retry: 0\nopenai-compatibility:\n  - {{name: e, base-url: \"{}/v1\", \
             api-key-entries: [{{api-key: a}}], \
             models: [{{name: x, alias: pool}}, {{name: y, alias: pool}}]}}\n",
            upstream.base_url()
        ));
        for _ in 0..requests {
            let answer = rig.send(&Ask::chat("pool")).await;
            if answer.status == 200 {
                assert_eq!(answer.json()["model"], "pool");
            }
        }
        let asked: Vec<_> = upstream
            .requests()
            .iter()
            .map(|request| request.json()["model"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(asked, expected);
    };
    let ok = || Behaviour::Answer;
    check(vec![ok()], 3, &["x", "y", "x"]).await;
    check(
        vec![Failure::Internal.into(), ok()],
        3,
        &["x", "y", "y", "y"],
    )
    .await;
    check(vec![refusing(400, broken), ok()], 1, &["x"]).await;
    for status in [400, 422] {
        check(vec![refusing(status, unknown), ok()], 1, &["x", "y"]).await;
    }
    check(vec![Failure::Unauthorized.into(), ok()], 2, &["x"]).await;
}

#[tokio::test]
async fn a_credential_whose_whole_pool_rests_takes_nobodys_place() {
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            let upstream = upstream([limited(s(60)), Behaviour::Answer]);
            let base = upstream.base_url();
            let both = ["a", "b"].map(|key| entry(protocol, &base, key, "m=x m=y", ""));
            let rig = Rig::new(&format!(
                "max-retry-credentials: 1\nrequest-retry: 0\n{}:\n{}",
                section(protocol),
                in_order(&both.concat())
            ));
            let ask = Ask::new(protocol, "m", stream);
            assert_eq!(rig.send(&ask).await.status, 429, "{protocol}");
            assert_eq!(calls(&upstream, "ab"), [2, 0], "both of its models");
            assert_eq!(rig.served(&ask, 2).await, ["b", "b"]);
            assert_eq!(calls(&upstream, "ab"), [2, 2]);
        }
    }
}

/// Two names for one upstream model: what is learned under one counts for the other.
#[tokio::test]
async fn names_of_one_model_share_its_health() {
    for protocol in Protocol::ALL {
        let upstream = upstream([limited(s(60)), Behaviour::Answer]);
        let base = upstream.base_url();
        let both = ["a", "b"].map(|key| entry(protocol, &base, key, "m=up n=up", ""));
        let rig = Rig::new(&format!(
            "request-retry: 0\n{}:\n{}",
            section(protocol),
            in_order(&both.concat())
        ));
        for model in ["m", "n", "up"] {
            assert_eq!(
                rig.served(&Ask::new(protocol, model, false), 1).await,
                ["b"]
            );
            assert_eq!(calls(&upstream, "a"), [1], "{protocol} {model}");
        }
    }
}
