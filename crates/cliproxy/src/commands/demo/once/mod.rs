//! `cliproxy demo --once`: makes the requests itself, and judges the replies.

mod checks;
mod rows;
mod table;
mod visitor;

use self::{checks::Check, rows::Row, visitor::Visitor};
use super::{stage::Stage, verdict};
use crate::print;
use cliproxy_core::Protocol;
use std::process::ExitCode;

/// Asks in every protocol, prints what happened, and says whether it is as it should be.
pub(super) async fn run(stage: &Stage) -> ExitCode {
    let visitor = Visitor::new(stage);
    let mut rows = Vec::new();
    for protocol in Protocol::ALL {
        rows.extend(Row::both(&visitor, protocol).await);
    }
    let checks = checks::all(&visitor).await;
    report(&rows, &checks)
}

fn report(rows: &[Row], checks: &[Check]) -> ExitCode {
    print::line("The gateway in front of a scripted upstream, on this machine.\n");
    print::line(&table::render(&Row::HEADINGS, rows.iter().map(Row::cells)));
    print::line(rows::NOTES);
    if cfg!(debug_assertions) {
        print::line(rows::DEBUG_NOTE);
    }
    print::line("");
    for check in checks {
        print::line(&check.to_string());
    }
    let wrong: Vec<String> = rows
        .iter()
        .flat_map(Row::wrong)
        .chain(checks.iter().filter_map(Check::wrong))
        .collect();
    verdict::give(&wrong)
}
