//! A committed stream on its way to the client.

use crate::{
    commit::{Committed, Opened, too_large},
    failure::in_band,
    joiner::{ENOUGH, Joiner},
    settlement::Settlement,
    watch::{Due, Limits, Watch},
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use cliproxy_executors::{UpstreamBody, UpstreamError};
use cliproxy_sse::{Frame, Framer, KEEP_ALIVE};
use cliproxy_translators::{
    ErrorView, Observed, Part, ReplyTap, client_status, error_frame, is_usage_chunk, rename,
};
use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::Instant;

/// How many scheduler turns in a row a write may be put off while more keeps arriving. Bounds what
/// joining costs a stream that never pauses.
const TURNS: u8 = 8;

/// What is done to a stream besides forwarding it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edits {
    /// The name the client used, where the upstream knows the model by another.
    pub(crate) model: Option<Arc<str>>,
    /// Leave out the usage chunk that only the gateway asked for.
    pub(crate) hide_usage: bool,
}

impl Edits {
    const fn is_empty(&self) -> bool {
        self.model.is_none() && !self.hide_usage
    }
}

/// Forwards a stream as it arrives.
///
/// The first bytes go out at once. After them a write is put off for one scheduler turn at a time,
/// for as long as each turn brings more: what arrives in a burst is written once, and nothing waits
/// for something that has not arrived. There is no task and no channel: dropping this drops the
/// upstream's body, which cancels the upstream call.
#[derive(Debug)]
pub(crate) struct StreamBody {
    protocol: Protocol,
    upstream: Option<UpstreamBody>,
    framer: Framer,
    tap: ReplyTap,
    edits: Edits,
    out: Joiner,
    watch: Watch,
    /// Something was handed to the client already.
    started: bool,
    /// Turns the next write was put off by.
    turns: u8,
    /// The last turn brought nothing.
    quiet: bool,
    /// What the upstream said when it failed inside the stream.
    failure: Option<Box<UpstreamError>>,
    settlement: Settlement,
}

impl StreamBody {
    pub(crate) fn new(
        committed: Committed,
        protocol: Protocol,
        edits: Edits,
        keep_alive: Option<Duration>,
        settlement: Settlement,
    ) -> Self {
        let Opened {
            body,
            deadlines,
            framer,
            tap,
            chunks,
            frames,
            ended,
            ..
        } = committed.0;
        let limits = Limits::new(&deadlines, keep_alive);
        let mut stream = Self {
            protocol,
            upstream: (!ended).then_some(body),
            framer,
            tap,
            edits,
            out: Joiner::default(),
            watch: Watch::new(limits, Instant::now()),
            started: false,
            turns: 0,
            quiet: false,
            failure: None,
            settlement,
        };
        if stream.edits.is_empty() {
            for chunk in chunks {
                stream.out.push(chunk);
            }
        } else {
            for frame in frames {
                stream.forward_edited(&frame);
            }
        }
        // Frames behind the one that decided were not looked at yet.
        if let Err(error) = stream.read_frames() {
            stream.break_off(&error);
        } else if stream.upstream.is_none() {
            stream.complete();
        }
        stream
    }

