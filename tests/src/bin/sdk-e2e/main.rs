//! Runs the vendors' Python SDKs against the gateway, with a scripted upstream behind it that
//! checks their requests as strictly as the providers would.

#![expect(clippy::print_stderr, reason = "a command line program without a log")]

mod translated;

use clap::Parser;
use cliproxy_core::Protocol;
use cliproxy_e2e::{CLIENT_KEY, Entry, Gateway, Launch, config};
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Duration,
};

const MODEL: &str = "scripted-1";
const EMBEDDING: &str = "text-embedding-scripted-1";
const LIMITED: &str = "scripted-limited-1";
/// A limit that outlasts the run.
const LIMIT: Duration = Duration::from_secs(600);

#[derive(Debug, Parser)]
struct Args {
    /// The Python that has the SDKs
    #[arg(long)]
    python: PathBuf,
    /// The gateway's binary
    #[arg(long)]
    gateway: PathBuf,
    /// Only cases whose name contains this
    #[arg(long)]
    filter: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let upstream = Upstream::start(script())?;
    let settings = "routing: {strategy: round-robin, session-affinity: true}";
    let configuration = config(settings, &entries(&upstream.base_url()));
    let launch = Launch::of(
        &args.gateway.canonicalize()?,
        &["serve", "--config", "config.yaml", "--port", "0"],
    );
    let gateway = Gateway::launch(launch.file("config.yaml", &configuration)).await;

    let mut command = sdk(&args, &gateway);
    let status = tokio::task::spawn_blocking(move || command.status()).await??;
    let violations = upstream.violations();
    for violation in &violations {
        eprintln!(
            "request {} reached the upstream with: {}",
            violation.request, violation.what
        );
    }
    let stats = upstream.stats();
    let mut clean = violations.is_empty();
    for label in translated::refused() {
        let hits = stats.hits(&label);
        // A filter leaves some of them out.
        let fewer = args.filter.is_some() && hits < translated::REFUSALS;
        if hits != translated::REFUSALS && !fewer {
            let expected = translated::REFUSALS;
            eprintln!(
                "{label} refused {hits} requests, not {expected}: some were sent again, or never"
            );
            clean = false;
        }
    }
    if !status.success() {
        eprintln!("the gateway's log:\n{}", gateway.log().join("\n"));
    }
    Ok(
        match status.code().and_then(|code| u8::try_from(code).ok()) {
            Some(0) if !clean => ExitCode::FAILURE,
            Some(code) => code.into(),
            None => ExitCode::FAILURE,
        },
    )
}

/// Two healthy accounts per provider, and one that is always at its limit.
fn script() -> Script {
    let limited = Failure::RateLimit { retry_after: LIMIT };
    let script = Protocol::ALL
        .into_iter()
        .fold(Script::new(), |script, protocol| {
            script
                .key(
                    &format!("sk-{protocol}-a"),
                    &format!("{protocol}-a"),
                    Behaviour::Answer,
                )
                .key(
                    &format!("sk-{protocol}-b"),
                    &format!("{protocol}-b"),
                    Behaviour::Answer,
                )
        })
        .key("sk-limited", "limited", limited);
    translated::script(script)
}

fn entries(base_url: &str) -> Vec<Entry> {
    let models = |protocol| format!("[{{name: {protocol}-{MODEL}}}, {{name: {EMBEDDING}}}]");
    let healthy = Protocol::ALL.into_iter().flat_map(|protocol| {
        let entry = move |letter| {
            let name = format!("{protocol}-{letter}");
            Entry::new(protocol, &name, base_url).models(&models(protocol))
        };
        ["a", "b"].map(entry)
    });
    let limited = Protocol::ALL.into_iter().map(|protocol| {
        Entry::new(protocol, &format!("{protocol}-limited"), base_url)
            .key("sk-limited")
            .models(&format!("[{{name: {LIMITED}}}]"))
    });
    healthy
        .chain(limited)
        .chain(translated::entries(base_url))
        .collect()
}

fn sdk(args: &Args, gateway: &Gateway) -> Command {
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk/run.py");
    let mut command = Command::new(&args.python);
    command
        .arg(run)
        .args(&args.filter)
        // No __pycache__ in the sources.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("BASE_URL", format!("http://{}", gateway.addr()))
        .env("CLIENT_KEY", CLIENT_KEY)
        .env("CHAT_MODEL", format!("{}-{MODEL}", Protocol::Chat))
        .env(
            "RESPONSES_MODEL",
            format!("{}-{MODEL}", Protocol::Responses),
        )
        .env("MESSAGES_MODEL", format!("{}-{MODEL}", Protocol::Claude))
        .env("GEMINI_MODEL", format!("{}-{MODEL}", Protocol::Gemini))
        .env("EMBEDDING_MODEL", EMBEDDING)
        .env("GEMINI_EMBEDDING_MODEL", EMBEDDING)
        .env("LIMITED_MODEL", LIMITED)
        .env("TRANSLATED", "yes");
    command
}
