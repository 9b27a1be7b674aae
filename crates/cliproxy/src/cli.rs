//! The command line.

mod credentials;

pub(crate) use self::credentials::{
    CheckArgs, CredentialsArgs, CredentialsCommand, ImportArgs, ListArgs, NamedArgs, RemoveArgs,
    SwitchArgs,
};

use clap::{Args, Parser, Subcommand};
use std::{ffi::OsString, path::PathBuf};

/// The names of the protocols.
const PROTOCOLS: [&str; 4] = ["chat", "claude", "gemini", "responses"];

/// A gateway between coding agents or SDKs and LLM providers.
#[derive(Debug, Parser)]
#[command(
    name = "cliproxy",
    version,
    about,
    args_conflicts_with_subcommands = true,
    after_help = "\
Without a command, `serve` runs.

Exit codes: 0 success; 1 failure; 2 wrong command line; 78 the configuration cannot be used, or the
address it names cannot be had."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the gateway (the default)
    Serve(ServeArgs),
    /// Write a commented configuration with a new client key
    Init(InitArgs),
    /// Say everything that is wrong with the configuration, without starting
    CheckConfig(CheckConfigArgs),
    /// List the credentials, look after their tokens, and switch accounts on and off
    Credentials(CredentialsArgs),
    /// Run the gateway with an embedded scripted upstream: no key and no network needed
    Demo(DemoArgs),
    /// Make a credential file of what another program has signed in to, or of a service account
    Import(ImportArgs),
    /// Say how a running gateway decided a request: which account, why that one, what went wrong
    Explain(ExplainArgs),
    /// Show which accounts of a running gateway are ready, when the others are back, and what translations
    /// have lost and repaired
    Status(StatusArgs),
    /// Make a running gateway forget the failures of an account
    Reset(ResetArgs),
    /// Translate a recorded body or event stream from one protocol to another, and say what is lost
    Translate(TranslateArgs),
    /// Print the JSON Schema of the configuration file, for editors
    PrintSchema,
}

#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ServeArgs {
    /// The configuration file [default: $CLIPROXY_CONFIG, ./config.yaml,
    /// $XDG_CONFIG_HOME/cliproxy/config.yaml, /etc/cliproxy/config.yaml]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The address to listen on, in place of `host` in the file: 127.0.0.1, 0.0.0.0, ::1, …;
    /// --host "" is every interface [default: this machine only]
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// The port to listen on, in place of `port` in the file [default: 8317]
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// Start even where the gateway would refuse to because it is not safe
    #[arg(long)]
    pub(crate) allow_insecure: bool,
    /// Treat unknown keys in the configuration, and a strategy that is none, as errors
    #[arg(long)]
    pub(crate) strict_config: bool,
}

#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// Where to write
    #[arg(long, short, value_name = "FILE", default_value = "config.yaml")]
    pub(crate) config: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct CheckConfigArgs {
    /// The file to check; where `serve` would look if none is given
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The same, as `serve` spells it
    #[arg(long, short, value_name = "FILE", conflicts_with = "file")]
    pub(crate) config: Option<PathBuf>,
    /// Treat unknown keys, and a strategy that is none, as errors
    #[arg(long)]
    pub(crate) strict_config: bool,
}

#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Make the requests, print a table, and exit 0 only if everything is as it should be
    #[arg(long)]
    pub(crate) once: bool,
    /// First show affinity, failover and recovery, in about ten seconds; with --once only that, and
    /// exit 0 only if everything is as it should be
    #[arg(long)]
    pub(crate) tour: bool,
    /// The port to listen on; 0 takes any free one, and the demo prints which
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
}

/// Which of the gateways that run on this machine is meant.
#[derive(Args, Clone, Debug, Default)]
#[group(multiple = false)]
pub(crate) struct GatewayArgs {
    /// The gateway that was started with this configuration file [default: the one of the file that
    /// `serve` would find here, or else the only one that runs]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The gateway with this process number
    #[arg(long, value_name = "PID")]
    pub(crate) gateway: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// The id of a request: in the log, and in the response header `x-cliproxy-request-id`
    #[arg(value_name = "REQUEST-ID", conflicts_with_all = ["last", "recent", "model"])]
    pub(crate) request_id: Option<String>,
    /// The newest request that is over (the default)
    #[arg(long, conflicts_with_all = ["recent", "model"])]
    pub(crate) last: bool,
    /// A line for each of the newest requests that are over, at most so many [default: 20]
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "20",
          value_parser = clap::value_parser!(u16).range(1..=1_000), conflicts_with = "model")]
    pub(crate) recent: Option<u16>,
    /// What would become of a request for this model now; nothing is sent
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// The protocol of that request [default: each that serves the model]
    #[arg(long, requires = "model", value_name = "PROTOCOL",
          value_parser = PROTOCOLS)]
    pub(crate) protocol: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) gateway: GatewayArgs,
}

#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) gateway: GatewayArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ResetArgs {
    /// The label or the id of an account, as `status` shows it
    #[arg(value_name = "CREDENTIAL")]
    pub(crate) credential: String,
    /// One of its models [default: all of them]
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) gateway: GatewayArgs,
}

