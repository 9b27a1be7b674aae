//! What an operator may say about a credential in its file.

use super::{
    members::Members,
    value::{flag, integer, span, text},
};
use crate::problem::{Problem, Report};
use cliproxy_core::Secret;
use cliproxy_json::{Kind, Value};
use http::{HeaderName, HeaderValue};
use std::{collections::BTreeSet, time::Duration};

/// The largest share of [`Settings::weight`].
const HEAVIEST: u32 = 1_000_000;

/// Headers that say who asks: the credential's own tokens do that.
const AUTHENTICATION: [&str; 6] = [
    "api-key",
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-api-key",
    "x-goog-api-key",
];

/// What an operator has said about a credential. `None` leaves it to the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The namespace that its models are also offered in: one segment.
    pub prefix: Option<Box<str>>,
    /// The proxy for all its requests, as it is written; it may hold a password.
    pub proxy_url: Option<Secret>,
    /// Another address of the upstream.
    pub base_url: Option<Box<str>>,
    /// Higher is served first.
    pub priority: Option<i32>,
    /// The share of the work within one priority; 0 is none.
    pub weight: Option<u32>,
    /// For people.
    pub note: Option<Box<str>>,
    /// More headers for every request, by lower-case name. A value `$Name` copies the client's header.
    pub headers: Box<[(Box<str>, Secret)]>,
    /// Models that it does not serve: see [`excluded_models`].
    pub excluded_models: Box<[Box<str>]>,
    /// Whether its failures cool it down not at all.
    pub disable_cooling: Option<bool>,
    /// How often a request with it is tried again.
    pub request_retry: Option<u32>,
    /// Whether it may speak WebSocket upstream.
    pub websockets: Option<bool>,
    /// How often its tokens are refreshed, in place of what their expiry asks for.
    pub refresh_interval: Option<Duration>,
}

/// Puts lists of models together that a credential does not serve: trimmed, in lower case, each once,
/// in order.
pub fn excluded_models<'a>(lists: impl IntoIterator<Item = &'a str>) -> Box<[Box<str>]> {
    let lists = lists.into_iter().map(|model| model.trim().to_lowercase());
    let models: BTreeSet<_> = lists.filter(|model| !model.is_empty()).collect();
    models.into_iter().map(String::into_boxed_str).collect()
}

impl Settings {
    /// Reads them. What cannot be read is reported and left to the configuration.
    ///
    /// # Errors
    ///
    /// A weight that is none: a wrong share would send work where nobody wants it.
    pub(crate) fn read(root: &Members<'_>, report: &mut Report) -> Result<Self, Problem> {
        let mut reader = Reader { root, report };
        Ok(Self {
            prefix: reader.prefix(),
            proxy_url: root.read(&["proxy_url", "proxy-url"], text).map(secret),
            base_url: root.read(&["base_url", "base-url"], text),
            priority: reader.priority(),
            weight: reader.weight()?,
            note: root.read(&["note"], text),
            headers: reader.headers(),
            excluded_models: reader.excluded(),
            disable_cooling: reader.flag(&["disable_cooling", "disable-cooling"]),
            request_retry: reader.retries(),
            websockets: reader.flag(&["websockets"]),
            refresh_interval: reader.interval(),
        })
    }
}

fn secret(text: Box<str>) -> Secret {
    Secret::from(String::from(text))
}

struct Reader<'a, 'r> {
    root: &'r Members<'a>,
    report: &'r mut Report,
}

impl Reader<'_, '_> {
    fn prefix(&mut self) -> Option<Box<str>> {
        let given = self.root.read(&["prefix"], text)?;
        let prefix = given.trim_matches('/').trim();
        if prefix.contains('/') {
            let remedy = "write one segment, like team-a";
            self.report.warn("prefix", "there is a / in it", remedy);
            return None;
        }
        (!prefix.is_empty()).then(|| prefix.into())
    }

    fn priority(&mut self) -> Option<i32> {
        let given = self.root.first(&["priority"])?;
        let priority = integer(given).and_then(|number| i32::try_from(number).ok());
        if priority.is_none() {
            let remedy = "write a whole number; higher is served first";
            self.report.warn("priority", "not a whole number", remedy);
        }
        priority
    }

