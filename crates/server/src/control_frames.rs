//! A budget for what a client says over HTTP/2 without asking for anything.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Frames beyond the steady rate that a client may send at once.
const BURST: f64 = 1_000.0;
/// Frames a second that a client may send for ever. Cancelling requests costs one each.
const STEADY: f64 = 100.0;
/// What a client says before its first frame (RFC 9113 section 3.4).
const PREFACE: usize = 24;
/// Length, type, flags and stream (RFC 9113 section 4.1).
const HEAD: usize = 9;

/// Ends an HTTP/2 connection that is flooded with control frames.
///
/// The HTTP library bounds resets of requests that were not accepted yet and the size of header
/// lists; PING, SETTINGS, PRIORITY, empty frames and resets of accepted requests cost the server
/// work and the client nothing, and nobody counts them. So the heads of frames are read on the way
/// to the library, and nothing is kept of them.
///
/// Frames whose number follows from the data that is sent (`WINDOW_UPDATE`) are not counted.
#[derive(Debug)]
pub(crate) struct ControlFrames<I> {
    io: I,
    walk: Walk,
    budget: Budget,
}

/// Where in the client's bytes the next frame begins.
#[derive(Debug)]
struct Walk {
    /// To be passed over.
    skip: usize,
    head: [u8; HEAD],
    /// How much of `head` is there.
    have: usize,
}

#[derive(Debug)]
struct Budget {
    left: f64,
    filled: Instant,
}

impl<I> ControlFrames<I> {
    pub(crate) fn new(io: I) -> Self {
        Self {
            io,
            walk: Walk {
                skip: PREFACE,
                head: [0; HEAD],
                have: 0,
            },
            budget: Budget {
                left: BURST,
                filled: Instant::now(),
            },
        }
    }
}

impl Walk {
    /// How many counted frames begin in these bytes.
    fn counted(&mut self, mut bytes: &[u8]) -> u32 {
        let mut counted = 0;
        while !bytes.is_empty() {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            let taken = (HEAD - self.have).min(bytes.len());
            if self.skip > 0 || taken == 0 {
                continue;
            }
            self.head[self.have..self.have + taken].copy_from_slice(&bytes[..taken]);
            self.have += taken;
            bytes = &bytes[taken..];
            if self.have == HEAD {
                let [a, b, c, kind, ..] = self.head;
                let length = u32::from_be_bytes([0, a, b, c]);
                counted += u32::from(is_counted(kind, length));
                self.skip = length as usize;
                self.have = 0;
            }
        }
        counted
    }
}

/// Types of RFC 9113 section 6.
const fn is_counted(kind: u8, length: u32) -> bool {
    match kind {
        // DATA, HEADERS, CONTINUATION: only where they carry nothing.
        0x0 | 0x1 | 0x9 => length == 0,
        // WINDOW_UPDATE
        0x8 => false,
        // PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, and what is not known.
        _ => true,
    }
}

impl Budget {
    /// Whether the client may go on.
    fn spend(&mut self, frames: u32, now: Instant) -> bool {
        let passed = now.duration_since(self.filled).as_secs_f64();
        self.filled = now;
        self.left = (self.left + passed * STEADY).min(BURST) - f64::from(frames);
        self.left >= 0.0
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for ControlFrames<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        let counted = self.walk.counted(&buf.filled()[before..]);
        if counted > 0 && !self.budget.spend(counted, Instant::now()) {
            let flood = io::Error::new(io::ErrorKind::InvalidData, "a flood of control frames");
            return Poll::Ready(Err(flood));
        }
        read
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for ControlFrames<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::{BURST, Budget, HEAD, PREFACE, Walk};
    use std::time::{Duration, Instant};

    fn frame(kind: u8, payload: usize) -> Vec<u8> {
        let length = u32::try_from(payload).unwrap().to_be_bytes();
        let mut frame = vec![length[1], length[2], length[3], kind, 0, 0, 0, 0, 1];
        // Payload that looks like frames must not be taken for some.
        frame.extend((0..payload).map(|at| [0, 0, 0, 6, 0, 0, 0, 0, 0][at % HEAD]));
        frame
    }

    #[test]
    fn frames_are_found_however_the_bytes_are_cut() {
        let mut bytes = vec![b'P'; PREFACE];
        let frames = [
            (0x4, 0, 1),
            (0x1, 30, 0),
            (0x0, 5_000, 0),
            (0x0, 0, 1),
            (0x8, 4, 0),
            (0x6, 8, 1),
            (0x3, 4, 1),
            (0x2, 5, 1),
            (0x9, 0, 1),
            (0x9, 70, 0),
            (0xbe, 20_000, 1),
            (0x7, 8, 1),
        ];
        for (kind, payload, _) in frames {
            bytes.extend(frame(kind, payload));
        }
        let expected: u32 = frames.iter().map(|(.., counted)| counted).sum();
        for size in [1, 2, 3, 7, 8, 9, 10, 24, 33, 100, 4_096, bytes.len()] {
            let mut walk = Walk {
                skip: PREFACE,
                head: [0; HEAD],
                have: 0,
            };
            let counted: u32 = bytes.chunks(size).map(|chunk| walk.counted(chunk)).sum();
            assert_eq!((counted, walk.skip, walk.have), (expected, 0, 0), "{size}");
        }
    }

    #[test]
    fn the_budget_is_a_burst_and_a_steady_rate() {
        let start = Instant::now();
        let mut budget = Budget {
            left: BURST,
            filled: start,
        };
        assert!(budget.spend(1_000, start));
        assert!(!budget.spend(1, start));
        let mut budget = Budget {
            left: 0.0,
            filled: start,
        };
        for second in 1..100 {
            assert!(budget.spend(100, start + Duration::from_secs(second)));
        }
        assert!(!budget.spend(101, start + Duration::from_secs(100)));
    }
}
