//! Responses replies, event by event.

use crate::reply::transcript::{self, check};
use cliproxy_core::Protocol::Responses;

const CREATED: &str =
    r#"{"type":"response.created","response":{"id":"r","created_at":5.0,"status":"in_progress"}}"#;
const COMPLETED: &str =
    r#"{"type":"response.completed","response":{"id":"r","status":"completed","output":[]}}"#;

#[track_caller]
fn stream(events: &str, expected: &str) {
    check(&transcript::stream(Responses, events), expected);
}

/// A stream of these events, with the beginning and the end that a test does not spell.
#[track_caller]
fn events(events: &[&str], expected: &str) {
    let events = format!("{CREATED}\n{}\n{COMPLETED}", events.join("\n"));
    stream(
        &events,
        &format!("start r @5; {expected}; finish stop; end"),
    );
}

#[track_caller]
fn body(body: &str, expected: &str) {
    check(&transcript::body(Responses, body), expected);
}

/// The items of a body, and what a stream tells that brings them whole: with `output_item.done` only, and
/// with the terminal event only.
#[track_caller]
fn items(items: &[&str], expected: &str) {
    let expected = format!("start r; {expected}; finish stop; end");
    let output = items.join(",");
    let response = format!(r#"{{"id":"r","status":"completed","output":[{output}]}}"#);
    body(&response, &expected);
    let completed = format!(r#"{{"type":"response.completed","response":{response}}}"#);
    stream(&completed, &expected);
    let done = |item: &&str| format!(r#"{{"type":"response.output_item.done","item":{item}}}"#);
    let mut done: Vec<_> = items.iter().map(done).collect();
    done.insert(
        0,
        r#"{"type":"response.created","response":{"id":"r"}}"#.to_owned(),
    );
    done.push(completed);
    stream(&done.join("\n"), &expected);
}

#[test]
fn a_message_streams_and_its_whole_values_add_nothing() {
    stream(
        r#"
        {"type":"response.created","response":{"id":"r1","created_at":5}}
        {"type":"response.in_progress","response":{"id":"r1"}}
        {"type":"codex.rate_limits","rate_limits":{}}
        {"type":"response.output_item.added","output_index":0,"item":{"id":"m","type":"message","content":[]}}
        {"type":"response.content_part.added","item_id":"m","output_index":0,"content_index":0,"part":{"type":"output_text","text":""}}
        {"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"Hel"}
        {"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"lo"}
        {"type":"response.output_text.done","item_id":"m","output_index":0,"content_index":0,"text":"Hello"}
        {"type":"response.content_part.done","item_id":"m","output_index":0,"content_index":0,"part":{"type":"output_text","text":"Hello"}}
        {"type":"response.output_item.done","output_index":0,"item":{"id":"m","type":"message","content":[{"type":"output_text","text":"Hello"}]}}
        {"type":"response.incomplete","response":{"id":"r1","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"id":"m","type":"message","content":[{"type":"output_text","text":"Hello"}]}],"usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":2},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":1}}}}
        "#,
        r#"
        start r1 @5; alive; alive; alive; open 0 text; + "Hel"; + "lo"; close 0
        usage plain=3 read=2 write=0 output=3 reasoning=1; finish length; end
        "#,
    );
}

#[test]
fn the_status_says_how_a_response_has_ended() {
    let response = |members: &str| format!(r#"{{"output":[],{members}}}"#);
    let check = |members: &str, expected: &str| {
        body(&response(members), expected);
        let event = format!(
            r#"{{"type":"response.completed","response":{}}}"#,
            response(members)
        );
        stream(&event, expected);
    };
    check(r#""status":"completed""#, "start; finish stop; end");
    check(r#""object":"response""#, "start; finish stop; end");
    check(r#""status":"incomplete""#, "start; finish length; end");
    check(
        r#""status":"incomplete","incomplete_details":{"reason":"content_filter"}"#,
        "start; finish filter; end",
    );
    check(
        r#""status":"cancelled""#,
        "start; fail 500 -: the upstream ended the reply with an error",
    );
    check(
        r#""status":"queued""#,
        "start; fail 502 -: the upstream sent no reply",
    );
    stream(
        &format!(
            r#"{{"type":"response.incomplete","response":{}}}"#,
            response(r#""id":"r""#)
        ),
        "start r; finish length; end",
    );
    let cut = "fail 502 -: upstream stream ended before completion";
    stream(
        &format!("{CREATED}\n[DONE]"),
        &format!("start r @5; alive; {cut}"),
    );
    stream("", cut);
}

#[test]
fn failures_end_the_reply() {
    for (event, failure) in [
        (
            r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"server_is_overloaded","message":"m"}}}"#,
            "529 server_is_overloaded: m",
        ),
        (
            r#"{"type":"error","code":"rate_limit_exceeded","message":"m","param":null}"#,
            "429 rate_limit_exceeded: m",
        ),
        (r#"error {"message":"m"}"#, "500 -: m"),
        (
            r#"{"error":{"type":"api_error","message":"m"}}"#,
            "500 api_error: m",
        ),
        ("{", "502 -: the upstream sent data that is not JSON"),
    ] {
        stream(
            &format!("{CREATED}\n{event}\n{COMPLETED}"),
            &format!("start r @5; fail {failure}"),
        );
    }
    body(
        r#"{"status":"failed","error":{"code":"server_error","message":"m"},"output":[]}"#,
        "fail 500 server_error: m",
    );
    body("{}", "fail 502 -: the upstream sent no reply");
}

#[test]
fn further_messages_are_paragraphs_and_parts_are_not() {
    items(
        &[
            r#"{"id":"a","type":"message","content":[{"type":"output_text","text":"One "},{"type":"output_text","text":"two"}]}"#,
            r#"{"id":"b","type":"message","content":[{"type":"refusal","refusal":"No."},{"type":"output_text","text":""}]}"#,
            r#"{"id":"c","type":"message","content":[{"type":"output_text","text":"x"},{"type":"output_text","text":"y"}]}"#,
        ],
        r#"
        open 0 text; + "One "; close 0; open 1 text; + "two"; close 1; open 2 refusal; + "No."; close 2
        open 3 text paragraph; + "x"; close 3; open 4 text; + "y"; close 4
        "#,
    );
}

#[test]
fn annotations_are_told_once() {
    let annotation = |start, url: &str| {
        format!(
            r#"{{"type":"url_citation","start_index":{start},"end_index":9,"url":"{url}","title":"t"}}"#
        )
    };
    let (a, b) = (annotation(1, "a"), annotation(2, "b"));
    let file = r#"{"type":"file_citation","file_id":"f"}"#;
    let whole = format!(r#"{{"type":"output_text","text":"Oslo","annotations":[{a},{file},{b}]}}"#);
    events(
        &[
            r#"{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"Oslo"}"#,
            &format!(
                r#"{{"type":"response.output_text.annotation.added","item_id":"m","content_index":0,"annotation":{a}}}"#
            ),
            &format!(
                r#"{{"type":"response.content_part.done","item_id":"m","content_index":0,"part":{whole}}}"#
            ),
        ],
        r#"open 0 text; + "Oslo"; cite 0 1..9 a t; lost citations; cite 0 2..9 b t; close 0"#,
    );
    items(
        &[&format!(
            r#"{{"id":"m","type":"message","content":[{whole}]}}"#
        )],
        r#"open 0 text; + "Oslo"; cite 0 1..9 a t; lost citations; cite 0 2..9 b t; close 0"#,
    );
}

#[test]
fn reasoning_is_a_summary_or_itself() {
    let delta = |kind: &str, index, text: &str| {
        format!(
            r#"{{"type":"response.{kind}.delta","item_id":"rs","output_index":0,"summary_index":{index},"delta":"{text}"}}"#
        )
    };
    let done = r#"{"type":"response.output_item.done","output_index":0,"item":{"id":"rs","type":"reasoning","summary":[{"type":"summary_text","text":"Plan"},{"type":"summary_text","text":"More!"}],"content":[{"type":"reasoning_text","text":"raw"}],"encrypted_content":"gA"}}"#;
    events(
        &[
            r#"{"type":"response.output_item.added","output_index":0,"item":{"id":"rs","type":"reasoning","summary":[]}}"#,
            &delta("reasoning_summary_text", 0, "Pl"),
            &delta("reasoning_summary_text", 0, "an"),
            &delta("reasoning_text", 0, "raw"),
            &delta("reasoning_summary_text", 1, "More"),
            done,
        ],
        r#"
        open 0 thinking; + "Pl"; + "an"; next 0; + "More"; + "!"
        opaque 0 OpenAi Encrypted rs:gA; close 0
        "#,
    );
    events(
        &[
            &delta("reasoning_text", 0, "ra"),
            &delta("reasoning_summary_text", 0, "Plan"),
            done,
        ],
        r#"open 0 thinking raw; + "ra"; + "w"; opaque 0 OpenAi Encrypted rs:gA; close 0"#,
    );
    items(
        &[
            r#"{"id":"a","type":"reasoning","summary":[],"encrypted_content":"gA"}"#,
            r#"{"id":"b","type":"reasoning","summary":[],"encrypted_content":null}"#,
            r#"{"id":"c","type":"reasoning","summary":[{"type":"summary_text","text":"A"},{"type":"summary_text","text":"B"}]}"#,
            r#"{"id":"d","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"R"}]}"#,
        ],
        r#"
        open 0 thinking; opaque 0 OpenAi Encrypted a:gA; close 0
        open 1 thinking; + "A"; next 1; + "B"; close 1; open 2 thinking raw; + "R"; close 2
        "#,
    );
}

#[test]
fn interleaved_calls_keep_their_arguments() {
    let added = |id: &str, index, name: &str, arguments: &str| {
        format!(
            r#"{{"type":"response.output_item.added","output_index":{index},"item":{{"id":"fc_{id}","type":"function_call","call_id":"{id}","name":"{name}","arguments":"{arguments}"}}}}"#
        )
    };
    let delta = |id: &str, text: &str| {
        format!(
            r#"{{"type":"response.function_call_arguments.delta","item_id":"fc_{id}","delta":"{text}"}}"#
        )
    };
    let done = |id: &str, text: &str| {
        format!(
            r#"{{"type":"response.function_call_arguments.done","item_id":"fc_{id}","arguments":"{text}"}}"#
        )
    };
    let item = |id: &str, text: &str| {
        format!(
            r#"{{"type":"response.output_item.done","item":{{"id":"fc_{id}","type":"function_call","call_id":"{id}","name":"f","arguments":"{text}"}}}}"#
        )
    };
    events(
        &[
            &added("a", 0, "f", ""),
            &added("b", 1, "g", "{"),
            &delta("b", r#"\"b\":"#),
            &delta("a", "{}"),
            &delta("b", "2"),
            &done("b", r#"{\"b\":2}"#),
            &item("b", r#"{\"b\":2}"#),
            &done("a", r#"{\"contradicts\":1}"#),
            &item("a", "{}"),
        ],
        r#"
        open 0 tool f#a; open 1 tool g#b; + "{"; + "\"b\":"; 0+ "{}"; + "2"; + "}"; close 1; close 0
        "#,
    );
    events(
        &[
            &added("a", 0, "f", ""),
            &done("a", "{}"),
            &delta("a", "x"),
            &item("a", "{}"),
        ],
        r#"open 0 tool f#a; + "{}"; + "x"; close 0"#,
    );
    // A call without a name at its beginning, and one that nothing ends.
    events(
        &[
            &added("a", 0, "", ""),
            &delta("a", "{}"),
            &item("a", r#"{\"a\":1}"#),
            &added("b", 1, "g", ""),
            &delta("b", "{"),
        ],
        r#"open 0 tool f#a; + "{\"a\":1}"; close 0; open 1 tool g#b; + "{"; close 1"#,
    );
}

#[test]
fn items_that_come_whole_are_told_once() {
    items(
        &[
            r#"{"id":"fc","type":"function_call","call_id":"c1","name":"f","namespace":"n","arguments":"{}"}"#,
            r#"{"type":"function_call","id":"fc2","name":"g","arguments":""}"#,
            r#"{"type":"custom_tool_call","call_id":"c3","name":"p","input":"*** P"}"#,
            r#"{"type":"message","content":[{"type":"output_text","text":"a"}]}"#,
            r#"{"type":"compaction","encrypted_content":"x"}"#,
        ],
        r#"
        open 0 tool n.f#c1; + "{}"; close 0; open 1 tool g#fc2; close 1
        open 2 tool p#c3 freeform; + "*** P"; close 2; open 3 text; + "a"; close 3; lost content
        "#,
    );
}

#[test]
fn a_call_may_get_its_name_with_the_last_event() {
    let item = |name: &str| {
        format!(
            r#"{{"id":"fc","type":"function_call","call_id":"c","name":"{name}","arguments":"{{}}"}}"#
        )
    };
    let done = format!(
        r#"{{"type":"response.output_item.done","item":{}}}"#,
        item("")
    );
    let completed = format!(
        r#"{{"type":"response.completed","response":{{"output":[{}]}}}}"#,
        item("f")
    );
    stream(
        &format!("{CREATED}\n{done}\n{completed}"),
        r#"start r @5; open 0 tool f#c; + "{}"; close 0; finish stop; end"#,
    );
}

#[test]
fn an_item_may_change_its_id() {
    events(
        &[
            r#"{"type":"response.output_item.added","output_index":2,"item":{"id":"x1","type":"function_call","call_id":"c","name":"f"}}"#,
            r#"{"type":"response.function_call_arguments.delta","item_id":"x2","output_index":2,"delta":"{"}"#,
            r#"{"type":"response.output_item.done","output_index":2,"item":{"id":"x3","type":"function_call","call_id":"c","name":"f","arguments":"{}"}}"#,
        ],
        r#"open 0 tool f#c; + "{"; + "}"; close 0"#,
    );
    // The same index for every item.
    events(
        &[
            r#"{"type":"response.output_item.done","output_index":0,"item":{"id":"x1","type":"function_call","call_id":"c","name":"f","arguments":"{}"}}"#,
            r#"{"type":"response.output_item.done","output_index":0,"item":{"id":"x2","type":"function_call","call_id":"d","name":"f","arguments":"{}"}}"#,
        ],
        r#"open 0 tool f#c; + "{}"; close 0; open 1 tool f#d; + "{}"; close 1"#,
    );
}

#[test]
fn tools_of_the_provider_are_told_when_they_are_whole() {
    events(
        &[
            r#"{"type":"response.output_item.added","output_index":0,"item":{"id":"ws","type":"web_search_call","status":"in_progress"}}"#,
            r#"{"type":"response.output_item.done","output_index":0,"item":{"id":"ws","type":"web_search_call","action":{"type":"search","query":"q","sources":[{"type":"url","url":"u"}]}}}"#,
        ],
        "open 0 search#ws [q] [u, ]; close 0",
    );
    items(
        &[
            r#"{"id":"a","type":"web_search_call","action":{"type":"search","query":"q","queries":["q1","q2"]}}"#,
            r#"{"id":"b","type":"file_search_call","queries":["q3"],"results":null}"#,
            r#"{"id":"c","type":"image_generation_call","result":"AAAA","output_format":"webp"}"#,
            r#"{"id":"d","type":"image_generation_call","result":null}"#,
        ],
        r#"
        open 0 search#a [q1, q2] []; close 0; open 1 files#b [q3] []; close 1
        open 2 media image/webp AAAA; close 2
        "#,
    );
}
