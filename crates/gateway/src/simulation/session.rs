//! Clients: agents that ask again and again, with their tools' results and with what users say.

use super::{
    Simulation,
    request::{Ask, request},
};
use cliproxy_core::{KeyDigest, Protocol};
use cliproxy_session_affinity::Session;
use fastrand::Rng;
use http::{HeaderMap, HeaderValue};
use std::{rc::Rc, time::Duration};

/// One conversation, from its first request to its last.
pub(super) async fn converse(sim: Rc<Simulation>, number: usize, mut rng: Rng) {
    let (protocol, model) = sim.wish(&mut rng);
    let session = name(&sim, number, protocol);
    let side_model = match rng.u8(..5) {
        0 => sim.wish(&mut rng).1,
        _ => model,
    };
    let turns = 1 + (-(1.0 - rng.f64()).ln() * sim.scale.turns) as u32;
    let mut begins_turn = true;
    for _ in 0..turns.min(200) {
        let ask = Ask {
            session: session.map(|session| (session, number)),
            protocol,
            model,
            begins_turn,
        };
        // A title, a summary, a subagent.
        if rng.u8(..16) == 0 {
            let (sim, side) = (
                Rc::clone(&sim),
                Ask {
                    model: side_model,
                    ..ask.clone()
                },
            );
            let clock = Rc::clone(&sim.clock);
            clock.spawn(async move { request(&sim, &side).await });
        }
        request(&sim, &ask).await;
        begins_turn = rng.u8(..4) == 0;
        let thinks = match (begins_turn, rng.u8(..16)) {
            (false, _) => rng.u64(100..15_000),
            // Long enough, at times, for the binding to be forgotten.
            (true, 0) => rng.u64(40 * 60_000..90 * 60_000),
            (true, _) => rng.u64(10_000..600_000),
        };
        sim.clock.sleep(Duration::from_millis(thinks)).await;
        if sim.is_over() {
            return;
        }
    }
}

/// The key that the gateway finds; a few clients say nothing about who they are.
fn name(sim: &Simulation, number: usize, protocol: Protocol) -> Option<Session> {
    let mut headers = HeaderMap::new();
    let id = HeaderValue::try_from(format!("session-{number}")).unwrap();
    match number % 16 {
        15 => {}
        even if even % 2 == 0 => {
            headers.insert("session-id", id);
        }
        _ => {
            headers.insert("x-session-id", id);
        }
    }
    let client = KeyDigest::new([u8::try_from(number % 7).unwrap(); 32]);
    let extractor = &sim.memory.extractor;
    extractor.extract(&client, &headers, None, protocol)
}
