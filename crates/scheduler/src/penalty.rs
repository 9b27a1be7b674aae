//! The table from a failure to its block.
//!
//! | failure | block | with cooling off |
//! | --- | --- | --- |
//! | the account lacks the model | 12 h | the same |
//! | refused credential, forbidden or unpaid | 30 min | none |
//! | not found | 12 h | none |
//! | quota | the upstream's hint, else back-off | none |
//! | upstream, transport | the configured transient block, or the hint if that is longer | none |
//! | the request, the client, the gateway | none | none |

use std::time::Duration;

use cliproxy_core::{ErrorKind, Scope};

use crate::Cooling;

const A_MINUTE: Duration = Duration::from_secs(60);
const HALF_AN_HOUR: Duration = Duration::from_secs(30 * 60);
const HALF_A_DAY: Duration = Duration::from_secs(12 * 60 * 60);

/// Hints are believed up to a week. Accounts have been locked out for longer by a reset date that
/// the provider itself did not keep.
const LONGEST_HINT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What a failure costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Penalty {
    pub(crate) reach: Reach,
    pub(crate) term: Term,
}

/// Whose health it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Credential,
    Model,
}

/// How long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Fixed(Duration),
    Quota { hint: Option<Duration> },
}

pub(crate) fn penalty(
    kind: ErrorKind,
    scope: Scope,
    retry_after: Option<Duration>,
    cooling: Cooling,
) -> Option<Penalty> {
    let reach = match scope {
        Scope::Request => return None,
        Scope::Credential => Reach::Credential,
        // What is wrong behind a base URL is no fault of the account: its other models stay free.
        Scope::Model | Scope::Provider => Reach::Model,
    };
    let hint = hint(retry_after);
    let term = match kind {
        ErrorKind::BadRequest
        | ErrorKind::Cancelled
        | ErrorKind::Cooldown
        | ErrorKind::Internal => return None,
        ErrorKind::ModelUnavailable => Term::Fixed(HALF_A_DAY),
        _ if !cooling.enabled => return None,
        _ if scope == Scope::Provider => transient(cooling, hint)?,
        ErrorKind::Auth | ErrorKind::Forbidden => Term::Fixed(HALF_AN_HOUR),
        ErrorKind::NotFound => Term::Fixed(HALF_A_DAY),
        ErrorKind::Quota => Term::Quota { hint },
        ErrorKind::Transport | ErrorKind::Upstream => transient(cooling, hint)?,
    };
    Some(Penalty { reach, term })
}

/// What a failure costs because the operator says that it does.
pub(crate) fn ruled(kind: ErrorKind, scope: Scope, retry_after: Option<Duration>) -> Penalty {
    let scope = match scope {
        Scope::Request => Scope::Model,
        reaching => reaching,
    };
    let known = penalty(kind, scope, retry_after, Cooling::default());
    known.unwrap_or_else(|| Penalty {
        reach: match scope {
            Scope::Credential => Reach::Credential,
            _ => Reach::Model,
        },
        term: Term::Fixed(hint(retry_after).unwrap_or(A_MINUTE)),
    })
}

/// As far as it is believed.
fn hint(retry_after: Option<Duration>) -> Option<Duration> {
    let hint = retry_after.filter(|hint| !hint.is_zero())?;
    Some(hint.min(LONGEST_HINT))
}

fn transient(cooling: Cooling, hint: Option<Duration>) -> Option<Term> {
    let configured = cooling.transient.filter(|block| !block.is_zero())?;
    Some(Term::Fixed(
        hint.map_or(configured, |hint| hint.max(configured)),
    ))
}
