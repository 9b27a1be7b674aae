//! The parameters of an address.

use crate::answer::{Refusal, shown};
use std::collections::BTreeMap;
use url::form_urlencoded;

/// Parameters by name.
#[derive(Debug, Default)]
pub(crate) struct Query(BTreeMap<String, String>);

impl Query {
    /// Reads a query that may have these parameters, each once. Any other is refused: an answer to
    /// half a question would look like one to all of it.
    pub(crate) fn read(text: &str, known: &[&str]) -> Result<Self, Refusal> {
        let mut query = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            if !known.contains(&&*name) {
                let known = match known {
                    [] => "there are none".to_owned(),
                    known => format!("there are {}", known.join(", ")),
                };
                let message = format!("`{}` is no parameter here; {known}", shown(&name));
                return Err(Refusal::invalid(message));
            }
            let twice = format!("`{name}` is given twice; give it once");
            if query
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return Err(Refusal::invalid(twice));
            }
        }
        Ok(Self(query))
    }

    /// Takes a parameter out.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }
}
