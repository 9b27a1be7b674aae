//! The input of a freeform tool, taken out of the arguments of the function that stands for it.
//!
//! A freeform tool takes plain text. Where a protocol has functions only, it is declared as a function
//! with one text parameter, `input`, and a reply calls it with `{"input":"…"}`. While these arguments
//! arrive, the text is taken out of them:
//!
//! | the arguments are | the input |
//! |---|---|
//! | an object | the text of its first own member `input`, decoded; other members are passed over |
//! | an object whose `input` is no text | that value as it is written; nothing for `null` |
//! | not an object | the arguments themselves |
//! | cut off | what was there |
//!
//! Nothing is held back but an escape that is not complete, half a surrogate pair, and blank space
//! before anything that tells which of these it is.

use crate::string_pieces::{Unescaper, closing_quote};
use cliproxy_json::escape_into;

#[cfg(test)]
mod tests;

const KEY: &[u8] = b"input";

/// Reads the arguments of one call in pieces, cut anywhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct FreeformInput {
    unescaper: Unescaper,
    reader: Reader,
}

impl FreeformInput {
    /// Takes a piece of the arguments as they stand in a JSON string, and appends what it adds to the
    /// input, escaped for a JSON string again. That may be nothing.
    pub(crate) fn push_escaped(&mut self, piece: &str, out: &mut Vec<u8>) {
        let reader = &mut self.reader;
        self.unescaper.push(piece, &mut |run| reader.push(run, out));
    }

    /// The same for a piece of the arguments themselves, to compare with. One call is read in one of the two ways.
    #[cfg(test)]
    pub(crate) fn push(&mut self, piece: &str, out: &mut Vec<u8>) {
        self.reader.push(piece, out);
    }
}

#[derive(Clone, Debug, Default)]
struct Reader {
    place: Place,
    /// Blank space before the arguments, which belongs to the input if that is not an object.
    blank: String,
    /// Decodes the key or the text that is being read.
    text: Unescaper,
    /// The member has been found; another of its name is passed over.
    found: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Start,
    /// In arguments that are not an object.
    Bare,
    BeforeKey,
    /// `matched` bytes of the key are those of [`KEY`]; more than it has if any is not.
    Key {
        escaped: bool,
        matched: usize,
    },
    BeforeColon {
        wanted: bool,
    },
    BeforeValue {
        wanted: bool,
    },
    /// In the text that is looked for.
    Input {
        escaped: bool,
    },
    /// In any other value.
    Other(Other),
    AfterValue,
    /// Behind the object.
    End,
}

/// A value of which only the end matters.
#[derive(Clone, Copy, Debug)]
struct Other {
    /// It is the input, as it is written.
    shown: bool,
    depth: usize,
    /// In a string, and whether its next byte is escaped.
    string: Option<bool>,
}

impl Reader {
    fn push(&mut self, piece: &str, out: &mut Vec<u8>) {
        let mut rest = piece;
        while let Some(next) = rest.chars().next() {
            let used = self.step(next, rest, out);
            rest = &rest[used..];
        }
    }

    /// Reads on in `rest`, which begins with `next`, and returns how many bytes were used.
    fn step(&mut self, next: char, rest: &str, out: &mut Vec<u8>) -> usize {
        self.place = match (self.place, next) {
            (Place::Start, ' ' | '\t' | '\n' | '\r') => {
                self.blank.push(next);
                Place::Start
            }
            (Place::Start, '{') => Place::BeforeKey,
            (Place::Start, _) => {
                escape_into(out, &self.blank);
                self.place = Place::Bare;
                return 0;
            }
            (Place::Bare, _) => {
                escape_into(out, rest);
                return rest.len();
            }
            (Place::BeforeKey, '"') => {
                self.text = Unescaper::default();
                Place::Key {
                    escaped: false,
                    matched: 0,
                }
            }
            (Place::BeforeKey | Place::AfterValue, '}') => Place::End,
            (Place::Key { escaped, matched }, _) => return self.key(escaped, matched, rest),
            (Place::BeforeColon { wanted }, ':') => Place::BeforeValue { wanted },
            (Place::BeforeValue { .. }, ' ' | '\t' | '\n' | '\r') => self.place,
            (Place::BeforeValue { wanted: true }, '"') => {
                self.found = true;
                self.text = Unescaper::default();
                Place::Input { escaped: false }
            }
            (Place::BeforeValue { wanted }, _) => {
                self.found |= wanted;
                self.place = Place::Other(Other {
                    shown: wanted && next != 'n',
                    depth: 0,
                    string: None,
                });
                return 0;
            }
            (Place::Input { escaped }, _) => return self.input(escaped, rest, out),
            (Place::Other(mut other), _) => {
                let (used, ended) = other.read(rest.as_bytes());
                if other.shown {
                    escape_into(out, &rest[..used]);
                }
                self.place = match ended {
                    true => Place::AfterValue,
                    false => Place::Other(other),
                };
                return used;
            }
            (Place::AfterValue, ',') => Place::BeforeKey,
            (Place::End, _) => return rest.len(),
            // Nothing that belongs there: what follows may still be read.
            (place @ (Place::BeforeKey | Place::BeforeColon { .. } | Place::AfterValue), _) => {
                place
            }
        };
        next.len_utf8()
    }

    fn key(&mut self, mut escaped: bool, mut matched: usize, rest: &str) -> usize {
        let end = closing_quote(rest.as_bytes(), &mut escaped);
        let piece = &rest[..end.unwrap_or(rest.len())];
        self.text.push(piece, &mut |run| {
            let left = KEY.get(matched..).unwrap_or_default();
            let same = left.starts_with(run.as_bytes());
            matched = if same {
                matched + run.len()
            } else {
                KEY.len() + 1
            };
        });
        self.place = match end {
            Some(_) => Place::BeforeColon {
                wanted: matched == KEY.len() && !self.found,
            },
            None => Place::Key { escaped, matched },
        };
        piece.len() + usize::from(end.is_some())
    }

    fn input(&mut self, mut escaped: bool, rest: &str, out: &mut Vec<u8>) -> usize {
        let end = closing_quote(rest.as_bytes(), &mut escaped);
        let piece = &rest[..end.unwrap_or(rest.len())];
        self.text.push(piece, &mut |run| escape_into(out, run));
        self.place = match end {
            Some(_) => Place::AfterValue,
            None => Place::Input { escaped },
        };
        piece.len() + usize::from(end.is_some())
    }
}

impl Other {
    /// How many bytes belong to the value, and whether it ends behind them.
    fn read(&mut self, rest: &[u8]) -> (usize, bool) {
        let mut at = 0;
        while let Some(&byte) = rest.get(at) {
            if let Some(escaped) = &mut self.string {
                let Some(end) = closing_quote(&rest[at..], escaped) else {
                    break;
                };
                self.string = None;
                at += end + 1;
                if self.depth == 0 {
                    return (at, true);
                }
                continue;
            }
            match byte {
                b'"' => self.string = Some(false),
                b'{' | b'[' => self.depth += 1,
                b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r' if self.depth == 0 => {
                    return (at, true);
                }
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (at + 1, true);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        (rest.len(), false)
    }
}
