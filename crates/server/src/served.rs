//! A reply's body with what is held for as long as it is being written.

use crate::{
    activity::{Busy, Untaken},
    concurrency::Slot,
};
use bytes::Bytes;
use cliproxy_gateway::{Broken, ReplyBody};
use http_body::{Body, Frame, SizeHint};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// The body of a response. Dropping one that streams cancels the upstream call behind it.
#[derive(Debug)]
pub struct ServedBody {
    body: ReplyBody,
    /// Where somebody watches whether it is taken.
    untaken: Option<Arc<Untaken>>,
    // Given back when the reply is over, whichever way.
    _slot: Option<Slot>,
    _busy: Option<Busy>,
}

impl ServedBody {
    pub(crate) const fn new(body: ReplyBody, slot: Option<Slot>) -> Self {
        Self {
            body,
            untaken: None,
            _slot: slot,
            _busy: None,
        }
    }

    /// Counts the connection as busy for as long as this is written.
    pub(crate) fn keeping(self, busy: Busy) -> Self {
        Self {
            _busy: Some(busy),
            ..self
        }
    }

    /// Says in `untaken` whether the client takes it.
    pub(crate) fn watched(self, untaken: Arc<Untaken>) -> Self {
        Self {
            untaken: Some(untaken),
            ..self
        }
    }
}

impl Body for ServedBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match &self.untaken {
            None => {}
            Some(untaken) if polled.is_ready() => untaken.ready(),
            Some(untaken) => untaken.waits(),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
