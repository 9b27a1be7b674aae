//! A translation takes memory and time in proportion to the pieces of a conversation: none is compared
//! with all before it.

mod growth;

use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_json::Body;
use cliproxy_translators::{Asked, LossPolicy, Options, Profile, Upstream, translate_request};

/// Bodies: whose they are, what is before the pieces, a piece, what is behind. `N` is another number in
/// every piece.
const BODIES: [(Protocol, &str, &str, &str); 24] = [
    (
        Chat,
        r#"{"messages":["#,
        r#"{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"x","content":"r"}"#,
        r#"]}"#,
    ),
    (
        Chat,
        r#"{"messages":["#,
        r#"{"role":"tool","tool_call_id":"x","content":"r"}"#,
        r#"]}"#,
    ),
    (
        Chat,
        r#"{"messages":["#,
        r#"{"role":"system","content":"r"},{"role":"user","content":"r"}"#,
        r#"]}"#,
    ),
    (
        Chat,
        r#"{"messages":[{"role":"user","content":["#,
        r#"{"type":"text","text":"a"}"#,
        r#"]}]}"#,
    ),
    (
        Chat,
        r#"{"messages":[{"role":"user","content":["#,
        r#"{"type":"image_url","image_url":"https://a"}"#,
        r#"]}]}"#,
    ),
    (
        Chat,
        r#"{"messages":[{"role":"user","content":"q"},{"role":"assistant","reasoning_details":["#,
        r#"{"type":"reasoning.text","text":"a"}"#,
        r#"]}]}"#,
    ),
    (
        Chat,
        r#"{"messages":[{"role":"assistant","tool_calls":["#,
        r#"{"id":"x","type":"function","function":{"name":"f","arguments":"{}"}}"#,
        r#"]}]}"#,
    ),
    (
        Chat,
        r#"{"messages":[{"role":"user","content":"q"}],"tools":["#,
        r#"{"type":"function","name":"f.N"}"#,
        r#"]}"#,
    ),
    (
        Responses,
        r#"{"input":[{"type":"message","role":"user","content":"q"},"#,
        r#"{"type":"additional_tools","tools":[{"type":"function","name":"N"}]}"#,
        r#"]}"#,
    ),
    (
        Responses,
        r#"{"input":[{"type":"message","role":"user","content":"q"},"#,
        r#"{"type":"function_call","call_id":"x","name":"f","arguments":"{}"}"#,
        r#"]}"#,
    ),
    (
        Responses,
        r#"{"input":[{"type":"message","role":"user","content":"q"},"#,
        r#"{"type":"function_call","call_id":"N","name":"f","arguments":"{"},{"type":"function_call_output","call_id":"N","output":"r"}"#,
        r#"]}"#,
    ),
    (
        Responses,
        r#"{"input":[{"type":"message","role":"user","content":"q"},"#,
        r#"{"type":"reasoning","summary":[{"type":"summary_text","text":"a"}]}"#,
        r#"]}"#,
    ),
    (
        Responses,
        r#"{"input":[{"type":"message","role":"user","content":"q"},"#,
        r#"{"type":"message","role":"user","content":"a"},{"type":"message","role":"assistant","content":"a"}"#,
        r#"]}"#,
    ),
    (
        Claude,
        r#"{"max_tokens":9,"messages":[{"role":"user","content":["#,
        r#"{"type":"tool_result","tool_use_id":"N","content":[{"type":"image","source":{"type":"url","url":"https://a"}}]}"#,
        r#"]}]}"#,
    ),
    (
        Claude,
        r#"{"max_tokens":9,"messages":["#,
        r#"{"role":"assistant","content":[{"type":"tool_use","id":"N","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"N","content":"r"}]}"#,
        r#"]}"#,
    ),
    (
        Claude,
        r#"{"max_tokens":9,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":["#,
        r#"{"type":"server_tool_use","id":"N","name":"web_search","input":{}},{"type":"web_search_tool_result","tool_use_id":"N","content":[]}"#,
        r#"]}]}"#,
    ),
    (
        Claude,
        r#"{"max_tokens":9,"messages":[{"role":"user","content":["#,
        r#"{"type":"mid_conv_system","content":"a"},{"type":"text","text":"b"}"#,
        r#"]}]}"#,
    ),
    (
        Claude,
        r#"{"max_tokens":9,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":["#,
        r#"{"type":"thinking","thinking":"a","signature":"s"}"#,
        r#"]}]}"#,
    ),
    (
        Claude,
        r#"{"max_tokens":9,"messages":[{"role":"user","content":["#,
        r#"{"type":"document","source":{"type":"content","content":[{"type":"text","text":"a"}]}}"#,
        r#"]}]}"#,
    ),
    (
        Gemini,
        r#"{"contents":["#,
        r#"{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"parts":[{"functionResponse":{"name":"f","response":{"result":"r"}}}]}"#,
        r#"]}"#,
    ),
    (
        Gemini,
        r#"{"contents":[{"role":"model","parts":["#,
        r#"{"functionCall":{"name":"f"}}"#,
        r#"]}]}"#,
    ),
    (
        Gemini,
        r#"{"contents":[{"role":"model","parts":["#,
        r#"{"text":"a","thought":true},{"text":"a"}"#,
        r#"]}]}"#,
    ),
    (
        Gemini,
        r#"{"contents":[{"parts":[{"text":"q"}]}],"tools":["#,
        r#"{"functionDeclarations":[{"name":"N"}]}"#,
        r#"]}"#,
    ),
    (
        Gemini,
        r#"{"contents":[{"parts":[{"text":"q"}]}],"tools":["#,
        r#"{"N":0}"#,
        r#"]}"#,
    ),
];

#[test]
fn many_short_pieces_take_what_is_in_proportion() {
    for (client, head, piece, tail) in BODIES {
        let bodies = [300, 3_000].map(|count| {
            let pieces: Vec<_> = (0..count)
                .map(|n| piece.replace('N', &format!("n{n}")))
                .collect();
            Body::new(format!("{head}{}{tail}", pieces.join(",")).into()).unwrap()
        });
        for upstream in Protocol::ALL.into_iter().filter(|one| *one != client) {
            let said = format!("{client} to {upstream}: {piece}");
            growth::check(&said, bodies.each_ref(), &|body| {
                is_translated(client, upstream, body)
            });
        }
    }
}

#[cfg(test)]
fn is_translated(client: Protocol, upstream: Protocol, body: &Body) -> bool {
    let asked = Asked {
        protocol: client,
        model: "m",
        streams: true,
        now: 1_767_225_600,
        id: "id",
    };
    let upstream = Upstream::new(upstream, Profile::of_vendor(upstream, ""), "m");
    let options = Options {
        // Of what cannot be told a note is left, so that nothing ends early.
        policy: LossPolicy::Lenient,
        ..Options::default()
    };
    translate_request(body, &asked, &upstream, &options, None).is_ok()
}
