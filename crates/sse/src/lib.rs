//! Server-sent events as the [WHATWG] defines their framing, over [`bytes::Bytes`], for any split of the input.
//!
//! [`Framer`] cuts a byte stream into [`Frame`]s that keep every byte as it was sent: put together they are the input.
//! What the fields of a frame say is only looked for when it is asked for. Nothing here knows what the data means.
//!
//! ```
//! use bytes::Bytes;
//! use cliproxy_sse::Framer;
//!
//! # fn main() -> Result<(), cliproxy_sse::TooLarge> {
//! let mut framer = Framer::new(1 << 20);
//! framer.push(Bytes::from_static(b"event: ping\r\nda"));
//! assert!(framer.next_frame()?.is_none());
//! framer.push(Bytes::from_static(b"ta: {}\r\n\r\n"));
//! while let Some(frame) = framer.next_frame()? {
//!     assert_eq!(frame.event(), Some(&b"ping"[..]));
//!     assert_eq!(frame.data().as_deref(), Some(&b"{}"[..]));
//! }
//! assert!(framer.at_boundary());
//! # Ok(())
//! # }
//! ```
//!
//! [WHATWG]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

mod frame;
mod framer;
mod line;
mod write;

pub use self::{
    frame::Frame,
    framer::{Framer, TooLarge},
    write::{KEEP_ALIVE, write_event},
};
