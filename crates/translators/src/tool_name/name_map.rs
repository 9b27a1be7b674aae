//! From the names that an upstream knows back to those of the client.

use super::{Target, fit, flatten};
use crate::request_ir::ToolName;
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// The tools of one request by the names that its upstream was given.
///
/// Where two tools end up with one name, the first keeps it: a Responses client may declare `a__b`
/// beside the tool `b` of the namespace `a`.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameMap(FxHashMap<Box<str>, ToolName<'static>>);

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
        if !self.0.contains_key(&*fitted) {
            let namespace = namespace.filter(|namespace| !namespace.is_empty());
            let client = ToolName {
                namespace: namespace.map(|namespace| namespace.to_owned().into()),
                name: name.to_owned().into(),
            };
            self.insert(&fitted, client);
        }
        fitted
    }

    /// Notes what the client calls the tool that the upstream knows as `fitted`.
    pub(crate) fn insert(&mut self, fitted: &str, client: ToolName<'static>) {
        self.0.entry(fitted.into()).or_insert(client);
    }

    /// The tool that a reply calls `fitted`; `None` if the request did not name one so.
    pub(crate) fn get(&self, fitted: &str) -> Option<&ToolName<'static>> {
        self.0.get(fitted)
    }
}
