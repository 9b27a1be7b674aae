//! A committed stream on its way to the client.

use crate::{
    commit::{Committed, Opened, too_large},
    curfew::Ear,
    handover::{Giver, State, Taker, handover},
    in_band::in_band,
    joiner::{ENOUGH, Joiner},
    lane::{Lane, missing_end},
    secrets::without,
    settlement::Settlement,
    watch::{Due, Limits, Watch},
};
use bytes::Bytes;
use cliproxy_core::{Protocol, Secret};
use cliproxy_executors::{UpstreamBody, UpstreamError};
use cliproxy_sse::{Frame, Framer, KEEP_ALIVE};
use cliproxy_translators::{Observed, ReplyTap};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep};

mod ending;

/// How many scheduler turns in a row a write may be put off while each brings more. Bounds what
/// joining costs a stream that never pauses.
const TURNS: u8 = 64;

/// Bytes that arrive after such a pause are not part of a burst, and go out at once.
const PAUSE: Duration = Duration::from_millis(2);

/// Forwards a stream as it arrives: the task behind one streamed reply.
///
/// The first bytes are there before this runs, and bytes after a pause go out at once. In a burst a
/// write is put off for one scheduler turn at a time, for as long as each turn brings more: it is
/// written once, and nothing waits for something that has not arrived. A task of its own costs less
/// per event than polling the whole client connection would, which is what a body without one
/// amounts to.
///
/// It ends with the upstream's stream, or as soon as the client's connection drops the body;
/// dropping it drops the upstream's body, which cancels the upstream call.
#[derive(Debug)]
pub(crate) struct Pump {
    to: Giver,
    protocol: Protocol,
    upstream: Option<UpstreamBody>,
    framer: Framer,
    /// Bytes of an event that has not arrived whole. The client gets none of them: if the upstream
    /// breaks off inside an event, half of it would keep the client from reading the error.
    partial: usize,
    tap: ReplyTap,
    lane: Lane,
    out: Joiner,
    watch: Watch,
    /// Turns that the next write was put off by.
    turns: u8,
    /// The last of them brought nothing.
    idle: bool,
    /// What is collected came after a pause.
    paused: bool,
    /// What the upstream said when it failed inside the stream.
    failure: Option<Box<UpstreamError>>,
    /// What that may quote, and the client must not read. Nothing else does.
    quotable: Vec<Secret>,
    ear: Ear,
    /// Runs while the client does not take what it was given.
    stall: Option<Pin<Box<Sleep>>>,
    settlement: Settlement,
}

impl Pump {
    /// The pump of a committed stream, and the end its reply is read from.
    pub(crate) fn new(
        committed: Committed,
        protocol: Protocol,
        lane: Lane,
        keep_alive: Option<Duration>,
        ear: Ear,
        settlement: Settlement,
    ) -> (Self, Taker) {
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
        let (to, taker) = handover();
        let mut pump = Self {
            to,
            protocol,
            upstream: (!ended).then_some(body),
            framer,
            partial: chunks.iter().map(Bytes::len).sum(),
            tap,
            lane,
            out: Joiner::default(),
            watch: Watch::new(limits, Instant::now()),
            turns: 0,
            idle: false,
            paused: false,
            failure: None,
            quotable: Vec::new(),
            ear,
            stall: None,
            settlement,
        };
        for frame in &frames {
            pump.partial -= frame.raw().len();
            pump.take(frame);
        }
        // Frames behind the one that decided were not looked at yet.
        let read = pump.read_frames(0);
        pump.hand_over();
        let mut whole = chunks.iter().map(Bytes::len).sum::<usize>() - pump.partial;
        for mut chunk in chunks {
            chunk.truncate(whole);
            whole -= chunk.len();
            pump.forward(&chunk);
        }
        if let Some(last) = frames.last().filter(|_| ended && pump.lane.is_raw()) {
            pump.out.push(missing_end(last));
        }
        pump.note_finish(Instant::now());
        match read {
            Err(error) => pump.break_off(&error),
            Ok(_) if pump.upstream.is_none() => pump.complete(),
            Ok(_) => {}
        }
        pump.write();
        (pump, taker)
    }

    fn write(&mut self) {
        self.turns = 0;
        self.idle = false;
        self.paused = false;
        if let Some(bytes) = self.out.take() {
            self.to.give(bytes);
        }
    }

    fn absorb(&mut self, mut chunk: Bytes) {
        let now = Instant::now();
        self.paused |= now.duration_since(self.watch.last_read()) > PAUSE;
        let begun = self.partial;
        self.partial += chunk.len();
        self.framer.push(chunk.clone());
        let (progress, ahead) = match self.read_frames(begun) {
            Ok(read) => read,
            Err(error) => return self.break_off(&error),
        };
        self.watch.read(now, progress);
        self.hand_over();
        self.note_finish(now);
        // Without the beginning of the next event, and without what went ahead.
        chunk.truncate(chunk.len().saturating_sub(self.partial));
        self.forward(&chunk.split_off(ahead.min(chunk.len())));
        if let Some(which) = self.watch.passed(now) {
            return self.broke(&UpstreamError::timeout(which));
        }
        if !self.out.is_empty() {
            self.watch.wrote(now);
        }
    }

