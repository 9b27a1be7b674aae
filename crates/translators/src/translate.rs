//! What the gateway calls: a request to another protocol, and its reply back.

mod reply;
mod report;
mod request;

pub use self::{
    reply::{ReplyPlan, ReplyStream, TranslatedReply, fold_reply, translate_reply},
    report::{Loss, Report},
    request::{Asked, Refused, Translated, Upstream, translate_request},
};
