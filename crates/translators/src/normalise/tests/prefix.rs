//! A conversation that grows keeps what was sent of it, byte for byte: providers' caches look at that.

use super::{Upstream, claude, codex, compat, gemini, openai, properties::members, responses};
use crate::{
    client_body::tests::conversations,
    finish::Account,
    hub::{ClientContext, translate_request},
    json_str::JsonStr,
    profile::Profile,
    replay::{Remembered, Replay},
    request_ir::{Family, Opaque, OpaqueKind, Thought},
    vectors::bounds::broken,
};
use cliproxy_core::{
    Protocol::{self, Chat, Claude, Gemini, Responses},
    ThoughtSignatures,
};
use cliproxy_json::Value;
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};
use serde_json::{Value as Json, json};
use std::{cell::Cell, collections::HashMap, sync::Arc};

/// As many turns as a conversation has, and calls as a turn.
const TURNS: usize = 6;
const CALLS: usize = 3;

/// What stands in everything that is remembered.
const REMEMBERED: &str = "UmVtZW1iZXJlZA==";

/// A conversation, where a turn of the user ends in it, and what is remembered of its calls.
#[derive(Clone, Debug)]
struct Growing {
    from: Protocol,
    whole: Json,
    end: usize,
    view: View,
}

#[derive(Clone, Debug)]
struct View(HashMap<String, Arc<Remembered>>);

impl Replay for View {
    fn recall(&self, call: &str) -> Option<Arc<Remembered>> {
        self.0.get(call).cloned()
    }
}

/// Reasoning that one vendor takes back, or plain text, which some do.
fn remembered(family: Option<Family>) -> Remembered {
    let sealed = |kind| Opaque {
        family: family.unwrap_or(Family::Unknown),
        kind,
        item: None,
        data: JsonStr::escaped(REMEMBERED),
        realm: None,
    };
    let opaque = match family {
        Some(Family::Anthropic) => Some(sealed(OpaqueKind::Signature)),
        Some(Family::OpenAi) => Some(sealed(OpaqueKind::Encrypted)),
        _ => None,
    };
    match family {
        Some(Family::Gemini) => Remembered {
            thoughts: Vec::new(),
            signature: Some(sealed(OpaqueKind::Call)),
        },
        _ => Remembered {
            thoughts: vec![Thought {
                text: JsonStr::escaped(REMEMBERED),
                opaque,
                ..Thought::default()
            }],
            signature: None,
        },
    }
}

fn view() -> impl Strategy<Value = View> {
    let makers = [
        None,
        Some(Family::Anthropic),
        Some(Family::OpenAi),
        Some(Family::Gemini),
    ];
    let of_call = option::of(select(makers.to_vec()));
    vec(of_call, TURNS * CALLS).prop_map(|makers| {
        let ids = (0..TURNS).flat_map(|turn| (0..CALLS).map(move |at| format!("c{turn}_{at}")));
        let known = ids.zip(makers);
        View(
            known
                .filter_map(|(id, maker)| Some((id, Arc::new(remembered(maker?)))))
                .collect(),
        )
    })
}

fn growing() -> impl Strategy<Value = Growing> {
    let protocol = select(Protocol::ALL.to_vec());
    let said = vec(conversations::spoken(), 2..TURNS);
    let parts = (protocol, said, view(), any::<(Index, u16, u16)>());
    parts.prop_map(|(from, said, view, (end, chosen, instructed))| {
        let mut whole = match from {
            Chat => conversations::chat(&said),
            Claude => conversations::claude(&said),
            Gemini => conversations::gemini(&said),
            Responses => conversations::responses(&said),
        };
        for (at, member) in members(from).iter().enumerate() {
            if chosen >> at & 1 == 1 && !is_refused_by_some(member) {
                let member: Json = serde_json::from_str(&format!("{{{member}}}")).unwrap();
                let member = member.as_object().unwrap().clone();
                whole.as_object_mut().unwrap().extend(member);
            }
        }
        let messages = whole[list(from)].as_array_mut().unwrap();
        if from != Gemini {
            instruct(messages, instructed);
        }
        let answers = (1..messages.len()).filter(|at| {
            let role = &messages[*at]["role"];
            role == "assistant" || role == "model"
        });
        let answers: Vec<_> = answers.collect();
        let end = answers[end.index(answers.len())];
        Growing {
            from,
            whole,
            end,
            view,
        }
    })
}

