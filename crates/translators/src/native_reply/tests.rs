//! What a client of the vendor's own protocol gets.

use super::NativeReply;
use crate::{Profile, model_span::Part};
use bytes::Bytes;
use cliproxy_core::Protocol;
use cliproxy_sse::{Frame, Framer};

fn reply(protocol: Protocol, profile: &str) -> NativeReply {
    let profile = Profile::by_name(protocol, profile).unwrap();
    NativeReply::new(profile, "mine").unwrap()
}

fn frames(text: &str) -> Vec<Frame> {
    let mut framer = Framer::new(1 << 20);
    framer.push(text.to_owned().into());
    let mut frames = Vec::new();
    while let Some(frame) = framer.next_frame().unwrap() {
        frames.push(frame);
    }
    frames.extend(framer.finish());
    frames
}

fn streamed(reply: &mut NativeReply, text: &str) -> String {
    let out = frames(text).into_iter().flat_map(|frame| {
        let repaired = reply.frame(&frame);
        repaired.unwrap_or_else(|| frame.raw().clone())
    });
    String::from_utf8(out.collect()).unwrap()
}

/// An event with this data behind its `type`.
fn event(name: &str, data: &str) -> String {
    format!("event: {name}\ndata: {{\"type\":\"{name}\",{data}}}\n\n")
}

fn done(data: &str) -> String {
    event("response.output_item.done", data)
}

fn completed(response: &str) -> String {
    event("response.completed", &format!("\"response\":{response}"))
}

#[test]
fn other_profiles_pass() {
    for protocol in Protocol::ALL {
        for name in Profile::names(protocol) {
            let profile = Profile::by_name(protocol, name).unwrap();
            let is_dialect = matches!(name, "codex" | "code-assist");
            let reply = NativeReply::new(profile, "m");
            assert_eq!(reply.is_some(), is_dialect, "{protocol} {name}");
            let folds = reply.is_some_and(|reply| reply.folds());
            assert_eq!(folds, name == "codex", "{name}");
        }
    }
}

#[test]
fn an_end_gets_the_output_that_it_lacks() {
    let check = |before: &[&str], end: &str, expected: &str| {
        let before: String = before.iter().map(|data| done(data)).collect();
        let mut reply = reply(Protocol::Responses, "codex");
        let out = streamed(&mut reply, &(before.clone() + &completed(end)));
        assert_eq!(out, before + &completed(expected), "{end}");
    };
    let (one, two) = (
        r#""output_index":1,"item":{"id":"b"}"#,
        r#""output_index":0,"item":{"id":"a","n":1.0}"#,
    );
    let last = r#""item":{"id":"c"}"#;
    check(
        &[last, one, two],
        r#"{"model":"m","output":[],"usage":null}"#,
        r#"{"model":"m","output":[{"id":"a","n":1.0},{"id":"b"},{"id":"c"}],"usage":null}"#,
    );
    check(
        &[one],
        r#"{"model":"m","output":null}"#,
        r#"{"model":"m","output":[{"id":"b"}]}"#,
    );
    check(
        &[one],
        r#"{"model":"m"}"#,
        r#"{"model":"m","output":[{"id":"b"}]}"#,
    );
    check(
        &[],
        r#"{"model":"m","output":[]}"#,
        r#"{"model":"m","output":[]}"#,
    );
    // What it has itself stays, but for the ids that are missing.
    check(
        &[one, two],
        r#"{"model":"m","output":[{"x":1},{"id":"own"},{}]}"#,
        r#"{"model":"m","output":[{"x":1,"id":"a"},{"id":"own"},{}]}"#,
    );
}

#[test]
fn a_response_names_its_model() {
    let check = |text: &str, expected: &str| {
        let mut reply = reply(Protocol::Responses, "codex");
        assert_eq!(streamed(&mut reply, text), expected);
    };
    for name in [
        "response.created",
        "response.in_progress",
        "response.failed",
    ] {
        let without = event(name, r#""response":{"id":"r","model":null}"#);
        let with = event(name, r#""response":{"id":"r","model":"mine"}"#);
        check(&without, &with);
        let named = event(name, r#""response":{"model":"m"}"#);
        check(&named, &named);
    }
    for other in [
        event("codex.rate_limits", r#""response":{}"#),
        event("response.output_text.delta", r#""delta":"x""#),
        ": comment\n\n".to_owned(),
        "data: no json\n\n".to_owned(),
    ] {
        check(&other, &other);
    }
    // Over several lines, and without an event's name.
    check(
        "data: {\"type\":\"response.created\",\r\ndata: \"response\":{\"id\":\"r\"}}\r\n\r\n",
        "data: {\"type\":\"response.created\",\ndata: \"response\":{\"id\":\"r\",\"model\":\"mine\"}}\n\n",
    );
}

#[test]
fn a_client_that_does_not_stream_gets_the_response_of_the_end() {
    let check = |text: String, expected: Result<&str, u16>| {
        let mut reply = reply(Protocol::Responses, "codex");
        let folded = reply.fold(text.clone().into());
        let folded = folded.map_err(|failure| failure.status);
        let expected = expected.map(|body| Bytes::copy_from_slice(body.as_bytes()));
        assert_eq!(folded, expected, "{text}");
    };
    let item = done(r#""output_index":0,"item":{"id":"a"}"#);
    let end = completed(r#"{"id":"r","model":"m","output":[]}"#);
    let whole = r#"{"id":"r","model":"m","output":[{"id":"a"}]}"#;
    check(item.clone() + &end, Ok(whole));
    check(item.clone() + end.trim_end(), Ok(whole));
    check(
        event("response.incomplete", r#""response":{"model":"m"}"#),
        Ok(r#"{"model":"m"}"#),
    );
    check(item, Err(502));
    check(String::new(), Err(502));
}

#[test]
fn what_is_too_long_is_not_remembered() {
    let mut reply = reply(Protocol::Responses, "codex");
    let item = done(&format!(
        r#""output_index":0,"item":{{"id":"{}"}}"#,
        "a".repeat(1 << 16)
    ));
    let item = frames(&item).remove(0);
    for _ in 0..513 {
        assert_eq!(reply.frame(&item), None);
    }
    let end = completed(r#"{"model":"m","output":[]}"#);
    assert_eq!(streamed(&mut reply, &end), end);
}

#[test]
fn the_envelope_goes() {
    let mut assist = reply(Protocol::Gemini, "code-assist");
    let check = |part: Part, text: &str, expected: Option<&str>, assist: &mut NativeReply| {
        let found = match part {
            Part::Body => assist.body(&Bytes::copy_from_slice(text.as_bytes())),
            Part::Event => assist.frame(&frames(text)[0]),
        };
        assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{text}");
    };
    let enveloped = r#"{"response":{"candidates":[]},"traceId":"t"}"#;
    check(
        Part::Body,
        enveloped,
        Some(r#"{"candidates":[]}"#),
        &mut assist,
    );
    check(
        Part::Event,
        "data: {\"response\":{\"a\":1}}\r\n\r\n",
        Some("data: {\"a\":1}\r\n\r\n"),
        &mut assist,
    );
    check(Part::Body, r#"{"totalTokens":1}"#, None, &mut assist);
    check(Part::Event, ": comment\n\n", None, &mut assist);
}
