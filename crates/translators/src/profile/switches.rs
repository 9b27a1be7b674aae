//! What an entry of the configuration says about its upstream, over its profile.

use super::Profile;
use crate::protocols::rules;
use cliproxy_core::Protocol;
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

/// What an entry says of members and roles. `drop-params` and `rename-params` are about top-level members
/// of the finished body; `max-tokens-field` and `role-developer`, which a profile has for translated
/// bodies, are here what holds for native ones: the entry's own word, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    dropped: Vec<String>,
    renamed: Vec<(String, String)>,
    max_tokens_field: Option<MaxTokensField>,
    role_developer: Option<RoleDeveloper>,
}

impl Params {
    /// Members to take away, and members to rename: old name and new one.
    #[must_use]
    pub const fn new(dropped: Vec<String>, renamed: Vec<(String, String)>) -> Self {
        Self {
            dropped,
            renamed,
            max_tokens_field: None,
            role_developer: None,
        }
    }

    /// The same with what the entry says of the output limit and of the role.
    #[must_use]
    pub fn with_chat(
        self,
        max_tokens_field: Option<MaxTokensField>,
        role_developer: Option<RoleDeveloper>,
    ) -> Self {
        Self {
            max_tokens_field,
            role_developer,
            ..self
        }
    }

    /// What an entry has that says nothing.
    #[must_use]
    pub const fn none() -> &'static Self {
        static NONE: Params = Params::new(Vec::new(), Vec::new());
        &NONE
    }

    /// Whether a native body of this protocol may have something that the entry wants otherwise.
    pub(crate) fn is_for(&self, protocol: Protocol) -> bool {
        let follows = rules(protocol).settings.follows_profile;
        let says = self.max_tokens_field.is_some() || self.keeps_no_developer();
        !self.is_empty() || (follows && says)
    }

    /// The old name of the output limit, and the one that the entry wants.
    pub(crate) const fn limit(&self) -> Option<(&'static str, &'static str)> {
        match self.max_tokens_field {
            None => None,
            Some(MaxTokensField::MaxTokens) => Some(("max_completion_tokens", "max_tokens")),
            Some(MaxTokensField::MaxCompletionTokens) => {
                Some(("max_tokens", "max_completion_tokens"))
            }
        }
    }

    /// Whether the role `developer` becomes `system`.
    pub(crate) const fn keeps_no_developer(&self) -> bool {
        matches!(self.role_developer, Some(RoleDeveloper::System))
    }

    /// Whether a finished translated body stays as it is.
    pub(crate) const fn is_empty(&self) -> bool {
        self.dropped.is_empty() && self.renamed.is_empty()
    }

    /// The members that are taken away.
    pub(crate) fn dropped(&self) -> impl Iterator<Item = &str> {
        self.dropped.iter().map(String::as_str)
    }

    /// The members that get another name, with it.
    pub(crate) fn renamed(&self) -> impl Iterator<Item = (&str, &str)> {
        let renamed = self.renamed.iter();
        renamed.map(|(old, new)| (old.as_str(), new.as_str()))
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
