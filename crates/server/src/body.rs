//! Reading a request's body: once, into one buffer of its announced size, within limits.

use crate::{
    buffered::{NoRoom, Reservation},
    refusal::{busy, refuse},
};
use async_compression::{
    tokio::bufread::{BrotliDecoder, GzipDecoder, ZstdDecoder},
    zstd::DParameter,
};
use bytes::{Bytes, BytesMut};
use cliproxy_gateway::Failure;
use http::{HeaderMap, StatusCode, header};
use http_body::Body;
use http_body_util::BodyExt as _;
use std::{pin::Pin, time::Duration};
use tokio::{
    io::{AsyncBufRead, AsyncRead, AsyncReadExt as _, BufReader},
    time::{Instant, timeout, timeout_at},
};

/// An announced length is believed up to this, in bytes: a client that announces more and sends
/// nothing must not hold memory for it.
const BELIEVED: usize = 4 << 20;
/// A body may decompress to this whatever its size, in bytes.
const RATIO_FREE: usize = 1 << 20;
/// How many times larger than what was sent a body may become beyond [`RATIO_FREE`].
const RATIO_LIMIT: usize = 100;

/// How many codings one body may have. Each has a decoder with memory of its own, and calls the one
/// before it: a head has room for so many that the stack would overflow.
const MAX_CODINGS: usize = 4;

/// Room made for each read of decoded bytes.
const DECODED: usize = 16 << 10;

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

