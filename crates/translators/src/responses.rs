//! OpenAI Responses.

pub(crate) mod error;
pub(crate) mod raw;
pub(crate) mod reasoning;
