//! What the gateway calls: a request to another protocol, and its reply back.

mod reply;
mod request;

pub(crate) use self::request::told;
pub use self::{
    reply::{ReplyPlan, ReplyStream, TranslatedReply, fold_reply, translate_reply},
    request::{Asked, Loss, Refused, Translated, Upstream, translate_request},
};
