//! The accounts of the tour, which no other conversation meets.

use crate::commands::demo::models::{TOUR, TOUR_FALLBACK};

/// An account that speaks Chat Completions: an entry of the configuration, and a key of the upstream.
#[derive(Debug)]
pub(in crate::commands::demo) struct Account {
    /// What both sides call it.
    pub(in crate::commands::demo) name: &'static str,
    pub(in crate::commands::demo) key: &'static str,
    pub(in crate::commands::demo) priority: i32,
    /// The one model it serves.
    pub(in crate::commands::demo) model: &'static str,
}

/// One that is preferred, one that stands in for it, and one with another model.
pub(in crate::commands::demo) static ACCOUNTS: [Account; 3] = [
    account("tour-a", "demo-tour-a", 1, TOUR),
    account("tour-b", "demo-tour-b", 0, TOUR),
    account("tour-c", "demo-tour-c", 0, TOUR_FALLBACK),
];

const fn account(
    name: &'static str,
    key: &'static str,
    priority: i32,
    model: &'static str,
) -> Account {
    Account {
        name,
        key,
        priority,
        model,
    }
}
