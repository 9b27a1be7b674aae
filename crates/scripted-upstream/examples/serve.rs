//! Runs a scripted upstream until it is interrupted.
//!
//! ```text
//! cargo run -p cliproxy-scripted-upstream --example serve -- [PORT] [--lenient] [--events N]
//! ```
//!
//! It prints its address. It knows the keys of the demo, `scripted-key`, which always answers, and
//! `scripted-key-limited`, which is always refused with 429.

use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use std::{error::Error, io::Write as _, time::Duration};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let limited = Failure::RateLimit {
        retry_after: Duration::from_secs(20),
    };
    let mut script = Script::demo()
        .key("scripted-key", "serve", Behaviour::Answer)
        .key("scripted-key-limited", "serve limited", limited);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        script = match argument.as_str() {
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
