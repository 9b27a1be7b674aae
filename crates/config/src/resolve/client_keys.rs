//! `api-keys`: who may use the gateway.

use super::{Resolver, text};
use crate::{ClientKey, ClientKeyText, raw::RawClientKey, tree::Spot};
use cliproxy_core::Secret;
use std::collections::HashSet;

/// The SHA-256 digest of an empty text.
const NOTHING: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

impl Resolver<'_> {
    /// The client keys: trimmed, the first of equal ones, without empty and disabled ones.
    pub(super) fn client_keys(
        &mut self,
        given: Vec<Option<RawClientKey>>,
        list: &Spot<'_>,
    ) -> Vec<ClientKey> {
        let mut keys = Vec::with_capacity(given.len());
        let mut seen = HashSet::new();
        for (index, raw) in given.into_iter().enumerate() {
            let spot = list.index(index);
            let Some(raw) = raw else {
                self.dropped(&spot);
                continue;
            };
            let disabled = raw.disabled == Some(true);
            let name = text(raw.name.clone());
            let max_concurrency = raw.max_concurrency;
            if max_concurrency == Some(0) {
                let remedy = "remove it for `limits.max-concurrency-per-key`";
                self.report
                    .error(&spot.key("max-concurrency"), "must be at least 1", remedy);
            }
            let Some(key) = self.client_key(raw, &spot) else {
                continue;
            };
            if disabled {
                continue;
            }
            let identity = match &key {
                ClientKeyText::Plain(key) => Ok(key.expose().to_owned()),
                ClientKeyText::Sha256(digest) => Err(*digest),
            };
            if !seen.insert(identity) {
                self.report
                    .warning(&spot, "the same key again", "remove one of them");
                continue;
            }
            keys.push(ClientKey {
                name,
                key,
                max_concurrency,
                line: spot.place.line(),
            });
        }
        keys
    }

    fn client_key(&mut self, raw: RawClientKey, spot: &Spot<'_>) -> Option<ClientKeyText> {
        let hash = text(raw.key_hash);
        let key = self.secret_of_requests(raw.key.as_deref(), spot);
        match (key, hash) {
            (Some(key), None) => Some(ClientKeyText::Plain(Secret::from(key))),
            (None, Some(hash)) => {
                let digest = parse_hash(&hash);
                if digest == Some(NOTHING) {
                    self.dropped(spot);
                    return None;
                }
                if digest.is_none() {
                    let remedy = "write sha256: and 64 hexadecimal digits";
                    self.report
                        .error(&spot.key("key-hash"), "not a digest", remedy);
                }
                digest.map(ClientKeyText::Sha256)
            }
            (Some(_), Some(_)) => {
                self.report
                    .error(spot, "both `key` and `key-hash`", "remove one of them");
                None
            }
            (None, None) => {
                self.dropped(spot);
                None
            }
        }
    }

    fn dropped(&mut self, spot: &Spot<'_>) {
        self.report
            .warning(spot, "an empty key, which is dropped", "remove it");
    }
}

fn parse_hash(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix("sha256:")?.trim().as_bytes();
    let mut digest = [0; 32];
    if digits.len() != 2 * digest.len() {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high << 4 | low).ok()?;
    }
    Some(digest)
}
