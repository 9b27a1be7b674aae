//! What an entry takes away, renames, and what is said about it.

use crate::{
    hub::{self, ClientContext},
    profile::{Params, Profile},
    replay::NoReplay,
    target::{Options, Target},
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;

/// What becomes of a Claude client's body at a chat upstream.
fn translated(profile: &Profile, params: &Params, body: &str) -> (String, Vec<String>) {
    let body = Value::parse(body).unwrap();
    let client = ClientContext {
        model: "m",
        streams: false,
        is_enveloped: false,
        suffix: None,
        effort_only: false,
    };
    let target = Target {
        protocol: Protocol::Chat,
        model: "m",
        profile,
        params,
        capabilities: None,
        max_output: None,
        is_own: false,
        counts: false,
        without_opaque: false,
        options: Options::default(),
    };
    let done = hub::translate_request(Protocol::Claude, body, &client, &target, &NoReplay).unwrap();
    let dropped = done.losses.dropped.iter();
    let dropped = dropped.filter_map(|lost| lost.place.path(body)).collect();
    (
        String::from_utf8(done.body.unsettled().to_vec()).unwrap(),
        dropped,
    )
}

#[test]
fn members_are_taken_away_renamed_and_reported() {
    let body = |more: &str| {
        format!(
            r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"hi"}}]{more}}}"#
        )
    };
    let head = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]"#;
    let check =
        |dropped: &[&str], renamed: &[(&str, &str)], more: &str, rest: &str, lost: &[&str]| {
            let dropped = dropped.iter().map(|&name| name.to_owned()).collect();
            let renamed = renamed.iter();
            let renamed = renamed.map(|&(old, new)| (old.to_owned(), new.to_owned()));
            let params = Params::new(dropped, renamed.collect());
            let (sent, losses) = translated(&Profile::COMPAT, &params, &body(more));
            assert_eq!(sent, format!("{head}{rest}}}"));
            assert_eq!(losses, lost, "{sent}");
        };
    let limit = r#","max_tokens":9"#;
    check(&[], &[], "", limit, &[]);
    check(&["max_tokens"], &[], "", "", &["max_tokens"]);
    // Not the name that this upstream is told.
    check(&["max_completion_tokens"], &[], "", limit, &[]);
    check(&[], &[("max_tokens", "limit")], "", r#","limit":9"#, &[]);
    let cool = r#","temperature":0.5,"stop_sequences":["x"]"#;
    check(
        &["stop"],
        &[("temperature", "heat")],
        cool,
        r#","max_tokens":9,"heat":0.5"#,
        &["stop_sequences"],
    );
    // What stands there already stays.
    check(
        &[],
        &[("temperature", "max_tokens")],
        cool,
        r#","max_tokens":9,"stop":["x"]"#,
        &[],
    );
    let tools =
        r#","tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"}"#;
    check(
        &["tools", "tool_choice"],
        &[],
        tools,
        limit,
        &["tools.0", "tool_choice"],
    );
    // Labels are never listed.
    check(
        &["metadata", "user"],
        &[],
        r#","metadata":{"user_id":"u"}"#,
        limit,
        &[],
    );
}

#[test]
fn a_strict_policy_refuses_what_an_entry_takes_away() {
    let body = Value::parse(
        r#"{"model":"m","max_tokens":9,"temperature":0.5,"messages":[{"role":"user","content":"hi"}]}"#,
    );
    let check = |params: &Params, refused: Option<&str>| {
        let body = body.unwrap();
        let client = ClientContext {
            model: "m",
            streams: false,
            is_enveloped: false,
            suffix: None,
            effort_only: false,
        };
        let target = Target {
            protocol: Protocol::Chat,
            model: "m",
            profile: &Profile::COMPAT,
            params,
            capabilities: None,
            max_output: None,
            is_own: false,
            counts: false,
            without_opaque: false,
            options: Options {
                policy: crate::LossPolicy::Strict,
                ..Options::default()
            },
        };
        let done = hub::translate_request(Protocol::Claude, body, &client, &target, &NoReplay);
        let param = done.err().and_then(|rejection| rejection.param(body));
        assert_eq!(param.as_deref(), refused);
    };
    check(Params::none(), None);
    let dropped = Params::new(vec!["temperature".to_owned()], Vec::new());
    check(&dropped, Some("temperature"));
}
