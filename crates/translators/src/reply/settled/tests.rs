//! How a reply ends, and what is merged and mapped on the way.

use crate::{
    json_str::JsonStr,
    reply::{
        Event, Fault, Finish, Opening, ReplyContext, Settled, ShowThinking, Sink,
        transcript::Transcript,
    },
    request_ir::{Family, Opaque, OpaqueKind, ToolName},
};
use cliproxy_core::Protocol;

mod behind_calls;
mod citations;

const THINKING: Opening<'static> = Opening::Thinking { is_raw: false };
const TEXT: Opening<'static> = Opening::Text {
    begins_paragraph: false,
};

fn tool(id: &'static str, name: &'static str) -> Opening<'static> {
    Opening::Tool {
        id: id.into(),
        name: name.into(),
        namespace: None,
        is_freeform: false,
        signature: None,
    }
}

fn open(part: u32, opening: Opening<'static>) -> Event<'static> {
    Event::Open {
        part,
        choice: 0,
        opening,
    }
}

fn delta(part: u32, text: &'static str) -> Event<'static> {
    let text = JsonStr::escaped(text);
    Event::Delta { part, text }
}

fn close(part: u32) -> Event<'static> {
    Event::Close { part }
}

fn finish(reason: Finish<'static>) -> Event<'static> {
    Event::Finish { choice: 0, reason }
}

fn sealed(part: u32, kind: OpaqueKind) -> Event<'static> {
    let opaque = signature(kind);
    Event::Opaque { part, opaque }
}

fn signature(kind: OpaqueKind) -> Opaque<'static> {
    Opaque {
        family: Family::Gemini,
        kind,
        item: None,
        data: JsonStr::escaped("Ci"),
        realm: None,
    }
}

