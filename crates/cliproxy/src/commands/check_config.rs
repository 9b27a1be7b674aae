//! `cliproxy check-config`.

use super::{configuration, serve::explain};
use crate::{cli::CheckConfigArgs, exit, print};
use cliproxy::has_accounts;
use cliproxy_config::{Overrides, start_check};
use cliproxy_gateway::unserved_fallbacks;
use std::process::ExitCode;

pub(crate) fn run(args: &CheckConfigArgs) -> anyhow::Result<ExitCode> {
    let file = args.file.as_deref().or(args.config.as_deref());
    let overrides = Overrides {
        strict: args.strict_config.then_some(true),
        ..Overrides::default()
    };
    let (found, loaded) = match configuration(file, &overrides) {
        Ok(loaded) => loaded,
        Err(unusable) => return Ok(explain(&unusable)),
    };
    let refusals = start_check(&loaded.config, has_accounts(&loaded.config));
    let unserved = unserved_fallbacks(&loaded.config);
    for problems in [&loaded.warnings, &refusals, &unserved] {
        if !problems.is_empty() {
            print::problems(&problems.to_string());
        }
    }
    let path = found.path.display();
    if let Err(error) = cliproxy::check_tls(&loaded.config) {
        print::problems(&format!("tls: error: {error}"));
        print::line(&format!("{path}: serve would refuse to start"));
        return Ok(exit::config());
    }
    if refusals.has_errors() {
        print::line(&format!("{path}: serve would refuse to start"));
        return Ok(exit::config());
    }
    let warnings = loaded.warnings.len() + refusals.len() + unserved.len();
    let count = match warnings {
        0 => "no problems".to_owned(),
        1 => "1 warning".to_owned(),
        many => format!("{many} warnings"),
    };
    print::line(&format!("{path}: {count} (taken by {})", found.by));
    Ok(ExitCode::SUCCESS)
}
