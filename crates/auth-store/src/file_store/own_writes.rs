//! Telling what this process has written from what others have.

use crate::FileDigest;
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

/// Of one file, until somebody looks: more only pile up where nobody does.
const MOST: usize = 8;

/// What this process has written to each file, until somebody has looked.
#[derive(Debug, Default)]
pub(crate) struct OwnWrites(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    /// In the order of the writes.
    by_path: HashMap<PathBuf, Vec<Note>>,
    last: Moment,
}

/// Counts the writes that have ended, so that it is known which were over before a file was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

#[derive(Debug)]
struct Note {
    digest: FileDigest,
    /// `None` while it is written: whoever reads meanwhile may find it or what was there before.
    ended: Option<Moment>,
}

impl OwnWrites {
    /// To be asked before a file is read.
    pub(crate) fn now(&self) -> Moment {
        self.0.lock().last
    }

    /// Before it is there for others to see.
    pub(crate) fn begins(&self, path: PathBuf, digest: FileDigest) {
        let mut notes = self.0.lock();
        let of_file = notes.by_path.entry(path).or_default();
        if of_file.len() >= MOST {
            of_file.remove(0);
        }
        of_file.push(Note {
            digest,
            ended: None,
        });
    }

    /// Afterwards, with whether it is there.
    pub(crate) fn ended(&self, path: &Path, digest: FileDigest, is_there: bool) {
        let mut notes = self.0.lock();
        notes.last.0 += 1;
        let now = notes.last;
        let Some(of_file) = notes.by_path.get_mut(path) else {
            return;
        };
        let is_it = |note: &Note| note.digest == digest && note.ended.is_none();
        let Some(at) = of_file.iter().position(is_it) else {
            return;
        };
        if is_there {
            of_file[at].ended = Some(now);
        } else {
            of_file.remove(at);
        }
    }

    /// Whether this content, read after `since`, is what this process has written. Asked once: the same
    /// content may come back later, from somebody else.
    pub(crate) fn take(&self, path: &Path, digest: FileDigest, since: Moment) -> bool {
        let mut notes = self.0.lock();
        let Some(of_file) = notes.by_path.get_mut(path) else {
            return false;
        };
        let found = of_file.iter().rposition(|note| note.digest == digest);
        match found {
            // What was written before it is not there any more. What comes after it is.
            Some(at) => drop(of_file.drain(..=at)),
            // Somebody else has written over what was there before the reading began.
            None => of_file.retain(|note| note.ended.is_none_or(|ended| ended > since)),
        }
        if of_file.is_empty() {
            notes.by_path.remove(path);
        }
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, OwnWrites};
    use crate::FileDigest;
    use std::path::Path;

    const OLD: &str = "old";

    /// `happens` in order: `<x` begins to write x, `>x` ends it, `!x` fails, `?` begins to look, `=x` finds
    /// x and is ours, `~x` finds x and is not.
    fn check(happens: &str) {
        let (own, path) = (OwnWrites::default(), Path::new("/a.json"));
        let mut since = own.now();
        for what in happens.split(' ') {
            let (act, text) = what.split_at(1);
            let digest = FileDigest::of(text.as_bytes());
            match act {
                "<" => own.begins(path.to_owned(), digest),
                ">" => own.ended(path, digest, true),
                "!" => own.ended(path, digest, false),
                "?" => since = own.now(),
                _ => {
                    let ours = own.take(path, digest, since);
                    assert_eq!(ours, act == "=", "{what} in {happens}");
                }
            }
        }
    }

    #[test]
    fn own_writes_are_recognised_in_whatever_order_they_are_seen() {
        check("<1 >1 ? =1 ? ~1");
        // The second write comes between the look at the first one and the question whose it was.
        check("<1 >1 ? <2 >2 =1 ? =2");
        check("<1 >1 ? <2 =1 >2 ? =2");
        // Two writes, one look.
        check("<1 >1 <2 >2 ? =2 ? ~1");
        // Read before it was replaced.
        check(&format!("? <1 ~{OLD} >1 ? =1"));
        check(&format!("<1 ? ~{OLD} >1 ? =1"));
        check(&format!("? <1 >1 ~{OLD} ? =1"));
        check("? <1 =1 >1 ? ~1");
    }

    #[test]
    fn what_others_have_written_is_not_ours() {
        check("? ~x");
        check("<1 !1 ? ~1");
        check("<1 !1 <2 >2 ? ~1");
        // Written over before anybody looked, and put back later.
        check("<1 >1 ? ~x ? ~1");
        check("<1 >1 <2 >2 ? ~x ? ~2 ? ~1");
    }

    #[test]
    fn where_nobody_looks_little_is_kept() {
        let (own, path) = (OwnWrites::default(), Path::new("/a.json"));
        for number in 0..1_000_u32 {
            let digest = FileDigest::of(&number.to_le_bytes());
            own.begins(path.to_owned(), digest);
            own.ended(path, digest, true);
        }
        assert_eq!(own.0.lock().by_path[path].len(), MOST);
        let last = FileDigest::of(&999_u32.to_le_bytes());
        assert!(own.take(path, last, own.now()));
        assert!(own.0.lock().by_path.is_empty());
    }
}
