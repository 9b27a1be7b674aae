//! Whether the arguments of a tool call are complete, while they arrive.
//!
//! A chat stream does not say where a call ends, so the text does: a JSON value that begins with a
//! bracket is complete when as many have closed as opened, those in strings not counted. Nothing else
//! is checked: what is written is the tool's business.
//!
//! A string is complete at its quote, `true`, `false` and `null` at their last letter, and a number
//! wherever it could end; it may still grow, in which case it is complete again at the next digit.
//! Nothing at all is not complete, and neither is any text that is not JSON.
//!
//! What is not blank behind a value that can grow no more is no part of it. Where quotes are single ones
//! (a slip of models), a bracket may stand in a string unnoticed, so that nothing is known of the end.

use crate::string_pieces::{Unescaper, closing_quote};

#[cfg(test)]
mod tests;

/// Reads arguments in pieces, cut anywhere.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Completeness {
    unescaper: Unescaper,
    value: Progress,
    /// Something that is not blank stands behind the value.
    is_exceeded: bool,
}

/// How much of the value has been read.
#[derive(Clone, Copy, Debug, Default)]
enum Progress {
    /// Nothing but whitespace.
    #[default]
    Before,
    /// Inside of brackets.
    Nested {
        depth: usize,
        string: Option<InString>,
        has_single_quotes: bool,
    },
    /// A string that is the value.
    Text(InString),
    /// What is left of `true`, `false` or `null`.
    Word(&'static [u8]),
    Number(Number),
    Complete,
    /// Complete, as far as brackets tell.
    Likely,
    /// No JSON: it will never be complete.
    Never,
}

/// Inside of a string.
#[derive(Clone, Copy, Debug, Default)]
struct InString {
    /// The next byte is escaped.
    escaped: bool,
}

/// The last thing read of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl Completeness {
    /// Takes a piece of the arguments as they stand in a JSON string, and says whether the value is
    /// complete.
    pub(crate) fn push_escaped(&mut self, piece: &str) -> bool {
        let Self {
            unescaper,
            value,
            is_exceeded,
        } = self;
        unescaper.push(piece, &mut |run| {
            *is_exceeded |= value.advance(run.as_bytes());
        });
        self.is_complete()
    }

    /// Takes a piece as well, and gives as much of it as is not behind the value.
    pub(crate) fn cut_escaped<'p>(&mut self, piece: &'p str) -> &'p str {
        let mut again = *self;
        self.push_escaped(piece);
        if !self.is_exceeded {
            return piece;
        }
        let mut characters = piece.char_indices();
        let end = characters.find_map(|(at, character)| {
            if matches!(again.value, Progress::Complete) {
                return Some(at);
            }
            again.push_escaped(&piece[at..at + character.len_utf8()]);
            None
        });
        &piece[..end.unwrap_or(piece.len())]
    }

    /// Takes a piece of the arguments themselves, to compare with. One value is read in one of the two ways.
    #[cfg(test)]
    pub(crate) fn push(&mut self, piece: &str) -> bool {
        self.is_exceeded |= self.value.advance(piece.as_bytes());
        self.is_complete()
    }

    pub(crate) fn is_complete(&self) -> bool {
        match self.value {
            Progress::Complete | Progress::Likely => true,
            Progress::Word(rest) => rest.is_empty(),
            Progress::Number(number) => number.may_end(),
            _ => false,
        }
    }
}

impl Progress {
    /// Says whether there is more than the value.
    fn advance(&mut self, piece: &[u8]) -> bool {
        let mut at = 0;
        while let Some(&byte) = piece.get(at) {
            at += 1;
            match self {
                Self::Before => *self = Self::begin(byte),
                Self::Complete => return !piece[at - 1..].iter().all(|&byte| is_whitespace(byte)),
                Self::Likely | Self::Never => return false,
                Self::Nested {
                    string: Some(open), ..
                }
                | Self::Text(open) => {
                    let rest = &piece[at - 1..];
                    let Some(end) = closing_quote(rest, &mut open.escaped) else {
                        return false;
                    };
                    at += end;
                    match self {
                        Self::Nested { string, .. } => *string = None,
                        _ => *self = Self::Complete,
                    }
                }
                Self::Nested {
                    depth,
                    string,
                    has_single_quotes,
                } => match byte {
                    b'"' => *string = Some(InString::default()),
                    b'\'' => *has_single_quotes = true,
                    b'{' | b'[' => *depth += 1,
                    b'}' | b']' if *depth == 1 => {
                        *self = match has_single_quotes {
                            true => Self::Likely,
                            false => Self::Complete,
                        };
                    }
                    b'}' | b']' => *depth -= 1,
                    _ => {}
                },
                Self::Word(rest) => {
                    *self = match rest.split_first() {
                        Some((&next, rest)) if next == byte => Self::Word(rest),
                        None if is_whitespace(byte) => Self::Complete,
                        _ => Self::Never,
                    };
                }
                Self::Number(number) => {
                    *self = match number.next(byte) {
                        Some(number) => Self::Number(number),
                        None if number.may_end() && is_whitespace(byte) => Self::Complete,
                        None => Self::Never,
                    };
                }
            }
        }
        false
    }

    fn begin(byte: u8) -> Self {
        match byte {
            b'{' | b'[' => Self::Nested {
                depth: 1,
                string: None,
                has_single_quotes: false,
            },
            b'"' => Self::Text(InString::default()),
            b't' => Self::Word(b"rue"),
            b'f' => Self::Word(b"alse"),
            b'n' => Self::Word(b"ull"),
            b'-' => Self::Number(Number::Minus),
            b'0' => Self::Number(Number::Zero),
            b'1'..=b'9' => Self::Number(Number::Integer),
            byte if is_whitespace(byte) => Self::Before,
            _ => Self::Never,
        }
    }
}

impl Number {
    fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Minus, b'0') => Self::Zero,
            (Self::Minus, b'1'..=b'9') | (Self::Integer, b'0'..=b'9') => Self::Integer,
            (Self::Zero | Self::Integer, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::ExponentSign,
            (Self::Exponent | Self::ExponentSign | Self::ExponentDigits, b'0'..=b'9') => {
                Self::ExponentDigits
            }
            _ => return None,
        })
    }

    fn may_end(self) -> bool {
        matches!(
            self,
            Self::Zero | Self::Integer | Self::Fraction | Self::ExponentDigits
        )
    }
}

fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
