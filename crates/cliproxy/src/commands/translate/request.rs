//! A request: its body for the upstream, and what is lost.

use super::{Pair, now};
use crate::{
    cli::TranslateArgs,
    print,
    screen::{Cell, Column, Paint, Table},
};
use anyhow::{anyhow, bail};
use bytes::Bytes;
use cliproxy_config::nearest;
use cliproxy_core::{Protocol, parse_suffix};
use cliproxy_json::{Body, Flag};
use cliproxy_models::Catalogue;
use cliproxy_translators::{
    Account, Asked, Loss, LossPolicy, Options, Profile, Refused, RequestError, Upstream,
    requested_model, translate_request, wants_stream,
};

/// Why there is no translation.
pub(super) enum Unfit {
    /// The command line names no profile of that protocol.
    Profile(String),
    Body(anyhow::Error),
}

/// The upstream's body. Losses go to the standard error, as a table.
pub(super) fn translated(
    pair: Pair,
    args: &TranslateArgs,
    text: Bytes,
) -> Result<anyhow::Result<Bytes>, Unfit> {
    let profile = profile(pair.to, args.profile.as_deref()).map_err(Unfit::Profile)?;
    let body = Body::new(text).map_err(|error| Unfit::Body(anyhow!("not JSON: {error}")))?;
    let asked = asked(pair.from, args, &body).map_err(Unfit::Body)?;
    Ok(translate(pair, args, &body, &asked, profile))
}

fn translate(
    pair: Pair,
    args: &TranslateArgs,
    body: &Body,
    asked: &str,
    profile: &Profile,
) -> anyhow::Result<Bytes> {
    let model = parse_suffix(args.model.as_deref().unwrap_or(asked)).name;
    let known = Catalogue::embedded().lookup(None, model);
    let asked = Asked {
        protocol: pair.from,
        model: asked,
        streams: wants_stream(pair.from, &body.head()) == Flag::True,
        now: now(),
        id: "translate",
    };
    let upstream = Upstream {
        capabilities: known.and_then(|info| info.capabilities.as_ref()),
        max_output: known.and_then(|info| info.max_output),
        ..Upstream::new(pair.to, profile, model)
    };
    let options = Options {
        policy: match &*args.loss_policy {
            "strict" => LossPolicy::Strict,
            "lenient" => LossPolicy::Lenient,
            _ => LossPolicy::Report,
        },
        auto_cache: true,
        ..Options::default()
    };
    let translated = translate_request(body, &asked, &upstream, &options, None);
    let translated = translated.map_err(|refused| anyhow!("refused: {}", told(&refused)))?;
    let losses = translated.report.losses(body);
    if !losses.is_empty() {
        print::problems(table(&losses).trim_end());
    }
    Ok(translated.body.finish(&Account::default()).body.to_bytes())
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

fn profile(upstream: Protocol, name: Option<&str>) -> Result<&'static Profile, String> {
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

fn told(refused: &Refused) -> String {
    match &refused.param {
        Some(param) => format!("{param}: {}", refused.message),
        None => refused.message.clone(),
    }
}

fn table(losses: &[Loss]) -> String {
    let mut table = Table::new([
        Column::Words("lost"),
        Column::Words("class"),
        Column::Words("path"),
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
        ]);
    }
    table.render("", Paint::Nothing)
}
