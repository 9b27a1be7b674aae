//! Bodies in every coding, at every pace, and too large.

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
