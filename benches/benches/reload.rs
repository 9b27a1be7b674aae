//! What a reload costs: a configuration to a snapshot, with everything that is carried over.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot be set up must not look measured"
)]

use std::{path::Path, time::SystemTime};

use cliproxy_config::{Config, Env, Overrides, load_text};
use cliproxy_gateway::{Environment, Gateway};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

/// One entry with so many keys.
fn config(keys: usize) -> Config {
    let mut yaml = String::from(
        "api-keys: [bench-key-0123456789abcdef]\n\
         openai-compatibility:\n  - name: bench\n    base-url: http://127.0.0.1:9/v1\n    \
         models: [{name: bench-model}]\n    api-key-entries:\n",
    );
    for n in 0..keys {
        yaml.push_str(&format!("      - api-key: upstream-key-{n}\n"));
    }
    let loaded = load_text(
        &yaml,
        Path::new("."),
        &Env::default(),
        &Overrides::default(),
    );
    loaded.expect("a configuration without problems").config
}

fn reloads(c: &mut Criterion) {
    let mut group = c.benchmark_group("reload");
    group.sample_size(20);
    for keys in [500, 10_000] {
        let environment = Environment::new(|| SystemTime::UNIX_EPOCH, [7; 32]);
        let gateway = Gateway::new(&config(keys), environment).expect("a gateway");
        for (name, more) in [("unchanged", 0), ("one_more", 1)] {
            let next = config(keys + more);
            group.bench_function(format!("{name}_{keys}"), |b| {
                b.iter_batched(
                    || next.clone(),
                    |next| gateway.reload(next).expect("it can be put to work"),
                    BatchSize::SmallInput,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(benches, reloads);
criterion_main!(benches);
