//! Replies: read to their end, or piece by piece.

use crate::{Session, soon};
use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;
use std::fmt;

/// A reply that was read to its end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as far as it came.
    pub body: Bytes,
    /// Whether the body ended as HTTP wants.
    pub whole: bool,
}

/// A reply whose body is read piece by piece. Dropping it closes the connection.
pub struct Streaming {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    body: Incoming,
    session: Session,
    seen: Vec<u8>,
    cut: bool,
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// If it is not.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {:?}", self.status, self.text()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text, or the empty text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        header_of(&self.headers, name)
    }
}

impl Streaming {
    pub(crate) fn new(response: Response<Incoming>, session: Session) -> Self {
        let (head, body) = response.into_parts();
        Self {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
            session,
            seen: Vec::new(),
            cut: false,
        }
    }

    /// A header as text, or the empty text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        header_of(&self.headers, name)
    }

    /// The next piece, or `None` at the end.
    pub async fn chunk(&mut self) -> Option<Bytes> {
        loop {
            let frame = tokio::select! {
                biased;
                frame = self.body.frame() => frame,
                () = self.session.drive() => continue,
            };
            let Some(Ok(frame)) = frame else {
                self.cut |= frame.is_some();
                return None;
            };
            if let Ok(data) = frame.into_data() {
                self.seen.extend_from_slice(&data);
                return Some(data);
            }
        }
    }

    /// Reads until the body so far contains `text`.
    ///
    /// # Panics
    ///
    /// If the body ends before.
    pub async fn until(&mut self, text: &str) {
        while !self.seen_text().contains(text) {
            let more = soon(text, self.chunk()).await;
            assert!(more.is_some(), "no {text:?} in {:?}", self.seen_text());
        }
    }

    /// What was read so far, as text.
    #[must_use]
    pub fn seen_text(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    /// Reads to the end.
    pub async fn finish(self) -> Reply {
        self.finish_keeping().await.0
    }

    /// Reads to the end, and keeps the connection.
    pub async fn finish_keeping(mut self) -> (Reply, Session) {
        while soon("the end of the body", self.chunk()).await.is_some() {}
        let reply = Reply {
            status: self.status,
            headers: self.headers,
            body: self.seen.into(),
            whole: !self.cut,
        };
        (reply, self.session)
    }
}

impl fmt::Debug for Streaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streaming")
            .field("status", &self.status)
            .field("seen", &self.seen_text())
            .finish_non_exhaustive()
    }
}

fn header_of<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().expect("text"))
}
