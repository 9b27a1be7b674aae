//! What holds for any conversation, whoever is asked.

use super::{Memory, To, notation};
use crate::{
    chat, claude, gemini,
    normalise::{Notes, conversation::fit},
    request_ir::{Part, PartKind, Request, Role, ToolUse, Turn},
    responses,
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;
use proptest::{collection::vec, prelude::*, sample::select};
use std::collections::{HashSet, VecDeque};

const TARGETS: [&str; 12] = [
    "chat",
    "chat fold",
    "chat forget inline",
    "openai",
    "responses",
    "responses no-prefill",
    "claude",
    "claude mid",
    "claude no-prefill",
    "gemini",
    "gemini parts",
    "gemini signed",
];

/// Parts that every target takes or leaves out. `N` becomes a number: each text occurs once.
fn part() -> impl Strategy<Value = String> {
    const IDS: &[&str] = &["-", "a", "b", "c", "f.x"];
    const FIXED: &[&str] = &[
        "text tN",
        "text tN",
        "text tN",
        "text",
        "text  \\n",
        "para tN",
        "refusal tN",
        "think hN @an:sig:S",
        "think hN @oa:enc:S",
        "think hN @gm:fc:S",
        "think hN",
        "redacted @an:red:S",
        "search",
    ];
    let calls = (select(IDS), select(&["f", "g", "9h"][..]))
        .prop_map(|(id, name)| format!("call {id} {name} {{\\\"n\\\":N}}"));
    let results = (select(&["result", "error"][..]), select(&IDS[1..]))
        .prop_map(|(word, id)| format!("{word} {id} tN"));
    let named = select(&["f", "g", "k"][..]).prop_map(|name| format!("result :{name} tN"));
    let media = select(&IDS[1..]).prop_map(|id| format!("result {id} tN + image https://x/N.png"));
    prop_oneof![
        6 => select(FIXED).prop_map(str::to_owned),
        3 => calls,
        3 => results,
        1 => named,
        1 => media,
    ]
}

fn line() -> impl Strategy<Value = String> {
    let said = (select(&["user", "assistant"][..]), vec(part(), 0..4));
    let said = said.prop_map(|(role, parts)| format!("{role}: {}", parts.join(" | ")));
    let system = select(&["system: text tN", "system: text"][..]).prop_map(str::to_owned);
    prop_oneof![8 => said, 1 => system]
}

fn numbered(lines: &[String]) -> String {
    let mut numbers = 100..;
    let lines = lines.iter().map(|line| {
        let pieces: Vec<_> = line.split('N').collect();
        let mut out = pieces[0].to_owned();
        for piece in &pieces[1..] {
            out += &format!("{}{piece}", numbers.next().unwrap());
        }
        out
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn conversation() -> impl Strategy<Value = String> {
    vec(line(), 1..10).prop_map(|lines| numbered(&lines))
}

/// The conversation after the pass, and what the pass says.
fn after<'a>(to: &To, script: &'a notation::Script, memory: &'a Memory) -> (Request<'a>, Notes) {
    let mut request = script.request();
    let mut notes = Notes::default();
    fit(&mut request, &to.target(), memory, &mut notes).unwrap();
    (request, notes)
}

/// The body that is sent for it.
fn encoded(to: &To, script: &notation::Script, memory: &Memory) -> (String, u32) {
    let (request, notes) = after(to, script, memory);
    let target = to.target();
    let mut out = Vec::new();
    match to.protocol {
        Protocol::Chat => chat::encode_request::encode(&request, &target, &mut out),
        Protocol::Claude => claude::encode_request::encode(&request, &target, &mut out),
        Protocol::Gemini => {
            gemini::encode_request::encode(&request, &target, &mut out, &mut Vec::new())
        }
        Protocol::Responses => {
            responses::encode_request::encode(&request, &target, &mut out, &mut Vec::new())
        }
    }
    (String::from_utf8(out).unwrap(), notes.repairs)
}

/// The members of a body that are there before and after, and the messages one by one.
fn messages(body: &str) -> (Vec<&str>, Vec<&str>) {
    let body = Value::parse(body).unwrap();
    let raw = |keys: &[&str]| {
        keys.iter()
            .filter_map(|key| body.get(key))
            .collect::<Vec<_>>()
    };
    let head = raw(&["system", "systemInstruction"]);
    let list = raw(&["messages", "input", "contents"]);
    let list = list[0].elements().map(|it| it.raw()).collect();
    (head.iter().map(Value::raw).collect(), list)
}

fn calls<'r, 'a>(parts: &'r [Part<'a>]) -> impl Iterator<Item = &'r ToolUse<'a>> {
    parts.iter().filter_map(|part| match &part.kind {
        PartKind::ToolUse(call) => Some(&**call),
        _ => None,
    })
}

/// What must hold of the turns that an encoder is given.
fn check_invariants(request: &Request<'_>, to: &To) {
    let mut last = None;
    let mut open: VecDeque<&str> = VecDeque::new();
    let mut ids = HashSet::new();
    for turn in &request.turns {
        let Turn::Said { role, parts, .. } = turn else {
            assert!(open.is_empty(), "a system message before the results");
            assert_ne!(to.protocol, Protocol::Gemini);
            last = match to.protocol {
                Protocol::Claude => {
                    assert_eq!(last, Some(Role::User), "nothing to stand behind");
                    last
                }
                _ => None,
            };
            continue;
        };
        assert_ne!(last, Some(*role), "two of one role");
        last = Some(*role);
        assert!(!parts.is_empty());
        let is_result = |part: &Part<'_>| matches!(part.kind, PartKind::ToolResult(_));
        let results = parts.iter().take_while(|part| is_result(part));
        for part in results.clone() {
            let PartKind::ToolResult(result) = &part.kind else {
                continue;
            };
            assert_eq!(open.pop_front(), Some(&*result.id), "order of the results");
        }
        assert!(open.is_empty(), "a call without its result");
        assert!(!parts[results.count()..].iter().any(is_result));
        for part in parts {
            let is_assistants = matches!(
                part.kind,
                PartKind::ToolUse(_) | PartKind::Thinking(_) | PartKind::Redacted(_)
            );
            assert!(!is_assistants || *role == Role::Assistant);
            assert!(part.as_text().is_none_or(|text| !text.is_empty()));
            assert!(!matches!(
                part.kind,
                PartKind::ServerTool(_) | PartKind::Foreign(..)
            ));
        }
        for call in calls(parts) {
            assert!(!call.id.is_empty() && ids.insert(&*call.id), "{}", call.id);
            open.push_back(&call.id);
        }
    }
    assert!(open.is_empty(), "the last call has no result");
    if matches!(to.protocol, Protocol::Claude | Protocol::Gemini) {
        let first = request.turns.first();
        assert!(!matches!(
            first,
            Some(Turn::Said {
                role: Role::Assistant,
                ..
            })
        ));
    }
}

/// Every `tN` of a text.
fn numbers(text: &str) -> HashSet<&str> {
    let starts = text.match_indices('t').map(|(at, _)| at);
    starts
        .filter_map(|at| text.get(at..at + 4))
        .filter(|it| it[1..].parse::<u16>().is_ok())
        .collect()
}

proptest! {
    #[test]
    fn the_invariants_hold_for_any_conversation(text in conversation()) {
        let memory = Memory::default();
        let script = notation::Script::new(&text);
        for words in TARGETS {
            let to = To::new(words);
            let (request, _) = after(&to, &script, &memory);
            check_invariants(&request, &to);
        }
    }

    #[test]
    fn no_text_and_no_call_is_lost(text in conversation()) {
        let memory = Memory::default();
        let script = notation::Script::new(&text);
        for words in TARGETS {
            let to = To::new(words);
            let (body, repairs) = encoded(&to, &script, &memory);
            let lost = numbers(&text).difference(&numbers(&body)).count();
            // Only the results before the last one for the same call are.
            prop_assert!(lost <= repairs as usize, "{words}\n{text}\n{body}");
            if !text.contains("result") && !text.contains("error") {
                prop_assert_eq!(lost, 0, "{}\n{}\n{}", words, text, body);
            }
            for (at, _) in text.match_indices("n\\\":") {
                let number = &text[at + 4..at + 7];
                // With its key: a digest in an id can have the same digits.
                let spelled = [format!("n\":{number}"), format!("n\\\":{number}")];
                let found: usize = spelled.iter().map(|it| body.matches(it).count()).sum();
                prop_assert_eq!(found, 1, "{}: {}\n{}\n{}", number, words, text, body);
            }
        }
    }

    #[test]
    fn a_conversation_is_fitted_the_same_way_again(text in conversation()) {
        let memory = Memory::default();
        let script = notation::Script::new(&text);
        for words in TARGETS {
            let to = To::new(words);
            let body = || encoded(&to, &script, &memory);
            prop_assert_eq!(body(), body());
        }
    }

    #[test]
    fn what_was_said_stays_as_the_conversation_grows(
        lines in vec(line(), 1..8),
        more in vec(line(), 1..4),
    ) {
        let memory = Memory::default();
        // The turn of the user is over, and the one that follows says something to everybody.
        let head = [lines, vec!["user: text tN".to_owned()]].concat();
        let tail = [vec!["assistant: text tN".to_owned()], more].concat();
        let whole = notation::Script::new(&numbered(&[head.clone(), tail].concat()));
        let cut = notation::Script::new(&numbered(&head));
        for words in TARGETS {
            let to = To::new(words);
            let (cut, _) = encoded(&to, &cut, &memory);
            let (whole, _) = encoded(&to, &whole, &memory);
            let ((head, before), (same, now)) = (messages(&cut), messages(&whole));
            prop_assert_eq!(head, same);
            prop_assert_eq!(Some(&before[..]), now.get(..before.len()), "{}", words);
        }
    }
}
