//! What a request body costs before it is sent on: the check, the look at its head, the new model.

use std::hint::black_box;

use bytes::Bytes;
use cliproxy_benches::{SIZES, body};
use cliproxy_json::{Body, quoted};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

fn peek(c: &mut Criterion) {
    run(c, "peek", |raw| {
        let body = Body::new(raw).ok()?;
        let head = body.head();
        black_box((head.get("model")?.span(), head.flag("stream")));
        Some(body)
    });
}

fn splice(c: &mut Criterion) {
    run(c, "splice", |raw| {
        let body = Body::new(raw).ok()?;
        let span = body.head().get("model")?.span();
        Some(body.replace(span, quoted("another-model")))
    });
}

/// Benches `work` on a body of each size. What it gives is dropped outside of the measurement.
fn run<T>(c: &mut Criterion, name: &str, work: fn(Bytes) -> Option<T>) {
    let mut group = c.benchmark_group(name);
    for (size, bytes) in SIZES {
        let text = body::chat(bytes, true, "hello");
        assert!(
            work(Bytes::from(text.clone())).is_some(),
            "{name}/{size} measures a refusal"
        );
        group.throughput(Throughput::Bytes(text.len() as u64));
        // A fresh buffer each time, because a body that has just been read is nobody else's.
        group.bench_function(size, |b| {
            b.iter_batched(|| Bytes::from(text.clone()), work, BatchSize::LargeInput);
        });
    }
    group.finish();
}

criterion_group!(benches, peek, splice);
criterion_main!(benches);
