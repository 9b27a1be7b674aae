//! A reply's body as it arrives, decompressed, within bounds.

use crate::{Timeout, UpstreamError};
use async_compression::{
    tokio::bufread::{BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder},
    zstd::DParameter,
};
use bytes::{Bytes, BytesMut};
use cliproxy_core::Scope;
use cliproxy_proxyutil::{ResponseBody, TransportError};
use futures_util::{Stream, TryStreamExt as _};
use http::{HeaderMap, header};
use http_body::{Body, Frame, SizeHint};
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::io::{AsyncBufRead, AsyncRead, BufReader, ReadBuf};
use tokio_util::io::{StreamReader, poll_read_buf};

/// The largest decoded unary reply, in bytes.
pub(crate) const UNARY_LIMIT: usize = 256 << 20;
/// How much of an error body is kept, in bytes.
pub(crate) const ERROR_LIMIT: usize = 1 << 20;
/// How much room is made at once for a body that announces its length, in bytes. What it announces
/// beyond is believed as it arrives.
const RESERVED: usize = 4 << 20;
/// A decoded body may grow to this before its expansion is looked at, in bytes.
const RATIO_FREE: u64 = 16 << 20;
/// How many times larger than its compressed form a body may be beyond [`RATIO_FREE`].
const RATIO_LIMIT: u64 = 1000;
/// How many codings one body may have. Each has a decoder with memory of its own.
const MAX_CODINGS: usize = 4;
/// The largest window of a zstd body, as a power of two: the 8 MiB that RFC 9659 lets a decoder stop
/// at. A frame may ask for as much as its sender likes.
const ZSTD_WINDOW: u32 = 23;
/// Room made for each read of decoded bytes.
const READ: usize = 16 << 10;

type Reader = Pin<Box<dyn AsyncBufRead + Send + Sync>>;

/// The body of an upstream's reply.
///
/// Dropping it cancels the upstream call.
pub struct UpstreamBody(Inner);

enum Inner {
    /// As the transport hands it over: nothing is copied.
    Plain(ResponseBody),
    Decoded(Decoded),
}

struct Decoded {
    reader: Reader,
    buffer: BytesMut,
    /// Compressed bytes read so far, counted below the decoder.
    compressed: Arc<AtomicU64>,
    decoded: u64,
}

impl UpstreamBody {
    /// Wraps a body according to its `Content-Encoding`, which may list several codings. Reads
    /// nothing yet.
    pub(crate) fn open(
        headers: &HeaderMap,
        body: ResponseBody,
    ) -> Result<Self, Box<UpstreamError>> {
        let mut codings = Vec::new();
        for value in headers.get_all(header::CONTENT_ENCODING) {
            let text = value.to_str().unwrap_or("?");
            codings.extend(
                text.split(',')
                    .map(|coding| coding.trim().to_ascii_lowercase())
                    .filter(|coding| !coding.is_empty() && coding != "identity"),
            );
        }
        if codings.is_empty() {
            return Ok(Self(Inner::Plain(body)));
        }
        Self::decoded(FrameStream(body), &codings)
    }