    fn weight(&mut self) -> Result<Option<u32>, Problem> {
        let Some(given) = self.root.first(&["weight"]) else {
            return Ok(None);
        };
        if given.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Ok(None);
        }
        let share = match given.kind() {
            Kind::Number => given.as_i64(),
            _ => integer(given),
        };
        let share = share.and_then(|share| u32::try_from(share.max(0)).ok());
        match share.filter(|share| *share <= HEAVIEST) {
            Some(share) => Ok(Some(share)),
            None => {
                let message = "not a share of the work";
                let remedy = "write a whole number from 0 to 1000000, or remove it";
                Err(self.report.problem("weight", message, remedy))
            }
        }
    }

    fn headers(&mut self) -> Box<[(Box<str>, Secret)]> {
        let Some(given) = self.root.first(&["headers"]) else {
            return Box::default();
        };
        let override_names = ["allow_auth_override", "allow-auth-override"];
        let may_authenticate = self.root.read(&override_names, flag) == Some(true);
        let mut headers = Vec::new();
        for (name, value) in given.members() {
            let (name, Some(value)) = (name.trim(), text(value)) else {
                continue;
            };
            if name.is_empty() {
                continue;
            }
            let member = || format!("headers.{name}");
            let Ok(known) = HeaderName::try_from(name) else {
                let remedy = "write letters, digits and dashes";
                self.report.warn(member(), "not a header name", remedy);
                continue;
            };
            if AUTHENTICATION.contains(&known.as_str()) && !may_authenticate {
                let message = "left out: the tokens of the file authenticate its requests";
                let remedy = "remove it, or set allow_auth_override to true";
                self.report.warn(member(), message, remedy);
                continue;
            }
            // Other bytes mean something else to each that reads them, so they are never sent.
            if !value.is_ascii() || HeaderValue::try_from(&*value).is_err() {
                let remedy = "write it in ASCII, without line ends";
                self.report.warn(member(), "not a header value", remedy);
                continue;
            }
            headers.push((known.as_str().into(), secret(value)));
        }
        headers.into()
    }

    fn excluded(&mut self) -> Box<[Box<str>]> {
        let given = self.root.first(&["excluded_models", "excluded-models"]);
        let Some(given) = given else {
            return Box::default();
        };
        if given.kind() != Kind::Array {
            let remedy = r#"write a list, like ["gpt-5-*"]"#;
            self.report.warn("excluded_models", "not a list", remedy);
        }
        let models: Vec<_> = given.elements().filter_map(text).collect();
        excluded_models(models.iter().map(|model| &**model))
    }

    fn flag(&mut self, names: &[&'static str]) -> Option<bool> {
        let given = self.root.first(names)?;
        let flag = flag(given);
        if flag.is_none() {
            self.unread(names, "neither true nor false", "write true or false");
        }
        flag
    }

    fn retries(&mut self) -> Option<u32> {
        let names = ["request_retry", "request-retry"];
        let given = integer_or_unread(self, &names)?;
        u32::try_from(given).ok()
    }

    fn interval(&mut self) -> Option<Duration> {
        let names = [
            "refresh_interval_seconds",
            "refreshIntervalSeconds",
            "refresh_interval",
            "refreshInterval",
        ];
        self.root.first(&names)?;
        let interval = self.root.read(&names, span);
        if interval.is_none() {
            let remedy = "write seconds, or a text like 30m";
            self.unread(&names, "not a length of time", remedy);
        }
        interval
    }

    fn unread(&mut self, names: &[&'static str], message: &'static str, remedy: &'static str) {
        let member = names.first().copied().unwrap_or_default();
        self.report.warn(member, message, remedy);
    }
}

fn integer_or_unread(reader: &mut Reader<'_, '_>, names: &[&'static str]) -> Option<i64> {
    let given = reader.root.first(names)?;
    let number = integer(given);
    if number.is_none() {
        reader.unread(names, "not a whole number", "write a whole number");
    }
    number
}

/// Only a boolean switches a credential off: what a text means is guessed nowhere.
pub(crate) fn is_disabled(root: &Members<'_>, report: &mut Report) -> bool {
    let given: Option<Value<'_>> = root.first(&["disabled"]);
    let disabled = given.map(|value| value.as_bool());
    if disabled == Some(None) {
        let remedy = "write true or false, without quotes";
        report.warn("disabled", "neither true nor false", remedy);
    }
    disabled.flatten().unwrap_or(false)
}
