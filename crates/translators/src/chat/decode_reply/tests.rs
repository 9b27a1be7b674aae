//! Chat replies of OpenAI and of its imitators, event by event.

use crate::reply::transcript::{self, check};
use cliproxy_core::Protocol::Chat;

/// A stream of these deltas of one choice, with the end that a test does not spell.
#[track_caller]
fn deltas(deltas: &[&str], expected: &str) {
    let chunk = |delta: &&str| format!(r#"{{"id":"c","choices":[{{"index":0,"delta":{delta}}}]}}"#);
    let mut chunks: Vec<_> = deltas.iter().map(chunk).collect();
    chunks.push(r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#.to_owned());
    chunks.push("[DONE]".to_owned());
    let told = transcript::stream(Chat, &chunks.join("\n"));
    check(&told, &format!("start c; {expected}; finish stop; end"));
}

#[track_caller]
fn stream(events: &str, expected: &str) {
    check(&transcript::stream(Chat, events), expected);
}

#[track_caller]
fn body(body: &str, expected: &str) {
    check(&transcript::body(Chat, body), expected);
}

#[test]
fn text_streams_and_usage_follows_the_finish() {
    stream(
        r#"
        {"id":"c1","created":5,"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}
        {"id":"c1","created":5,"choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}
        {"id":"c1","created":5,"choices":[{"index":0,"delta":{"content":"lo \ud83d"},"finish_reason":null}]}
        {"id":"c1","created":5,"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}
        {"id":"c1","created":5,"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}
        [DONE]
        "#,
        r#"
        start c1 @5; open 0 text; + "Hel"; + "lo \ud83d"; close 0; finish length
        usage plain=5 read=4 write=0 output=2 reasoning=0; end
        "#,
    );
}

#[test]
fn a_stream_ends_when_every_choice_has_finished() {
    let finish = r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}"#;
    let told = "start ; open 0 text; + \"a\"; close 0; finish stop";
    stream(finish, &format!("{told}; end"));
    stream(
        &format!("{finish}\n[DONE]\n[DONE]\n{{"),
        &format!("{told}; end"),
    );
    let cut = "fail 502 -: upstream stream ended before completion";
    stream(
        r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
        &format!("start ; open 0 text; + \"a\"; {cut}"),
    );
    let other = r#"{"choices":[{"index":1,"delta":{"content":"b"}}]}"#;
    stream(
        &format!("{finish}\n{other}"),
        &format!("{told}; open 1/1 text; + \"b\"; {cut}"),
    );
    stream("[DONE]", cut);
    stream("", cut);
}

#[test]
fn a_choice_without_a_reason_has_stopped_once_the_stream_says_that_it_is_done() {
    let chunk = |index: u8, delta: &str| {
        format!(r#"{{"id":"c","choices":[{{"index":{index},"delta":{delta}}}]}}"#)
    };
    let text = chunk(0, r#"{"content":"a"}"#);
    let told = r#"start c; open 0 text; + "a""#;
    stream(
        &format!("{text}\n[DONE]"),
        &format!("{told}; close 0; finish stop; end"),
    );
    let finish = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}"#;
    let other = chunk(1, r#"{"content":"b"}"#);
    stream(
        &format!("{text}\n{finish}\n{other}\n[DONE]"),
        &format!(
            "{told}; close 0; finish length; open 1/1 text; + \"b\"; close 1; finish/1 stop; end"
        ),
    );
}

#[test]
fn what_comes_after_a_finish_is_ignored() {
    stream(
        r#"
        {"id":"c","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}
        {"id":"c","choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"length"}]}
        "#,
        r#"start c; open 0 text; + "a"; close 0; finish stop; end"#,
    );
}

#[test]
fn reasoning_is_taken_once_from_wherever_it_stands() {
    let told = r#"open 0 thinking; + "R"; close 0; open 1 text; + "T"; close 1"#;
    let text = r#"{"content":"T"}"#;
    for delta in [
        r#"{"reasoning_content":"R"}"#,
        r#"{"reasoning":"R","reasoning_content":null}"#,
        r#"{"reasoning_content":"","reasoning":"R"}"#,
        r#"{"reasoning":"R","reasoning_details":[{"type":"reasoning.text","text":"R"}]}"#,
        r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"R"}]}]}"#,
    ] {
        deltas(&[delta, text], told);
    }
    deltas(&[r#"{"content":"T","reasoning":"R"}"#], told);
    let sealed = r#"{"reasoning_details":[{"type":"reasoning.summary","summary":"R"},{"type":"reasoning.encrypted","data":"x"}]}"#;
    let lost = r#"open 0 thinking; + "R"; lost signatures; close 0; open 1 text; + "T"; close 1"#;
    deltas(&[sealed, text], lost);
}

#[test]
fn another_kind_of_text_closes_the_open_one() {
    deltas(
        &[
            r#"{"content":"a"}"#,
            r#"{"content":"","refusal":null}"#,
            r#"{"content":[{"type":"text","text":"b"}]}"#,
            r#"{"refusal":"No."}"#,
            r#"{"audio":{"id":"au","transcript":"c","data":"AAAA"}}"#,
        ],
        r#"
        open 0 text; + "a"; + "b"; close 0; open 1 refusal; + "No."; close 1
        open 2 text; + "c"; lost media; close 2
        "#,
    );
}

#[test]
fn images_are_whole_parts() {
    deltas(
        &[
            r#"{"content":"a","images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}"#,
            r#"{"images":[{"image_url":{"url":"https://e.com/a.png"}}]}"#,
        ],
        r#"open 0 text; + "a"; close 0; open 1 media image/png AAAA; close 1; lost media"#,
    );
}

#[test]
fn annotations_cite_the_open_text() {
    let page = r#"{"type":"url_citation","url_citation":{"start_index":4,"end_index":6,"url":"u","title":"t"}}"#;
    deltas(
        &[
            r#"{"content":"Zü 文"}"#,
            &format!(r#"{{"annotations":[{page}]}}"#),
        ],
        r#"open 0 text; + "Zü 文"; cite 0 4..6 u t; close 0"#,
    );
    deltas(
        &[
            r#"{"content":"Zü\n"}"#,
            r#"{"reasoning":"R"}"#,
            &format!(r#"{{"content":"abc","annotations":[{page}]}}"#),
        ],
        r#"
        open 0 text; + "Zü\n"; close 0; open 1 thinking; + "R"; close 1
        open 2 text; + "abc"; cite 2 1..3 u t; close 2
        "#,
    );
    deltas(
        &[
            &format!(r#"{{"annotations":[{page}]}}"#),
            r#"{"content":"a"}"#,
        ],
        r#"lost citations; open 0 text; + "a"; close 0"#,
    );
}

#[test]
fn sequential_calls_close_when_the_next_begins() {
    deltas(
        &[
            r#"{"content":"x","tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}"#,
            r#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}"#,
            r#"{"tool_calls":[{"index":0,"function":{"arguments":"\"}\"}"}}]}"#,
            r#"{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}"#,
            r#"{"content":"y"}"#,
            r#"{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]}"#,
        ],
        r#"
        open 0 text; + "x"; close 0; open 1 tool f#a; + "{\"a\":"; + "\"}\"}"; close 1
        open 2 tool g#b; + "{}"; close 2; open 3 text; + "y"; lost calls; close 3
        "#,
    );
}

#[test]
fn interleaved_calls_close_when_they_are_complete() {
    deltas(
        &[
            r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"a\":"}},{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}]}"#,
            r#"{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"#,
            r#"{"tool_calls":[{"index":1,"function":{"arguments":"}"}},{"index":0,"function":{"arguments":"}"}}]}"#,
        ],
        r#"
        open 0 tool f#a; + "{\"a\":"; open 1 tool g#b; + "{"; 0+ "1}"; close 0; + "}"; lost calls; close 1
        "#,
    );
}

#[test]
fn fragments_find_their_call() {
    let told =
        r#"open 0 tool f#a; + "{\"a\":1}"; close 0; open 1 tool f#b; + "{\"a\":2}"; close 1"#;
    let call = |members: &str, number: u8| {
        format!(
            r#"{{"tool_calls":[{{{members},"function":{{"name":"f","arguments":"{{\"a\":{number}}}"}}}}]}}"#
        )
    };
    // Each whole, all with the index 0; with ids alone.
    deltas(
        &[
            &call(r#""index":0,"id":"a""#, 1),
            &call(r#""index":0,"id":"b""#, 2),
        ],
        told,
    );
    deltas(&[&call(r#""id":"a""#, 1), &call(r#""id":"b""#, 2)], told);
    // In pieces without an index, by id or as the last call.
    deltas(
        &[
            r#"{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"a\""}}]}"#,
            r#"{"tool_calls":[{"id":"a","function":{"arguments":":"}}]}"#,
            r#"{"tool_calls":[{"function":{"arguments":"1}"}}]}"#,
        ],
        r#"open 0 tool f#a; + "{\"a\""; + ":"; + "1}"; close 0"#,
    );
    // The index 0 for a second call, when the first has no arguments.
    deltas(
        &[
            r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}"#,
            r#"{"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]}"#,
        ],
        r#"open 0 tool f#a; open 1 tool g#b; + "{}"; close 0; close 1"#,
    );
    // Another id with every fragment of one call.
    deltas(
        &[
            r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}"#,
            r#"{"tool_calls":[{"index":0,"id":"b","function":{"name":"f","arguments":"{"}}]}"#,
            r#"{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"}"}}]}"#,
        ],
        r#"open 0 tool f#a; + "{"; + "}"; close 0"#,
    );
}

#[test]
fn ids_are_made_for_calls_without_one() {
    let call = r#"{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}"#;
    let first = crate::call_id::mint(crate::call_id::Place::Reply("c"), 0, "f", "");
    let second = crate::call_id::mint(crate::call_id::Place::Reply("c"), 1, "f", "");
    deltas(
        &[call, call],
        &format!(
            r#"open 0 tool f#{first}; + "{{}}"; close 0; open 1 tool f#{second}; + "{{}}"; close 1"#
        ),
    );
}

#[test]
fn a_call_opens_when_its_name_is_known() {
    deltas(
        &[
            r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"","arguments":"{\"a\""}}]}"#,
            r#"{"content":"x"}"#,
            r#"{"tool_calls":[{"index":0,"function":{"name":null,"arguments":":1"}}]}"#,
            r#"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"}"}}]}"#,
            r#"{"tool_calls":[{"index":1,"id":"b","function":{"arguments":"{}"}}]}"#,
        ],
        r#"open 0 text; + "x"; close 0; open 1 tool f#a; + "{\"a\":1"; + "}"; close 1; lost calls"#,
    );
}

#[test]
fn arguments_may_be_an_object_and_tools_freeform_or_of_old() {
    deltas(
        &[
            r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":{"a": [1, "b c"]}}}]}"#,
        ],
        r#"open 0 tool f#a; + "{\"a\":[1,\"b c\"]}"; close 0"#,
    );
    deltas(
        &[
            r#"{"tool_calls":[{"index":0,"id":"a","type":"custom","custom":{"name":"p","input":"{}"}}]}"#,
            r#"{"content":"x"}"#,
            r#"{"tool_calls":[{"index":0,"custom":{"input":" P"}}]}"#,
        ],
        r#"open 0 tool p#a freeform; + "{}"; open 1 text; + "x"; 0+ " P"; close 1; close 0"#,
    );
    let id = crate::call_id::mint(crate::call_id::Place::Reply("c"), 0, "f", "");
    deltas(
        &[
            r#"{"function_call":{"name":"f","arguments":""}}"#,
            r#"{"function_call":{"arguments":"{}"}}"#,
        ],
        &format!(r#"open 0 tool f#{id}; + "{{}}"; close 0"#),
    );
}

#[test]
fn a_call_may_be_signed_by_gemini() {
    deltas(
        &[
            r#"{"reasoning":"R"}"#,
            r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"Ci"}}}]}"#,
        ],
        r#"open 0 thinking; + "R"; close 0; open 1 tool f#a signed Ci; + "{}"; close 1"#,
    );
}

