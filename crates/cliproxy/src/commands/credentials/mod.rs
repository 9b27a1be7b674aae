//! `cliproxy credentials`.

mod check;
mod finding;
mod list;
mod named;
mod remove;
mod seen;
mod show;
mod switch;
mod types;

#[cfg(test)]
pub(super) mod scenery;

pub(super) use self::{
    finding::Finding,
    seen::{Seen, meant},
    types::Types,
};

use crate::cli::{CredentialsArgs, CredentialsCommand};
use std::process::ExitCode;

/// Why a command ends before it has done anything.
pub(super) enum Stop {
    /// What is wrong has been said.
    Said(ExitCode),
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

pub(crate) fn run(args: &CredentialsArgs) -> anyhow::Result<ExitCode> {
    let done = match &args.command {
        CredentialsCommand::List(args) => list::run(args),
        CredentialsCommand::Show(args) => show::run(args),
        CredentialsCommand::Check(args) => check::run(args),
        CredentialsCommand::Disable(args) => switch::run(args, true),
        CredentialsCommand::Enable(args) => switch::run(args, false),
        CredentialsCommand::Remove(args) => remove::run(args),
    };
    match done {
        Ok(code) | Err(Stop::Said(code)) => Ok(code),
        Err(Stop::Failed(error)) => Err(error),
    }
}
