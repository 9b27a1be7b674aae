//! The dialects of Claude: who speaks them, and which host is whose.

use crate::{
    profile::{
        CallIds,
        Host::{self, Is},
        Profile, Profiles,
    },
    thinking::Form,
};
use cliproxy_core::Protocol;

pub(super) const PROFILES: Profiles = Profiles {
    all: ALL,
    hosts: HOSTS,
    of_vendor: |_| "anthropic",
};

/// The first is that of a host nobody knows.
const ALL: &[Profile] = &[Profile::COMPAT_CLAUDE, Profile::ANTHROPIC];

const HOSTS: &[(Host, &str)] = &[(Is("api.anthropic.com"), "anthropic")];

impl Profile {
    /// `api.anthropic.com`.
    pub(crate) const ANTHROPIC: Self = Self {
        name: "anthropic",
        own: &[Protocol::Claude],
        call_ids: CallIds::Claude,
        thinking: Form::Claude,
        is_anthropic: true,
        ..Self::COMPAT
    };
    const COMPAT_CLAUDE: Self = Self {
        name: "compat",
        own: &[],
        is_anthropic: false,
        ..Self::ANTHROPIC
    };
}
