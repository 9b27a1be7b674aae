//! Anthropic Messages (<https://platform.claude.com/docs/en/api/messages>).

mod blocks;
mod cache_marks;
mod check;
pub(crate) mod error;
mod messages;
mod models;
mod read;
mod reply;
mod stream;
mod tools;

pub(crate) use self::reply::{count, generate, prepared};