fn signed(name: &'static str) -> Opening<'static> {
    Opening::Tool {
        id: "1".into(),
        name: name.into(),
        namespace: None,
        is_freeform: false,
        signature: Some(signature(OpaqueKind::Call)),
    }
}

fn context(client: Protocol) -> ReplyContext {
    let mut cx = ReplyContext::new(client, "m", 1);
    cx.include_encrypted = true;
    cx.freeform.insert("patch".to_owned());
    let name = ToolName {
        namespace: Some("ns".into()),
        name: "f".into(),
    };
    cx.names.insert("fitted", name);
    cx
}

/// What comes out, without the start.
#[track_caller]
fn check(cx: &ReplyContext, events: Vec<Event<'static>>, expected: &str) {
    let mut settled = Settled::new(cx, Transcript::default());
    for event in events {
        settled.event(event);
    }
    let text = settled.into_sink().text();
    assert_eq!(text.strip_prefix("start").map(str::trim), Some(expected));
}

#[test]
fn the_reply_ends_once_after_everything_else() {
    let cx = context(Protocol::Chat);
    check(
        &cx,
        vec![
            open(7, TEXT),
            finish(Finish::Stop),
            delta(7, "late"),
            Event::End,
            delta(7, "later"),
            Event::End,
        ],
        "; open 0 text; + \"late\"; close 0; finish stop; end",
    );
    check(&cx, vec![Event::End], "; finish stop; end");
    check(
        &cx,
        vec![open(0, tool("1", "g")), finish(Finish::Stop), Event::End],
        "; open 0 tool g#1; close 0; finish tools; end",
    );
}

#[test]
fn a_failure_closes_nothing() {
    let fault = Fault {
        status: 529,
        code: None,
        message: "busy".into(),
        is_quoted: true,
    };
    check(
        &context(Protocol::Claude),
        vec![
            open(0, TEXT),
            delta(0, "a"),
            Event::Fail(fault),
            close(0),
            Event::End,
        ],
        "; open 0 text; + \"a\"; fail 529 -: busy",
    );
}

#[test]
fn tools_are_the_clients_again() {
    let call = |name| vec![open(0, tool("a:b", name)), close(0), Event::End];
    let check = |client, name, expected| check(&context(client), call(name), expected);
    check(
        Protocol::Responses,
        "fitted",
        "; open 0 tool ns.f#a:b; close 0; finish tools; end",
    );
    check(
        Protocol::Chat,
        "fitted",
        "; open 0 tool ns__f#a:b; close 0; finish tools; end",
    );
    check(
        Protocol::Claude,
        "other",
        "; open 0 tool other#a_b_6783a31e; close 0; finish tools; end",
    );
}

#[test]
fn freeform_tools_are_unwrapped_and_wrapped() {
    let wrapped = [r#"{\"inp"#, r#"ut\":\"a"#, r#"b\\n\"}"#];
    let call = |opening: Opening<'static>, texts: &[&'static str]| {
        let deltas = texts.iter().map(|text| delta(0, text));
        let events = [open(0, opening)].into_iter().chain(deltas);
        events.chain([close(0), Event::End]).collect::<Vec<_>>()
    };
    let native = || Opening::Tool {
        id: "1".into(),
        name: "patch".into(),
        namespace: None,
        is_freeform: true,
        signature: None,
    };
    check(
        &context(Protocol::Responses),
        call(tool("1", "patch"), &wrapped),
        r#"; open 0 tool patch#1 freeform; + "a"; + "b\n"; close 0; finish tools; end"#,
    );
    check(
        &context(Protocol::Responses),
        call(tool("1", "patch"), &wrapped[..2]),
        r#"; open 0 tool patch#1 freeform; + "a"; cut 0; close 0; finish tools; end"#,
    );
    check(
        &context(Protocol::Responses),
        call(tool("1", "patch"), &["bare"]),
        r#"; open 0 tool patch#1 freeform; + "bare"; close 0; finish tools; end"#,
    );
    check(
        &context(Protocol::Claude),
        call(native(), &["a", r"\n"]),
        r#"; open 0 tool patch#1; + "{\"input\":\"a"; + "\\n"; + "\"}"; close 0; finish tools; end"#,
    );
    check(
        &context(Protocol::Gemini),
        call(native(), &[]),
        r#"; open 0 tool patch#1; + "{\"input\":\"\"}"; close 0; finish tools; end"#,
    );
    check(
        &context(Protocol::Chat),
        call(native(), &["a"]),
        r#"; open 0 tool patch#1 freeform; + "a"; close 0; finish tools; end"#,
    );
}

#[test]
fn a_call_that_was_cut_off_is_told_to_responses_clients() {
    let call = || {
        vec![
            open(0, tool("1", "g")),
            delta(0, r#"{\"a"#),
            close(0),
            Event::End,
        ]
    };
    let check = |client, expected| check(&context(client), call(), expected);
    check(
        Protocol::Responses,
        r#"; open 0 tool g#1; + "{\"a"; cut 0; close 0; finish tools; end"#,
    );
    check(
        Protocol::Chat,
        r#"; open 0 tool g#1; + "{\"a"; close 0; finish tools; end"#,
    );
}

#[test]
fn reasoning_is_shown_as_the_client_wants_it() {
    let check = |client, show, is_sealed: bool, expected| {
        let mut cx = context(client);
        cx.show_thinking = show;
        let seal = is_sealed.then(|| sealed(0, OpaqueKind::Call));
        let events = [open(0, THINKING), delta(0, "a")].into_iter().chain(seal);
        let events = events.chain([close(0), Event::End]).collect();
        check(&cx, events, expected);
    };
    let whole = "; open 0 thinking; + \"a\"; close 0; finish stop; end";
    let nothing = "; finish stop; end";
    check(Protocol::Claude, ShowThinking::Yes, false, whole);
    check(Protocol::Claude, ShowThinking::No, true, nothing);
    check(Protocol::Claude, ShowThinking::Omitted, false, nothing);
    check(Protocol::Gemini, ShowThinking::No, false, nothing);
    check(Protocol::Gemini, ShowThinking::Omitted, false, nothing);
    check(Protocol::Chat, ShowThinking::No, false, whole);
    check(
        Protocol::Claude,
        ShowThinking::Omitted,
        true,
        "; open 0 thinking; opaque 0 Gemini Call Ci; close 0; finish stop; end",
    );
}

#[test]
fn a_signature_of_a_call_stands_where_the_client_has_a_place() {
    let inside = || {
        vec![
            open(0, THINKING),
            delta(0, "a"),
            sealed(0, OpaqueKind::Call),
            close(0),
            open(1, tool("1", "g")),
            Event::End,
        ]
    };
    let beside = || {
        vec![
            open(0, THINKING),
            delta(0, "a"),
            close(0),
            open(1, signed("g")),
            Event::End,
        ]
    };
    let both = || {
        vec![
            open(0, THINKING),
            delta(0, "a"),
            sealed(0, OpaqueKind::Call),
            close(0),
            open(1, signed("g")),
            Event::End,
        ]
    };
    let on_reasoning = "; open 0 thinking; + \"a\"; opaque 0 Gemini Call Ci; close 0; open 1 tool g#1; close 1; finish tools; end";
    let on_call = "; open 0 thinking; + \"a\"; close 0; open 1 tool g#1 signed Ci; close 1; finish tools; end";
    for client in [Protocol::Claude, Protocol::Responses] {
        check(&context(client), inside(), on_reasoning);
        check(&context(client), beside(), on_reasoning);
        check(&context(client), both(), on_reasoning);
        check(
            &context(client),
            vec![open(0, signed("g")), Event::End],
            "; open 0 thinking; opaque 0 Gemini Call Ci; close 0; open 1 tool g#1; close 1; finish tools; end",
        );
    }
    for client in [Protocol::Chat, Protocol::Gemini] {
        check(&context(client), inside(), on_call);
        check(&context(client), beside(), on_call);
        check(&context(client), both(), on_call);
    }
}

#[test]
fn a_refusal_is_one_for_claude_also_where_it_is_called_a_stop() {
    let events = || {
        vec![
            open(0, Opening::Refusal),
            delta(0, "No."),
            finish(Finish::Stop),
            Event::End,
        ]
    };
    let said = "; open 0 refusal; + \"No.\"; close 0; finish";
    check(
        &context(Protocol::Claude),
        events(),
        &format!("{said} refusal; end"),
    );
    check(
        &context(Protocol::Chat),
        events(),
        &format!("{said} stop; end"),
    );
}

#[test]
fn the_signature_of_a_text_stands_behind_it_for_responses_clients() {
    let events = |rest: Vec<Event<'static>>| {
        let text = [
            open(0, TEXT),
            delta(0, "a"),
            sealed(0, OpaqueKind::Text),
            close(0),
        ];
        text.into_iter().chain(rest).collect::<Vec<_>>()
    };
    let last = |reason| events(vec![finish(reason), Event::End]);
    let goes_on = || events(vec![open(1, tool("1", "g")), Event::End]);
    let check = |client, events, expected: &str| {
        let expected = format!("; open 0 text; + \"a\"; close 0; {expected}; end");
        check(&context(client), events, &expected);
    };
    let signature = "open 1 thinking; opaque 1 Gemini Text Ci; close 1";
    check(
        Protocol::Responses,
        last(Finish::Stop),
        &format!("{signature}; finish stop"),
    );
    check(Protocol::Responses, last(Finish::Length), "finish length");
    check(
        Protocol::Responses,
        goes_on(),
        &format!("{signature}; open 2 tool g#1; close 2; finish tools"),
    );
    for client in [Protocol::Chat, Protocol::Claude, Protocol::Gemini] {
        check(client, last(Finish::Stop), "finish stop");
    }
}

#[test]
fn every_call_of_a_choice_has_an_id_of_its_own() {
    let cx = context(Protocol::Chat);
    let again = Event::Open {
        part: 3,
        choice: 1,
        opening: tool("0", "g"),
    };
    check(
        &cx,
        vec![
            open(0, tool("0", "g")),
            close(0),
            open(1, tool("0_2", "g")),
            close(1),
            open(2, tool("0", "g")),
            close(2),
            again,
            close(3),
            Event::End,
        ],
        "; open 0 tool g#0; close 0; open 1 tool g#0_2; close 1; open 2 tool g#0_3; close 2; \
         open 3/1 tool g#0; close 3; finish tools; finish/1 tools; end",
    );
    check(
        &context(Protocol::Claude),
        vec![
            open(0, tool("a.b", "g")),
            close(0),
            open(1, tool("a.b", "g")),
            Event::End,
        ],
        "; open 0 tool g#a_b_2e7336dc; close 0; open 1 tool g#a_b_2_4f609c35; close 1; finish tools; end",
    );
}
