//! Reading a request's body: once, into one buffer of its announced size, within limits.

#[cfg(test)]
mod tests;

use crate::{
    buffered::{NoRoom, Reservation},
    decode::{codings, decode},
    refusal::{busy, refuse},
};
use bytes::{Bytes, BytesMut};
use cliproxy_gateway::Failure;
use http::{HeaderMap, StatusCode, header};
use http_body::Body;
use http_body_util::BodyExt as _;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// An announced length is believed up to this, in bytes: a client that announces more and sends
/// nothing must not hold memory for it.
const BELIEVED: usize = 4 << 20;
/// The slowest that a body may arrive on average, in bytes per second, once [`BodyLimits::silence`]
/// is over. A client that drips holds its memory otherwise for as long as it likes.
const SLOWEST: u64 = 1 << 10;

/// What a body may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    /// The largest body, compressed and not, in bytes.
    pub(crate) size: usize,
    /// The longest silence inside it.
    pub(crate) silence: Duration,
    /// The most that all bodies may take together, in bytes.
    pub(crate) buffered: usize,
}

/// What is read of a body that was refused, in bytes, for how long, and through what silence.
const DRAINED: usize = 64 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(2);
const DRAIN_SILENCE: Duration = Duration::from_millis(100);

/// Reads and throws away what a client is still sending, within bounds.
///
/// A connection that is closed while data is unread is reset, and a client that is busy sending
/// then never sees the answer (RFC 9112 section 9.6). One that waits for `100 Continue` sends
/// nothing and is not asked to.
pub(crate) async fn drain<B>(headers: &HeaderMap, mut body: B)
where
    B: Body<Data = Bytes> + Unpin,
{
    if headers.contains_key(header::EXPECT) {
        return;
    }
    let mut left = DRAINED;
    let all = async {
        while let Ok(Some(Ok(frame))) = timeout(DRAIN_SILENCE, body.frame()).await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            let Some(rest) = left.checked_sub(length) else {
                break;
            };
            left = rest;
        }
    };
    // Whether it was all or not: the connection closes.
    drop(timeout(DRAIN_TIME, all).await);
}

/// Reads and decompresses a body, for which `room` makes room in the memory for bodies.
pub(crate) async fn read<B>(
    headers: &HeaderMap,
    body: &mut B,
    room: &mut Reservation,
    limits: BodyLimits,
) -> Result<Bytes, Failure>
where
    B: Body<Data = Bytes> + Unpin,
{
    let announced = body.size_hint().lower();
    if announced > limits.size as u64 {
        return Err(too_large(limits.size));
    }
    let announced = usize::try_from(announced).unwrap_or(0);
    // Refused before it is sent, where the client says how large it is.
    grow(room, announced, limits)?;
    let raw = gather(body, announced, room, limits).await?;
    match codings(headers).as_slice() {
        [] => Ok(raw),
        codings => decode(raw, codings, room, limits).await,
    }
}

pub(crate) fn grow(
    room: &mut Reservation,
    bytes: usize,
    limits: BodyLimits,
) -> Result<(), Failure> {
    room.grow_to(bytes, limits.buffered).map_err(|NoRoom| {
        let message =
            "too many request bodies at a time (limits.max-buffered-mib); try again shortly";
        busy("overloaded", message)
    })
}

async fn gather<B>(
    body: &mut B,
    announced: usize,
    room: &mut Reservation,
    limits: BodyLimits,
) -> Result<Bytes, Failure>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut first: Option<Bytes> = None;
    let mut whole = BytesMut::new();
    let mut length = 0;
    let begun = Instant::now();
    loop {
        let steady = Duration::from_millis(length as u64 * 1_000 / SLOWEST);
        let due = (begun + limits.silence + steady).min(Instant::now() + limits.silence);
        let frame = match timeout_at(due, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_))) => {
                let message = "Invalid request: the body could not be read to its end";
                return Err(refuse(StatusCode::BAD_REQUEST, "invalid_body", message));
            }
            Ok(None) => break,
            Err(_) => {
                let message = "the request body stopped arriving, or arrives too slowly";
                return Err(refuse(
                    StatusCode::REQUEST_TIMEOUT,
                    "request_timeout",
                    message,
                ));
            }
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len();
        if length > limits.size {
            return Err(too_large(limits.size));
        }
        grow(room, length, limits)?;
        match first.take() {
            // A body in one piece is used as it came.
            None if whole.is_empty() => first = Some(data),
            None => whole.extend_from_slice(&data),
            Some(start) => {
                whole.reserve(announced.min(BELIEVED).max(start.len() + data.len()));
                whole.extend_from_slice(&start);
                whole.extend_from_slice(&data);
            }
        }
    }
    Ok(first.unwrap_or_else(|| whole.freeze()))
}

pub(crate) fn too_large(limit: usize) -> Failure {
    let message = format!(
        "the request body is larger than {} MiB (limits.max-body-mib)",
        limit >> 20
    );
    refuse(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", message)
}
