//! Runs a scripted upstream until it is interrupted.
//!
//! ```text
//! cargo run -p cliproxy-scripted-upstream --example serve -- [PORT] [--lenient] [--events N]
//! ```
//!
//! It prints its address. `--help` says which keys it knows.

use cliproxy_scripted_upstream::{
    Behaviour, Failure, Script, Upstream,
    oauth::{Account, Dialect},
};
use std::{error::Error, io::Write as _, time::Duration};

const HELP: &str = "\
An upstream that answers like a provider from a script, on loopback.

Usage: serve [PORT] [--lenient] [--events N]

  PORT         the port to listen on; any free one if none is given
  --lenient    parse nothing, answer with prepared replies
  --events N   text events of a streamed reply

Keys, presented as the protocol does it:

  scripted-key           every request is answered
  scripted-key-limited   every request is refused with 429

Refresh tokens, presented at the token endpoint by the client scripted-client; what they
get is a key for a minute:

  SECRET_R_codex         POST /oauth/token, good once
  SECRET_R_google        POST /token
  SECRET_R_kimi          POST /api/oauth/token, good once
  SECRET_R_plain         POST /oauth2/token, good once

Those of the gateway's demo are known too. Any other key is refused.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let limited = Failure::RateLimit {
        retry_after: Duration::from_secs(20),
    };
    let mut script = Script::demo()
        .key("scripted-key", "serve", Behaviour::Answer)
        .key("scripted-key-limited", "serve limited", limited);
    for (label, dialect) in [
        ("codex", Dialect::Codex),
        ("google", Dialect::Google),
        ("kimi", Dialect::Kimi),
        ("plain", Dialect::Plain),
    ] {
        let account = Account::new(label, dialect)
            .lifetime(Duration::from_mins(1))
            .refresh_token(&format!("SECRET_R_{label}"));
        script = script.account(account);
    }
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        script = match argument.as_str() {
            "--help" | "-h" => {
                writeln!(std::io::stdout(), "{HELP}")?;
                return Ok(());
            }
            "--lenient" => script.lenient(true),
            "--events" => script.events(arguments.next().unwrap_or_default().parse()?),
            port => script.port(port.parse()?),
        };
    }
    let upstream = Upstream::start(script)?;
    writeln!(std::io::stdout(), "{}", upstream.base_url())?;
    tokio::signal::ctrl_c().await?;
    upstream.shutdown().await;
    Ok(())
}
