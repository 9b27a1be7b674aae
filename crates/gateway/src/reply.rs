//! What goes back to the client.

use crate::handover::{Broken, Taker};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body::{Body, Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// A reply, ready to be written.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers, `content-type` included.
    pub headers: HeaderMap,
    /// Its body.
    pub body: ReplyBody,
}

/// The body of a reply. Dropping one that streams cancels the upstream call behind it.
#[derive(Debug)]
pub struct ReplyBody(Inner);

#[derive(Debug)]
enum Inner {
    Whole(Option<Bytes>),
    Stream(Taker),
}

impl ReplyBody {
    pub(crate) const fn stream(from: Taker) -> Self {
        Self(Inner::Stream(from))
    }
}

impl From<Bytes> for ReplyBody {
    fn from(whole: Bytes) -> Self {
        Self(Inner::Whole(Some(whole).filter(|whole| !whole.is_empty())))
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match &mut self.0 {
            Inner::Whole(whole) => Poll::Ready(whole.take().map(|data| Ok(Frame::data(data)))),
            Inner::Stream(from) => {
                let taken = from.poll_take(cx);
                taken.map(|data| data.map(|data| data.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Inner::Whole(whole) => whole.is_none(),
            Inner::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Whole(whole) => {
                SizeHint::with_exact(whole.as_ref().map_or(0, |whole| whole.len() as u64))
            }
            Inner::Stream(_) => SizeHint::default(),
        }
    }
}