    pub(crate) fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if !self.started && !self.out.is_empty() {
            self.started = true;
            return Poll::Ready(self.out.take());
        }
        loop {
            let Some(upstream) = &mut self.upstream else {
                return Poll::Ready(self.out.take());
            };
            match upstream.poll_data(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    self.quiet = false;
                    self.absorb(chunk);
                    if !self.out.is_empty() && (!self.started || self.out.len() >= ENOUGH) {
                        return self.write();
                    }
                }
                Poll::Ready(Some(Err(error))) => self.broke(&error),
                Poll::Ready(None) => self.ended(),
                Poll::Pending if self.out.is_empty() => {
                    match self.watch.poll_due(self.framer.at_boundary(), cx) {
                        Poll::Pending => return Poll::Pending,
                        Poll::Ready(Due::KeepAlive) => {
                            return Poll::Ready(Some(Bytes::from_static(KEEP_ALIVE)));
                        }
                        Poll::Ready(Due::Deadline(which)) => {
                            self.broke(&UpstreamError::timeout(which));
                        }
                    }
                }
                Poll::Pending if self.quiet || self.turns >= TURNS => return self.write(),
                Poll::Pending => {
                    self.quiet = true;
                    self.turns += 1;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
    }

    /// Only called when there is something to write.
    fn write(&mut self) -> Poll<Option<Bytes>> {
        self.turns = 0;
        self.quiet = false;
        self.started = true;
        Poll::Ready(self.out.take())
    }

    fn absorb(&mut self, chunk: Bytes) {
        let now = Instant::now();
        if self.edits.is_empty() {
            self.out.push(chunk.clone());
        }
        self.framer.push(chunk);
        match self.read_frames() {
            Ok(progress) => self.watch.read(now, progress),
            Err(error) => self.break_off(&error),
        }
        self.watch.wrote(now);
    }

    /// Looks at the complete frames that have arrived; says whether the model made progress.
    fn read_frames(&mut self) -> Result<bool, Box<UpstreamError>> {
        let mut progress = false;
        while let Some(frame) = self.framer.next_frame().map_err(|_| too_large())? {
            match self.tap.observe(&frame) {
                Observed::Comment => {}
                Observed::Progress | Observed::Terminal => progress = true,
                Observed::Failure(failure) => {
                    progress = true;
                    self.failure = Some(Box::new(in_band(&failure)));
                }
            }
            if !self.edits.is_empty() {
                self.forward_edited(&frame);
            }
        }
        Ok(progress)
    }

    fn forward_edited(&mut self, frame: &Frame) {
        if self.edits.hide_usage && is_usage_chunk(frame) {
            return;
        }
        let model = self.edits.model.as_deref();
        match model.and_then(|model| rename(self.protocol, frame.raw(), Part::Event, model)) {
            Some(renamed) => {
                for piece in renamed {
                    self.out.push(piece);
                }
            }
            None => self.out.push(frame.raw().clone()),
        }
    }

    /// The upstream closed the stream.
    fn ended(&mut self) {
        self.upstream = None;
        if let Some(rest) = self.framer.finish() {
            // A last event without its blank line counts: several providers omit it.
            let observed = self.tap.observe(&rest);
            if let Observed::Failure(failure) = observed {
                self.failure = Some(Box::new(in_band(&failure)));
            }
            if !self.edits.is_empty() {
                self.forward_edited(&rest);
            }
        }
        if self.tap.finished() || self.failure.is_some() {
            self.complete();
        } else {
            self.break_off(&UpstreamError::truncated());
        }
    }

    fn broke(&mut self, error: &UpstreamError) {
        // After the protocol's own end nothing can be missing.
        if self.tap.finished() {
            self.upstream = None;
            self.complete();
        } else {
            self.break_off(error);
        }
    }

    /// Ends the stream with the protocol's own error event.
    fn break_off(&mut self, error: &UpstreamError) {
        self.upstream = None;
        let status = client_status(self.protocol, error.status.as_u16());
        let view = ErrorView::new(status, error.message.clone());
        if !self.framer.at_boundary() && self.edits.is_empty() {
            // The client has half an event: close it, so that the error is one of its own.
            self.out.push(Bytes::from_static(b"\n\n"));
        }
        let frame = error_frame(self.protocol, &view, self.tap.sequence());
        self.out.push(frame);
        self.settlement.interrupted(&mut self.tap, error);
    }

    fn complete(&mut self) {
        match self.failure.take() {
            Some(error) => self.settlement.interrupted(&mut self.tap, &error),
            None => self.settlement.completed(&mut self.tap),
        }
    }
}

impl Drop for StreamBody {
    fn drop(&mut self) {
        self.settlement.abandoned(&mut self.tap);
    }
}
