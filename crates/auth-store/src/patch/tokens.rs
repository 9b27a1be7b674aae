//! New tokens, in the places and spellings that a file has for them.

use crate::record::{
    claims::Claims,
    members::Members,
    spelling::{ACCESS, CONTAINERS, EXPIRY, GRANTED, ID, LIFETIME, REFRESH, TIMESTAMP},
};
use cliproxy_core::Secret;
use cliproxy_json::{Body, Edit, Invalid, Kind, Path, Raw, Value, apply};
use jiff::Timestamp;
use std::time::{Duration, SystemTime};

/// What a refresh has given. What it has not given stays as it is in the file.
#[derive(Clone, Copy, Debug)]
pub struct NewTokens<'a> {
    /// What requests are made with from now on.
    pub access: &'a Secret,
    /// The next refresh token, where there is another one.
    pub refresh: Option<&'a Secret>,
    /// Another id token.
    pub id: Option<&'a Secret>,
    /// When `access` ends; where nobody said so, what the token says of itself counts.
    pub expires_at: Option<SystemTime>,
    /// When it was granted.
    pub granted_at: SystemTime,
}

impl NewTokens<'_> {
    /// The file with these tokens in it.
    ///
    /// A member is written wherever it is found, in its own spelling and form, so that every reader
    /// sees the new value; one that is found nowhere is added where the file has its other tokens.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if the file is no JSON object.
    pub fn write_into(&self, file: &[u8]) -> Result<Vec<u8>, Invalid> {
        let body = Body::new(file.to_vec().into())?;
        let root = body.root();
        let holder = CONTAINERS.into_iter().find(|name| is_object(root, name));
        let mut edits = Edits {
            places: std::iter::once(None)
                .chain(CONTAINERS.into_iter().map(Some))
                .filter_map(|place| Place::of(root, place))
                .collect(),
            holder,
            is_ours: root.get("type").is_some(),
            list: Vec::new(),
        };
        edits.text(&ACCESS, Some(self.access));
        edits.text(&REFRESH, self.refresh);
        edits.text(&ID, self.id);
        let claimed = || Claims::of(self.access.expose()).expires_at;
        let expires_at = self.expires_at.or_else(claimed);
        edits.expiry(expires_at);
        edits.granted(self.granted_at);
        edits.lifetime(expires_at.and_then(|end| end.duration_since(self.granted_at).ok()));
        Ok(apply(&body, &edits.list)?.to_bytes().into())
    }
}

fn is_object(root: Value<'_>, name: &str) -> bool {
    root.get(name)
        .is_some_and(|value| value.kind() == Kind::Object)
}

/// An object that may hold tokens: the file itself, or one in it.
struct Place<'a> {
    name: Option<&'static str>,
    members: Members<'a>,
}

impl<'a> Place<'a> {
    fn of(root: Value<'a>, name: Option<&'static str>) -> Option<Self> {
        let object = match name {
            None => root,
            Some(name) => root.get(name)?,
        };
        let is_object = object.kind() == Kind::Object;
        let members = Members::of(object);
        is_object.then_some(Self { name, members })
    }
}

fn path(place: Option<&str>, name: &str) -> Path {
    match place {
        None => Path::keys(&[name]),
        Some(place) => Path::keys(&[place, name]),
    }
}

struct Edits<'a> {
    places: Vec<Place<'a>>,
    /// Where the file has its tokens; at its top without this.
    holder: Option<&'static str>,
    /// Another program's file gets no members that it does not know.
    is_ours: bool,
    list: Vec<Edit>,
}

impl<'a> Edits<'a> {
    /// Where any of these names is found.
    fn found(&self, names: &[&'static str]) -> Vec<(Path, Value<'a>)> {
        let mut found = Vec::new();
        for place in &self.places {
            for name in names {
                if let Some(value) = place.members.first(&[name]) {
                    found.push((path(place.name, name), value));
                }
            }
        }
        found
    }

    fn text(&mut self, names: &[&'static str; 2], token: Option<&Secret>) {
        let Some(token) = token else { return };
        let found = self.found(names);
        if found.is_empty() {
            let place = path(self.holder, names[0]);
            self.list
                .push(Edit::Set(place, Raw::string(token.expose())));
        }
        for (place, _) in found {
            self.list
                .push(Edit::Set(place, Raw::string(token.expose())));
        }
    }

    /// An end that nobody knows is taken away: the one of the token before would be believed.
    fn expiry(&mut self, at: Option<SystemTime>) {
        let found = self.found(&EXPIRY);
        match at {
            None => {
                let gone = found.into_iter().map(|(place, _)| Edit::Remove(place));
                self.list.extend(gone);
            }
            Some(_) if found.is_empty() && !self.is_ours => {}
            Some(at) if found.is_empty() => {
                let name = if self.holder.is_some() {
                    "expiry"
                } else {
                    EXPIRY[0]
                };
                let place = path(self.holder, name);
                self.list.push(Edit::Set(place, Raw::string(&stamp(at))));
            }
            Some(at) => self.moments(found, at),
        }
    }

    /// When it was granted, also where the file did not say so.
    fn granted(&mut self, at: SystemTime) {
        let found = self.found(&GRANTED);
        if found.is_empty() && self.is_ours {
            let place = Path::keys(&[GRANTED[0]]);
            self.list.push(Edit::Set(place, Raw::string(&stamp(at))));
        }
        self.moments(found, at);
        let millis = self.found(&[TIMESTAMP]);
        self.moments(millis, at);
    }

    fn lifetime(&mut self, left: Option<Duration>) {
        for (place, old) in self.found(&[LIFETIME]) {
            let edit = match left {
                None => Edit::Remove(place),
                Some(left) => Edit::Set(place, number(left.as_secs(), old)),
            };
            self.list.push(edit);
        }
    }

    /// Each in the form that it had.
    fn moments(&mut self, found: Vec<(Path, Value<'_>)>, at: SystemTime) {
        for (place, old) in found {
            let since = at.duration_since(SystemTime::UNIX_EPOCH);
            let since = since.unwrap_or_default();
            let digits = old.as_str().map_or_else(
                || Some(old.raw().to_owned()),
                |text| {
                    let text = text.trim();
                    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                    digits.then(|| text.to_owned())
                },
            );
            let raw = match digits {
                None => Raw::string(&stamp(at)),
                // What counts milliseconds has thirteen digits until the year 2286, and seconds have ten.
                Some(digits)
                    if digits
                        .split('.')
                        .next()
                        .is_some_and(|whole| whole.len() > 12) =>
                {
                    number(since.as_millis().try_into().unwrap_or(u64::MAX), old)
                }
                Some(_) => number(since.as_secs(), old),
            };
            self.list.push(Edit::Set(place, raw));
        }
    }
}

/// A number, as a string where it was one.
fn number(count: u64, old: Value<'_>) -> Raw {
    match old.kind() {
        Kind::String => Raw::string(&count.to_string()),
        _ => Raw::from(count),
    }
}

/// RFC 3339, in UTC and whole seconds, as earlier versions and vendors write it.
fn stamp(at: SystemTime) -> String {
    let stamp = Timestamp::try_from(at).unwrap_or_default();
    let stamp = Timestamp::from_second(stamp.as_second()).unwrap_or_default();
    stamp.to_string()
}
