//! Who is due when.

use cliproxy_core::CredentialId;
use rustc_hash::FxHashMap;
use std::{collections::BTreeSet, time::SystemTime};

/// The dates of all credentials that have one, earliest first.
///
/// Ordered by date and then by id, so that equal dates have a fixed order.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    order: BTreeSet<(SystemTime, CredentialId)>,
    dates: FxHashMap<CredentialId, SystemTime>,
}

impl Schedule {
    /// Sets, moves or, with `None`, takes away the date of `id`.
    pub(crate) fn set(&mut self, id: &CredentialId, date: Option<SystemTime>) {
        if self.dates.get(id).copied() == date {
            return;
        }
        if let Some(old) = self.dates.remove(id) {
            self.order.remove(&(old, id.clone()));
        }
        if let Some(date) = date {
            self.dates.insert(id.clone(), date);
            self.order.insert((date, id.clone()));
        }
    }

    /// The date of `id`.
    #[cfg(test)]
    pub(crate) fn date(&self, id: &CredentialId) -> Option<SystemTime> {
        self.dates.get(id).copied()
    }

    /// The earliest date.
    pub(crate) fn earliest(&self) -> Option<SystemTime> {
        self.order.first().map(|(date, _)| *date)
    }

    /// Takes out the earliest, if its date has come.
    pub(crate) fn pop(&mut self, now: SystemTime) -> Option<CredentialId> {
        if self.earliest()? > now {
            return None;
        }
        let (_, id) = self.order.pop_first()?;
        self.dates.remove(&id);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;
    use cliproxy_core::CredentialId;
    use proptest::prelude::*;
    use std::{
        collections::BTreeMap,
        time::{Duration, SystemTime},
    };

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    proptest! {
        /// Against a plain map that is searched through.
        #[test]
        fn gives_out_what_is_due_in_order(
            acts in prop::collection::vec((0_u8..8, prop::option::of(0_u64..40), any::<bool>()), 0..60)
        ) {
            let (mut schedule, mut model) = (Schedule::default(), BTreeMap::new());
            for (name, date, pop) in acts {
                let id = CredentialId::from(format!("c{name}"));
                if !pop {
                    schedule.set(&id, date.map(at));
                    match date {
                        Some(date) => model.insert(id.clone(), at(date)),
                        None => model.remove(&id),
                    };
                    prop_assert_eq!(schedule.date(&id), date.map(at));
                } else {
                    let now = at(date.unwrap_or(20));
                    let first = model.iter().map(|(id, date)| (*date, id.clone())).min();
                    let due = first.filter(|(date, _)| *date <= now).map(|(_, id)| id);
                    prop_assert_eq!(schedule.pop(now), due.clone());
                    due.map(|id| model.remove(&id));
                }
                prop_assert_eq!(schedule.earliest(), model.values().min().copied());
            }
        }
    }
}
