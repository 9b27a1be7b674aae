//! JSON strings that arrive in pieces, cut anywhere: also within an escape, or between the two
//! escapes of one character.

use memchr::{memchr, memchr2};

#[cfg(test)]
mod tests;

/// Decodes the text of a JSON string piece by piece.
///
/// A surrogate without its partner becomes U+FFFD. A backslash before a character that makes no escape
/// stands for itself: models forget to double it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unescaper {
    place: Place,
    /// The first half of a surrogate pair, held until its partner arrives.
    high: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Plain,
    AfterBackslash,
    InUnicode {
        digits: u8,
        value: u32,
    },
}

const REPLACEMENT: &str = "\u{fffd}";

impl Unescaper {
    /// Gives `decoded` what the next piece says, run by run. What is incomplete at its end is held.
    pub(crate) fn push(&mut self, piece: &str, decoded: &mut impl FnMut(&str)) {
        let mut rest = piece;
        while let Some(next) = rest.chars().next() {
            let used = match self.place {
                Place::Plain => self.plain(rest, decoded),
                Place::AfterBackslash => {
                    self.escape(next, decoded);
                    next.len_utf8()
                }
                Place::InUnicode { digits, value } => self.unicode(digits, value, next, decoded),
            };
            rest = &rest[used..];
        }
    }

    fn plain(&mut self, rest: &str, decoded: &mut impl FnMut(&str)) -> usize {
        let run = memchr(b'\\', rest.as_bytes());
        let end = run.unwrap_or(rest.len());
        if end > 0 {
            self.give_up_high(decoded);
            decoded(&rest[..end]);
        }
        match run {
            Some(at) => {
                self.place = Place::AfterBackslash;
                at + 1
            }
            None => end,
        }
    }

    fn escape(&mut self, next: char, decoded: &mut impl FnMut(&str)) {
        if next == 'u' {
            self.place = Place::InUnicode {
                digits: 0,
                value: 0,
            };
            return;
        }
        self.place = Place::Plain;
        self.give_up_high(decoded);
        let mut buffer = [0; 4];
        let plain = match next {
            '"' => "\"",
            '\\' => "\\",
            '/' => "/",
            'b' => "\u{8}",
            'f' => "\u{c}",
            'n' => "\n",
            'r' => "\r",
            't' => "\t",
            _ => {
                decoded("\\");
                next.encode_utf8(&mut buffer)
            }
        };
        decoded(plain);
    }

    fn unicode(
        &mut self,
        digits: u8,
        value: u32,
        next: char,
        decoded: &mut impl FnMut(&str),
    ) -> usize {
        let Some(digit) = next.to_digit(16) else {
            // No escape after all; the character is read once more, for what it is by itself.
            self.place = Place::Plain;
            self.give_up_high(decoded);
            decoded(REPLACEMENT);
            return 0;
        };
        let value = value << 4 | digit;
        if digits < 3 {
            let digits = digits + 1;
            self.place = Place::InUnicode { digits, value };
        } else {
            self.place = Place::Plain;
            self.unit(value, decoded);
        }
        1
    }

    /// Takes one unit of UTF-16.
    fn unit(&mut self, unit: u32, decoded: &mut impl FnMut(&str)) {
        let is_low = (0xdc00..0xe000).contains(&unit);
        let high = self.high.take_if(|_| is_low);
        self.give_up_high(decoded);
        if (0xd800..0xdc00).contains(&unit) {
            self.high = Some(unit);
            return;
        }
        let code = match high {
            Some(high) => 0x1_0000 + ((high - 0xd800) << 10) + (unit - 0xdc00),
            None => unit,
        };
        let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        decoded(character.encode_utf8(&mut [0; 4]));
    }

    fn give_up_high(&mut self, decoded: &mut impl FnMut(&str)) {
        if self.high.take().is_some() {
            decoded(REPLACEMENT);
        }
    }
}

/// Where in a piece of a string its closing quote is; `None` if it is in none of the bytes.
///
/// `escaped` says whether the piece before ended in a backslash that belongs to the first byte, and
/// afterwards the same for the next piece.
pub(crate) fn closing_quote(piece: &[u8], escaped: &mut bool) -> Option<usize> {
    let mut at = 0;
    loop {
        if *escaped {
            piece.get(at)?;
            *escaped = false;
            at += 1;
        }
        at += memchr2(b'"', b'\\', &piece[at..])?;
        if piece[at] == b'"' {
            return Some(at);
        }
        *escaped = true;
        at += 1;
    }
}
