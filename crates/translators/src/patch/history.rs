//! What the gateway itself has left in a conversation, taken back before it goes to a native upstream.
//!
//! A client that was served by another vendor before has reasoning of that vendor in its history, in
//! carriers (`crate::carrier`), and items with ids that the gateway minted.
//!
//! | found | what is done |
//! |---|---|
//! | a carrier of the upstream's own family | its data takes its place |
//! | any other carrier | the part or item around it is cut with its comma, and with its message if that has nothing else; an opaque loss |
//! | the same on a Gemini function call or visible text | only the signature goes; the first call of a content gets the documented stand-in if the model insists on one |
//! | an item with a minted id (Responses) | the id goes, or becomes that of the carrier; a reference is left alone, since it is nothing else |
//! | reasoning with a minted id and nothing sealed (Responses) | cut: no vendor knows it |
//! | a web search that the gateway told as Claude's own | cut, call and result: the text says what was found |
//! | a citation that the gateway told as Claude's own | cut, with its list if that has no other: the text stays |
//! | own reasoning that names an account | kept, and marked for `crate::finish` |
//!
//! Messages are not merged, and only these members are looked at: the same text in prose stays.

use super::Patch;
use crate::{
    carrier::{BASE64_PREFIX, Carrier, Family, Kind, PREFIX, decode_base64},
    request_ir::{Class, Place, Why},
    rules::PatchRules,
    splice::Fate,
};
use bytes::Bytes;
use cliproxy_json::{Value, quoted};
use memchr::memmem::Finder;
use std::sync::LazyLock;

static CARRIER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(PREFIX));
pub(crate) static IN_BASE64: LazyLock<Finder<'static>> =
    LazyLock::new(|| Finder::new(BASE64_PREFIX));
pub(crate) static MINTED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(GATEWAY));
/// Also in what Claude itself has cited, whose index is not empty.
pub(crate) static CITED: LazyLock<Finder<'static>> =
    LazyLock::new(|| Finder::new("\"encrypted_index\""));

/// What stands in every id of an item that the gateway has made.
pub(crate) const GATEWAY: &str = "_gw_";

/// Whether a body may have something of the gateway in it. A hit may be prose: then nothing is changed.
pub(super) fn is_mentioned(rules: &PatchRules, body: &[u8]) -> bool {
    let is_in = |finder: &Finder<'_>| finder.find(body).is_some();
    is_in(&CARRIER) || rules.mentions.iter().any(|finder| is_in(finder))
}

impl Patch<'_> {
    /// Reasoning that this upstream cannot read.
    pub(crate) fn lose(&mut self, value: Value<'_>) {
        self.losses
            .drop(Place::of(value), Class::Opaque, Why::Sealed);
    }

    /// Cuts the elements of a list that are to be cut, and says whether the list is left.
    pub(crate) fn settle(&mut self, list: Value<'_>, mut fates: Vec<Fate>) -> bool {
        if fates.iter().all(|fate| *fate == Fate::Keep) {
            return true;
        }
        if fates.iter().all(|fate| *fate == Fate::Cut) {
            return false;
        }
        let splices = &mut self.splices;
        splices.elements(list, |index, _| {
            std::mem::replace(&mut fates[index], Fate::Keep)
        })
    }

    /// The same for an array that stays even if it is empty then.
    pub(crate) fn settle_all(&mut self, list: Value<'_>, mut fates: Vec<Fate>) {
        if fates.iter().any(|fate| *fate != Fate::Keep) {
            let splices = &mut self.splices;
            splices.elements(list, |index, _| {
                std::mem::replace(&mut fates[index], Fate::Keep)
            });
        }
    }
}

/// What a sealed member holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// What no gateway has made.
    Plain,
    /// The upstream's own, in a carrier: the vendor's text as JSON, the id of its item, the account that
    /// can read it.
    Own {
        data: Bytes,
        item: Option<String>,
        realm: Option<u32>,
    },
    /// Another vendor's.
    Foreign,
}

pub(crate) fn read(value: Value<'_>, family: Family, kinds: &[Kind]) -> Found {
    let text = value.as_str().unwrap_or_default();
    Carrier::parse(&text).map_or(Found::Plain, |carrier| found(&carrier, family, kinds))
}

pub(crate) fn read_base64(value: Value<'_>, family: Family, kinds: &[Kind]) -> Found {
    let text = value.as_str().unwrap_or_default();
    let Some(decoded) = decode_base64(&text) else {
        return read(value, family, kinds);
    };
    Carrier::parse(&decoded).map_or(Found::Plain, |carrier| found(&carrier, family, kinds))
}

fn found(carrier: &Carrier<'_>, family: Family, kinds: &[Kind]) -> Found {
    if carrier.family != family || !kinds.contains(&carrier.kind) {
        return Found::Foreign;
    }
    Found::Own {
        data: quoted(carrier.data),
        item: carrier.item.map(str::to_owned),
        realm: carrier.realm,
    }
}
