//! `cliproxy translate`: what the gateway would make of a recorded body or stream.

mod pretty;
mod request;

use crate::{cli::TranslateArgs, exit, print};
use anyhow::{Context as _, bail};
use bytes::Bytes;
use cliproxy_core::Protocol;
use cliproxy_sse::Framer;
use cliproxy_translators::{ReplyLosses, ReplyPlan, ReplyStream, translate_reply};
use jiff::Timestamp;
use pretty::pretty;
use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::Path,
    process::ExitCode,
};

/// Largest event of a recorded stream.
const MAX_EVENT: usize = 32 << 20;

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
    let read = |file| read(file).with_context(|| format!("cannot read {}", shown(file)));
    let text = read(&args.file)?;
    let file = || shown(&args.file);
    if !is_reply(args) {
        let body = request::sent(pair, args, profile, text).with_context(file)?;
        return written(&body, args);
    }
    let plan = match &args.request {
        None => plan(pair, args),
        Some(request) => {
            let asked = read(request)?;
            let translated = request::answered(pair, args, profile, asked);
            translated.with_context(|| shown(request))?
        }
    };
    if args.stream {
        return stream(pair, &plan, text).with_context(file);
    }
    let body = reply(pair, &plan, &text).with_context(file)?;
    written(&body, args)
}

const fn is_reply(args: &TranslateArgs) -> bool {
    args.stream || args.reply
}

/// What the command line says and cannot mean.
fn misused(pair: Pair, args: &TranslateArgs) -> Option<String> {
    if !is_reply(args) {
        let given = args.request.is_some();
        return given.then(|| {
            "--request goes with --stream or --reply; without them the file is the request"
                .to_owned()
        });
    }
    if pair.from == pair.to {
        return Some(format!(
            "--from and --to are both {}: a reply that both sides speak goes through as it is",
            pair.from
        ));
    }
    let about_request = args.profile.is_some() || args.loss_policy.is_some();
    (about_request && args.request.is_none()).then(|| {
        "--profile and --loss-policy are about requests; of a reply, say with --request which"
            .to_owned()
    })
}

fn written(body: &[u8], args: &TranslateArgs) -> anyhow::Result<ExitCode> {
    match args.compact {
        true => print::line(&String::from_utf8_lossy(body)),
        false => print::line(&pretty(body)?),
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

/// What a client is told that asked for what the command line says.
fn plan(pair: Pair, args: &TranslateArgs) -> ReplyPlan {
    let model = args.model.as_deref().unwrap_or_default();
    ReplyPlan::without_request(pair.to, model, now())
}

fn now() -> u64 {
    u64::try_from(Timestamp::now().as_second()).unwrap_or_default()
}

fn reply(pair: Pair, plan: &ReplyPlan, body: &Bytes) -> anyhow::Result<Bytes> {
    let translated = translate_reply(pair.from, body, plan);
    match translated {
        Ok(translated) => {
            tell(translated.losses);
            Ok(translated.body)
        }
        Err(failure) => bail!("no reply: {} ({})", failure.message, failure.status),
    }
}

/// What the client does not get.
fn tell(losses: ReplyLosses) {
    if !losses.is_empty() {
        print::problems(&format!("lost of the reply: {losses}"));
    }
}

/// Writes what the client gets. A recording that breaks off ends as it would for a client: with an
/// error event.
fn stream(pair: Pair, plan: &ReplyPlan, text: Bytes) -> anyhow::Result<ExitCode> {
    let mut reply = ReplyStream::new(pair.from, plan);
    let mut framer = Framer::new(MAX_EVENT);
    let mut frames = 0_usize;
    framer.push(text);
    while let Some(frame) = framer.next_frame()? {
        frames += usize::from(frame.data().is_some());
        reply.frame(&frame);
    }
    if let Some(frame) = framer.finish() {
        frames += usize::from(frame.data().is_some());
        reply.frame(&frame);
    }
    if frames == 0 {
        bail!("no event stream: it has no `data:` line");
    }
    reply.eof();
    tell(reply.losses());
    match io::stdout().write_all(&reply.take()) {
        // A reader that has left (`| head`) is no error.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}