#[derive(Args, Debug)]
pub(crate) struct TranslateArgs {
    /// The protocol that the file is in
    #[arg(long, value_name = "PROTOCOL", value_parser = PROTOCOLS)]
    pub(crate) from: String,
    /// The protocol it is to be in; of a request also the same one, to see what is patched
    #[arg(long, value_name = "PROTOCOL", value_parser = PROTOCOLS)]
    pub(crate) to: String,
    /// The file is a recorded stream of events, on its way from an upstream to a client
    #[arg(long, conflicts_with = "reply")]
    pub(crate) stream: bool,
    /// The file is the body of a reply that does not stream; without this and --stream it is a request
    #[arg(long)]
    pub(crate) reply: bool,
    /// The request that the stream or reply answers: names, ids and what it asked to be shown are taken
    /// from it [default: nobody knows the request, and everything is shown]
    #[arg(long, value_name = "FILE")]
    pub(crate) request: Option<PathBuf>,
    /// The model that the upstream is asked for, `NAME(high)` with a thinking suffix, or of a reply
    /// without --request the one that the client asked for [default: the request's `model`, which Gemini
    /// has in the URL; of a reply the recorded one]
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// What the upstream takes of its protocol, by the name of a vendor, like `profile` in the
    /// configuration [default: the vendor whose protocol it is]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// What becomes of what the upstream cannot be told, like `translation.loss-policy`
    /// [default: report]
    #[arg(long, value_name = "POLICY", value_parser = ["strict", "report", "lenient"])]
    pub(crate) loss_policy: Option<String>,
    /// Print JSON on one line
    #[arg(long, conflicts_with = "stream")]
    pub(crate) compact: bool,
    /// The file; `-` is the standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Version 7 of the program wrote its flags with one dash: `-config FILE`. They keep working.
pub(crate) fn modern(args: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    args.map(|arg| match arg.to_str() {
        Some("-config") => "--config".into(),
        Some(text) if text.starts_with("-config=") => format!("-{text}").into(),
        _ => arg,
    })
}

#[cfg(test)]
mod tests {
    use super::{Cli, Command, modern};
    use clap::{CommandFactory as _, Parser as _};
    use std::ffi::OsString;

    fn parse(args: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(modern(args.split(' ').map(OsString::from)))
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn config_in_every_spelling() {
        for args in [
            "cliproxy --config x.yaml",
            "cliproxy --config=x.yaml",
            "cliproxy -config x.yaml",
            "cliproxy -config=x.yaml",
            "cliproxy -c x.yaml",
        ] {
            let cli = parse(args).unwrap();
            assert_eq!(cli.serve.config.unwrap().to_str(), Some("x.yaml"), "{args}");
        }
        let cli = parse("cliproxy serve --config x.yaml --port 9").unwrap();
        let Some(Command::Serve(args)) = cli.command else {
            panic!("serve");
        };
        assert_eq!((args.config.is_some(), args.port), (true, Some(9)));
    }

    #[test]
    fn one_request_of_one_gateway_is_explained() {
        let check = |args: &str, fine| {
            let parsed = parse(&format!("cliproxy explain{args}"));
            assert_eq!(parsed.is_ok(), fine, "{args}");
        };
        check("", true);
        check(" req_1", true);
        check(" --last --json", true);
        check(" --model m --protocol gemini", true);
        check(" --recent", true);
        check(" --recent --json", true);
        check(" --recent 7 -c x.yaml", true);
        check(" --recent=1000", true);
        check(" --gateway 7", true);
        check(" -c x.yaml req_1", true);
        check(" req_1 --last", false);
        check(" req_1 --model m", false);
        check(" --last --model m", false);
        check(" --recent 0", false);
        check(" --recent 1001", false);
        check(" --recent req_1", false);
        check(" req_1 --recent", false);
        check(" --last --recent", false);
        check(" --recent --model m", false);
        check(" --protocol gemini", false);
        check(" --model m --protocol openai", false);
        check(" --gateway x", false);
        check(" --gateway 7 --config x.yaml", false);
    }

    #[test]
    fn a_translation_is_of_one_thing() {
        let check = |args: &str, fine| {
            let parsed = parse(&format!("cliproxy translate{args}"));
            assert_eq!(parsed.is_ok(), fine, "{args}");
        };
        check(" --from chat --to claude -", true);
        check(
            " --from chat --to claude --model m --profile compat --compact x",
            true,
        );
        check(" --from chat --to claude --stream x", true);
        check(" --from chat --to claude --reply --compact x", true);
        check(" --from chat --to claude", false);
        check(" --from chat x", false);
        check(" --from openai --to claude x", false);
        check(" --from chat --to claude --stream --reply x", false);
        check(" --from chat --to claude --stream --request r.json x", true);
        check(" --from chat --to claude --loss-policy none x", false);
    }

    #[test]
    fn unknown_flags_are_refused() {
        assert!(parse("cliproxy --frobnicate").is_err());
        assert!(parse("cliproxy -qwen-login").is_err());
    }
}
