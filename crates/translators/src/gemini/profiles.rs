//! The dialects of Gemini: who speaks them, and which host is whose.

use crate::{
    profile::{
        Host::{self, Ends, Is},
        Profile, Profiles,
    },
    thinking::Form,
};
use cliproxy_core::Protocol;

pub(super) const PROFILES: Profiles = Profiles {
    all: ALL,
    hosts: HOSTS,
    of_vendor: |provider| match provider {
        "vertex" => "vertex",
        _ => "gemini",
    },
};

/// The first is that of a host nobody knows.
const ALL: &[Profile] = &[
    Profile::COMPAT_GEMINI,
    Profile::GEMINI,
    Profile::VERTEX,
    Profile::CODE_ASSIST,
    Profile::COMPAT_OPENAPI,
];

const HOSTS: &[(Host, &str)] = &[
    (Is("generativelanguage.googleapis.com"), "gemini"),
    (Is("aiplatform.googleapis.com"), "vertex"),
    (Ends("-aiplatform.googleapis.com"), "vertex"),
    (Ends(".rep.googleapis.com"), "vertex"),
    (Is("cloudcode-pa.googleapis.com"), "code-assist"),
];

impl Profile {
    /// `generativelanguage.googleapis.com`.
    pub(crate) const GEMINI: Self = Self {
        name: "gemini",
        own: &[Protocol::Gemini],
        thinking: Form::Gemini,
        ..Self::COMPAT
    };
    const VERTEX: Self = Self {
        name: "vertex",
        ..Self::GEMINI
    };
    /// The envelope around Gemini.
    pub(crate) const CODE_ASSIST: Self = Self {
        name: "code-assist",
        is_code_assist: true,
        ..Self::GEMINI
    };
    const COMPAT_GEMINI: Self = Self {
        name: "compat",
        own: &[],
        ..Self::GEMINI
    };
    const COMPAT_OPENAPI: Self = Self {
        name: "compat-openapi",
        function_call_ids: false,
        openapi_schemas: true,
        ..Self::COMPAT_GEMINI
    };
}