    fn decoded<S>(body: S, codings: &[String]) -> Result<Self, Box<UpstreamError>>
    where
        S: Stream<Item = io::Result<Bytes>> + Send + Sync + 'static,
    {
        if codings.len() > MAX_CODINGS {
            return Err(Box::new(UpstreamError::malformed(
                "the upstream compressed its reply more than four times",
            )));
        }
        let compressed = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&compressed);
        let counted = body.inspect_ok(move |chunk| {
            counter.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        });
        let mut reader: Reader = Box::pin(StreamReader::new(counted));
        // RFC 9110 section 8.4: codings are listed in the order they were applied.
        for coding in codings.iter().rev() {
            reader = match coding.as_str() {
                "gzip" | "x-gzip" => {
                    let mut decoder = GzipDecoder::new(reader);
                    decoder.multiple_members(true);
                    Box::pin(BufReader::new(decoder))
                }
                "br" => Box::pin(BufReader::new(BrotliDecoder::new(reader))),
                "zstd" => {
                    let window = [DParameter::window_log_max(ZSTD_WINDOW)];
                    Box::pin(BufReader::new(ZstdDecoder::with_params(reader, &window)))
                }
                "deflate" => Box::pin(BufReader::new(Inflate::Unseen(Some(reader)))),
                _ => {
                    return Err(Box::new(UpstreamError::malformed(
                        "the upstream used a content coding the gateway does not know",
                    )));
                }
            };
        }
        Ok(Self(Inner::Decoded(Decoded {
            reader,
            buffer: BytesMut::new(),
            compressed,
            decoded: 0,
        })))
    }

    /// Reads the body to its end.
    ///
    /// # Errors
    ///
    /// When it breaks off, exceeds 256 MiB, or is silent for longer than `idle`.
    pub async fn collect(self, idle: Duration) -> Result<Bytes, Box<UpstreamError>> {
        let body = self.gather(UNARY_LIMIT, idle).await?.ok_or_else(|| {
            Box::new(UpstreamError::malformed(
                "the upstream's reply exceeds 256 MiB",
            ))
        })?;
        unsniffed(body, idle).await
    }

    /// Reads an error body: the first MiB, or what could be had of it in this time.
    pub(crate) async fn collect_error(mut self, limit: Duration) -> Option<Bytes> {
        let mut whole = BytesMut::new();
        let end = tokio::time::Instant::now() + limit;
        loop {
            match tokio::time::timeout_at(end, self.next()).await {
                Ok(Some(Ok(chunk))) => {
                    let room = ERROR_LIMIT - whole.len();
                    whole.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                    if whole.len() == ERROR_LIMIT {
                        break;
                    }
                }
                Ok(None) => break,
                Ok(Some(Err(_))) | Err(_) if whole.is_empty() => return None,
                Ok(Some(Err(_))) | Err(_) => break,
            }
        }
        match unsniffed(whole.freeze(), limit).await {
            Ok(mut body) => {
                body.truncate(ERROR_LIMIT);
                Some(body)
            }
            Err(_) => None,
        }
    }

    /// The next chunk of data.
    pub async fn next(&mut self) -> Option<Result<Bytes, Box<UpstreamError>>> {
        std::future::poll_fn(|cx| self.poll_data(cx)).await
    }

    /// Polls for the next chunk of data; trailers are passed over.
    pub fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Box<UpstreamError>>>> {
        match &mut self.0 {
            Inner::Plain(body) => loop {
                match ready!(Pin::new(&mut *body).poll_frame(cx)) {
                    None => return Poll::Ready(None),
                    Some(Ok(frame)) => {
                        if let Ok(data) = frame.into_data()
                            && !data.is_empty()
                        {
                            return Poll::Ready(Some(Ok(data)));
                        }
                    }
                    Some(Err(error)) => return Poll::Ready(Some(Err(broken(error)))),
                }
            },
            Inner::Decoded(decoded) => decoded.poll_data(cx),
        }
    }

    /// `None` if it is larger than `limit`.
    async fn gather(
        mut self,
        limit: usize,
        idle: Duration,
    ) -> Result<Option<Bytes>, Box<UpstreamError>> {
        let announced = usize::try_from(self.size_hint().lower()).unwrap_or(RESERVED);
        let late = |_| Box::new(UpstreamError::timeout(Timeout::Idle));
        let mut next = async || {
            tokio::time::timeout(idle, self.next())
                .await
                .map_err(late)?
                .transpose()
        };
        let Some(first) = next().await? else {
            return Ok(Some(Bytes::new()));
        };
        let Some(second) = next().await? else {
            return Ok(Some(first));
        };
        let room = announced.clamp(READ, RESERVED);
        let mut whole = BytesMut::with_capacity((first.len() + second.len()).max(room));
        whole.extend_from_slice(&first);
        whole.extend_from_slice(&second);
        while let Some(chunk) = next().await? {
            if whole.len() + chunk.len() > limit {
                return Ok(None);
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(Some(whole.freeze()))
    }
}

impl Decoded {
    fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Box<UpstreamError>>>> {
        self.buffer.reserve(READ);
        match ready!(poll_read_buf(self.reader.as_mut(), cx, &mut self.buffer)) {
            Ok(0) => Poll::Ready(None),
            Ok(count) => {
                self.decoded += count as u64;
                let compressed = self.compressed.load(Ordering::Relaxed);
                if self.decoded > RATIO_FREE && self.decoded / RATIO_LIMIT > compressed {
                    return Poll::Ready(Some(Err(Box::new(UpstreamError::malformed(
                        "the upstream's reply expands more than a thousandfold",
                    )))));
                }
                Poll::Ready(Some(Ok(self.buffer.split().freeze())))
            }
            Err(error) => Poll::Ready(Some(Err(undecodable(error)))),
        }
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = Box<UpstreamError>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.poll_data(cx).map_ok(Frame::data)
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Inner::Plain(body) => body.is_end_stream(),
            Inner::Decoded(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Plain(body) => body.size_hint(),
            Inner::Decoded(_) => SizeHint::default(),
        }
    }
}

impl std::fmt::Debug for UpstreamBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UpstreamBody(..)")
    }
}

