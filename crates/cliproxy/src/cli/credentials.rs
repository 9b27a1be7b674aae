//! The commands about credentials.

use super::GatewayArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(crate) struct CredentialsArgs {
    #[command(subcommand)]
    pub(crate) command: CredentialsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CredentialsCommand {
    /// Every credential: what it is, how it is, and what happens to it next
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// One credential in full, without its secrets
    Show(NamedArgs),
    /// Refresh the tokens that are due, and say of each credential what is wrong and what to do; no model
    /// is called. Exits 1 if anything needs a person
    Check(CheckArgs),
    /// Switch an account off; its tokens stay fresh
    Disable(SwitchArgs),
    /// Switch an account on again
    Enable(SwitchArgs),
    /// Delete the file of an account
    #[command(visible_alias = "rm")]
    Remove(RemoveArgs),
}

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) gateway: GatewayArgs,
}

#[derive(Args, Debug)]
pub(crate) struct NamedArgs {
    /// The name of its file, with or without `.json`, or its label or id
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) gateway: GatewayArgs,
}

#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// Only these: names of files, with or without `.json`, labels or ids [default: all]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) gateway: GatewayArgs,
}

#[derive(Args, Debug)]
pub(crate) struct SwitchArgs {
    /// The name of its file, with or without `.json`, or its label
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) gateway: GatewayArgs,
}

#[derive(Args, Debug)]
pub(crate) struct RemoveArgs {
    /// The name of its file, with or without `.json`, or its label
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) gateway: GatewayArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  cliproxy import codex --link ~/.codex/auth.json
  cliproxy import gemini ~/.gemini/oauth_creds.json --project my-project
  cliproxy import vertex service-account.json --location europe-west4
  cliproxy import kimi --take-over kimi.json

Nothing is written if the file could not be used, or if its refresh token is in a credential file already.")]
pub(crate) struct ImportArgs {
    /// What it is: codex, gemini (or gemini-cli), vertex, kimi, xai, or the name of a client under `oauth` in
    /// the configuration; anything else is refused
    #[arg(value_name = "TYPE")]
    pub(crate) kind: String,
    /// The file; `-` is the standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Use the file where it is, together with the program that it belongs to
    #[arg(long, conflicts_with = "take_over")]
    pub(crate) link: bool,
    /// Copy a refresh token that can be used once: the other program is signed out by that
    #[arg(long)]
    pub(crate) take_over: bool,
    /// Google's project, or of gemini several with commas
    #[arg(long, value_name = "PROJECT")]
    pub(crate) project: Option<String>,
    /// The region of a Vertex project [default: us-central1]
    #[arg(long, value_name = "LOCATION")]
    pub(crate) location: Option<String>,
    /// What the credential file is called, with or without `.json` [default: its type, and whose it is]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The configuration file, whose `auth-dir` it goes to [default: the one that `serve` would find]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

impl ImportArgs {
    /// The gateway that may notice.
    pub(crate) fn gateway(&self) -> GatewayArgs {
        GatewayArgs {
            config: self.config.clone(),
            gateway: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::Cli;
    use clap::Parser as _;

    #[test]
    fn what_is_meant_is_said_once() {
        let check = |args: &str, fine| {
            let parsed = Cli::try_parse_from(format!("cliproxy {args}").split(' '));
            assert_eq!(parsed.is_ok(), fine, "{args}");
        };
        check("credentials list --json -c x.yaml", true);
        check("credentials ls", true);
        check("credentials check", true);
        check("credentials check a b --json", true);
        check("credentials show a --gateway 7", true);
        check("credentials rm a -y", true);
        check("credentials", false);
        check("credentials show", false);
        check("credentials disable", false);
        check("credentials list --gateway 7 -c x.yaml", false);
        check("import codex --link auth.json", true);
        check("import vertex - --location eu --name mine", true);
        check("import codex", false);
        check("import codex --link --take-over auth.json", false);
    }
}
