//! A request: its body for the upstream, and what is lost.

use super::{Pair, now, recording, refusal};
use crate::{
    cli::TranslateArgs,
    print,
    screen::{Cell, Column, Paint, Table},
};
use anyhow::{anyhow, bail};
use bytes::Bytes;
use cliproxy_config::nearest;
use cliproxy_core::{Operation, Protocol, parse_suffix};
use cliproxy_json::{Body, Flag, Invalid};
use cliproxy_models::Catalogue;
use cliproxy_translators::{
    Account, Asked, Loss, LossPolicy, Native, Options, Patched, Profile, ReplyPlan, Report,
    RequestError, Translated, Upstream, is_responses_body, patch_request, requested_model,
    translate_request, wants_stream,
};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The body that the upstream gets. Losses go to the standard error, as a table.
pub(super) fn sent(
    pair: Pair,
    args: &TranslateArgs,
    profile: &Profile,
    text: &Bytes,
) -> anyhow::Result<Bytes> {
    let body = request_of(pair.from, text, "--from")?;
    let asked = asked(pair.from, args, &body)?;
    // The gateway takes a body of Responses on Chat's path, and writes it anew for every upstream.
    let is_native = pair.from == pair.to && !is_responses_body(pair.from, &body.head());
    let (encoded, report) = match is_native {
        true => {
            let patched = patched(pair.to, args, profile, &body, &asked)?;
            (patched.body, patched.report)
        }
        false => {
            let streams = wants_stream(pair.from, &body.head()) == Flag::True;
            let sides = (pair.from, pair.to);
            let translated = translated(sides, args, profile, &body, &asked, streams)?;
            (translated.body, translated.report)
        }
    };
    tell(&report, &body);
    Ok(encoded.finish(&Account::default()).body.to_bytes())
}

/// What the reply to this request is translated with.
pub(super) fn answered(
    pair: Pair,
    args: &TranslateArgs,
    profile: &Profile,
    text: &Bytes,
) -> anyhow::Result<ReplyPlan> {
    let body = request_of(pair.to, text, "--to")?;
    let sides = (pair.to, pair.from);
    let asked = asked(pair.to, args, &body)?;
    Ok(translated(sides, args, profile, &body, &asked, args.stream)?.reply)
}

/// A request of a client of `client`, as `flag` of the command line says.
fn request_of(client: Protocol, text: &Bytes, flag: &str) -> anyhow::Result<Body> {
    if recording::is_event_stream(text) {
        bail!("no request but an event stream; a recorded reply is translated with --stream");
    }
    let body = Body::new(text.clone()).map_err(|error| match error {
        Invalid::NotObject => anyhow!("no request: {error}"),
        _ if text.starts_with(BYTE_ORDER_MARK) => {
            anyhow!("not JSON: it begins with a byte order mark, which the gateway refuses as well")
        }
        error => anyhow!("not JSON: {error}"),
    })?;
    match recording::mistaken_request(client, body.root(), flag) {
        Some(mistake) => bail!(mistake),
        None => Ok(body),
    }
}

fn translated(
    (client, upstream): (Protocol, Protocol),
    args: &TranslateArgs,
    profile: &Profile,
    body: &Body,
    asked: &str,
    streams: bool,
) -> anyhow::Result<Translated> {
    let asking = Asked {
        protocol: client,
        model: asked,
        streams,
        now: now(),
        id: "translate",
    };
    let to = to(upstream, args, profile, asked);
    let translate = |policy| {
        let options = Options {
            policy,
            auto_cache: true,
            ..Options::default()
        };
        translate_request(body, &asking, &to, &options, None)
    };
    let attempted = refusal::attempted(policy(args), translate, |translated| translated.report);
    attempted.map_err(|refusal| refused(&refusal, body))
}

/// What both sides speak, but for spans.
fn patched(
    protocol: Protocol,
    args: &TranslateArgs,
    profile: &Profile,
    body: &Body,
    asked: &str,
) -> anyhow::Result<Patched> {
    let upstream = to(protocol, args, profile, asked);
    let operation = match wants_stream(protocol, &body.head()) {
        Flag::True => Operation::GenerateStream,
        _ => Operation::Generate,
    };
    let patch = |policy| {
        let native = Native {
            upstream,
            asked,
            operation,
            asks_for_usage: false,
            policy,
        };
        patch_request(body, &native)
    };
    let attempted = refusal::attempted(policy(args), patch, |patched| patched.report);
    attempted.map_err(|refusal| refused(&refusal, body))
}

fn to<'a>(
    upstream: Protocol,
    args: &'a TranslateArgs,
    profile: &'a Profile,
    asked: &'a str,
) -> Upstream<'a> {
    let named = parse_suffix(args.model.as_deref().unwrap_or(asked));
    let model = named.name;
    let known = Catalogue::embedded().lookup(None, model);
    Upstream {
        capabilities: known.and_then(|info| info.capabilities.as_ref()),
        max_output: known.and_then(|info| info.max_output),
        // As the configuration would say it: the suffix of the request's own `model` wins.
        suffix: named.suffix,
        ..Upstream::new(upstream, profile, model)
    }
}

fn policy(args: &TranslateArgs) -> LossPolicy {
    match args.loss_policy.as_deref() {
        Some("strict") => LossPolicy::Strict,
        Some("lenient") => LossPolicy::Lenient,
        _ => LossPolicy::Report,
    }
}

/// What is lost, and what was repaired.
fn tell(report: &Report, body: &Body) {
    let losses = report.losses(body);
    if !losses.is_empty() {
        print::problems(table(&losses).trim_end());
    }
    if report.repairs > 0 {
        print::problems(&format!("repaired in the history: {}", report.repairs));
    }
}

/// The name that the client asks for.
fn asked(client: Protocol, args: &TranslateArgs, body: &Body) -> anyhow::Result<String> {
    let named = requested_model(client, &body.head());
    match (named, &args.model) {
        (Ok(name), _) => Ok(name.text.into_owned()),
        (Err(RequestError::MissingModel | RequestError::ModelInPath), Some(model)) => {
            Ok(model.clone())
        }
        (Err(error), Some(_)) => bail!("{error}"),
        (Err(error), None) => bail!("{error}; say which with --model"),
    }
}

pub(super) fn profile(upstream: Protocol, name: Option<&str>) -> Result<&'static Profile, String> {
    let Some(name) = name else {
        return Ok(Profile::of_vendor(upstream, ""));
    };
    Profile::by_name(upstream, name).ok_or_else(|| {
        let names = || Profile::names(upstream);
        let meant = nearest(name, names());
        let meant = meant.map_or_else(String::new, |known| format!("did you mean {known}? "));
        let all: Vec<_> = names().collect();
        format!(
            "--profile: {upstream} has no such profile ({meant}there are {})",
            all.join(", ")
        )
    })
}

/// What is refused. What else would be lost is told before.
fn refused(refusal: &refusal::Refusal, body: &Body) -> anyhow::Error {
    if let Some((_, report)) = &refusal.laxer {
        tell(report, body);
    }
    anyhow!(refusal.told())
}

fn table(losses: &[Loss]) -> String {
    let mut table = Table::new([
        Column::Words("lost"),
        Column::Words("class"),
        Column::Words("path"),
        Column::Words("why"),
    ]);
    for loss in losses {
        let lost = if loss.is_dropped {
            "dropped"
        } else {
            "changed"
        };
        table.row([
            Cell::new(lost),
            Cell::new(loss.class.as_str()),
            Cell::new(&loss.path),
            Cell::new(loss.why),
        ]);
    }
    table.render("", Paint::Nothing)
}
