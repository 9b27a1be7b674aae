//! Several upstream models behind one alias of a credential.

use crate::rig::{Ask, Rig, refusing};
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
    check(vec![refusing(400, unknown), ok()], 1, &["x", "y"]).await;
    check(vec![Failure::Unauthorized.into(), ok()], 2, &["x"]).await;
}
