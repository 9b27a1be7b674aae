//! A translation takes memory and time in proportion to its body: nothing is read again for each edit,
//! message or tool.

#[path = "../../../benches/src/agent.rs"]
#[expect(unreachable_pub, reason = "the benches compile it as a library")]
mod agent;
mod growth;

use cliproxy_core::{Operation, Protocol};
use cliproxy_json::Body;
use cliproxy_translators::{
    Asked, LossPolicy, Native, Options, Profile, Upstream, patch_request, translate_request,
};

#[test]
fn a_translation_takes_what_is_in_proportion_to_its_body() {
    for client in Protocol::ALL {
        for upstream in Protocol::ALL.into_iter().filter(|one| *one != client) {
            let bodies = [40 << 10, 400 << 10].map(|bytes| {
                let body = match client {
                    Protocol::Chat => agent::chat(bytes),
                    Protocol::Claude => agent::claude(bytes),
                    Protocol::Gemini => agent::gemini(bytes),
                    Protocol::Responses => agent::responses(bytes),
                };
                Body::new(body.into()).unwrap()
            });
            let said = format!("{client} to {upstream}");
            growth::check(&said, bodies.each_ref(), &|body| {
                let asked = Asked {
                    protocol: client,
                    model: "m",
                    streams: true,
                    now: 1_767_225_600,
                    id: "id",
                };
                let upstream = Upstream::new(upstream, Profile::of_vendor(upstream, ""), "m");
                translate_request(body, &asked, &upstream, &Options::default(), None).is_ok()
            });
        }
    }
}

#[test]
fn many_edits_of_a_native_body_take_what_is_in_proportion() {
    let profile = Profile::of_vendor(Protocol::Claude, "");
    let native = Native {
        upstream: Upstream::new(Protocol::Claude, profile, "m"),
        asked: "m",
        operation: Operation::Generate,
        asks_for_usage: false,
        policy: LossPolicy::Report,
    };
    let bodies = [200, 2_000].map(|edits| {
        // Each of the blocks is one of ours that another provider has sealed.
        let block = r#"{"type":"thinking","thinking":"t","signature":"gw1:oa:enc:rs_1:QUJD"}"#;
        let answer = format!(
            r#"{{"role":"assistant","content":[{block},{{"type":"text","text":"a"}}]}},{{"role":"user","content":"q"}}"#
        );
        let messages = vec![answer; edits].join(",");
        let body = format!(
            r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"q"}},{messages}]}}"#
        );
        let body = Body::new(body.into()).unwrap();
        let patched = patch_request(&body, &native).unwrap();
        assert_eq!(patched.report.dropped, edits);
        body
    });
    growth::check("edits", bodies.each_ref(), &|body| {
        patch_request(body, &native).is_ok()
    });
}
