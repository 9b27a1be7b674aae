//! Google Gemini `generateContent` (<https://ai.google.dev/api/generate-content>).

mod camel;
mod check;
mod contents;
mod declarations;
mod embed;
pub(crate) mod error;
mod models;
mod read;
mod reply;
mod stream;

pub(crate) use self::{
    embed::{embed, embed_batch},
    reply::{count, generate, prepared},
};
