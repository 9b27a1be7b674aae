//! A reply, written for a client: as a stream.

use crate::{
    hub::EncodeReply,
    reply::{Event, ReplyContext, Sink},
};
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Encoder {
    _cx: Arc<ReplyContext>,
    out: Vec<u8>,
}

impl Encoder {
    pub(crate) fn new(cx: Arc<ReplyContext>) -> Self {
        Self {
            _cx: cx,
            out: Vec::new(),
        }
    }
}

impl EncodeReply for Encoder {
    fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }
}

impl Sink for Encoder {
    fn event(&mut self, _event: Event<'_>) {}
}
