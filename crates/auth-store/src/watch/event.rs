//! What an event of the file system means.

use super::{Happened, Places};
use crate::FileName;
use notify::{
    Event, EventKind,
    event::{AccessKind, AccessMode},
};
use std::path::Path;

/// Whose events are of interest.
pub(super) struct Concerns(pub(super) Places);

impl Concerns {
    /// What has happened, as far as anybody wants to know.
    pub(super) fn of(&self, event: &Event) -> Vec<Happened> {
        if event.need_rescan() {
            return vec![Happened::Anything];
        }
        let is_written = AccessKind::Close(AccessMode::Write);
        if matches!(event.kind, EventKind::Access(kind) if kind != is_written) {
            // Reading them, as the gateway does, is no change.
            return Vec::new();
        }
        let was_deleted = matches!(event.kind, EventKind::Remove(_));
        let paths = event.paths.iter();
        paths.flat_map(|path| self.at(path, was_deleted)).collect()
    }

    fn at(&self, path: &Path, was_deleted: bool) -> Vec<Happened> {
        if let Some(names) = self.0.links.get(path) {
            return names.iter().cloned().map(Happened::Touched).collect();
        }
        if path == self.0.directory {
            return vec![Happened::Anything];
        }
        // The directory itself, not one whose name begins like it.
        if path.parent() != Some(&self.0.directory) {
            return Vec::new();
        }
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.unwrap_or_default();
        // A mounted set of files is exchanged as a whole, by a link whose name begins like this.
        if name.starts_with("..") {
            return vec![Happened::Anything];
        }
        let name = FileName::parse(name).ok();
        let happened = |name| match was_deleted {
            true => Happened::Deleted(name),
            false => Happened::Touched(name),
        };
        name.map(happened).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Concerns, Happened, Places};
    use crate::FileName;
    use notify::{
        Event, EventKind,
        event::{AccessKind, AccessMode, CreateKind, Flag, ModifyKind, RemoveKind, RenameMode},
    };
    use std::{
        collections::{BTreeMap, BTreeSet},
        path::PathBuf,
    };

    #[test]
    fn what_an_event_means() {
        let name = |text: &str| FileName::parse(text).unwrap();
        let links = BTreeMap::from([(
            PathBuf::from("/home/u/.codex/auth.json"),
            BTreeSet::from([name("mine.json")]),
        )]);
        let concerns = Concerns(Places {
            directory: PathBuf::from("/d/auth"),
            links,
        });
        let check = |kind, path: &str, expected: &[Happened]| {
            let event = Event::new(kind).add_path(PathBuf::from(path));
            assert_eq!(concerns.of(&event), expected, "{kind:?} {path}");
        };
        let made = EventKind::Create(CreateKind::File);
        let written = EventKind::Modify(ModifyKind::Any);
        let closed = EventKind::Access(AccessKind::Close(AccessMode::Write));
        let moved = |mode| EventKind::Modify(ModifyKind::Name(mode));
        let gone = EventKind::Remove(RemoveKind::File);
        let touched = [Happened::Touched(name("a.json"))];
        for kind in [
            made,
            written,
            closed,
            moved(RenameMode::To),
            moved(RenameMode::From),
        ] {
            check(kind, "/d/auth/a.json", &touched);
        }
        check(gone, "/d/auth/a.json", &[Happened::Deleted(name("a.json"))]);
        check(made, "/d/auth/A.JSON", &[Happened::Touched(name("A.JSON"))]);
        for elsewhere in [
            "/d/auth/sub/a.json",
            "/d/auth2/x.json",
            "/d/auth/a.json.bak",
            "/d/auth/cookie.txt",
            "/d/auth/a.json.lock",
            "/d/auth/.a.json.17.0123456789abcdef.tmp",
            "/home/u/.codex/other.json",
        ] {
            check(written, elsewhere, &[]);
        }
        for read in [
            EventKind::Access(AccessKind::Open(AccessMode::Any)),
            EventKind::Access(AccessKind::Read),
            EventKind::Access(AccessKind::Close(AccessMode::Read)),
        ] {
            check(read, "/d/auth/a.json", &[]);
        }
        let mine = [Happened::Touched(name("mine.json"))];
        check(gone, "/home/u/.codex/auth.json", &mine);
        check(made, "/d/auth/..data", &[Happened::Anything]);
        check(
            EventKind::Remove(RemoveKind::Folder),
            "/d/auth",
            &[Happened::Anything],
        );
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(concerns.of(&lost), [Happened::Anything]);
    }
}
