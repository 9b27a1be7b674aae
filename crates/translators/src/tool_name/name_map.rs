//! From the names that an upstream knows back to those of the client.

use super::{Target, fit, flatten};
use std::{borrow::Cow, collections::HashMap};

/// What the client calls a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Original {
    pub(crate) name: Box<str>,
    pub(crate) namespace: Option<Box<str>>,
}

/// The tools of one request by the names that its upstream was given.
///
/// Where two tools end up with one name, the first keeps it: a Responses client may declare `a__b`
/// beside the tool `b` of the namespace `a`.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameMap(HashMap<Box<str>, Original>);

impl NameMap {
    /// The name for the target, remembered for the reply.
    pub(crate) fn fit<'n>(
        &mut self,
        namespace: Option<&str>,
        name: &'n str,
        target: Target,
    ) -> Cow<'n, str> {
        let fitted = match flatten(namespace, name) {
            Cow::Borrowed(name) => fit(name, target),
            Cow::Owned(flat) => Cow::Owned(fit(&flat, target).into_owned()),
        };
        self.insert(&fitted, namespace, name);
        fitted
    }

    /// Notes what the client calls the tool that the upstream knows as `fitted`.
    pub(crate) fn insert(&mut self, fitted: &str, namespace: Option<&str>, name: &str) {
        if !self.0.contains_key(fitted) {
            let namespace = namespace.filter(|namespace| !namespace.is_empty());
            let original = Original {
                name: name.into(),
                namespace: namespace.map(Into::into),
            };
            self.0.insert(fitted.into(), original);
        }
    }

    /// The tool that a reply calls `fitted`; `None` if the request did not name one so.
    pub(crate) fn get(&self, fitted: &str) -> Option<&Original> {
        self.0.get(fitted)
    }
}
