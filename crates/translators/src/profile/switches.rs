//! What an entry of the configuration says about its upstream, over its profile.

use super::Profile;

/// `max-tokens-field`: the member that carries the output limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MaxTokensField {
    MaxTokens,
    MaxCompletionTokens,
}

/// `role-developer`: what becomes of the role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoleDeveloper {
    Keep,
    System,
}

/// `force-stream-usage`: whether a stream is asked for its usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamUsage {
    /// Where somebody reads it, which those who get a translated reply always do.
    Auto,
    On,
    Off,
}

impl Profile {
    pub(crate) fn set_max_tokens_field(&mut self, field: MaxTokensField) {
        self.max_completion_tokens = field == MaxTokensField::MaxCompletionTokens;
    }

    pub(crate) fn set_role_developer(&mut self, role: RoleDeveloper) {
        self.developer_role = role == RoleDeveloper::Keep;
    }

    /// `auto` leaves the profile's word, which is *off* for a vendor that refuses to be asked.
    pub(crate) fn set_stream_usage(&mut self, usage: StreamUsage) {
        match usage {
            StreamUsage::Auto => {}
            StreamUsage::On => self.stream_usage = true,
            StreamUsage::Off => self.stream_usage = false,
        }
    }
}

/// `drop-params` and `rename-params`: top-level members of the finished body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Params {
    dropped: Vec<String>,
    renamed: Vec<(String, String)>,
}

impl Params {
    pub(crate) fn new(dropped: Vec<String>, renamed: Vec<(String, String)>) -> Self {
        Self { dropped, renamed }
    }

    /// Whether the body stays as it is.
    pub(crate) fn is_empty(&self) -> bool {
        self.dropped.is_empty() && self.renamed.is_empty()
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
}
