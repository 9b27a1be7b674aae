//! Reading a body within bounds.

use crate::answer::Refusal;
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body::Body;
use http_body_util::BodyExt as _;

/// The largest body, in bytes.
const MAX_BODY: usize = 64 << 10;
/// How much of a larger one is read and thrown away, so that a client which is busy sending sees
/// the answer.
const MAX_WASTE: usize = 1 << 20;

/// Reads a body to its end.
pub(crate) async fn read<B>(body: B) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut body = body;
    let (mut kept, mut seen) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(Refusal::invalid("the body breaks off; send all of it"));
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        seen += data.len();
        if seen <= MAX_BODY {
            kept.extend_from_slice(&data);
        } else if seen > MAX_WASTE {
            break;
        }
    }
    if seen <= MAX_BODY {
        return Ok(kept.freeze());
    }
    Err(Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        format!("a body may have {} KiB; send less", MAX_BODY >> 10),
    ))
}
