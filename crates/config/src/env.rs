//! The environment, as a value.

use std::{collections::BTreeMap, fmt};

/// Environment variables. An argument everywhere, so that nothing depends on the process it runs
/// in; [`Env::of_process`] is the one place that reads the real ones.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Env {
    variables: BTreeMap<String, String>,
    unset: Unset,
}

/// What it means that a configuration names a variable that is not set.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever reads a secret must decide about each"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unset {
    /// The configuration cannot be used.
    #[default]
    Wrong,
    /// The same in a gateway that runs, whose environment is that of its start.
    WrongSinceStart,
    /// What only requests are made with may be set where the gateway runs. Proxies and OAuth clients
    /// are needed here: tokens are refreshed with them.
    RequestsElsewhere,
    /// Nothing is asked for here, so that everything may be set where the gateway runs.
    AllElsewhere,
}

impl Env {
    /// The variables of this process, without those that are not UTF-8.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// The same for a process beside the one that the configuration is for.
    #[must_use]
    pub fn with_unset(self, unset: Unset) -> Self {
        Self { unset, ..self }
    }

    pub(crate) const fn unset(&self) -> Unset {
        self.unset
    }

    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The value of a variable that is set to something.
    pub(crate) fn get_set(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.trim().is_empty())
    }

    /// All variables, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .iter()
            .map(|(name, value)| (&**name, &**value))
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let variables = variables.into_iter();
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        Self {
            variables: variables.collect(),
            unset: Unset::default(),
        }
    }
}

impl fmt::Debug for Env {
    /// Shows no values: some of them are keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}
