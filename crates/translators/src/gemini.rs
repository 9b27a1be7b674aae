//! Google Gemini `generateContent`.

pub(crate) mod error;
pub(crate) mod raw;
