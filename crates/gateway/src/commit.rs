//! The line between "may still fail over" and "the client has seen it".

use crate::in_band::in_band;
use bytes::Bytes;
use cliproxy_core::{Deadlines, Protocol};
use cliproxy_executors::{Response, Timeout, UpstreamBody, UpstreamError};
use cliproxy_json::Value;
use cliproxy_sse::{Frame, Framer};
use cliproxy_translators::{ReplyTap, Seen};
use http::{HeaderMap, StatusCode, header};
use std::{mem, time::Duration};
use tokio::time::{Instant, timeout, timeout_at};

/// How many handshake events are waited through.
const HANDSHAKE_EVENTS: usize = 16;
/// How many bytes of them.
const HANDSHAKE_BYTES: usize = 64 << 10;
/// And for how long, from the first of them on.
const HANDSHAKE_TIME: Duration = Duration::from_secs(2);

/// A stream whose beginning was read and is good; nothing of it has reached the client.
///
/// Only this may be given up for another attempt.
#[derive(Debug)]
pub(crate) struct Uncommitted(Opened);

/// A stream that goes to the client. There is no way back to [`Uncommitted`].
#[derive(Debug)]
pub(crate) struct Committed(pub(crate) Opened);

/// A stream and what was read of it so far.
#[derive(Debug)]
pub(crate) struct Opened {
    protocol: Protocol,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: UpstreamBody,
    pub(crate) deadlines: Deadlines,
    pub(crate) framer: Framer,
    pub(crate) tap: ReplyTap,
    /// What was read, as it arrived.
    pub(crate) chunks: Vec<Bytes>,
    /// The complete frames of it.
    pub(crate) frames: Vec<Frame>,
    /// The upstream has closed the stream.
    pub(crate) ended: bool,
}

impl Uncommitted {
    /// Reads until the first event that is more than a handshake.
    ///
    /// An upstream that is overloaded may say so in the first event of a 200, so success is only
    /// believed when there is something to show for it. See `docs/streaming.md`.
    pub(crate) async fn open(
        response: Response,
        protocol: Protocol,
        max_event: usize,
    ) -> Result<Self, Box<UpstreamError>> {
        let mut opened = Opened {
            protocol,
            status: response.status,
            headers: response.headers,
            body: response.body,
            deadlines: response.deadlines,
            framer: Framer::new(max_event),
            tap: ReplyTap::new(protocol),
            chunks: Vec::new(),
            frames: Vec::new(),
            ended: false,
        };
        let mut handshake = Handshake::default();
        // Comments keep a stream from being idle, and are no progress.
        let begun = Instant::now();
        let progress = begun + opened.deadlines.progress;
        while !opened.ended {
            let Some(chunk) = opened.next_chunk(handshake.until, progress).await? else {
                // The two seconds are over: what there is, is enough.
                break;
            };
            if opened.read(chunk, &mut handshake)? == Verdict::Commit {
                break;
            }
        }
        if opened.ended && !opened.tap.finished() {
            return Err(Box::new(if handshake.events == 0 {
                UpstreamError::malformed("the upstream ended the stream before its first event")
            } else {
                UpstreamError::truncated()
            }));
        }
        if let Some(total) = &mut opened.deadlines.total {
            *total = total.saturating_sub(begun.elapsed());
        }
        Ok(Self(opened))
    }

    /// The upstream's response head.
    pub(crate) const fn head(&self) -> (StatusCode, &HeaderMap) {
        (self.0.status, &self.0.headers)
    }

    /// Lets the stream go to the client.
    pub(crate) fn commit(self) -> Committed {
        Committed(self.0)
    }
}

#[derive(Default)]
struct Handshake {
    events: usize,
    bytes: usize,
    until: Option<Instant>,
}

#[derive(PartialEq, Eq)]
enum Verdict {
    Commit,
    Wait,
}

impl Opened {
    /// The next chunk; empty at the end of the stream; `None` when `until` passes first.
    async fn next_chunk(
        &mut self,
        until: Option<Instant>,
        progress: Instant,
    ) -> Result<Option<Bytes>, Box<UpstreamError>> {
        let next = self.body.next();
        let late = |which| Box::new(UpstreamError::timeout(which));
        let chunk = match until {
            Some(until) => match timeout_at(until, next).await {
                Ok(chunk) => chunk,
                Err(_) => return Ok(None),
            },
            None => timeout_at(progress, timeout(self.deadlines.idle_stream, next))
                .await
                .map_err(|_| late(Timeout::Progress))?
                .map_err(|_| late(Timeout::Idle))?,
        };
        match chunk {
            Some(chunk) => chunk.map(Some),
            None => {
                self.ended = true;
                Ok(Some(Bytes::new()))
            }
        }
    }

    fn read(
        &mut self,
        chunk: Bytes,
        handshake: &mut Handshake,
    ) -> Result<Verdict, Box<UpstreamError>> {
        if self.ended {
            let last = self.framer.finish();
            if let Some(last) = last.filter(is_whole) {
                return self.judge(last, handshake);
            }
            return Ok(Verdict::Commit);
        }
        self.chunks.push(chunk.clone());
        self.framer.push(chunk);
        let mut verdict = Verdict::Wait;
        while let Some(frame) = self.framer.next_frame().map_err(|_| too_large())? {
            if self.judge(frame, handshake)? == Verdict::Commit {
                verdict = Verdict::Commit;
                break;
            }
        }
        if verdict == Verdict::Wait
            && (handshake.events >= HANDSHAKE_EVENTS || handshake.bytes >= HANDSHAKE_BYTES)
        {
            verdict = Verdict::Commit;
        }
        Ok(verdict)
    }

    fn judge(
        &mut self,
        frame: Frame,
        handshake: &mut Handshake,
    ) -> Result<Verdict, Box<UpstreamError>> {
        // Comments count: an upstream that sends nothing else must not fill memory. A first event
        // that is larger than this is bounded by its own limit.
        handshake.bytes += frame.raw().len();
        let seen = self.tap.frame(&frame);
        let verdict = match seen {
            Seen::Comment => Verdict::Wait,
            Seen::Handshake => {
                handshake.events += 1;
                handshake
                    .until
                    .get_or_insert_with(|| Instant::now() + HANDSHAKE_TIME);
                Verdict::Wait
            }
            Seen::Failure(failure) => {
                let data = frame.data().unwrap_or_default();
                let mut headers = mem::take(&mut self.headers);
                // Of the stream; the error is a document.
                headers.remove(header::CONTENT_TYPE);
                return Err(Box::new(UpstreamError {
                    headers,
                    ..in_band(self.protocol, &failure, &data)
                }));
            }
            Seen::Malformed => {
                return Err(Box::new(UpstreamError::malformed(
                    "the upstream's first event is not valid JSON",
                )));
            }
            Seen::Progress | Seen::Terminal => Verdict::Commit,
        };
        self.frames.push(frame);
        Ok(verdict)
    }
}

/// Whether an event has arrived as it was meant, so that it counts. The last one of a stream may lack
/// its blank line; one that was cut inside its data may still have the name of an ending.
pub(crate) fn is_whole(frame: &Frame) -> bool {
    let whole = |data: &[u8]| data == b"[DONE]" || Value::parse_bytes(data).is_ok();
    frame.is_terminated() || frame.data().is_some_and(|data| whole(data.trim_ascii()))
}

pub(crate) fn too_large() -> Box<UpstreamError> {
    Box::new(UpstreamError::malformed(
        "an event of the upstream exceeds limits.max-event-bytes",
    ))
}
