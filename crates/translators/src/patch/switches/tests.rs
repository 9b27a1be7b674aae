//! What an entry's switches do to a native body.

use crate::{
    LossPolicy, MaxTokensField, Native, Params, Profile, RoleDeveloper, Upstream, finish::Account,
    patch::patch_request,
};
use cliproxy_core::{Operation, Protocol};
use cliproxy_json::Body;

fn params(dropped: &[&str], renamed: &[(&str, &str)]) -> Params {
    let dropped = dropped.iter().map(|name| (*name).to_owned());
    let renamed = renamed.iter();
    let renamed = renamed.map(|(old, new)| ((*old).to_owned(), (*new).to_owned()));
    Params::new(dropped.collect(), renamed.collect())
}

/// What goes up, and what is told to be dropped.
fn sent(protocol: Protocol, params: &Params, native: &Native<'_>, text: &str) -> (String, String) {
    let body = Body::new(text.to_owned().into()).unwrap();
    let profile = Profile::for_host(protocol, "");
    let native = Native {
        upstream: Upstream {
            params,
            ..Upstream::new(protocol, profile, "m")
        },
        ..*native
    };
    match patch_request(&body, &native) {
        Ok(patched) => {
            let sent = patched.body.finish(&Account::default()).body.to_bytes();
            let lost = patched.report.dropped_paths.unwrap_or_default();
            (String::from_utf8(sent.to_vec()).unwrap(), lost)
        }
        Err(refused) => ("refused".to_owned(), refused.param.unwrap_or_default()),
    }
}

fn native() -> Native<'static> {
    let profile = Profile::of_vendor(Protocol::Chat, "");
    Native {
        upstream: Upstream::new(Protocol::Chat, profile, "m"),
        asked: "m",
        operation: Operation::GenerateStream,
        asks_for_usage: false,
        policy: LossPolicy::Report,
    }
}

#[test]
fn members_are_taken_out_and_named_anew() {
    let check = |params: &Params, text: &str, expected: (&str, &str)| {
        let found = sent(Protocol::Chat, params, &native(), text);
        assert_eq!((&*found.0, &*found.1), expected, "{text}");
    };
    let body = r#"{"model":"m", "seed" : 1.0, "n":1,"user":"u"}"#;
    check(Params::none(), body, (body, ""));
    check(&params(&["top_k"], &[("a", "b")]), body, (body, ""));
    let gone = r#"{"model":"m", "n":1,"user":"u"}"#;
    check(&params(&["seed"], &[]), body, (gone, "seed"));
    // One answer is what is given anyway, and a label is never told.
    let gone = r#"{"model":"m", "seed" : 1.0}"#;
    check(&params(&["n", "user"], &[]), body, (gone, ""));
    // In its place, with the value as it was spelled.
    let named = r#"{"model":"m", "rand\\om" : 1.0, "n":1,"user":"u"}"#;
    check(&params(&[], &[("seed", r"rand\om")]), body, (named, ""));
    let both = r#"{"model":"m","topk":1,"top_k":2}"#;
    let kept = r#"{"model":"m","topk":1}"#;
    check(&params(&[], &[("top_k", "topk")]), both, (kept, "top_k"));
    let escaped = r#"{"model":"m","a\"b":1,"c":2}"#;
    let named = r#"{"model":"m","x":1}"#;
    check(&params(&["c"], &[("a\"b", "x")]), escaped, (named, "c"));
}

#[test]
fn an_entry_of_chat_says_what_the_limit_is_called_and_which_roles_there_are() {
    let check = |field, role, text: &str, expected: &str| {
        let params = params(&[], &[]).with_chat(field, role);
        let found = sent(Protocol::Chat, &params, &native(), text);
        assert_eq!((&*found.0, &*found.1), (expected, ""), "{text}");
    };
    let new = Some(MaxTokensField::MaxCompletionTokens);
    let old = Some(MaxTokensField::MaxTokens);
    let body = r#"{"model":"m","max_tokens":5,"n":1}"#;
    let named = r#"{"model":"m","max_completion_tokens":5,"n":1}"#;
    check(new, None, body, named);
    check(old, None, named, body);
    check(old, None, body, body);
    let both = r#"{"model":"m","max_tokens":5,"max_completion_tokens":6}"#;
    check(
        new,
        None,
        both,
        r#"{"model":"m","max_completion_tokens":6}"#,
    );
    let system = Some(RoleDeveloper::System);
    let body =
        r#"{"messages":[{"role":"developer","content":"developer"},{"role":"user"}],"model":"m"}"#;
    let renamed =
        r#"{"messages":[{"role":"system","content":"developer"},{"role":"user"}],"model":"m"}"#;
    check(None, system, body, renamed);
    check(None, Some(RoleDeveloper::Keep), body, body);
    let params = params(&[], &[]).with_chat(new, system);
    let limit = r#"{"model":"m","max_tokens":5}"#;
    let responses = sent(Protocol::Responses, &params, &native(), limit);
    assert_eq!(responses.0, limit, "they are words of Chat");
}

#[test]
fn what_the_gateway_adds_is_subject_to_it_too() {
    let asks = Native {
        asks_for_usage: true,
        ..native()
    };
    let check = |dropped: &[&str], renamed: &[(&str, &str)], text: &str, expected: (&str, &str)| {
        let found = sent(Protocol::Chat, &params(dropped, renamed), &asks, text);
        assert_eq!((&*found.0, &*found.1), expected, "{text}");
    };
    let body = r#"{"model":"m","stream":true}"#;
    check(&["stream_options"], &[], body, (body, ""));
    let renamed = r#"{"model":"m","stream":true,"options":{"include_usage":true}}"#;
    check(&[], &[("stream_options", "options")], body, (renamed, ""));
    let said = r#"{"model":"m","stream_options":{"x":1}}"#;
    check(
        &["stream_options"],
        &[],
        said,
        (r#"{"model":"m"}"#, "stream_options"),
    );
}

#[test]
fn a_strict_policy_refuses_what_would_be_lost() {
    let check = |policy, text: &str, expected: (&str, &str)| {
        let native = Native { policy, ..native() };
        let found = sent(
            Protocol::Chat,
            &params(&["seed", "user"], &[]),
            &native,
            text,
        );
        assert_eq!((&*found.0, &*found.1), expected, "{text}");
    };
    let body = r#"{"model":"m","seed":1}"#;
    check(LossPolicy::Strict, body, ("refused", "seed"));
    check(LossPolicy::Lenient, body, (r#"{"model":"m"}"#, "seed"));
    let label = r#"{"model":"m","user":"u"}"#;
    check(LossPolicy::Strict, label, (r#"{"model":"m"}"#, ""));
}
