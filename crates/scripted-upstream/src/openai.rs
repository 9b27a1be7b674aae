//! What the two OpenAI protocols share: error wording, tool definitions, structured output.

pub(crate) mod error;
pub(crate) mod limits;
pub(crate) mod models;
pub(crate) mod tools;
