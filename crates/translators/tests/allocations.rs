//! What a translation allocates: a request a small multiple of its body, a delta nothing.

#[path = "../../../benches/src/agent.rs"]
#[expect(unreachable_pub, reason = "the benches compile it as a library")]
mod agent;
#[path = "../../../benches/src/replies.rs"]
#[expect(unreachable_pub, reason = "the benches compile it as a library")]
mod replies;

use cliproxy_core::Protocol;
use cliproxy_json::Body;
use cliproxy_sse::{Frame, Framer};
use cliproxy_translators::{
    Asked, Options, Profile, ReplyStream, Translated, Upstream, translate_request,
};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Every pair of client and upstream, in turn: what is counted is counted for the whole process.
#[test]
fn translations_allocate_little() {
    for client in Protocol::ALL {
        for upstream in Protocol::ALL.into_iter().filter(|one| *one != client) {
            requests_take_a_multiple_of_their_body(client, upstream);
            deltas_take_nothing(client, upstream);
        }
    }
}

/// At its peak, the translation of a request holds at most twice the body, which is held besides: three
/// bodies in all. Ten times the body takes ten times the memory.
#[cfg(test)]
fn requests_take_a_multiple_of_their_body(client: Protocol, upstream: Protocol) {
    let [small, large] = [200 << 10, 2 << 20].map(|bytes| {
        let body = body(client, bytes);
        // What was seen of schemas is remembered, once for the process.
        drop(translate(&body, client, upstream));
        let _profiler = dhat::Profiler::builder().testing().build();
        let translated = translate(&body, client, upstream);
        let peak = dhat::HeapStats::get().max_bytes as f64;
        assert!(translated.body.len() > bytes / 3, "{client} to {upstream}");
        peak / body.root().raw().len() as f64
    });
    let said = format!("{client} to {upstream}: {small:.2} and {large:.2} times the body");
    assert!(small <= 2.0 && large <= 2.0, "{said}");
    assert!(large <= small * 1.25, "not linear: {said}");
}

/// What is kept of a reply grows by doubling, and so does the output nobody takes. Nothing else is
/// allocated while a text streams.
#[cfg(test)]
fn deltas_take_nothing(client: Protocol, upstream: Protocol) {
    const WARM_UP: usize = 100;
    const DELTAS: usize = 2_000;
    // Per buffer, of which there are a few.
    const DOUBLINGS: u64 = 16;

    let plan = translate(&body(client, 0), client, upstream).reply;
    // The text begins after a tenth of the deltas.
    let frames = frames(upstream, 2 * DELTAS);
    let (before, text) = frames[DELTAS / 5 + 8..].split_at(WARM_UP);
    let mut stream = ReplyStream::new(upstream, &plan);
    for frame in frames[..DELTAS / 5 + 8].iter().chain(before) {
        stream.frame(frame);
    }
    let _profiler = dhat::Profiler::builder().testing().build();
    for frame in &text[..DELTAS] {
        stream.frame(frame);
    }
    let made = dhat::HeapStats::get().total_blocks;
    assert!(stream.take().len() > 20 * DELTAS, "{upstream} to {client}");
    assert!(made <= 3 * DOUBLINGS, "{upstream} to {client}: {made}");
}

#[cfg(test)]
fn body(client: Protocol, bytes: usize) -> Body {
    let text = match client {
        Protocol::Chat => agent::chat(bytes),
        Protocol::Claude => agent::claude(bytes),
        Protocol::Gemini => agent::gemini(bytes),
        Protocol::Responses => agent::responses(bytes),
    };
    Body::new(text.into()).unwrap()
}

#[cfg(test)]
fn frames(upstream: Protocol, deltas: usize) -> Vec<Frame> {
    let text = match upstream {
        Protocol::Chat => replies::chat(deltas),
        Protocol::Claude => replies::claude(deltas),
        Protocol::Gemini => replies::gemini(deltas),
        Protocol::Responses => replies::responses(deltas),
    };
    let mut framer = Framer::new(1 << 20);
    framer.push(text.into());
    std::iter::from_fn(|| framer.next_frame().unwrap()).collect()
}

#[cfg(test)]
fn translate(body: &Body, client: Protocol, upstream: Protocol) -> Translated {
    let asked = Asked {
        protocol: client,
        model: "bench-model",
        streams: true,
        now: 1_767_225_600,
        id: "bench",
    };
    let upstream = Upstream::new(upstream, Profile::of_vendor(upstream, ""), "bench-model");
    translate_request(body, &asked, &upstream, &Options::default(), None).unwrap()
}
