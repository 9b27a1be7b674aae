//! What an event of the file system means.

use super::{Happened, Places};
use crate::FileName;
use cliproxy_watching::Told;
use std::path::Path;

/// Whose events are of interest.
pub(super) struct Concerns(pub(super) Places);

impl Concerns {
    /// What has happened, as far as anybody wants to know.
    pub(super) fn of(&self, told: Told<'_>) -> Vec<Happened> {
        match told {
            Told::Lost => vec![Happened::Anything],
            Told::At { paths, was_deleted } => {
                let paths = paths.iter();
                paths.flat_map(|path| self.at(path, was_deleted)).collect()
            }
        }
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
    use cliproxy_watching::Told;
    use std::{
        collections::{BTreeMap, BTreeSet},
        path::PathBuf,
    };

    #[test]
    fn what_is_told_of_a_path_means() {
        let name = |text: &str| FileName::parse(text).unwrap();
        let links = BTreeMap::from([(
            PathBuf::from("/home/u/.codex/auth.json"),
            BTreeSet::from([name("mine.json")]),
        )]);
        let concerns = Concerns(Places {
            directory: PathBuf::from("/d/auth"),
            links,
        });
        let check = |path: &str, was_deleted, expected: &[Happened]| {
            let paths = &[PathBuf::from(path)];
            let told = Told::At { paths, was_deleted };
            assert_eq!(concerns.of(told), expected, "{path}");
        };
        let touched = |text| [Happened::Touched(name(text))];
        check("/d/auth/a.json", false, &touched("a.json"));
        check("/d/auth/A.JSON", false, &touched("A.JSON"));
        check("/d/auth/a.json", true, &[Happened::Deleted(name("a.json"))]);
        for elsewhere in [
            "/d/auth/sub/a.json",
            "/d/auth2/x.json",
            "/d/auth/a.json.bak",
            "/d/auth/cookie.txt",
            "/d/auth/a.json.lock",
            "/d/auth/.a.json.17.0123456789abcdef.tmp",
            "/home/u/.codex/other.json",
        ] {
            check(elsewhere, false, &[]);
        }
        check("/home/u/.codex/auth.json", true, &touched("mine.json"));
        check("/d/auth/..data", false, &[Happened::Anything]);
        check("/d/auth", true, &[Happened::Anything]);
        assert_eq!(concerns.of(Told::Lost), [Happened::Anything]);
    }
}
