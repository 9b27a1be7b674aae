//! Base64 in messages: put into one form, and looked into without decoding the whole.
//!
//! Clients send media in either alphabet, with or without padding, some with line breaks. Upstreams
//! are given the standard alphabet with padding and nothing else, so that such a text also needs no
//! escape in a JSON string.

use std::borrow::Cow;

#[cfg(test)]
mod tests;

/// The text in the standard alphabet with padding, borrowed if it is so already; `None` if it is not
/// base64.
pub(crate) fn normal(text: &str) -> Option<Cow<'_, str>> {
    let digits = text.trim_end_matches('=');
    if is_padded(text, digits) && digits.bytes().all(|byte| sextet(byte).is_some()) {
        return Some(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len() + 2);
    let mut ended = false;
    for byte in text.bytes() {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => continue,
            b'=' => ended = true,
            _ if ended => return None,
            b'-' => out.push('+'),
            b'_' => out.push('/'),
            byte => out.push(char::from(sextet(byte).map(|_| byte)?)),
        }
    }
    match out.len() % 4 {
        0 => {}
        1 => return None,
        2 => out.push_str("=="),
        _ => out.push('='),
    }
    Some(Cow::Owned(out))
}

fn is_padded(text: &str, digits: &str) -> bool {
    text.len().is_multiple_of(4) && text.len() - digits.len() <= 2
}

/// The bytes that a base64 text in the [`normal`] form stands for, each decoded when it is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Decoded<'a>(&'a [u8]);

impl<'a> Decoded<'a> {
    pub(crate) fn new(base64: &'a str) -> Self {
        Self(base64.as_bytes())
    }

    /// The byte at an offset; `None` past the end.
    pub(crate) fn byte(self, at: usize) -> Option<u8> {
        let group = self.0.get(at / 3 * 4..)?;
        let digit = |index: usize| sextet(*group.get(index)?);
        Some(match at % 3 {
            0 => digit(0)? << 2 | digit(1)? >> 4,
            1 => digit(1)? << 4 | digit(2)? >> 2,
            _ => digit(2)? << 6 | digit(3)?,
        })
    }

    /// `N` bytes from an offset on; `None` if there are fewer.
    pub(crate) fn bytes<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        for (offset, byte) in bytes.iter_mut().enumerate() {
            *byte = self.byte(at + offset)?;
        }
        Some(bytes)
    }

    /// The first bytes, as many as there are and `buffer` has room for.
    pub(crate) fn head(self, buffer: &mut [u8]) -> &[u8] {
        let mut len = 0;
        for (offset, place) in buffer.iter_mut().enumerate() {
            let Some(byte) = self.byte(offset) else {
                break;
            };
            *place = byte;
            len = offset + 1;
        }
        &buffer[..len]
    }
}

fn sextet(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}
