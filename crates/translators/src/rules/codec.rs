//! Reading and writing: the functions that stand between a protocol and what all have in common.

use crate::{
    finish::Mark,
    hub::{ClientContext, DecodeReply, EncodeReply},
    rejection::Rejection,
    reply::{Folded, ReplyContext},
    request_ir::Request,
    target::Target,
};
use cliproxy_json::Value;
use std::sync::Arc;

/// The codecs of one protocol.
pub(crate) struct Codec {
    /// # Errors
    ///
    /// [`Rejection`] for a body that departs from the protocol.
    pub(crate) decode_request:
        for<'a> fn(Value<'a>, &ClientContext<'_>) -> Result<Request<'a>, Rejection>,
    /// Writes a normalised request, and marks what depends on the account.
    pub(crate) encode_request: fn(&Request<'_>, &Target<'_>, &mut Vec<u8>, &mut Vec<Mark>),
    pub(crate) reply_decoder: fn() -> Box<dyn DecodeReply>,
    /// The encoder of a stream, with what settles events in front of it.
    pub(crate) reply_encoder: fn(Arc<ReplyContext>) -> Box<dyn EncodeReply>,
    pub(crate) write_body: fn(&Folded, &ReplyContext, &mut Vec<u8>),
}
