//! What it costs to name the session of a request, and to find its binding.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot be set up must not look measured"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use cliproxy_benches::{SIZES, body};
use cliproxy_core::{CredentialId, KeyDigest, Protocol};
use cliproxy_json::Body;
use cliproxy_session_affinity::{Bindings, Extractor};
use criterion::{Criterion, criterion_group, criterion_main};
use http::{HeaderMap, HeaderValue};

const EXTRACTOR: Extractor = Extractor::new([7; 32]);

fn extract(c: &mut Criterion) {
    let mut group = c.benchmark_group("session_extract");
    let mut named = HeaderMap::new();
    named.insert("session-id", HeaderValue::from_static("0199-8a1b-7c44"));
    group.bench_function("header", |b| {
        b.iter(|| EXTRACTOR.extract(&KeyDigest::ANONYMOUS, &named, None, Protocol::Chat));
    });
    // Without an id the opening of the conversation names it, and must be found in the body.
    let anonymous = HeaderMap::new();
    for (size, bytes) in SIZES {
        let body = Body::new(body::chat(bytes, true, "hello").into()).expect("a body");
        group.bench_function(format!("opening_{size}"), |b| {
            b.iter(|| {
                EXTRACTOR.extract(
                    &KeyDigest::ANONYMOUS,
                    &anonymous,
                    Some(&body.head()),
                    Protocol::Chat,
                )
            });
        });
    }
    group.finish();
}

fn lookup(c: &mut Criterion) {
    let now = Instant::now();
    let bindings = Bindings::new(Duration::from_secs(3600), 200_000, now);
    let credential = CredentialId::from("work");
    let ids: Vec<_> = (0..50_000)
        .map(|n| {
            let mut headers = HeaderMap::new();
            headers.insert("session-id", HeaderValue::from(n));
            EXTRACTOR
                .extract(&KeyDigest::ANONYMOUS, &headers, None, Protocol::Chat)
                .expect("a session")
        })
        .map(|session| session.for_model(body::MODEL))
        .collect();
    for id in &ids {
        bindings.bind(id, &credential, now);
    }
    let mut turn = ids.iter().cycle();
    c.bench_function("session_lookup/50k", |b| {
        b.iter(|| black_box(turn.next().and_then(|id| bindings.lookup(id, now))));
    });
}

criterion_group!(benches, extract, lookup);
criterion_main!(benches);
