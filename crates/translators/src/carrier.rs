//! Carriers: how opaque reasoning of one vendor travels through a client of another.
//!
//! A signature or an encrypted block means something to its maker only, and has to come back to it.
//! Where the client speaks another protocol, it is put into that protocol's own field for such things,
//! as a text that says what it is. Nothing is remembered here: the text is all there is.
//!
//! ```text
//! gw1:<family>[@<realm>]:<kind>:<data>
//! gw1:<family>[@<realm>]:enc:[<item id>:]<data>
//! ```
//!
//! | family | vendor | | kind | what the data is |
//! |---|---|---|---|---|
//! | `an` | Anthropic | | `sig` | the signature of thinking |
//! | `oa` | OpenAI | | `red` | redacted thinking |
//! | `gm` | Google | | `enc` | encrypted reasoning, with the id of its item |
//! | `xa` | xAI | | `fc` | the signature of the function call that follows |
//! | `ki` | Moonshot | | `txt` | the signature of a text part |
//! | | | | `th` | the signature of a thought part |
//!
//! - The data is copied as it is. In Gemini's `thoughtSignature`, which its SDKs take for bytes, the whole
//!   carrier is base64: written in the standard alphabet with padding, read in either alphabet with or
//!   without it, because SDKs encode bytes anew in their own way.
//! - The realm is written where only the account that made the data can read it: 8 hex digits, the
//!   head of SHA-256 over `realm|` and the account's identity, which is never a secret.
//! - Reading is exact, and up to 1 MiB: anything else is a value of the protocol it stands in.

use crate::fingerprint::digest;
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};
use std::fmt;

#[cfg(test)]
mod tests;

/// What every carrier begins with.
pub(crate) const PREFIX: &str = "gw1:";

/// What every carrier in base64 begins with, in either alphabet.
pub(crate) const BASE64_PREFIX: &str = "Z3cxO";

/// The longest carrier that is read, in bytes.
const MAX: usize = 1 << 20;

/// Who made the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Anthropic,
    OpenAi,
    Gemini,
    Xai,
    Kimi,
}

/// What the data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Signature,
    Redacted,
    Encrypted,
    FunctionCall,
    Text,
    Thought,
}

const FAMILIES: [(Family, &str); 5] = [
    (Family::Anthropic, "an"),
    (Family::OpenAi, "oa"),
    (Family::Gemini, "gm"),
    (Family::Xai, "xa"),
    (Family::Kimi, "ki"),
];

const KINDS: [(Kind, &str); 6] = [
    (Kind::Signature, "sig"),
    (Kind::Redacted, "red"),
    (Kind::Encrypted, "enc"),
    (Kind::FunctionCall, "fc"),
    (Kind::Text, "txt"),
    (Kind::Thought, "th"),
];

fn named<T: Copy>(table: &[(T, &str)], name: &str) -> Option<T> {
    let row = table.iter().find(|(_, known)| *known == name);
    row.map(|(value, _)| *value)
}

fn name_of<T: PartialEq>(table: &[(T, &'static str)], value: &T) -> &'static str {
    let row = table.iter().find(|(known, _)| known == value);
    row.map_or("", |(_, name)| name)
}

/// One carrier. [`Display`](fmt::Display) writes it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Carrier<'a> {
    pub(crate) family: Family,
    /// The account that can read the data, if not all of the family can; see [`realm`].
    pub(crate) realm: Option<u32>,
    pub(crate) kind: Kind,
    /// The id of the item, for [`Kind::Encrypted`] only. One that is empty or has a colon in it is not
    /// written.
    pub(crate) item: Option<&'a str>,
    pub(crate) data: &'a str,
}

impl<'a> Carrier<'a> {
    /// Reads a carrier; `None` for a value that is not one.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        if text.len() > MAX {
            return None;
        }
        let (family, rest) = rest.split_once(':')?;
        let (kind, rest) = rest.split_once(':')?;
        let (family, realm) = match family.split_once('@') {
            Some((family, realm)) => (family, Some(parse_realm(realm)?)),
            None => (family, None),
        };
        let kind = named(&KINDS, kind)?;
        let (item, data) = match rest.split_once(':') {
            Some((item, data)) if kind == Kind::Encrypted => (Some(item), data),
            _ => (None, rest),
        };
        (!data.is_empty()).then_some(Self {
            family: named(&FAMILIES, family)?,
            realm,
            kind,
            item: item.filter(|item| !item.is_empty()),
            data,
        })
    }

    /// The form for a field that holds base64.
    pub(crate) fn to_base64(self) -> String {
        BASE64_STANDARD.encode(self.to_string())
    }
}

impl fmt::Display for Carrier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", name_of(&FAMILIES, &self.family))?;
        if let Some(realm) = self.realm {
            write!(f, "@{realm:08x}")?;
        }
        write!(f, ":{}:", name_of(&KINDS, &self.kind))?;
        if self.kind == Kind::Encrypted {
            let item = self.item.filter(|item| !item.contains(':'));
            match item.unwrap_or_default() {
                // Nothing before the colon: the data has one, and must not be taken apart at it.
                "" if self.data.contains(':') => f.write_str(":")?,
                "" => {}
                item => write!(f, "{item}:")?,
            }
        }
        f.write_str(self.data)
    }
}

/// Shows what it is, never the data: it may be decrypted by whoever has the account.
impl fmt::Debug for Carrier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carrier")
            .field("family", &self.family)
            .field("realm", &self.realm)
            .field("kind", &self.kind)
            .field("item", &self.item)
            .field("data", &self.data.len())
            .finish()
    }
}

/// The text of a carrier that a field of base64 holds, to be given to [`Carrier::parse`]; `None` for a
/// value that is not one.
pub(crate) fn decode_base64(text: &str) -> Option<String> {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

    if !text.starts_with(BASE64_PREFIX) || text.len() > MAX.div_ceil(3) * 4 {
        return None;
    }
    let engine = match text.contains(['-', '_']) {
        true => URL_SAFE,
        false => STANDARD,
    };
    let carrier = String::from_utf8(engine.decode(text).ok()?).ok()?;
    Carrier::parse(&carrier).is_some().then_some(carrier)
}

/// What an account is called in a carrier. `identity` is that of its organisation or of itself, and the
/// credential's id where neither is known.
pub(crate) fn realm(identity: &str) -> u32 {
    let [a, b, c, d, ..] = digest(&["realm|", identity]);
    u32::from_be_bytes([a, b, c, d])
}

fn parse_realm(text: &str) -> Option<u32> {
    let digits = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_exact = text.len() == 8 && text.bytes().all(digits);
    is_exact.then(|| u32::from_str_radix(text, 16).ok())?
}
