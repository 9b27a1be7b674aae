//! Web search.

use cliproxy_json::{ObjectWriter, Value};

/// What a place consists of, in all protocols.
const LOCATION: [&str; 4] = ["city", "region", "country", "timezone"];

/// How web search is declared.
pub(crate) struct WebSearch {
    /// Only models made for it take it.
    pub(crate) is_for_search_models: bool,
    /// It can be kept to some domains.
    pub(crate) takes_domains: bool,
    /// The members of a declaration that have a place, but for the domains.
    pub(crate) kept: &'static [&'static str],
    pub(crate) write: fn(&Search<'_>, &mut ObjectWriter<'_>),
}

/// What the client's declaration says.
pub(crate) struct Search<'a> {
    pub(crate) declared: Value<'a>,
    pub(crate) allowed_domains: Option<Value<'a>>,
    /// Where the user is.
    pub(crate) place: Option<Value<'a>>,
}

impl Search<'_> {
    /// A member as it is.
    pub(crate) fn copy(&self, key: &str, out: &mut ObjectWriter<'_>) {
        raw(out, key, self.declared.get(key));
    }

    pub(crate) fn copy_allowed(&self, out: &mut ObjectWriter<'_>) {
        raw(out, "allowed_domains", self.allowed_domains);
    }

    /// `user_location`, as most have it.
    pub(crate) fn write_location(&self, out: &mut ObjectWriter<'_>) {
        if let Some(place) = self.place {
            out.object("user_location", |location| {
                location.text("type", "approximate");
                write_place(place, location);
            });
        }
    }
}

/// The place alone.
pub(crate) fn write_place(place: Value<'_>, out: &mut ObjectWriter<'_>) {
    for key in LOCATION {
        raw(out, key, place.get(key));
    }
}

fn raw(out: &mut ObjectWriter<'_>, key: &str, value: Option<Value<'_>>) {
    if let Some(value) = value.filter(|value| !value.is_null()) {
        out.raw(key, value.raw());
    }
}