/// Members that are about what the request wants, so that whole upstreams drop out.
fn is_refused_by_some(member: &str) -> bool {
    member.starts_with(r#""n":"#) || member.starts_with(r#""background":"#)
}

/// Puts system messages before and behind questions, but for the first.
fn instruct(messages: &mut Vec<Json>, chosen: u16) {
    let is_question = |message: &Json| {
        message["role"] == "user" && message["content"][0]["type"] != "tool_result"
    };
    let questions = (0..messages.len()).filter(|at| is_question(&messages[*at]));
    let questions: Vec<_> = questions.skip(1).collect();
    for (nth, at) in questions.into_iter().enumerate().rev() {
        let system = json!({"role": "system", "content": format!("rule {nth}")});
        for (bit, place) in [(2 * nth, at + 1), (2 * nth + 1, at)] {
            if chosen >> bit & 1 == 1 {
                messages.insert(place, system.clone());
            }
        }
    }
}

fn list(protocol: Protocol) -> &'static str {
    match protocol {
        Chat | Claude => "messages",
        Gemini => "contents",
        Responses => "input",
    }
}

fn upstreams() -> [Upstream; 9] {
    let deepseek = Profile::for_host(Chat, "api.deepseek.com");
    let signed = |model: &mut cliproxy_core::Capabilities| {
        model.thought_signatures = ThoughtSignatures::Required;
    };
    [
        openai(),
        compat(),
        Upstream::new(Chat, deepseek),
        responses(),
        codex(),
        claude(),
        claude().with(|model| model.mid_system = true),
        gemini(),
        gemini().with(signed),
    ]
}

/// What stands before the messages of a sent body, and the messages.
fn prefix(to: Protocol, body: &[u8]) -> (Vec<String>, Vec<String>) {
    let body = Value::parse_bytes(body).unwrap();
    let head = ["system", "systemInstruction", "instructions", "tools"];
    let head = head.iter().filter_map(|name| body.get(name));
    let head = head.map(|value| value.raw().to_owned()).collect();
    let messages = body.get(list(to)).unwrap();
    let messages = messages.elements().map(|it| it.raw().to_owned());
    (head, messages.collect())
}

fn sent(of: &Growing, body: &Json, to: &Upstream) -> Option<Vec<u8>> {
    let client = ClientContext {
        model: "m",
        ..ClientContext::default()
    };
    let body = body.to_string();
    let body = Value::parse(&body).unwrap();
    let sent = translate_request(of.from, body, &client, &to.target(), &of.view).ok()?;
    Some(
        sent.body
            .finish(&Account::default())
            .body
            .to_bytes()
            .to_vec(),
    )
}

#[test]
fn what_was_sent_stays_as_a_conversation_grows() {
    let [told, refused, recalled, instructed] = [const { Cell::new(0_u32) }; 4];
    let count = |it: &Cell<u32>, is: bool| it.set(it.get() + u32::from(is));
    let mut runner = TestRunner::new(Config::with_source_file(file!()));
    let outcome = runner.run(&growing(), |it| {
        let mut cut = it.whole.clone();
        cut[list(it.from)].as_array_mut().unwrap().truncate(it.end);
        for to in upstreams() {
            if to.protocol == it.from {
                continue;
            }
            let bodies = sent(&it, &cut, &to).zip(sent(&it, &it.whole, &to));
            count(&told, bodies.is_some());
            count(&refused, bodies.is_none());
            let Some((cut, whole)) = bodies else {
                continue;
            };
            let text = String::from_utf8(whole.clone()).unwrap();
            count(&recalled, text.contains(REMEMBERED));
            count(&instructed, text.contains("rule "));
            let written = serde_json::from_slice(&whole).unwrap();
            prop_assert_eq!(broken(to.protocol, &written), None);
            let (head, messages) = prefix(to.protocol, &cut);
            let (same, more) = prefix(to.protocol, &whole);
            prop_assert_eq!(head, same);
            let first = more.get(..messages.len());
            prop_assert_eq!(Some(&messages[..]), first, "{} {}", it.from, to.protocol);
        }
        Ok(())
    });
    outcome.unwrap();
    let counted = [&told, &refused, &recalled, &instructed].map(Cell::get);
    let [told, refused, recalled, instructed] = counted;
    assert!(refused * 10 < told, "{refused} refused, {told} told");
    assert!(
        recalled * 50 > told,
        "{recalled} with what is remembered, of {told}"
    );
    assert!(
        instructed * 5 > told,
        "{instructed} with instructions inside, of {told}"
    );
}
