//! What ten thousand credential files cost: to begin with, at rest, and when one of them changes.
//!
//! No criterion here: a change is noticed by the directory's events, which takes longer than what it
//! costs, so CPU time is what is counted. Linux only, where `/proc` tells it.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot be set up must not look measured"
)]
#![expect(
    clippy::print_stderr,
    reason = "criterion has no place for CPU time and memory"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "how long a start takes is what is asked"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use cliproxy_config::{Config, Env, Overrides, load_text};
use cliproxy_gateway::{Environment, Gateway};
use tokio::runtime::{Builder, Runtime};

/// How many changes are averaged. The kernel counts CPU time in steps of 10 ms.
const CHANGES: usize = 20;

fn main() {
    let filter = env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    if filter.is_some_and(|filter| !"accounts".contains(&*filter)) {
        return;
    }
    eprintln!(
        "{:>9} {:>12} {:>12} {:>12}",
        "accounts", "start", "at rest", "one changes"
    );
    for accounts in [100, 1_000, 10_000] {
        measure(accounts);
    }
}

/// One row of the table.
fn measure(accounts: usize) {
    let runtime = runtime();
    let directory = Directory::with(accounts);
    let before = resident();
    let begun = Instant::now();
    let environment = Environment::new(SystemTime::now, [7; 32]);
    let gateway = Gateway::new(&config(&directory.0), environment).expect("a gateway");
    let gateway = Arc::new(gateway);
    runtime.block_on(gateway.open_credentials());
    let start = begun.elapsed();
    let at_rest = resident().saturating_sub(before);
    let busy = processor_time();
    for change in 1..=CHANGES {
        let epoch = gateway.snapshot().epoch;
        directory.write(change * 7 % accounts, change as i64);
        runtime.block_on(gateway.later_than(epoch));
    }
    let each = (processor_time() - busy) / CHANGES as u32;
    eprintln!("{accounts:>9} {start:>12.1?} {at_rest:>9} MB {each:>12.1?}");
    runtime.block_on(gateway.close_credentials());
}

fn runtime() -> Runtime {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime")
}

/// Credential files, gone when it is dropped.
struct Directory(PathBuf);

impl Directory {
    fn with(accounts: usize) -> Self {
        let name = format!("cliproxy-bench-accounts-{}", std::process::id());
        let directory = Self(env::temp_dir().join(name));
        fs::create_dir_all(&directory.0).expect("a directory");
        for account in 0..accounts {
            directory.write(account, 0);
        }
        directory
    }

    /// Replaces one, as a careful program does.
    fn write(&self, account: usize, priority: i64) {
        let padding = "x".repeat(900);
        let text = format!(
            r#"{{"type":"codex","email":"user{account}@example.com","account_id":"account-{account}","access_token":"access-{account}-{padding}","refresh_token":"refresh-{account}-{padding}","id_token":"a.{padding}.c","last_refresh":"2026-01-01T00:00:00Z","expired":"2099-01-01T00:00:00Z","priority":{priority}}}"#
        );
        let draft = self.0.join(".draft");
        fs::write(&draft, text).expect("a file");
        let file = self.0.join(format!("codex-{account:05}.json"));
        fs::rename(draft, file).expect("a file");
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn config(directory: &Path) -> Config {
    let yaml = format!(
        "api-keys: [bench-key-0123456789abcdef]\nauth-dir: {}\n",
        directory.display()
    );
    let loaded = load_text(
        &yaml,
        Path::new("."),
        &Env::default(),
        &Overrides::default(),
    );
    loaded.expect("a configuration without problems").config
}

/// What the process holds, in MB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .and_then(|number| number.parse::<u64>().ok())
        .expect("a size in kB")
        / 1024
}

/// User and system time of the process.
fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    // What is behind the name of the program: utime and stime are the 12th and 13th, in 1/100 s.
    let fields = stat.rsplit(')').next().expect("fields");
    let times = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = times.filter_map(|time| time.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
