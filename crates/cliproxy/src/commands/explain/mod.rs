//! `cliproxy explain`.

mod recent;
mod view;

use super::running::ask;
use crate::{
    cli::ExplainArgs,
    print,
    screen::{Paint, json},
};
use anyhow::Context as _;
use cliproxy_config::Env;
use cliproxy_core::Protocol;
use cliproxy_gateway::Explanation;
use cliproxy_management::Call;
use serde_json::Value;
use std::process::ExitCode;

pub(crate) fn run(args: ExplainArgs) -> anyhow::Result<ExitCode> {
    let call = match (args.request_id, args.model, args.recent) {
        (Some(id), ..) => Call::ExplainId(id),
        (None, Some(model), _) => Call::ExplainModel(model, protocol(args.protocol.as_deref())),
        (None, None, Some(limit)) => Call::Recent(limit.into()),
        (None, None, None) => Call::ExplainLast,
    };
    let (_, answer) = ask(&args.gateway, &call)?;
    if args.json {
        print::result_line(&json(&answer))?;
        return Ok(ExitCode::SUCCESS);
    }
    let explained = explanations(answer);
    let explained =
        explained.context("the gateway is of another version; --json shows its answer")?;
    let paint = Paint::of_stdout(&Env::of_process());
    if args.recent.is_some() {
        print::line(recent::text(&explained, paint).trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let texts: Vec<String> = explained.iter().map(|one| view::text(one, paint)).collect();
    print::line(texts.join("\n").trim_end());
    Ok(ExitCode::SUCCESS)
}

/// One of the names that the command line lets pass.
fn protocol(name: Option<&str>) -> Option<Protocol> {
    let mut all = Protocol::ALL.into_iter();
    all.find(|protocol| Some(protocol.as_str()) == name)
}

/// One for a request, several for a model and of recent ones.
fn explanations(answer: Value) -> serde_json::Result<Vec<Explanation>> {
    match answer {
        Value::Array(_) => serde_json::from_value(answer),
        one => serde_json::from_value(one).map(|one| vec![one]),
    }
}