fn grow(room: &mut Reservation, bytes: usize, limits: BodyLimits) -> Result<(), Failure> {
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

async fn decode(
    raw: Bytes,
    codings: &[String],
    room: &mut Reservation,
    limits: BodyLimits,
) -> Result<Bytes, Failure> {
    if codings.len() > MAX_CODINGS {
        let message = format!("the body has more than {MAX_CODINGS} content codings");
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(refuse(status, "unsupported_encoding", message));
    }
    let (limit, compressed) = (limits.size, raw.len());
    let allowed = limit.min(RATIO_FREE.max(compressed.saturating_mul(RATIO_LIMIT)));
    let mut reader: Pin<Box<dyn AsyncBufRead + Send>> = Box::pin(std::io::Cursor::new(raw));
    for coding in codings.iter().rev() {
        let decoder: Pin<Box<dyn AsyncRead + Send>> = match coding.as_str() {
            "gzip" | "x-gzip" => {
                let mut decoder = GzipDecoder::new(reader);
                // RFC 1952 section 2.2: a file may have several, and their texts follow each other.
                decoder.multiple_members(true);
                Box::pin(decoder)
            }
            "br" => Box::pin(BrotliDecoder::new(reader)),
            "zstd" => Box::pin(ZstdDecoder::with_params(reader, &[window()])),
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
    let mut reader = reader.take(allowed as u64 + 1);
    let mut whole = BytesMut::new();
    loop {
        whole.reserve(DECODED);
        match reader.read_buf(&mut whole).await {
            Ok(0) if whole.len() > limit => return Err(too_large(limit)),
            Ok(0) if whole.len() > allowed => return Err(bomb()),
            Ok(0) => return Ok(whole.freeze()),
            Ok(_) => grow(room, compressed + whole.len(), limits)?,
            Err(_) => {
                let message = "Invalid request: the body cannot be decompressed";
                return Err(refuse(StatusCode::BAD_REQUEST, "invalid_body", message));
            }
        }
    }
}

/// A frame may ask for so much memory to be decoded in, and no more: 8 MiB, which is what every decoder
/// should support (RFC 8878 section 3.1.1.1.2), where zstd itself would grant 128.
fn window() -> DParameter {
    DParameter::window_log_max(23)
}

fn bomb() -> Failure {
    let message = format!(
        "the request body becomes more than {RATIO_LIMIT} times as large when it is decompressed"
    );
    refuse(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", message)
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
    use super::BodyLimits;
    use crate::buffered::Buffered;
    use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZstdEncoder};
    use bytes::Bytes;
    use futures_util::StreamExt as _;
    use http::{HeaderMap, header};
    use http_body_util::{BodyExt as _, Full, StreamBody};
    use std::{convert::Infallible, sync::Arc, time::Duration};
    use tokio::io::AsyncWriteExt as _;

    const LIMITS: BodyLimits = BodyLimits {
        size: 4 << 20,
        silence: Duration::from_secs(30),
        buffered: 16 << 20,
    };

    /// The body that is read, or the status of the refusal.
    async fn read<B>(headers: &HeaderMap, body: &mut B) -> Result<Bytes, u16>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
    {
        let mut room = Arc::new(Buffered::default()).begin();
        let read = super::read(headers, body, &mut room, LIMITS).await;
        read.map_err(|failure| failure.status().as_u16())
    }

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
        read(&headers, &mut Full::new(body)).await
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
        let (one, two) = plain.split_at(9);
        let members = [encoded("gzip", one).await, encoded("gzip", two).await].concat();
        assert_eq!(
            outcome("gzip", members.into()).await.as_deref(),
            Ok(&plain[..])
        );
        let stacked = encoded("br", &encoded("gzip", plain).await).await;
        assert_eq!(
            outcome("gzip, br", stacked).await.as_deref(),
            Ok(&plain[..])
        );
        let mut stacked_four = Bytes::from_static(plain);
        for _ in 0..4 {
            stacked_four = encoded("zstd", &stacked_four).await;
        }
        let four = "zstd, zstd, zstd, zstd";
        assert_eq!(
            outcome(four, stacked_four.clone()).await.as_deref(),
            Ok(&plain[..])
        );
        assert_eq!(outcome("compress", Bytes::new()).await, Err(415));
        for (count, coding) in [(5, "zstd"), (10_000, "gzip"), (10_000, "br")] {
            let codings = vec![coding; count].join(", ");
            assert_eq!(outcome(&codings, stacked_four.clone()).await, Err(415));
        }
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
        let whole = read(&HeaderMap::new(), &mut body).await;
        assert_eq!(whole.as_deref(), Ok(&b"abc"[..]));

        let silent = futures_util::stream::pending::<Result<http_body::Frame<Bytes>, Infallible>>();
        let late = read(&HeaderMap::new(), &mut StreamBody::new(silent)).await;
        assert_eq!(late, Err(408));
    }

    /// So many bytes every so often, and whether the body is read to its end.
    async fn paced(bytes: usize, every: Duration, pieces: usize) -> Result<usize, u16> {
        let pieces = futures_util::stream::iter(0..pieces).then(move |_| async move {
            tokio::time::sleep(every).await;
            Ok::<_, Infallible>(http_body::Frame::data(Bytes::from(vec![b' '; bytes])))
        });
        let mut body = StreamBody::new(pieces).boxed_unsync();
        read(&HeaderMap::new(), &mut body)
            .await
            .map(|body| body.len())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_given_up() {
        let second = Duration::from_secs(1);
        assert_eq!(paced(1, second, 29).await, Ok(29));
        assert_eq!(paced(1, second, 1_000).await, Err(408));
        assert_eq!(paced(1_000, second, 1_000).await, Ok(1_000_000));
        assert_eq!(paced(1 << 20, second * 31, 2).await, Err(408), "silence");
        let begun = tokio::time::Instant::now();
        assert_eq!(paced(1, second / 10, 100_000).await, Err(408));
        assert_eq!(begun.elapsed().as_secs(), 30);
    }

    #[tokio::test]
    async fn bodies_share_their_memory() {
        let limits = BodyLimits {
            buffered: 100,
            ..LIMITS
        };
        let buffered = Arc::new(Buffered::default());
        let read = async |headers: &HeaderMap, body: Bytes| {
            let mut room = buffered.begin();
            let read = super::read(headers, &mut Full::new(body), &mut room, limits).await;
            read.map(|_| room)
                .map_err(|failure| failure.status().as_u16())
        };
        let plain = HeaderMap::new();
        let first = read(&plain, vec![b' '; 60].into()).await.unwrap();
        let status = async |body: Vec<u8>| read(&plain, body.into()).await.err();
        assert_eq!(status(vec![b' '; 60]).await, Some(503));
        assert_eq!(status(vec![b' '; 40]).await, None);
        drop(first);
        assert_eq!(status(vec![b' '; 60]).await, None);
        // What a body becomes counts, not what was sent.
        let mut zstd = HeaderMap::new();
        zstd.insert(header::CONTENT_ENCODING, "zstd".parse().unwrap());
        let grows = encoded("zstd", &[b' '; 500]).await;
        assert!(grows.len() < 50);
        assert_eq!(read(&zstd, grows).await.err(), Some(503));
        assert_eq!(status(vec![b' '; 100]).await, None);
    }

    #[tokio::test]
    async fn a_decoder_is_not_lent_any_memory() {
        use async_compression::{Level, tokio::write::ZstdEncoder, zstd::CParameter};
        let with_window = async |log| {
            let parameters = [CParameter::window_log(log)];
            let mut encoder =
                ZstdEncoder::with_quality_and_params(Vec::new(), Level::Default, &parameters);
            // More than the window, so that the frame does not say it needs less.
            encoder.write_all(&vec![b' '; 1 << 20]).await.unwrap();
            encoder.flush().await.unwrap();
            encoder.shutdown().await.unwrap();
            outcome("zstd", encoder.into_inner().into()).await
        };
        assert!(with_window(23).await.is_ok());
        assert_eq!(with_window(24).await, Err(400));
    }
}
