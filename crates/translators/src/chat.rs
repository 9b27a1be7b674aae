//! OpenAI Chat Completions.

pub(crate) mod error;
pub(crate) mod raw;
pub(crate) mod usage;
pub(crate) mod usage_chunk;
