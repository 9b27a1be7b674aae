//! Anthropic Messages.

pub(crate) mod error;
pub(crate) mod raw;
