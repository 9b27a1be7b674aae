//! Decompressing a request's body, within limits of what it may become.

use crate::{
    body::{BodyLimits, grow, too_large},
    buffered::Reservation,
    refusal::refuse,
};
use async_compression::{
    tokio::bufread::{BrotliDecoder, GzipDecoder, ZstdDecoder},
    zstd::DParameter,
};
use bytes::{Bytes, BytesMut};
use cliproxy_gateway::Failure;
use http::{HeaderMap, StatusCode, header};
use std::pin::Pin;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncReadExt as _, BufReader};

/// A body may decompress to this whatever its size, in bytes.
const RATIO_FREE: usize = 1 << 20;
/// How many times larger than what was sent a body may become beyond [`RATIO_FREE`].
const RATIO_LIMIT: usize = 100;

/// How many codings one body may have. Each has a decoder with memory of its own, and calls the one
/// before it: a head has room for so many that the stack would overflow.
const MAX_CODINGS: usize = 4;

/// Room made for each read of decoded bytes.
const DECODED: usize = 16 << 10;

/// The codings that were applied, in that order (RFC 9110 section 8.4).
pub(crate) fn codings(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or("?").split(','))
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect()
}

pub(crate) async fn decode(
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
