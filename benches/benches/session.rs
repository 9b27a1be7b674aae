//! What it costs to name the session of a request, and to find its binding.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot be set up must not look measured"
)]

use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

use cliproxy_benches::{SIZES, body::MODEL, conversation};
use cliproxy_core::{CredentialId, KeyDigest, Protocol};
use cliproxy_json::Body;
use cliproxy_session_affinity::{Bindings, Extractor, SessionId, at_turn_boundary};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use http::{HeaderMap, HeaderName, HeaderValue};

const EXTRACTOR: Extractor = Extractor::new([7; 32]);

/// How many sessions are live; the second fills what the gateway keeps.
const LIVE: [(&str, u32); 2] = [("10k", 10_000), ("200k", 200_000)];

/// A conversation without an id, and one with the id its clients write into the body.
fn conversations(protocol: Protocol, bytes: usize) -> [Body; 2] {
    const KEY: &str = r#","prompt_cache_key":"0199c6a1-8a1b-7c44-9d1f-2b6a7e0f3c55""#;
    const SESSION: &str = r#","sessionId":"0199c6a1-8a1b-7c44-9d1f-2b6a7e0f3c55""#;
    const USER: &str = r#","metadata":{"user_id":"{\"device_id\":\"3f22\",\"account_uuid\":\"\",\"session_id\":\"0199c6a1-8a1b-7c44-9d1f-2b6a7e0f3c55\"}"}"#;

    type Make = fn(usize, &str) -> Vec<u8>;
    let (make, id): (Make, _) = match protocol {
        Protocol::Chat => (conversation::chat, KEY),
        Protocol::Claude => (conversation::claude, USER),
        Protocol::Gemini => (conversation::gemini, SESSION),
        Protocol::Responses => (conversation::responses, KEY),
    };
    ["", id].map(|more| Body::new(make(bytes, more).into()).expect("a body"))
}

fn headers(name: &'static str, value: impl Into<HeaderValue>) -> HeaderMap {
    HeaderMap::from_iter([(HeaderName::from_static(name), value.into())])
}

fn name(headers: &HeaderMap, body: &Body, protocol: Protocol) -> Option<SessionId> {
    EXTRACTOR
        .extract(&KeyDigest::ANONYMOUS, headers, Some(&body.head()), protocol)
        .map(|session| session.for_model(MODEL))
}

fn extract(c: &mut Criterion) {
    let mut group = c.benchmark_group("session_extract");
    group.measurement_time(Duration::from_secs(2));
    let id = HeaderValue::from_static("0199c6a1-8a1b-7c44-9d1f-2b6a7e0f3c55");
    let [none, named] = [HeaderMap::new(), headers("session-id", id)];
    for protocol in Protocol::ALL {
        for (size, bytes) in SIZES {
            let [anonymous, with_id] = conversations(protocol, bytes);
            let cases = [
                ("header", &named, &anonymous),
                ("body", &none, &with_id),
                ("opening", &none, &anonymous),
            ];
            for (from, headers, body) in cases {
                let at = BenchmarkId::new(format!("{from}_{protocol}"), size);
                group.bench_function(at, |b| b.iter(|| name(headers, body, protocol)));
            }
        }
    }
    group.finish();
}

fn turns(c: &mut Criterion) {
    let mut group = c.benchmark_group("turn_boundary");
    group.measurement_time(Duration::from_secs(2));
    for protocol in Protocol::ALL {
        let [body, _] = conversations(protocol, 2 << 20);
        group.bench_function(BenchmarkId::new(protocol.to_string(), "2m"), |b| {
            b.iter(|| at_turn_boundary(&body.head(), protocol));
        });
    }
    group.finish();
}

/// Sessions that headers name.
fn sessions(numbers: Range<u32>) -> Vec<SessionId> {
    let body = Body::new("{}".into()).expect("a body");
    numbers
        .map(|n| name(&headers("session-id", n), &body, Protocol::Chat))
        .map(|session| session.expect("a session"))
        .collect()
}

fn bindings(c: &mut Criterion) {
    let now = Instant::now();
    let [one, other] = ["one", "other"].map(CredentialId::from);
    let mut group = c.benchmark_group("session_binding");
    group.measurement_time(Duration::from_secs(2));
    for (live, count) in LIVE {
        let bindings = Bindings::new(Duration::from_secs(3600), 200_000, now);
        let bound = sessions(0..count);
        let strangers = sessions(count..2 * count);
        for id in &bound {
            bindings.bind(id, &one, now);
        }
        // This also does what moka would do later, in the midst of what is measured.
        assert_eq!(bindings.len(), u64::from(count));

        // All in turn, which no cache of the processor holds; and a thousand that talk, as it is.
        let mut turn = bound.iter().cycle();
        group.bench_function(BenchmarkId::new("hit", live), |b| {
            b.iter(|| black_box(turn.next().and_then(|id| bindings.lookup(id, now))));
        });
        let mut turn = bound.iter().step_by(bound.len() / 1000).cycle();
        group.bench_function(BenchmarkId::new("hit_of_1k", live), |b| {
            b.iter(|| black_box(turn.next().and_then(|id| bindings.lookup(id, now))));
        });
        // A request id that nobody has seen is asked first.
        let aliased: Vec<_> = bound
            .iter()
            .zip(&strangers)
            .map(|(id, fresh)| SessionId {
                alias: Some(fresh.primary),
                ..*id
            })
            .collect();
        let mut turn = aliased.iter().cycle();
        group.bench_function(BenchmarkId::new("hit_beside_request_id", live), |b| {
            b.iter(|| black_box(turn.next().and_then(|id| bindings.lookup(id, now))));
        });
        let mut turn = strangers.iter().cycle();
        group.bench_function(BenchmarkId::new("miss", live), |b| {
            b.iter(|| black_box(turn.next().and_then(|id| bindings.lookup(id, now))));
        });
        let mut turn = bound.iter().cycle();
        let (mut from, mut to, mut moved) = (&one, &other, 0);
        group.bench_function(BenchmarkId::new("rebind", live), |b| {
            b.iter(|| {
                let bound = turn.next().map(|id| bindings.rebind(id, from, to, now));
                moved += 1;
                if moved % count == 0 {
                    (from, to) = (to, from);
                }
                black_box(bound)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, extract, turns, bindings);
criterion_main!(benches);
