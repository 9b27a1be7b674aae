//! What an event of the file system means.

use notify::{
    Event, EventKind,
    event::{AccessKind, AccessMode},
};
use std::path::PathBuf;

/// What the system has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is known, or it is not")]
pub enum Told<'a> {
    /// Something has happened, and nobody knows what.
    Lost,
    /// Something has happened here.
    At {
        /// To these.
        paths: &'a [PathBuf],
        /// Whether they were deleted.
        was_deleted: bool,
    },
}

impl<'a> Told<'a> {
    /// Nothing, if it changes nothing: files are opened and read as well.
    pub(crate) fn by(event: &'a notify::Result<Event>) -> Option<Self> {
        let Ok(event) = event else {
            return Some(Self::Lost);
        };
        if event.need_rescan() {
            return Some(Self::Lost);
        }
        let is_written = AccessKind::Close(AccessMode::Write);
        if matches!(event.kind, EventKind::Access(kind) if kind != is_written) {
            return None;
        }
        Some(Self::At {
            paths: &event.paths,
            was_deleted: matches!(event.kind, EventKind::Remove(_)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Told;
    use notify::{
        Error, Event, EventKind,
        event::{AccessKind, AccessMode, CreateKind, Flag, ModifyKind, RemoveKind, RenameMode},
    };
    use std::path::PathBuf;

    #[test]
    fn what_an_event_means() {
        let paths = [PathBuf::from("/d/a.json")];
        let check = |kind, was_deleted: Option<bool>| {
            let event = Ok(Event::new(kind).add_path(paths[0].clone()));
            let expected = was_deleted.map(|was_deleted| Told::At {
                paths: &paths,
                was_deleted,
            });
            assert_eq!(Told::by(&event), expected, "{kind:?}");
        };
        let moved = |mode| EventKind::Modify(ModifyKind::Name(mode));
        for changed in [
            EventKind::Create(CreateKind::File),
            EventKind::Modify(ModifyKind::Any),
            EventKind::Access(AccessKind::Close(AccessMode::Write)),
            moved(RenameMode::To),
            moved(RenameMode::From),
        ] {
            check(changed, Some(false));
        }
        check(EventKind::Remove(RemoveKind::File), Some(true));
        check(EventKind::Remove(RemoveKind::Folder), Some(true));
        for read in [
            AccessKind::Open(AccessMode::Any),
            AccessKind::Read,
            AccessKind::Close(AccessMode::Read),
        ] {
            check(EventKind::Access(read), None);
        }
        let rescan = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(Told::by(&Ok(rescan)), Some(Told::Lost));
        assert_eq!(Told::by(&Err(Error::generic("full"))), Some(Told::Lost));
    }
}
