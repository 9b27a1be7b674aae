//! `cliproxy reset`.

use super::running::ask;
use crate::{
    cli::ResetArgs,
    print,
    screen::{json, plain},
};
use anyhow::Context as _;
use cliproxy_gateway::Reset;
use cliproxy_management::{Call, ResetCall};
use std::process::ExitCode;

pub(crate) fn run(args: ResetArgs) -> anyhow::Result<ExitCode> {
    let call = Call::Reset(ResetCall {
        credential: args.credential,
        model: args.model,
    });
    let (_, answer) = ask(&args.gateway, &call)?;
    if args.json {
        print::result_line(&json(&answer))?;
        return Ok(ExitCode::SUCCESS);
    }
    let done: Vec<Reset> = serde_json::from_value(answer)
        .context("it is done, but the gateway is of another version and says it in other words")?;
    for reset in &done {
        print::line(&text(reset));
    }
    Ok(ExitCode::SUCCESS)
}

/// What was done, in a line.
fn text(reset: &Reset) -> String {
    let ended = match reset.ended {
        0 => "nothing kept it back".to_owned(),
        1 => "1 block ended".to_owned(),
        ended => format!("{ended} blocks ended"),
    };
    let models = match &*reset.models {
        [] => String::new(),
        models => format!(" ({})", plain(&models.join(", "))),
    };
    format!("reset {}: {ended}{models}", plain(&reset.credential))
}

#[cfg(test)]
mod tests {
    use super::text;
    use cliproxy_gateway::Reset;

    #[test]
    fn what_was_done() {
        let check = |models: &[&str], ended, expected: &str| {
            let reset = Reset {
                credential: "main\u{7}".to_owned(),
                models: models.iter().map(|&model| model.to_owned()).collect(),
                ended,
            };
            assert_eq!(text(&reset), expected);
        };
        check(&[], 0, r"reset main\u{7}: nothing kept it back");
        check(&["a"], 1, r"reset main\u{7}: 1 block ended (a)");
        let two = r"reset main\u{7}: 2 blocks ended (a, b\u{1b}[m)";
        check(&["a", "b\u{1b}[m"], 2, two);
    }
}
