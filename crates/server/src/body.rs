//! Reading a request's body: once, into one buffer of its announced size, within limits.

use crate::refusal::refuse;
use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZstdDecoder};
use bytes::{Bytes, BytesMut};
use cliproxy_gateway::Failure;
use http::{HeaderMap, StatusCode, header};
use http_body::Body;
use http_body_util::BodyExt as _;
use std::{pin::Pin, time::Duration};
use tokio::{
    io::{AsyncBufRead, AsyncRead, AsyncReadExt as _, BufReader},
    time::timeout,
};

/// An announced length is believed up to this, in bytes: a client that announces more and sends
/// nothing must not hold memory for it.
const BELIEVED: usize = 4 << 20;
/// A body may decompress to this whatever its size, in bytes.
const RATIO_FREE: usize = 1 << 20;
/// How many times larger than what was sent a body may become beyond [`RATIO_FREE`].
const RATIO_LIMIT: usize = 100;

/// What a body may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    /// The largest body, compressed and not, in bytes.
    pub(crate) size: usize,
    /// The longest silence inside it.
    pub(crate) silence: Duration,
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

/// Reads and decompresses a body.
pub(crate) async fn read<B>(
    headers: &HeaderMap,
    body: &mut B,
    limits: BodyLimits,
) -> Result<Bytes, Failure>
where
    B: Body<Data = Bytes> + Unpin,
{
    let announced = body.size_hint().lower();
    if announced > limits.size as u64 {
        return Err(too_large(limits.size));
    }
    let raw = gather(body, usize::try_from(announced).unwrap_or(0), limits).await?;
    match codings(headers).as_slice() {
        [] => Ok(raw),
        codings => decode(raw, codings, limits.size).await,
    }
}

async fn gather<B>(body: &mut B, announced: usize, limits: BodyLimits) -> Result<Bytes, Failure>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut first: Option<Bytes> = None;
    let mut whole = BytesMut::new();
    loop {
        let frame = match timeout(limits.silence, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_))) => {
                let message = "Invalid request: the body could not be read to its end";
                return Err(refuse(StatusCode::BAD_REQUEST, "invalid_body", message));
            }
            Ok(None) => break,
            Err(_) => {
                let message = "the request body stopped arriving";
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
        if whole.len() + data.len() > limits.size {
            return Err(too_large(limits.size));
        }
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

/// The codings that were applied, in that order (RFC 9110 section 8.4).
fn codings(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or("?").split(','))
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect()
}

async fn decode(raw: Bytes, codings: &[String], limit: usize) -> Result<Bytes, Failure> {
    let allowed = limit.min(RATIO_FREE.max(raw.len().saturating_mul(RATIO_LIMIT)));
    let mut reader: Pin<Box<dyn AsyncBufRead + Send>> = Box::pin(std::io::Cursor::new(raw));
    for coding in codings.iter().rev() {
        let decoder: Pin<Box<dyn AsyncRead + Send>> = match coding.as_str() {
            "gzip" | "x-gzip" => Box::pin(GzipDecoder::new(reader)),
            "br" => Box::pin(BrotliDecoder::new(reader)),
            "zstd" => Box::pin(ZstdDecoder::new(reader)),
            other => {
                let message = format!(
                    "content coding `{other}` is not supported; send gzip, br, zstd or identity"
                );
                let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
                return Err(refuse(status, "unsupported_encoding", message));
            }
        };
        reader = Box::pin(BufReader::new(decoder));
    }
    let mut whole = Vec::new();
    let read = reader
        .take(allowed as u64 + 1)
        .read_to_end(&mut whole)
        .await;
    match read {
        Ok(_) if whole.len() > allowed => Err(too_large(limit)),
        Ok(_) => Ok(whole.into()),
        Err(_) => {
            let message = "Invalid request: the body cannot be decompressed";
            Err(refuse(StatusCode::BAD_REQUEST, "invalid_body", message))
        }
    }
}

fn too_large(limit: usize) -> Failure {
    let message = format!(
        "the request body is larger than {} MiB (limits.max-body-mib)",
        limit >> 20
    );
    refuse(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", message)
}

#[cfg(test)]
mod tests {
    use super::{BodyLimits, read};
    use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZstdEncoder};
    use bytes::Bytes;
    use futures_util::StreamExt as _;
    use http::{HeaderMap, header};
    use http_body_util::{BodyExt as _, Full, StreamBody};
    use std::{convert::Infallible, time::Duration};
    use tokio::io::AsyncWriteExt as _;

    const LIMITS: BodyLimits = BodyLimits {
        size: 4 << 20,
        silence: Duration::from_secs(30),
    };

    async fn encoded(coding: &str, plain: &[u8]) -> Bytes {
        macro_rules! with {
            ($encoder:ident) => {{
                let mut encoder = $encoder::new(Vec::new());
                encoder.write_all(plain).await.unwrap();
                encoder.shutdown().await.unwrap();
                encoder.into_inner()
            }};
        }
        match coding {
            "gzip" => with!(GzipEncoder),
            "br" => with!(BrotliEncoder),
            "zstd" => with!(ZstdEncoder),
            _ => plain.to_vec(),
        }
        .into()
    }

    async fn outcome(coding: &str, body: Bytes) -> Result<Bytes, u16> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, coding.parse().unwrap());
        read(&headers, &mut Full::new(body), LIMITS)
            .await
            .map_err(|failure| failure.status().as_u16())
    }

    #[tokio::test]
    async fn codings_decode() {
        let plain = br#"{"model":"m","messages":[]}"#;
        for coding in ["identity", "gzip", "br", "zstd"] {
            let body = encoded(coding, plain).await;
            assert_eq!(
                outcome(coding, body).await.as_deref(),
                Ok(&plain[..]),
                "{coding}"
            );
        }
        let stacked = encoded("br", &encoded("gzip", plain).await).await;
        assert_eq!(
            outcome("gzip, br", stacked).await.as_deref(),
            Ok(&plain[..])
        );
        assert_eq!(outcome("compress", Bytes::new()).await, Err(415));
        assert_eq!(outcome("gzip", Bytes::from_static(b"{}")).await, Err(400));
    }

    #[tokio::test]
    async fn bombs_and_large_bodies_are_refused() {
        let bomb = encoded("zstd", &vec![0; 3 << 20]).await;
        assert!(bomb.len() < 30_000);
        assert_eq!(outcome("zstd", bomb).await, Err(413));
        let large = Bytes::from(vec![b' '; (4 << 20) + 1]);
        assert_eq!(outcome("identity", large).await, Err(413));
        let fits = Bytes::from(vec![b' '; 4 << 20]);
        assert!(outcome("identity", fits).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_in_pieces_is_joined_and_a_silent_one_given_up() {
        let pieces = futures_util::stream::iter(["ab", "", "c"])
            .map(|piece| Ok::<_, Infallible>(http_body::Frame::data(Bytes::from(piece))));
        let mut body = StreamBody::new(pieces).boxed_unsync();
        let whole = read(&HeaderMap::new(), &mut body, LIMITS).await;
        assert_eq!(whole.ok().as_deref(), Some(&b"abc"[..]));

        let silent = futures_util::stream::pending::<Result<http_body::Frame<Bytes>, Infallible>>();
        let late = read(&HeaderMap::new(), &mut StreamBody::new(silent), LIMITS).await;
        assert_eq!(late.map_err(|failure| failure.status().as_u16()), Err(408));
    }
}
