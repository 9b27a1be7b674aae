//! What it costs to read along, per event of each protocol.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot be set up must not look measured"
)]

use cliproxy_benches::frames;
use cliproxy_core::Protocol;
use cliproxy_sse::Framer;
use cliproxy_translators::{Observed, ReplyTap};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn tap(c: &mut Criterion) {
    let mut group = c.benchmark_group("tap");
    for (name, protocol, text) in [
        ("chat", Protocol::Chat, frames::CHAT),
        ("claude", Protocol::Claude, frames::CLAUDE),
        ("gemini", Protocol::Gemini, frames::GEMINI),
        ("responses", Protocol::Responses, frames::RESPONSES),
    ] {
        let mut framer = Framer::new(1 << 20);
        framer.push(text.into());
        let frame = framer.next_frame().ok().flatten().expect("a whole frame");
        let mut tap = ReplyTap::new(protocol);
        assert_eq!(tap.observe(&frame), Observed::Progress, "{name}");
        group.throughput(Throughput::Elements(1));
        group.bench_function(name, |b| b.iter(|| tap.observe(&frame)));
    }
    group.finish();
}

criterion_group!(benches, tap);
criterion_main!(benches);
