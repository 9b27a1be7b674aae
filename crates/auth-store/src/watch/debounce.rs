//! When to look, after something has happened.

use crate::FileName;
use cliproxy_watching::{Collect, Quiet};
use std::{collections::BTreeMap, time::Instant};

/// What has happened in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Happened {
    /// A file was made, written, replaced or moved away.
    Touched(FileName),
    /// A file was deleted. One of that name that is there afterwards is another one.
    Deleted(FileName),
    /// Nobody knows: events were lost, or the whole directory was exchanged.
    Anything,
}

/// What to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "some files, or all of them")]
pub enum Look {
    /// The directory, and every file that may have changed.
    All,
    /// These files; with each, whether it was deleted meanwhile, whatever is there now.
    Names(BTreeMap<FileName, bool>),
}

/// Collects what happens until it is quiet. What is there then counts, not what happened: nothing is
/// dropped because something like it has just been seen.
#[derive(Debug, Default)]
pub struct Debounce {
    names: BTreeMap<FileName, bool>,
    all: bool,
    quiet: Quiet,
}

impl Debounce {
    /// Something has happened.
    pub fn note(&mut self, happened: Happened, now: Instant) {
        match happened {
            Happened::Touched(name) => {
                self.names.entry(name).or_insert(false);
            }
            Happened::Deleted(name) => {
                self.names.insert(name, true);
            }
            Happened::Anything => self.all = true,
        }
        self.quiet.note(now);
    }
}

impl Collect for Debounce {
    type Look = Look;

    fn due(&self) -> Option<Instant> {
        self.quiet.due()
    }

    fn take(&mut self, now: Instant) -> Option<Look> {
        self.quiet.take(now)?;
        let Self { names, all, .. } = std::mem::take(self);
        // Files that were deleted and are there again look the same as before to who looks at all of them.
        if all && !names.values().any(|was_deleted| *was_deleted) {
            return Some(Look::All);
        }
        if all {
            self.note(Happened::Anything, now);
        }
        Some(Look::Names(names))
    }
}

#[cfg(test)]
mod tests {
    use super::{Debounce, Happened, Look};
    use crate::FileName;
    use cliproxy_watching::Collect as _;
    use std::time::{Duration, Instant};

    fn touched(name: &str) -> Happened {
        Happened::Touched(FileName::parse(name).unwrap())
    }

    fn deleted(name: &str) -> Happened {
        Happened::Deleted(FileName::parse(name).unwrap())
    }

    /// Notes what happens at these milliseconds, asks every ten, and tells when there was what to look at.
    fn looks(happened: &[(u64, Happened)]) -> Vec<(u64, String)> {
        let start = Instant::now();
        let mut debounce = Debounce::default();
        let mut looks = Vec::new();
        for at in (0..=5000).step_by(10) {
            let now = start + Duration::from_millis(at);
            for (_, happened) in happened.iter().filter(|(when, _)| *when == at) {
                debounce.note(happened.clone(), now);
            }
            looks.extend(debounce.take(now).map(|look| {
                let what = match look {
                    Look::All => "all".to_owned(),
                    Look::Names(names) => {
                        let names = names.iter().map(|(name, was_deleted)| {
                            format!("{}{name}", if *was_deleted { "-" } else { "" })
                        });
                        names.collect::<Vec<_>>().join(" ")
                    }
                };
                (at, what)
            }));
        }
        assert_eq!(debounce.due(), None, "nothing is left to look at");
        looks
    }

    #[test]
    fn a_look_follows_when_it_is_quiet() {
        let check = |happened: &[(u64, Happened)], expected: &[(u64, &str)]| {
            let looks = looks(happened);
            let looks: Vec<_> = looks
                .iter()
                .map(|(at, what)| (*at, what.as_str()))
                .collect();
            assert_eq!(looks, expected);
        };
        check(&[], &[]);
        check(&[(0, touched("a.json"))], &[(150, "a.json")]);
        check(
            &[(0, touched("a.json")), (100, touched("b.json"))],
            &[(250, "a.json b.json")],
        );
        check(
            &[(0, touched("a.json")), (160, touched("a.json"))],
            &[(150, "a.json"), (310, "a.json")],
        );
        // Deleted, made again, deleted again: that it was deleted is known, what is there is looked at.
        check(
            &[
                (0, deleted("a.json")),
                (50, touched("a.json")),
                (100, deleted("a.json")),
            ],
            &[(250, "-a.json")],
        );
        check(
            &[(0, touched("a.json")), (0, Happened::Anything)],
            &[(150, "all")],
        );
        check(
            &[(0, deleted("a.json")), (0, Happened::Anything)],
            &[(150, "-a.json"), (300, "all")],
        );
    }

    #[test]
    fn a_thousand_deletions_are_one_look() {
        let gone: Vec<_> = (0..1000)
            .map(|n| (0, deleted(&format!("{n}.json"))))
            .collect();
        let looks = looks(&gone);
        assert_eq!(looks.len(), 1);
        assert_eq!(looks[0].0, 150);
    }
}
