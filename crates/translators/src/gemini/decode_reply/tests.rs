//! Gemini replies, event by event.

use crate::{
    call_id::{self, Place},
    reply::transcript::{self, check},
};
use cliproxy_core::Protocol::Gemini;

#[track_caller]
fn stream(events: &str, expected: &str) {
    check(&transcript::stream(Gemini, events), expected);
}

#[track_caller]
fn body(body: &str, expected: &str) {
    check(&transcript::body(Gemini, body), expected);
}

/// The parts of a candidate, told alike whether they come in one frame, in one each, or in a body.
#[track_caller]
fn parts(parts: &[&str], expected: &str) {
    let expected = format!("start r; {expected}; finish stop; end");
    let frame = |parts: &str| {
        format!(r#"{{"candidates":[{{"content":{{"parts":[{parts}]}}}}],"responseId":"r"}}"#)
    };
    let end = r#"{"candidates":[{"finishReason":"STOP"}],"responseId":"r"}"#;
    let one = frame(&parts.join(","));
    stream(&format!("{one}\n{end}"), &expected);
    let each: Vec<_> = parts.iter().map(|part| frame(part)).collect();
    stream(&format!("{}\n{end}", each.join("\n")), &expected);
    body(&one, &expected);
    body(&format!("[{one},{end}]"), &expected);
    body(&format!(r#"{{"response":{one}}}"#), &expected);
}

#[test]
fn text_streams_and_the_last_usage_counts() {
    stream(
        r#"
        {"candidates":[{"content":{"role":"model","parts":[{"text":"T","thought":true},{"text":"A"},{"text":"B"}]},"index":0}],"usageMetadata":{"promptTokenCount":5},"modelVersion":"g","responseId":"r1"}
        {"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"Ci"}]},"finishReason":"MAX_TOKENS","index":0}]}
        {"usageMetadata":{"promptTokenCount":50,"candidatesTokenCount":10,"cachedContentTokenCount":20,"thoughtsTokenCount":7,"toolUsePromptTokenCount":3}}
        "#,
        r#"
        start r1; open 0 thinking; + "T"; close 0; open 1 text; + "A"; + "B"
        usage plain=5 read=0 tool=0; opaque 1 Gemini Text Ci; usage plain=33 read=20 tool=3 output=17 reasoning=7
        close 1; finish length; end
        "#,
    );
}

#[test]
fn a_stream_ends_when_every_candidate_has_a_reason() {
    let frame =
        |index, members: &str| format!(r#"{{"candidates":[{{"index":{index},{members}}}]}}"#);
    let text = |text: &str| format!(r#""content":{{"parts":[{{"text":"{text}"}}]}}"#);
    let cut = "fail 502 -: upstream stream ended before completion";
    stream(
        &frame(0, &text("a")),
        &format!("start; open 0 text; + \"a\"; {cut}"),
    );
    stream("", cut);
    stream(
        r#"{"usageMetadata":{"promptTokenCount":1}}"#,
        &format!("start; usage plain=1 read=0 tool=0; {cut}"),
    );
    // A reason in every frame, as some models give it.
    let stop = r#""finishReason":"STOP""#;
    let safety = r#""finishReason":"SAFETY""#;
    stream(
        &format!(
            "{}\n{}",
            frame(0, &format!("{},{stop}", text("a"))),
            frame(0, &format!("{},{safety}", text("b")))
        ),
        r#"start; open 0 text; + "a"; + "b"; close 0; finish filter; end"#,
    );
    let two = format!("{}\n{}", frame(0, stop), frame(1, &text("b")));
    stream(&two, &format!("start; open 0/1 text; + \"b\"; {cut}"));
    stream(
        &format!("{two}\n{}", frame(1, stop)),
        r#"start; open 0/1 text; + "b"; finish stop; close 0; finish/1 stop; end"#,
    );
}

#[test]
fn a_blocked_prompt_is_a_filter() {
    let blocked = r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":8},"responseId":"r"}"#;
    let expected = "start r; usage plain=8 read=0 tool=0; finish filter prompt; end";
    stream(blocked, expected);
    body(blocked, expected);
    body("{}", "start; fail 502 -: the upstream sent no reply");
}

#[test]
fn calls_are_whole() {
    let minted = |part, name, args| call_id::mint(Place::Reply("r"), part, name, args);
    parts(
        &[
            r#"{"functionCall":{"id":"fc","name":"f","args":{"a": [1, 2.0]}}}"#,
            r#"{"functionCall":{"name":"g"}}"#,
            r#"{"functionCall":{"name":"","args":{}}}"#,
            r#"{"functionCall":{"name":"g","args":null}}"#,
        ],
        &format!(
            r#"
            open 0 tool f#fc; + "{{\"a\":[1,2.0]}}"; close 0
            open 1 tool g#{}; + "{{}}"; close 1; lost calls; open 2 tool g#{}; + "{{}}"; close 2
            "#,
            minted(1, "g", "{}"),
            minted(2, "g", "{}")
        ),
    );
}

#[test]
fn signatures_belong_to_their_parts() {
    let call = |name: &str| {
        format!(
            r#"{{"functionCall":{{"id":"{name}","name":"{name}","args":{{}}}},"thoughtSignature":"C{name}"}}"#
        )
    };
    parts(
        &[
            r#"{"text":"T","thought":true,"thoughtSignature":"x"}"#,
            r#"{"text":"","thought":true,"thoughtSignature":"y"}"#,
            r#"{"text":"","thoughtSignature":"lost"}"#,
            r#"{"text":"Visible","thoughtSignature":"x"}"#,
            r#"{"text":" text"}"#,
            r#"{"text":"","thoughtSignature":"second"}"#,
            &call("f"),
            &call("g"),
        ],
        r#"
        open 0 thinking; + "T"; opaque 0 Gemini Thought x; close 0; open 1 thinking; opaque 1 Gemini Thought y; close 1
        lost signatures; open 2 text; + "Visible"; opaque 2 Gemini Text x; + " text"; lost signatures; close 2
        open 3 tool f#f signed Cf; + "{}"; close 3; open 4 tool g#g signed Cg; + "{}"; close 4
        "#,
    );
}

#[test]
fn other_kinds_of_parts_close_the_text() {
    parts(
        &[
            r#"{"text":"a"}"#,
            r#"{"inlineData":{"mimeType":"image/png","data":"AAAA"}}"#,
            r#"{"text":"b"}"#,
            r#"{"toolCall":{}}"#,
            r#"{"text":""}"#,
            r#"{"text":"c"}"#,
            r#"{"executableCode":{"code":"1"}}"#,
            r#"{"codeExecutionResult":{"output":"1"}}"#,
            r#"{"text":"d"}"#,
        ],
        r#"
        open 0 text; + "a"; close 0; open 1 media image/png AAAA; close 1
        open 2 text paragraph; + "b"; lost content; + "c"; close 2; open 3 code [] []; close 3
        open 4 text paragraph; + "d"; close 4
        "#,
    );
}

#[test]
fn grounding_is_told_at_the_end() {
    let grounding = r#"{"webSearchQueries":["q"],
        "groundingChunks":[{"web":{"uri":"u0","title":"t0"}},{"web":{"uri":"u1"}}],
        "groundingSupports":[
            {"segment":{"endIndex":7,"text":"Zürich"},"groundingChunkIndices":[0,1,9]},
            {"segment":{"startIndex":8,"endIndex":10},"groundingChunkIndices":[0]},
            {"segment":{"startIndex":8,"endIndex":99},"groundingChunkIndices":[0]}]}"#;
    let grounding = grounding.replace('\n', "");
    stream(
        &format!(
            r#"
            {{"candidates":[{{"content":{{"parts":[{{"text":"Zü"}}]}},"groundingMetadata":{{}}}}]}}
            {{"candidates":[{{"content":{{"parts":[{{"text":"rich is big."}}]}},"groundingMetadata":{grounding},"finishReason":"STOP"}}]}}
            {{"candidates":[{{"groundingMetadata":{{}}}}]}}
            "#
        ),
        r#"
        start; open 0 text; + "Zü"; + "rich is big."; cite 0 0..6 u0 t0 Zürich; cite 0 0..6 u1 Zürich
        lost citations; cite 0 7..9 u0 t0; lost citations; close 0; open 1 search [q] [u0, t0
        u1, ]; close 1; finish stop; end
        "#,
    );
    body(
        r#"{"candidates":[{"content":{"parts":[{"text":"abc"}]},"citationMetadata":{"citationSources":[{"startIndex":1,"endIndex":2,"uri":"u"}]}}]}"#,
        r#"start; open 0 text; + "abc"; cite 0 1..2 u; close 0; finish stop; end"#,
    );
}

/// A piece of a call which goes on.
fn piece(members: &str) -> String {
    format!(r#"{{"functionCall":{{{members},"willContinue":true}}}}"#)
}

#[test]
fn a_call_in_pieces_is_put_together() {
    parts(
        &[
            &piece(r#""id":"fc","name":"f""#),
            &piece(
                r#""partialArgs":[{"jsonPath":"$.a.b","stringValue":"x\n"},{"jsonPath":"$.n","numberValue":1.50}]"#,
            ),
            &piece(
                r#""partialArgs":[{"jsonPath":"$.a.b","stringValue":"y"},{"jsonPath":"$['l'][0]","boolValue":true}]"#,
            ),
            &piece(
                r#""partialArgs":[{"jsonPath":"$.l[1].c","nullValue":"NULL_VALUE"},{"jsonPath":"$.l[9]","boolValue":true},{"jsonPath":"a","boolValue":true}]"#,
            ),
            r#"{"functionCall":{}}"#,
            r#"{"text":"t"}"#,
        ],
        r#"
        open 0 tool f#fc; + "{\"a\":{\"b\":\"x\\ny\"},\"n\":1.50,\"l\":[true,{\"c\":null}]}"; close 0
        open 1 text; + "t"; close 1
        "#,
    );
    parts(
        &[&piece(r#""id":"fc","name":"f""#)],
        r#"open 0 tool f#fc; + "{}"; close 0"#,
    );
    let cut = |members: &str, args: &str| {
        let begun = format!(
            r#"{{"candidates":[{{"content":{{"parts":[{}]}},"finishReason":"MAX_TOKENS"}}]}}"#,
            piece(&format!(r#""id":"fc","name":"f"{members}"#))
        );
        let told = format!("start; open 0 tool f#fc; + \"{args}\"; close 0; finish length; end");
        stream(&begun, &told);
        body(&begun, &told);
    };
    cut("", "{");
    let text = r#","partialArgs":[{"jsonPath":"$.a.b","stringValue":"say \"x}"}]"#;
    cut(text, r#"{\"a\":{\"b\":\"say \\\"x}"#);
    let number = r#","partialArgs":[{"jsonPath":"$.l[0]","numberValue":1}]"#;
    cut(number, r#"{\"l\":[1"#);
    let deep = format!("${}", ".a".repeat(100_000));
    parts(
        &[&piece(&format!(
            r#""id":"fc","name":"f","partialArgs":[{{"jsonPath":"{deep}","boolValue":true}}]"#
        ))],
        r#"open 0 tool f#fc; + "{}"; close 0"#,
    );
}

#[test]
fn failures_end_the_reply() {
    let text = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"#;
    for (event, failure) in [
        (
            r#"{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}"#,
            "429 RESOURCE_EXHAUSTED: Quota",
        ),
        (
            r#"[{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}]"#,
            "529 UNAVAILABLE: m",
        ),
        (
            r#"{"response":{"error":{"code":400,"message":"m"}}}"#,
            "400 -: m",
        ),
        ("<html>", "502 -: the upstream sent data that is not JSON"),
    ] {
        stream(
            &format!("{text}\n{event}\n{text}"),
            &format!("start; open 0 text; + \"a\"; fail {failure}"),
        );
    }
    body(r#"{"error":{"code":404,"message":"m"}}"#, "fail 404 -: m");
}

#[test]
fn the_text_before_a_call_is_cited() {
    let grounding = |end: u8| {
        format!(
            r#""groundingMetadata":{{"groundingChunks":[{{"web":{{"uri":"u"}}}}],"groundingSupports":[{{"segment":{{"endIndex":{end}}},"groundingChunkIndices":[0]}}]}}"#
        )
    };
    let frame = |parts: &str, more: &str| {
        format!(r#"{{"candidates":[{{"content":{{"parts":[{parts}]}}{more}}}]}}"#)
    };
    let text = |text: &str| format!(r#"{{"text":"{text}"}}"#);
    let call = r#"{"functionCall":{"name":"f","id":"1"}}"#;
    let stop = r#","finishReason":"STOP""#;
    let run = "open 2 search [] [u, ]; close 2; finish stop; end";
    // Known when the text closes, and told again.
    stream(
        &format!(
            "{}\n{}\n{}",
            frame(&text("abc"), ""),
            frame(call, &format!(",{}", grounding(2))),
            frame("", &format!(",{}{stop}", grounding(2))),
        ),
        &format!(
            r#"start; open 0 text; + "abc"; cite 0 0..2 u; close 0; open 1 tool f#1; + "{{}}"; close 1; {run}"#
        ),
    );
    // Known at the end.
    stream(
        &format!(
            "{}\n{}\n{}",
            frame(&text("abc"), ""),
            frame(call, ""),
            frame("", &format!(",{}{stop}", grounding(2))),
        ),
        &format!(
            r#"start; open 0 text; + "abc"; close 0; open 1 tool f#1; + "{{}}"; close 1; cite 0 0..2 u; {run}"#
        ),
    );
    // More text comes with it: that is what it is about.
    body(
        &frame(
            &format!("{},{call},{}", text("abc"), text("defg")),
            &format!(",{}", grounding(4)),
        ),
        r#"
        start; open 0 text; + "abc"; close 0; open 1 tool f#1; + "{}"; close 1; open 2 text paragraph; + "defg"
        cite 2 0..4 u; close 2; open 3 search [] [u, ]; close 3; finish stop; end
        "#,
    );
    // Beyond every text.
    body(
        &frame(
            &format!("{},{call}", text("abc")),
            &format!(",{}", grounding(9)),
        ),
        &format!(
            r#"start; open 0 text; + "abc"; close 0; open 1 tool f#1; + "{{}}"; close 1; lost citations; {run}"#
        ),
    );
}
