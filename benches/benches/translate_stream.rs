//! What it costs to translate a stream, for every pair of protocols: events of the upstream and their bytes
//! per second, and what is allocated at the peak, which is printed with each pair.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot be set up must not look measured"
)]
#![expect(clippy::print_stderr, reason = "criterion has no place for memory")]

use std::{hint::black_box, time::Duration};

use allocation_counter::measure;
use cliproxy_benches::{agent, replies};
use cliproxy_core::Protocol;
use cliproxy_json::Body;
use cliproxy_sse::{Frame, Framer};
use cliproxy_translators::{
    Asked, Options, Profile, ReplyPlan, ReplyStream, Upstream, translate_request,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// So many frames come out of one read of a busy connection, and are written together.
const READ: usize = 64;

fn streams(c: &mut Criterion) {
    let mut group = c.benchmark_group("translate_stream");
    group.measurement_time(Duration::from_secs(2));
    group.sample_size(20);
    for upstream in Protocol::ALL {
        for deltas in [200, 20_000] {
            let frames = frames(upstream, deltas);
            let bytes: usize = frames.iter().map(|frame| frame.raw().len()).sum();
            for client in Protocol::ALL.into_iter().filter(|one| *one != upstream) {
                let plan = plan(client, upstream);
                let written = translate(&frames, upstream, &plan);
                assert!(written > 20 * deltas, "{upstream} to {client}: {written}");
                let name = format!("{upstream}_to_{client}");
                let peak = measure(|| _ = translate(&frames, upstream, &plan)).bytes_max;
                eprintln!("translate_stream/{name}/{deltas}: peak {peak} of {bytes} bytes");
                group.throughput(Throughput::ElementsAndBytes {
                    elements: frames.len() as u64,
                    bytes: bytes as u64,
                });
                let pair = BenchmarkId::new(name, deltas);
                group.bench_function(pair, |b| b.iter(|| translate(&frames, upstream, &plan)));
            }
        }
    }
    group.finish();
}

/// How many bytes the client gets.
fn translate(frames: &[Frame], upstream: Protocol, plan: &ReplyPlan) -> usize {
    let mut stream = ReplyStream::new(upstream, plan);
    let mut written = 0;
    for read in frames.chunks(READ) {
        for frame in read {
            stream.frame(frame);
        }
        written += black_box(stream.take()).len();
    }
    stream.eof();
    written + stream.take().len()
}

fn frames(upstream: Protocol, deltas: usize) -> Vec<Frame> {
    let text = match upstream {
        Protocol::Chat => replies::chat(deltas),
        Protocol::Claude => replies::claude(deltas),
        Protocol::Gemini => replies::gemini(deltas),
        Protocol::Responses => replies::responses(deltas),
    };
    let mut framer = Framer::new(1 << 20);
    framer.push(text.into());
    std::iter::from_fn(|| framer.next_frame().expect("whole frames")).collect()
}

/// A request that asks for everything a reply can have.
fn plan(client: Protocol, upstream: Protocol) -> ReplyPlan {
    let body = match client {
        Protocol::Chat => agent::chat(0),
        Protocol::Claude => agent::claude(0),
        Protocol::Gemini => agent::gemini(0),
        Protocol::Responses => agent::responses(0),
    };
    let body = Body::new(body.into()).expect("a body");
    let asked = Asked {
        protocol: client,
        model: "bench-model",
        streams: true,
        now: 1_767_225_600,
        id: "bench",
    };
    let upstream = Upstream::new(upstream, Profile::of_vendor(upstream, ""), "bench-model");
    translate_request(&body, &asked, &upstream, &Options::default(), None)
        .expect("a translation")
        .reply
}

criterion_group!(benches, streams);
criterion_main!(benches);