/// A `deflate` body. RFC 9110 defines it as the zlib format; some servers send the bare one. The
/// first byte of a zlib stream has 8 in its low half (RFC 1950), which a bare stream practically
/// never has.
enum Inflate {
    /// The first byte has not arrived.
    Unseen(Option<Reader>),
    Zlib(ZlibDecoder<Reader>),
    Bare(DeflateDecoder<Reader>),
}

impl AsyncRead for Inflate {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Self::Unseen(unseen) = &mut *self
            && let Some(reader) = unseen
        {
            let first = ready!(reader.as_mut().poll_fill_buf(cx))?.first().copied();
            let zlib = first.is_some_and(|byte| byte & 0x0f == 8);
            if let Some(reader) = unseen.take() {
                *self = if zlib {
                    Self::Zlib(ZlibDecoder::new(reader))
                } else {
                    Self::Bare(DeflateDecoder::new(reader))
                };
            }
        }
        match &mut *self {
            Self::Unseen(_) => Poll::Ready(Ok(())),
            Self::Zlib(decoder) => Pin::new(decoder).poll_read(cx, buffer),
            Self::Bare(decoder) => Pin::new(decoder).poll_read(cx, buffer),
        }
    }
}

/// Decodes a body whose sender forgot to say that it is compressed, as some CDNs do.
async fn unsniffed(body: Bytes, idle: Duration) -> Result<Bytes, Box<UpstreamError>> {
    let coding = match body.get(..4) {
        Some([0x1f, 0x8b, ..]) => "gzip",
        Some([0x28, 0xb5, 0x2f, 0xfd]) => "zstd",
        _ => return Ok(body),
    };
    let once = futures_util::stream::iter([Ok(body)]);
    let decoded = UpstreamBody::decoded(once, &[coding.to_owned()])?;
    decoded.gather(UNARY_LIMIT, idle).await?.ok_or_else(|| {
        Box::new(UpstreamError::malformed(
            "the upstream's reply exceeds 256 MiB",
        ))
    })
}

fn broken(error: TransportError) -> Box<UpstreamError> {
    Box::new(UpstreamError::transport(
        Scope::Request,
        "the upstream's reply broke off",
        Some(Box::new(error)),
    ))
}

fn undecodable(error: io::Error) -> Box<UpstreamError> {
    let cause = error
        .get_ref()
        .is_some_and(|inner| inner.is::<TransportError>());
    let mut wrapped = if cause {
        UpstreamError::transport(Scope::Request, "the upstream's reply broke off", None)
    } else {
        UpstreamError::malformed("the upstream's reply cannot be decompressed")
    };
    wrapped.source = Some(Box::new(error));
    Box::new(wrapped)
}

/// A body's data as the stream a decoder reads from.
struct FrameStream(ResponseBody);

impl Stream for FrameStream {
    type Item = io::Result<Bytes>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            match ready!(Pin::new(&mut self.0).poll_frame(cx)) {
                None => return Poll::Ready(None),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(io::Error::other(error)))),
            }
        }
    }
}
