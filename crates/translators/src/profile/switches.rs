//! What an entry of the configuration says about its upstream, over its profile.

use super::Profile;
use cliproxy_json::{ObjectWriter, Value};

/// `max-tokens-field`: the member that carries the output limit.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever reads the configuration must handle every form"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxTokensField {
    /// `max_tokens`
    MaxTokens,
    /// `max_completion_tokens`
    MaxCompletionTokens,
}

/// `role-developer`: what becomes of the role.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever reads the configuration must handle every form"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleDeveloper {
    /// It stays.
    Keep,
    /// It becomes `system`.
    System,
}

/// `force-stream-usage`: whether a stream is asked for its usage.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever reads the configuration must handle every form"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamUsage {
    /// Where somebody reads it, which those who get a translated reply always do.
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl Profile {
    /// Overrides the profile.
    pub const fn set_max_tokens_field(&mut self, field: MaxTokensField) {
        self.max_completion_tokens = matches!(field, MaxTokensField::MaxCompletionTokens);
    }

    /// Overrides the profile.
    pub const fn set_role_developer(&mut self, role: RoleDeveloper) {
        self.developer_role = matches!(role, RoleDeveloper::Keep);
    }

    /// `auto` leaves the profile's word, which is *off* for a vendor that refuses to be asked.
    /// Overrides the profile.
    pub const fn set_stream_usage(&mut self, usage: StreamUsage) {
        match usage {
            StreamUsage::Auto => {}
            StreamUsage::On => self.stream_usage = true,
            StreamUsage::Off => self.stream_usage = false,
        }
    }
}

/// `drop-params` and `rename-params`: top-level members of the finished body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    dropped: Vec<String>,
    renamed: Vec<(String, String)>,
}

impl Params {
    /// Members to take away, and members to rename: old name and new one.
    #[must_use]
    pub const fn new(dropped: Vec<String>, renamed: Vec<(String, String)>) -> Self {
        Self { dropped, renamed }
    }

    /// What an entry has that says nothing.
    #[must_use]
    pub const fn none() -> &'static Self {
        static NONE: Params = Params::new(Vec::new(), Vec::new());
        &NONE
    }

    /// Whether the body stays as it is.
    pub(crate) const fn is_empty(&self) -> bool {
        self.dropped.is_empty() && self.renamed.is_empty()
    }

    /// The members that are taken away.
    pub(crate) fn dropped(&self) -> impl Iterator<Item = &str> {
        self.dropped.iter().map(String::as_str)
    }

    /// What a member is called upstream; `None` if it is taken away, which is a loss of quality.
    pub(crate) fn name<'n>(&'n self, member: &'n str) -> Option<&'n str> {
        if self.dropped.iter().any(|name| name == member) {
            return None;
        }
        let mut renamed = self.renamed.iter();
        let new = renamed.find_map(|(old, new)| (old == member).then_some(&**new));
        Some(new.unwrap_or(member))
    }

    /// A finished body as the upstream takes it. A member that has the new name already keeps it, and
    /// the renamed one goes.
    pub(crate) fn apply(&self, body: Value<'_>) -> Vec<u8> {
        let mut out = Vec::with_capacity(body.raw().len());
        ObjectWriter::write(&mut out, |kept| {
            for (name, value) in body.members() {
                let Some(called) = self.name(&name) else {
                    continue;
                };
                if called == name || body.get(called).is_none() {
                    kept.raw(called, value.raw());
                }
            }
        });
        out
    }
}
