//! OpenAI Responses (<https://developers.openai.com/api/docs/api-reference/responses>).

mod check;
mod input;
mod items;
pub(crate) mod log;
mod read;
mod reply;
mod stream;

pub(crate) use self::{
    reply::{count, generate, prepared},
    stream::failed,
};
