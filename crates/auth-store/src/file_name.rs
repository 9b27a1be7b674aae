//! What a credential file may be called.

use sha2::{Digest as _, Sha256};
use std::{borrow::Borrow, fmt, sync::Arc};
use thiserror::Error;

/// Some file systems take 255 bytes; the lock, the journal and the temporary file add to the name.
const LONGEST: usize = 200;

/// Between the name of a file and the project it is used for; so no file name has it.
pub(crate) const PROJECT: &str = "::";

/// The bare name of a credential file, which is its id in every store.
///
/// It names a file directly in the directory whatever it is joined with: no separator, no hidden
/// file, and it ends in `.json`, in any case.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileName(Arc<str>);

/// Why a text is no name of a credential file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadName {
    /// Another extension, or none.
    #[error("a credential file ends in .json")]
    Extension,
    /// A name that begins with a dot is that of a lock, a journal or a temporary file.
    #[error("the name begins with a dot")]
    Hidden,
    /// It is too long for what is put beside the file.
    #[error("the name is longer than {LONGEST} bytes")]
    Long,
    /// A separator would lead out of the directory; a control character hides something.
    #[error("the name has a separator or a control character in it")]
    Separator,
}

impl FileName {
    /// Takes a name as it is.
    ///
    /// # Errors
    ///
    /// [`BadName`], for anything that is not a bare name of a `.json` file.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        if text.contains(is_separator) || text.contains(PROJECT) {
            return Err(BadName::Separator);
        }
        if text.starts_with('.') {
            return Err(BadName::Hidden);
        }
        if text.len() > LONGEST {
            return Err(BadName::Long);
        }
        if !ends_in_json(text) {
            return Err(BadName::Extension);
        }
        Ok(Self(text.into()))
    }

    /// The name of a new file, from what may hold anything: an address, a project, what a user typed.
    ///
    /// What a file name cannot have becomes `_`, blanks become `-`. Where something had to be cut off,
    /// eight digits of a hash keep two long names apart.
    #[must_use]
    pub fn sanitised(stem: &str) -> Self {
        let plain = |character: char| match character {
            ':' => '_',
            character if is_separator(character) => '_',
            ' ' => '-',
            character => character,
        };
        let mut name: String = stem.chars().map(plain).collect();
        if name.is_empty() || name.starts_with('.') {
            name.insert(0, '_');
        }
        const ROOM: usize = LONGEST - ".json".len();
        if name.len() > ROOM {
            let hash = Sha256::digest(stem);
            let hash: String = hash.iter().take(4).map(|b| format!("{b:02x}")).collect();
            let end = name.floor_char_boundary(ROOM - 1 - hash.len());
            name.truncate(end);
            name = format!("{name}-{hash}");
        }
        Self(format!("{name}.json").into())
    }

    /// The name of a file outside the directory that a pointer record leads to. It may be hidden and
    /// have any extension: another program chose it.
    pub(crate) fn foreign(text: &str) -> Option<Self> {
        let bare = !text.is_empty() && text != "." && text != ".." && text.len() <= LONGEST;
        (bare && !text.contains(is_separator)).then(|| Self(text.into()))
    }

    /// What a problem names that is one of the directory as a whole.
    pub(crate) fn directory() -> Self {
        Self("auth-dir".into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a name could be one of a credential file, by its end: also in capitals.
pub(crate) fn ends_in_json(name: &str) -> bool {
    let end = name.len().checked_sub(".json".len());
    end.and_then(|at| name.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(".json"))
}

fn is_separator(character: char) -> bool {
    matches!(character, '/' | '\\') || character.is_control()
}

impl Borrow<str> for FileName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{BadName, FileName};

    #[test]
    fn only_bare_names_of_json_files() {
        let check = |text: &str, expected: Result<(), BadName>| {
            assert_eq!(FileName::parse(text).map(drop), expected, "{text:?}");
        };
        check("codex-a@b.com.json", Ok(()));
        check("c.JSON", Ok(()));
        check("a..b.json", Ok(()));
        check("a.json.bak", Err(BadName::Extension));
        check("cookie.txt", Err(BadName::Extension));
        check("json", Err(BadName::Extension));
        check("", Err(BadName::Extension));
        check(".hidden.json", Err(BadName::Hidden));
        check("../x.json", Err(BadName::Separator));
        check("sub/a.json", Err(BadName::Separator));
        check("/etc/a.json", Err(BadName::Separator));
        check("a\\b.json", Err(BadName::Separator));
        check("a\0.json", Err(BadName::Separator));
        check("a\n.json", Err(BadName::Separator));
        check("x.json::p.json", Err(BadName::Separator));
        check(&format!("{}.json", "a".repeat(195)), Ok(()));
        check(&format!("{}.json", "a".repeat(196)), Err(BadName::Long));
    }

    #[test]
    fn anything_becomes_a_name_inside_the_directory() {
        let check = |stem: &str, expected: &str| {
            let name = FileName::sanitised(stem);
            assert_eq!(name.as_str(), expected, "{stem:?}");
            assert_eq!(FileName::parse(name.as_str()), Ok(name), "{stem:?}");
        };
        check("codex-a@b.com", "codex-a@b.com.json");
        check("vertex-a/b\\c:d e", "vertex-a_b_c_d-e.json");
        check("../../etc/passwd", "_.._.._etc_passwd.json");
        check("..", "_...json");
        check("", "_.json");
        check("a\0b\nc", "a_b_c.json");
        check("a::b", "a__b.json");
        check("C:x", "C_x.json");
        check("%2e%2e%2fx", "%2e%2e%2fx.json");
        check("a\u{2215}b", "a\u{2215}b.json");
        let long = "ü".repeat(150);
        let name = FileName::sanitised(&long);
        assert!(name.as_str().len() <= 200 && name.as_str().ends_with(".json"));
        assert_eq!(FileName::parse(name.as_str()), Ok(name.clone()));
        assert_ne!(
            name,
            FileName::sanitised(&"ü".repeat(151)),
            "cut to one name"
        );
    }
}
