//! `cliproxy translate`: what the gateway would make of a recorded body or stream.

mod pretty;
mod recording;
mod refusal;
mod reply;
mod request;

use crate::{cli::TranslateArgs, exit, print};
use anyhow::{Context as _, bail};
use bytes::Bytes;
use cliproxy_core::Protocol;
use jiff::Timestamp;
use pretty::pretty;
use std::{
    fs,
    io::{self, Read as _},
    path::Path,
    process::ExitCode,
};

/// The two sides of a translation.
#[derive(Clone, Copy)]
struct Pair {
    from: Protocol,
    to: Protocol,
}

impl Pair {
    /// Who is asked: a reply comes from there, a request goes there.
    const fn upstream(self, args: &TranslateArgs) -> Protocol {
        if is_reply(args) { self.from } else { self.to }
    }
}

pub(crate) fn run(args: &TranslateArgs) -> anyhow::Result<ExitCode> {
    let (Some(from), Some(to)) = (protocol(&args.from), protocol(&args.to)) else {
        return Ok(exit::usage());
    };
    let pair = Pair { from, to };
    if let Some(wrong) = misused(pair, args) {
        print::error(&wrong);
        return Ok(exit::usage());
    }
    let profile = match request::profile(pair.upstream(args), args.profile.as_deref()) {
        Ok(profile) => profile,
        Err(known) => {
            print::error(&known);
            return Ok(exit::usage());
        }
    };
    let shown = |file: &Path| file.display().to_string();
    let read = |file| {
        let text = read(file).with_context(|| format!("cannot read {}", shown(file)))?;
        match text.trim_ascii().is_empty() {
            true => bail!("{}: the file is empty", shown(file)),
            false => Ok(text),
        }
    };
    let text = read(&args.file)?;
    let file = || shown(&args.file);
    if !is_reply(args) {
        let body = request::sent(pair, args, profile, &text).with_context(file)?;
        return written(&body, args);
    }
    let asked = match &args.request {
        None => None,
        Some(request) => {
            let translated = request::answered(pair, args, profile, &read(request)?);
            Some(translated.with_context(|| shown(request))?)
        }
    };
    if args.stream {
        return reply::stream(pair, args, asked, text).with_context(file);
    }
    let body = reply::body(pair, args, asked, &text).with_context(file)?;
    written(&body, args)
}

const fn is_reply(args: &TranslateArgs) -> bool {
    args.stream || args.reply
}

/// What the command line says and cannot mean.
fn misused(pair: Pair, args: &TranslateArgs) -> Option<String> {
    if args
        .model
        .as_deref()
        .is_some_and(|model| model.trim().is_empty())
    {
        return Some("--model is empty".to_owned());
    }
    if !is_reply(args) {
        let given = args.request.is_some();
        return given.then(|| {
            "--request goes with --stream or --reply; without them the file is the request"
                .to_owned()
        });
    }
    if pair.from == pair.to {
        return Some(format!(
            "--from and --to are both {}: a reply that both sides speak is patched at most, which is \
             shown of requests only",
            pair.from
        ));
    }
    let is_stdin = |file: &Path| file == Path::new("-");
    if is_stdin(&args.file) && args.request.as_deref().is_some_and(is_stdin) {
        return Some("--request and FILE cannot both be the standard input".to_owned());
    }
    let about_request = args.profile.is_some() || args.loss_policy.is_some();
    (about_request && args.request.is_none()).then(|| {
        "--profile and --loss-policy need --request: a reply alone does not use them".to_owned()
    })
}

fn written(body: &[u8], args: &TranslateArgs) -> anyhow::Result<ExitCode> {
    match args.compact {
        true => print::result_line(String::from_utf8_lossy(body).trim_end())?,
        false => print::result_line(&pretty(body)?)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// One of the names that the command line lets pass.
fn protocol(name: &str) -> Option<Protocol> {
    let mut all = Protocol::ALL.into_iter();
    all.find(|protocol| protocol.as_str() == name)
}

fn read(file: &Path) -> io::Result<Bytes> {
    if file != Path::new("-") {
        return fs::read(file).map(Bytes::from);
    }
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text)?;
    Ok(text.into())
}

fn now() -> u64 {
    u64::try_from(Timestamp::now().as_second()).unwrap_or_default()
}
