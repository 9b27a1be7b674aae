//! What it costs to translate a request, for every pair of protocols: bytes per second of the client's body,
//! and what is allocated at the peak beside that body, which is printed with each pair.
//!
//! Once for a model that nobody knows, and once (`known`) for one that is known to think, so that what the
//! client asks of its reasoning is fitted to it.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot be set up must not look measured"
)]
#![expect(clippy::print_stderr, reason = "criterion has no place for memory")]

use std::time::Duration;

use allocation_counter::measure;
use cliproxy_benches::{SIZES, agent};
use cliproxy_core::{Capabilities, Effort, Protocol, Thinking};
use cliproxy_json::Body;
use cliproxy_translators::{Asked, Options, Profile, Translated, Upstream, translate_request};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn requests(c: &mut Criterion) {
    let mut group = c.benchmark_group("translate_request");
    group.measurement_time(Duration::from_secs(2));
    group.sample_size(20);
    for client in Protocol::ALL {
        for (size, bytes) in SIZES {
            let body = body(client, bytes);
            for upstream in Protocol::ALL.into_iter().filter(|one| *one != client) {
                let thinking = thinking(upstream);
                for (known, model) in [("", None), ("_known", Some(&thinking))] {
                    // A translation that fails at once would be fast.
                    let sent = translate(&body, client, upstream, model).body.len();
                    assert!(sent > bytes / 3, "{client} to {upstream}: {sent}");
                    let name = format!("{client}_to_{upstream}{known}");
                    let length = body.root().raw().len();
                    // What was seen of schemas is remembered by now, once for the process.
                    let peak =
                        measure(|| drop(translate(&body, client, upstream, model))).bytes_max;
                    eprintln!("translate_request/{name}/{size}: peak {peak} beside {length} bytes");
                    group.throughput(Throughput::Bytes(length as u64));
                    let pair = BenchmarkId::new(name, size);
                    group.bench_function(pair, |b| {
                        b.iter(|| translate(&body, client, upstream, model));
                    });
                }
            }
        }
    }
    group.finish();
}

fn body(client: Protocol, bytes: usize) -> Body {
    let text = match client {
        Protocol::Chat => agent::chat(bytes),
        Protocol::Claude => agent::claude(bytes),
        Protocol::Gemini => agent::gemini(bytes),
        Protocol::Responses => agent::responses(bytes),
    };
    Body::new(text.into()).expect("a body")
}

/// A model that thinks as those of the vendor do.
fn thinking(upstream: Protocol) -> Capabilities {
    let efforts = vec![Effort::Low, Effort::Medium, Effort::High];
    let (levels, budget) = match upstream {
        Protocol::Chat | Protocol::Responses => (efforts, None),
        Protocol::Claude => (Vec::new(), Some((1_024, 128_000))),
        Protocol::Gemini => (Vec::new(), Some((128, 32_768))),
    };
    Capabilities {
        thinking: Some(Thinking {
            levels,
            budget,
            can_off: upstream != Protocol::Gemini,
            can_auto: upstream == Protocol::Gemini,
            ..Thinking::default()
        }),
        ..Capabilities::default()
    }
}

fn translate(
    body: &Body,
    client: Protocol,
    upstream: Protocol,
    model: Option<&Capabilities>,
) -> Translated {
    let asked = Asked {
        protocol: client,
        model: "bench-model",
        streams: true,
        now: 1_767_225_600,
        id: "bench",
    };
    let upstream = Upstream {
        capabilities: model,
        ..Upstream::new(upstream, Profile::of_vendor(upstream, ""), "bench-model")
    };
    translate_request(body, &asked, &upstream, &Options::default(), None).expect("a translation")
}

criterion_group!(benches, requests);
criterion_main!(benches);
