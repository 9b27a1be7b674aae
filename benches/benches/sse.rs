//! What it costs to cut a stream into events.

use bytes::Bytes;
use cliproxy_benches::frames;
use cliproxy_sse::Framer;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// As much as one read of a socket gives.
const CHUNK: usize = 8 << 10;

fn framing(c: &mut Criterion) {
    let events = (1 << 20) / frames::CHAT.len();
    let stream = Bytes::from(frames::CHAT.repeat(events));
    let chunks: Vec<Bytes> = (0..stream.len())
        .step_by(CHUNK)
        .map(|at| stream.slice(at..stream.len().min(at + CHUNK)))
        .collect();
    assert_eq!(count(&chunks), events, "every event is found");

    let mut group = c.benchmark_group("sse");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("1mb", |b| b.iter(|| count(&chunks)));
    group.finish();
}

fn count(chunks: &[Bytes]) -> usize {
    let mut framer = Framer::new(1 << 20);
    let mut events = 0;
    for chunk in chunks {
        framer.push(chunk.clone());
        while let Ok(Some(_)) = framer.next_frame() {
            events += 1;
        }
    }
    events
}

criterion_group!(benches, framing);
criterion_main!(benches);
