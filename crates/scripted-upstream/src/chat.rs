//! OpenAI Chat Completions (<https://developers.openai.com/api/docs/api-reference/chat>).

mod check;
mod messages;
mod read;
mod reply;
mod stream;
mod vendor;

pub(crate) use self::reply::{CREATED, generate, prepared};
