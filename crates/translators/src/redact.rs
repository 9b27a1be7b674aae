//! Takes secret-shaped text out of the errors that the gateway words itself.

use std::{borrow::Cow, ops::Range};

#[cfg(test)]
mod tests;

const MARK: &str = "[redacted]";

/// Replaces what looks like a secret or names an account: bearer strings, API keys, JWTs, e-mail
/// addresses and organisation ids become `[redacted]`.
///
/// Works by shape, so it can take out too much (a harmless word that looks like a key), which costs
/// nothing, and it cannot know a secret without a shape: what the gateway itself holds is replaced
/// by value, elsewhere. Applying it twice changes nothing more. Linear in the length of the text.
///
/// ```
/// use cliproxy_translators::redact;
///
/// let shown = redact("Incorrect API key provided: sk-live-0123456789.");
/// assert_eq!(shown, "Incorrect API key provided: [redacted].");
/// assert_eq!(redact("a task-force for sk-learn"), "a task-force for sk-learn");
/// ```
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut scan = Scan {
        bytes: text.as_bytes(),
        no_address_before: 0,
    };
    let mut out = String::new();
    let (mut kept, mut at) = (0, 0);
    while at < scan.bytes.len() {
        let found = scan.starts_word(at).then(|| scan.secret_at(at)).flatten();
        let Some(span) = found else {
            at += 1;
            continue;
        };
        // Spans start at and end behind ASCII bytes, so these are character boundaries.
        out.push_str(&text[kept..span.start]);
        out.push_str(MARK);
        kept = span.end;
        at = span.end;
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// A kind of secret that is known by how it starts.
struct Shape {
    prefix: &'static [u8],
    /// How many characters follow at least: `sk-learn` is not a key.
    tail: usize,
    /// Whether there is a digit among them: `org-specific` is not an id.
    digit: bool,
}

const fn shape(prefix: &'static [u8], tail: usize, digit: bool) -> Shape {
    Shape {
        prefix,
        tail,
        digit,
    }
}

const SHAPES: [Shape; 10] = [
    shape(b"AIza", 16, false),
    // Base64 of `{"`: a JSON Web Token, whole or cut off.
    shape(b"eyJ", 6, false),
    shape(b"gsk_", 16, false),
    shape(b"org-", 8, true),
    shape(b"org_", 8, true),
    shape(b"proj_", 8, true),
    shape(b"sk-", 8, false),
    shape(b"sk_", 16, true),
    shape(b"xai-", 16, false),
    shape(b"ya29.", 16, false),
];

/// Words after which a credential or an account id is written: `Bearer …`, `(org: …)`.
const LEADS: [&[u8]; 3] = [b"bearer", b"org", b"organization"];

/// How much of a token is looked at to find a digit; keeps the scan linear.
const SAMPLE: usize = 64;

struct Scan<'a> {
    bytes: &'a [u8],
    /// Nothing before this offset begins an e-mail address; keeps `a.a.a.a…` linear.
    no_address_before: usize,
}

impl Scan<'_> {
    fn starts_word(&self, at: usize) -> bool {
        is_word(self.bytes[at]) && (at == 0 || !is_word(self.bytes[at - 1]))
    }

    /// The secret that the word at `at` begins or announces.
    fn secret_at(&mut self, at: usize) -> Option<Range<usize>> {
        self.key_at(at)
            .or_else(|| self.announced_at(at))
            .or_else(|| self.address_at(at))
    }

    fn key_at(&self, at: usize) -> Option<Range<usize>> {
        let rest = &self.bytes[at..];
        let shape = SHAPES.iter().find(|shape| {
            rest.strip_prefix(shape.prefix).is_some_and(|tail| {
                let tail = &tail[..tail.len().min(SAMPLE)];
                let length = tail.iter().take_while(|byte| is_key(**byte)).count();
                length >= shape.tail
                    && (!shape.digit || tail[..length].iter().any(u8::is_ascii_digit))
            })
        })?;
        let end = self.run(at + shape.prefix.len(), is_key);
        Some(at..self.without_full_stop(end))
    }

    fn announced_at(&self, at: usize) -> Option<Range<usize>> {
        let word = at..self.run(at, is_word);
        if !LEADS
            .iter()
            .any(|lead| self.bytes[word.clone()].eq_ignore_ascii_case(lead))
        {
            return None;
        }
        let start = self.run(word.end, |byte| b" :=\"'(".contains(&byte));
        if start == word.end {
            return None;
        }
        let end = self.without_full_stop(self.run(start, is_token));
        let token = self.bytes.get(start..end)?;
        let digit = token.iter().take(SAMPLE).any(u8::is_ascii_digit);
        let least = if digit { 8 } else { 20 };
        (token.len() >= least).then_some(start..end)
    }

    fn address_at(&mut self, at: usize) -> Option<Range<usize>> {
        if at < self.no_address_before {
            return None;
        }
        let local = self.run(at, |byte| is_word(byte) || b".%+-".contains(&byte));
        self.no_address_before = local;
        if self.bytes.get(local) != Some(&b'@') {
            return None;
        }
        let domain = local + 1;
        let end = self.run(domain, |byte| is_word(byte) || b".-".contains(&byte));
        // Up to the last label that can be a top-level domain: in `a@b.com.2` that is `com`.
        let mut host = &self.bytes[domain..end];
        while let Some(dot) = host.iter().rposition(|byte| *byte == b'.') {
            let top = &host[dot + 1..];
            let word = top.iter().rposition(|byte| is_word(*byte));
            if top.len() >= 2 && top[..2].iter().all(u8::is_ascii_alphabetic) {
                return word.map(|last| at..domain + dot + 2 + last);
            }
            host = &host[..dot];
        }
        None
    }

    /// Where the bytes that satisfy `member` end, from `from` on.
    fn run(&self, from: usize, member: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| member(**byte)).count()
    }

    /// A full stop behind a token ends the sentence, not the token.
    fn without_full_stop(&self, mut end: usize) -> usize {
        while end > 0 && self.bytes[end - 1] == b'.' {
            end -= 1;
        }
        end
    }
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Providers show keys shortened, `sk-abc***xyz` or `sk-...xyz`.
fn is_key(byte: u8) -> bool {
    is_word(byte) || b"-.*".contains(&byte)
}

/// The `token68` of RFC 9110, section 11.2, without padding.
fn is_token(byte: u8) -> bool {
    is_key(byte) || b"~+/".contains(&byte)
}
