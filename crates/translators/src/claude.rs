//! Anthropic Messages.

pub(crate) mod decode_reply;
pub(crate) mod decode_request;
pub(crate) mod encode_reply;
pub(crate) mod encode_request;
pub(crate) mod error;
pub(crate) mod finish;
mod mcp_servers;
mod patch;
mod profiles;
pub(crate) mod raw;
pub(crate) mod reasoning;
pub(crate) mod reply_body;
pub(crate) mod rules;
mod settings;
pub(crate) mod usage_patch;
pub(crate) mod write_reply;
