//! What a request says survives being written.

use super::{
    conversation,
    conversations::{Exchange, chat, claude, exchange, gemini, responses},
    properties::{FIXTURES, client},
    read,
};
use crate::{
    hub::{ClientContext, translate_request},
    profile::{Params, Profile},
    replay::NoReplay,
    target::{Options, Target},
};
use cliproxy_core::{Capabilities, Protocol};
use cliproxy_json::Value as Json;
use proptest::prelude::*;

const fn profile(protocol: Protocol) -> &'static Profile {
    match protocol {
        Protocol::Chat => &Profile::OPENAI_CHAT,
        Protocol::Claude => &Profile::ANTHROPIC,
        Protocol::Gemini => &Profile::GEMINI,
        Protocol::Responses => &Profile::OPENAI_RESPONSES,
    }
}

/// A body of one protocol, written in another or the same; `Err` if it cannot be.
fn written(
    from: Protocol,
    body: &str,
    to: Protocol,
    client: &ClientContext<'_>,
) -> Result<String, String> {
    let capabilities = Capabilities {
        structured_output: true,
        prefill: true,
        ..Capabilities::default()
    };
    let target = Target {
        protocol: to,
        model: "m",
        profile: profile(to),
        params: Params::none(),
        capabilities: Some(&capabilities),
        max_output: None,
        is_own: from == to,
        counts: false,
        without_opaque: false,
        options: Options::default(),
    };
    let value = Json::parse(body).unwrap();
    let sent = translate_request(from, value, client, &target, &NoReplay);
    let sent = sent.map_err(|rejection| rejection.to_string())?;
    Ok(String::from_utf8(sent.body.unsettled().to_vec()).unwrap())
}

fn body(protocol: Protocol, said: &[Exchange]) -> String {
    let body = match protocol {
        Protocol::Chat => chat(said),
        Protocol::Claude => claude(said),
        Protocol::Gemini => gemini(said),
        Protocol::Responses => responses(said),
    };
    body.to_string()
}

/// Once written in its own protocol, a request says what can be said to a target: written again it is
/// the same to the byte.
#[test]
fn a_request_in_its_own_protocol_reads_as_it_was_written() {
    let mut seen = 0;
    for (protocol, body) in &*FIXTURES {
        let client = client(*protocol, body);
        let Ok(once) = written(*protocol, &body.to_string(), *protocol, &client) else {
            continue;
        };
        let plain = ClientContext::default();
        let twice = written(*protocol, &once, *protocol, &plain);
        assert_eq!(twice.as_ref(), Ok(&once), "{protocol} {body}");
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
}

proptest! {
    #[test]
    fn a_conversation_comes_back_from_another_protocol(
        mut said in proptest::collection::vec(exchange(), 1..4),
    ) {
        // A text of white space alone is none to some.
        for it in &mut said {
            let results = it.calls.iter_mut().map(|(_, gave)| gave);
            let texts = it.answered.iter_mut().chain([&mut it.asked]);
            results.chain(texts).for_each(|text| text.push('.'));
        }
        let client = ClientContext::default();
        // A further message is a paragraph in Responses, where instructions are a developer's.
        let rendered = |protocol, body: &str| read(protocol, body, conversation).replace('¶', "").replace("developer:", "system:");
        for from in Protocol::ALL {
            let body = body(from, &said);
            // What normalising makes of it in its own protocol is what has to come back.
            let own = written(from, &body, from, &client).unwrap();
            for by in Protocol::ALL {
                let there = written(from, &body, by, &client).unwrap();
                let back = written(by, &there, from, &client).unwrap();
                prop_assert_eq!(rendered(from, &back), rendered(from, &own), "{} {} {}", from, by, there);
            }
        }
    }
}