#[test]
fn failures_end_the_reply() {
    let text = r#"{"id":"c","choices":[{"index":0,"delta":{"content":"a"}}]}"#;
    for (event, failure) in [
        (
            r#"{"error":{"message":"slow","type":"rate_limit_error","code":"rate_limit_exceeded"}}"#,
            "429 rate_limit_exceeded: slow",
        ),
        (r#"{"error":"busy"}"#, "500 -: busy"),
        (
            r#"{"object":"error","message":"too long","type":"BadRequestError","code":400}"#,
            "400 BadRequestError: too long",
        ),
        (
            r#"error {"message":"m","type":"api_error"}"#,
            "500 api_error: m",
        ),
        ("error oops", "500 -: oops"),
        ("<html>", "502 -: the upstream sent data that is not JSON"),
        (
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"code":429,"message":"m"}}]}"#,
            "429 -: m",
        ),
        (
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"insufficient_system_resource"}]}"#,
            "529 -: the upstream ended the reply with an error",
        ),
    ] {
        stream(
            &format!("{text}\n{event}\n{text}"),
            &format!("start c; open 0 text; + \"a\"; fail {failure}"),
        );
    }
    stream(r#"{"error":{"message":"m"}}"#, "fail 500 -: m");
}

#[test]
fn a_body_is_told_as_the_same_events() {
    body(
        r#"{"id":"c","created":7,"choices":[{"index":0,"message":{"role":"assistant","content":"Ok.","refusal":null,
            "reasoning_content":"R","tool_calls":[
                {"id":"a","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
                {"id":"a","type":"function","function":{"name":"g","arguments":""}}],
            "annotations":[{"type":"url_citation","url_citation":{"start_index":0,"end_index":2,"url":"u"}}]},
            "finish_reason":"tool_calls"}],
            "usage":{"prompt_tokens":9,"completion_tokens":4}}"#,
        r#"
        start c @7; open 0 thinking; + "R"; close 0; open 1 text; + "Ok."; cite 1 0..2 u; close 1
        open 2 tool f#a; + "{\"a\":1}"; close 2; open 3 tool g#a; close 3; finish tools
        usage plain=9 read=0 write=0 output=4 reasoning=0; end
        "#,
    );
    body(
        r#"{"choices":[{"index":0,"message":{"content":"A"}},{"index":1,"message":{"content":"B"},"finish_reason":"length"}]}"#,
        r#"
        start ; open 0 text; + "A"; open 1/1 text; + "B"; close 1; finish/1 length; close 0; finish stop; end
        "#,
    );
    body(
        r#"{"error":{"message":"m","code":"slow_down"}}"#,
        "fail 529 slow_down: m",
    );
    body(
        r#"{"id":"c","choices":[]}"#,
        "start c; fail 502 -: the upstream sent no reply",
    );
    body("[]", "fail 502 -: the upstream sent no reply");
}
