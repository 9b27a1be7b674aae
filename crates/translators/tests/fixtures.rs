//! Runs every file below `fixtures/`: an input, its context, and what must come of it.
//!
//! `direction` says what a file is about:
//!
//! - `request-bytes`: a client's body and the body that goes up, byte for byte, or a `$reject`
//! - `stream-bytes`: an upstream's stream and the stream that the client gets, byte for byte
//! - `unit`: a table; the folder says of which function
//!
//! `context.client_model` is the name the client asked for, `context.upstream_model` what it became.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this is one test, which panics where a fixture does not hold"
)]

use bytes::Bytes;
use cliproxy_core::{Protocol, Usage};
use cliproxy_json::{Body, quoted};
use cliproxy_sse::Framer;
use cliproxy_translators::{
    BodySeen, Part, ReplyTap, RequestError, error_body, read_error, rename, requested_model,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::Path};

/// How many files each folder has, so that one which is lost is missed.
const FILES: [(&str, usize); 3] = [("errors", 1), ("same_protocol", 4), ("usage", 2)];

#[test]
fn fixtures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut seen = BTreeMap::new();
    for folder in fs::read_dir(root).unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap();
        for file in fs::read_dir(&folder).unwrap() {
            let file = file.unwrap().path();
            let fixture: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            check(&file, name, &fixture);
            *seen.entry(name.to_owned()).or_default() += 1;
        }
    }
    let expected = FILES.map(|(name, files)| (name.to_owned(), files));
    assert_eq!(seen, BTreeMap::from(expected));
}

fn check(file: &Path, folder: &str, fixture: &Value) {
    let direction = fixture["direction"].as_str().unwrap();
    let got = match (direction, folder) {
        ("request-bytes", _) => request(fixture),
        ("stream-bytes", _) => stream(fixture),
        ("unit", "errors") => errors(fixture),
        ("unit", "usage") => usages(fixture),
        other => panic!("{}: nothing runs {other:?}", file.display()),
    };
    assert_eq!(got, fixture["expected"], "{}", file.display());
}

fn protocol(name: &Value) -> Protocol {
    let name = name.as_str().unwrap();
    let mut all = Protocol::ALL.into_iter();
    all.find(|protocol| protocol.as_str() == name).unwrap()
}

fn request(fixture: &Value) -> Value {
    let input = fixture["input"].as_str().unwrap().to_owned();
    let body = Body::new(input.into()).unwrap();
    let upstream_model = fixture["context"]["upstream_model"].as_str().unwrap();
    let sent = match requested_model(protocol(&fixture["from"]), &body.head()) {
        Ok(model) if model.text == upstream_model => body.raw().clone(),
        Ok(model) => body.replace(model.span, quoted(upstream_model)).to_bytes(),
        Err(error @ RequestError::DuplicateModel) => {
            return json!({"$reject": {"http": 400, "code": null, "param": error.param()}});
        }
        Err(error) => panic!("{error}"),
    };
    String::from_utf8(sent.to_vec()).unwrap().into()
}

fn stream(fixture: &Value) -> Value {
    let client_model = fixture["context"]["client_model"].as_str().unwrap();
    let protocol = protocol(&fixture["from"]);
    let input = Bytes::from(fixture["input"].as_str().unwrap().to_owned());
    let mut shown = Vec::new();
    let mut framer = Framer::new(1 << 20);
    framer.push(input);
    while let Some(frame) = framer.next_frame().unwrap() {
        match rename(protocol, frame.raw(), Part::Event, client_model) {
            Some(slices) => shown.extend_from_slice(&slices.to_bytes()),
            None => shown.extend_from_slice(frame.raw()),
        }
    }
    assert!(framer.at_boundary());
    String::from_utf8(shown).unwrap().into()
}

fn errors(fixture: &Value) -> Value {
    let cases = fixture["input"].as_array().unwrap().iter();
    let render = |case: &Value| -> Value {
        let body = case["body"].to_string();
        let text = read_error(body.as_bytes()).unwrap();
        let status = case["http"].as_u64().unwrap().try_into().unwrap();
        let shown = error_body(protocol(&case["client"]), &text.view(status));
        serde_json::from_slice(&shown).unwrap()
    };
    cases.map(render).collect()
}

fn usages(fixture: &Value) -> Value {
    if fixture["to"] == "ir" {
        let reports = fixture["input"].as_array().unwrap().iter();
        let from = protocol(&fixture["from"]);
        return reports
            .map(|report| {
                let usage = usage(from, report);
                let plain = usage.input - usage.cache_read - usage.cache_write;
                json!([
                    plain,
                    usage.cache_read,
                    usage.cache_write,
                    usage.output,
                    usage.reasoning
                ])
            })
            .collect();
    }
    // Here the renderings are the input: the ones that are read back wrongly are missing.
    let counts = &fixture["input"];
    let count = |key: &str| counts[key].as_u64().unwrap();
    let mut read_back = fixture["expected"].clone();
    read_back.as_object_mut().unwrap().retain(|name, report| {
        let from = protocol(&name.as_str().into());
        let cache_write = match from {
            Protocol::Chat | Protocol::Claude => count("cache_write"),
            // They do not report it apart from other input.
            Protocol::Gemini | Protocol::Responses => 0,
        };
        let expected = Usage {
            input: count("input_plain") + count("cache_read") + count("cache_write"),
            cache_read: count("cache_read"),
            cache_write,
            output: count("output"),
            reasoning: count("reasoning"),
        };
        usage(from, report) == expected
    });
    read_back
}

/// The usage of a unary reply that reports it so.
fn usage(protocol: Protocol, report: &Value) -> Usage {
    let body = match protocol {
        Protocol::Chat | Protocol::Claude | Protocol::Responses => json!({"usage": report}),
        Protocol::Gemini => json!({"usageMetadata": report}),
    };
    let mut tap = ReplyTap::new(protocol);
    assert_eq!(tap.body(body.to_string().as_bytes()), BodySeen::Reply);
    tap.usage()
}