    /// A translated reply that has come to its logical end does not wait for ever: the client gets
    /// the end of its stream when the upstream's has come.
    fn note_finish(&mut self, now: Instant) {
        if self.lane.has_finished() {
            self.watch.finished(now);
        }
    }

    /// Looks at the complete frames that have arrived; says whether the model made progress.
    ///
    /// The frame that `begun` bytes of earlier chunks belong to goes out from here; how many bytes of
    /// the last chunk went with it is said as well.
    fn read_frames(&mut self, mut begun: usize) -> Result<(bool, usize), Box<UpstreamError>> {
        let (mut progress, mut ahead) = (false, 0);
        while let Some(frame) = self.framer.next_frame().map_err(|_| too_large())? {
            self.partial -= frame.raw().len();
            progress |= self.observe(&frame);
            self.take(&frame);
            if begun > 0 {
                ahead = frame.raw().len() - begun;
                begun = 0;
                self.forward(frame.raw());
            }
        }
        Ok((progress, ahead))
    }

    /// Whether a frame is progress.
    fn observe(&mut self, frame: &Frame) -> bool {
        match self.tap.observe(frame) {
            Observed::Comment => false,
            Observed::Progress | Observed::Terminal => true,
            Observed::Failure(failure) => {
                let data = frame.data().unwrap_or_default();
                let protocol = self.lane.upstream(self.protocol);
                self.failure = Some(Box::new(in_band(protocol, &failure, &data)));
                self.quotable = self.settlement.quotable();
                true
            }
        }
    }

    /// Forwards bytes as they came, once their frames were looked at; where frames are edited they
    /// have gone out already.
    fn forward(&mut self, chunk: &Bytes) {
        if self.lane.forwards_bytes() {
            self.out.push(without(chunk, &self.quotable));
        }
    }

    fn take(&mut self, frame: &Frame) {
        let secrets = &self.quotable;
        self.lane.take(frame, self.protocol, secrets, &mut self.out);
    }

    /// What was translated goes out.
    fn hand_over(&mut self) {
        if let Lane::Translated { reply, upstream } = &mut self.lane {
            // Before the client can have read the end, and asks again.
            let remembered = reply.take_remembered();
            self.settlement.keep_reasoning(*upstream, remembered);
            self.settlement.journal.lost_of_reply(reply.losses());
            let bytes = reply.take();
            if !bytes.is_empty() {
                self.out.push(without(&bytes, &self.quotable));
            }
        }
    }

    /// Waits for the client to take what it was given, for so long: a client that has stopped reading
    /// must not hold an upstream for ever. Its connection then breaks, since it would not read a word.
    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let patience = self.settlement.snapshot.params.write_timeout;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stall.as_mut().poll(cx));
        self.settlement.abandoned(&mut self.tap);
        Poll::Ready(())
    }
}

impl Future for Pump {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let pump = &mut *self;
        if pump.ear.hears(cx) && pump.upstream.is_some() {
            pump.cut_short();
        }
        let mut full = match pump.to.poll_state(cx) {
            State::Gone => return Poll::Ready(()),
            State::Full => true,
            State::Empty => {
                pump.stall = None;
                false
            }
        };
        loop {
            if full && pump.out.len() >= ENOUGH {
                // The client reads slowly, so the upstream is read slowly.
                return pump.poll_stalled(cx);
            }
            let Some(upstream) = &mut pump.upstream else {
                if full && !pump.out.is_empty() {
                    return pump.poll_stalled(cx);
                }
                pump.write();
                pump.to.finish();
                return Poll::Ready(());
            };
            match upstream.poll_data(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    pump.idle = false;
                    pump.absorb(chunk);
                    if !full && pump.out.len() >= ENOUGH {
                        pump.write();
                        full = true;
                    }
                }
                Poll::Ready(Some(Err(error))) => pump.broke(&error),
                Poll::Ready(None) => pump.ended(),
                Poll::Pending if !pump.out.is_empty() => {
                    if full {
                        return pump.poll_stalled(cx);
                    }
                    if pump.idle || pump.paused || pump.turns >= TURNS {
                        pump.write();
                        full = true;
                        continue;
                    }
                    pump.idle = true;
                    pump.turns += 1;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Pending => match pump.watch.poll_due(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Due::KeepAlive) if full => {}
                    Poll::Ready(Due::KeepAlive) => {
                        pump.out.push(Bytes::from_static(KEEP_ALIVE));
                        pump.write();
                        full = true;
                    }
                    Poll::Ready(Due::Deadline(which)) => {
                        pump.broke(&UpstreamError::timeout(which));
                    }
                    Poll::Ready(Due::Over) => pump.ended(),
                },
            }
        }
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.settlement.abandoned(&mut self.tap);
    }
}
