//! What a request says survives being written.

use super::{
    conversation,
    conversations::{Exchange, chat, claude, gemini, responses, spoken},
    properties::{FIXTURES, client, fixture, replace, values},
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
use proptest::{prelude::*, sample::Index};

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
    fn whatever_can_be_written_reads_as_it_was_written(
        which in any::<Index>(),
        at in any::<Index>(),
        what in values(),
    ) {
        let (protocol, client, body) = fixture(which);
        let mut body = body.clone();
        replace(&mut body, &mut at.index(200), &what);
        let Ok(once) = written(protocol, &body.to_string(), protocol, &client) else {
            return Ok(());
        };
        let twice = written(protocol, &once, protocol, &ClientContext::default());
        prop_assert_eq!(twice.as_ref(), Ok(&once), "{} {}", protocol, body);
    }

    #[test]
    fn a_conversation_comes_back_from_another_protocol(
        said in proptest::collection::vec(spoken(), 1..4),
    ) {
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
