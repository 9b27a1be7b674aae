//! Asking a gateway that runs on this machine.

mod choose;

use self::choose::{Unclear, Wish, choose, is_of};
use super::{runtime, state_dir};
use crate::{cli::GatewayArgs, client::Client, print, screen::plain};
use anyhow::{Context as _, anyhow, bail};
use bytes::Bytes;
use cliproxy_config::{Env, Overrides, Unset, find, load};
use cliproxy_management::{Call, RunDirectory, RunError, RunRecord};
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::Full;
use serde_json::Value;
use std::{collections::BTreeSet, path::PathBuf};

/// Finds the gateway that is meant, and asks it. Returns what is known of it, and its answer.
pub(super) fn ask(args: &GatewayArgs, call: &Call) -> anyhow::Result<(RunRecord, Value)> {
    let runtime = runtime().context("cannot start the runtime")?;
    runtime.block_on(async {
        let record = gateway(args, call).await?;
        let answer = send(&record, call).await?;
        Ok((record, answer))
    })
}

async fn gateway(args: &GatewayArgs, call: &Call) -> anyhow::Result<RunRecord> {
    let env = Env::of_process();
    let found = find(args.config.as_deref(), &env).ok();
    let found = found.map(|found| found.path);
    let wish = match (&args.config, args.gateway) {
        (Some(config), _) => Wish::Config(config.clone()),
        (None, Some(pid)) => Wish::Pid(pid),
        // A question may go to whoever is there; what changes something may not.
        (None, None) => match (&found, call) {
            (Some(file), Call::Reset(_)) => Wish::Config(file.clone()),
            _ => Wish::Here(found.clone()),
        },
    };
    let Found {
        running,
        looked,
        refused,
    } = look(found, &env).await;
    match refused {
        Some(error) if running.is_empty() => {
            bail!("{error}; ask as the user that runs the gateway")
        }
        None if looked.is_empty() => {
            bail!("cannot look for gateways: neither XDG_STATE_HOME nor HOME names a directory")
        }
        _ => {
            let record = choose(running, looked, &wish)?;
            if let Wish::Here(Some(file)) = &wish
                && !is_of(&record, file)
            {
                let (file, theirs) = (file.display().to_string(), plain(&record.config));
                let pid = record.pid;
                print::error(&format!(
                    "no gateway runs with {}; this is process {pid}, {theirs}",
                    plain(&file)
                ));
            }
            Ok(record)
        }
    }
}

/// The gateways that were found.
struct Found {
    running: Vec<RunRecord>,
    looked: Vec<PathBuf>,
    /// Why one of the places was not looked at.
    refused: Option<RunError>,
}

async fn look(config: Option<PathBuf>, env: &Env) -> Found {
    let mut found = Found {
        running: Vec::new(),
        looked: Vec::new(),
        refused: None,
    };
    for place in places(config, env) {
        match RunDirectory::open(&place) {
            Ok(Some(directory)) => found.running.extend(directory.running().await),
            Ok(None) => {}
            Err(error) => found.refused = Some(error),
        }
        found.looked.push(place.join("run"));
    }
    found
}

/// The gateway that runs with the configuration that is meant, if one does; where there is none, the only
/// one that runs.
pub(super) async fn with_this_config(args: &GatewayArgs) -> anyhow::Result<Option<RunRecord>> {
    let env = Env::of_process();
    let found = find(args.config.as_deref(), &env).ok();
    let found = found.map(|found| found.path);
    let wish = match (args.gateway, args.config.as_ref().or(found.as_ref())) {
        (Some(pid), _) => Wish::Pid(pid),
        (None, Some(file)) => Wish::Config(file.clone()),
        (None, None) => Wish::Here(None),
    };
    let Found {
        running, looked, ..
    } = look(found, &env).await;
    match choose(running, looked, &wish) {
        Ok(record) => Ok(Some(record)),
        Err(Unclear::NoneOf { .. } | Unclear::NoneRuns(_)) if args.gateway.is_none() => Ok(None),
        Err(unclear) => Err(unclear.into()),
    }
}

/// The directories in which gateways may have said that they run: the one that the configuration
/// names, and the one of those that have none, such as a demo.
fn places(config: Option<PathBuf>, env: &Env) -> BTreeSet<PathBuf> {
    // One that cannot be read says nothing; the gateway may run all the same.
    let env = env.clone().with_unset(Unset::AllElsewhere);
    let loaded = config.and_then(|file| load(&file, &env, &Overrides::default()).ok());
    let configured = state_dir(loaded.as_ref().map(|loaded| &loaded.config));
    configured.into_iter().chain(state_dir(None)).collect()
}

pub(super) async fn send(record: &RunRecord, call: &Call) -> anyhow::Result<Value> {
    let mut bearer: HeaderValue = format!("Bearer {}", record.token.expose()).parse()?;
    bearer.set_sensitive(true);
    let request = Request::builder()
        .method(call.method())
        .uri(format!("http://{}{}", record.control, call.target()))
        .header(header::AUTHORIZATION, bearer)
        .body(Full::new(Bytes::from(call.body())))?;
    let reply = Client::new().send(request).await.with_context(|| {
        format!(
            "the gateway with process number {} does not answer",
            record.pid
        )
    })?;
    let answer: Option<Value> = serde_json::from_slice(&reply.body).ok();
    match (reply.status, answer) {
        (StatusCode::OK, Some(answer)) => Ok(answer),
        (StatusCode::UNAUTHORIZED, _) | (_, None) => Err(anyhow!(
            "{} is not answered by the gateway with process number {}; start that again",
            record.control,
            record.pid
        )),
        (status, Some(answer)) => match answer.pointer("/error/message").and_then(Value::as_str) {
            Some(message) => bail!(plain(message)),
            None => bail!("the gateway answers {status}"),
        },
    }
}
