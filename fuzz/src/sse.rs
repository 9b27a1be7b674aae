//! Server-sent events: frames do not depend on chunks, no byte is lost, and a browser agrees.

use crate::split::splits;
use bytes::{Bytes, BytesMut};
use cliproxy_sse::{Frame, Framer, TooLarge, write_event};

/// Checks one stream.
pub fn check(data: &[u8]) {
    let (whole, _) = frames([Bytes::copy_from_slice(data)], usize::MAX);
    let joined: Vec<u8> = whole
        .iter()
        .flat_map(|frame| frame.raw().to_vec())
        .collect();
    assert_eq!(joined, data, "bytes were lost or added");
    let events: Vec<_> = whole.iter().filter_map(event).collect();
    assert_eq!(events, browser(data), "a browser reads other events");
    let said: Vec<_> = whole.iter().map(said).collect();
    for chunks in splits(data) {
        let (frames, error) = frames(chunks, usize::MAX);
        assert!(error.is_none(), "no limit was set");
        let same = frames.iter().map(self::said).eq(said.iter().cloned());
        assert!(same, "the chunks matter");
    }
    for limit in [0, 1, 8, 64, 1024] {
        limited(data, &whole, limit);
    }
    for frame in &whole {
        rewritten(frame);
    }
}

/// Everything that is handed out until the end of the stream or the first error.
fn frames(chunks: impl IntoIterator<Item = Bytes>, limit: usize) -> (Vec<Frame>, Option<TooLarge>) {
    let mut framer = Framer::new(limit);
    let mut frames = Vec::new();
    for chunk in chunks {
        framer.push(chunk);
        loop {
            match framer.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    let at_boundary = framer.at_boundary();
    let complete = frames.len();
    frames.extend(std::iter::from_fn(|| framer.finish()));
    let rest = &frames[complete..];
    assert_eq!(at_boundary, rest.iter().all(Frame::is_terminated));
    (frames, None)
}

/// A frame is refused exactly when it is larger than the limit, whatever the chunks.
fn limited(data: &[u8], whole: &[Frame], limit: usize) {
    let fits = |frame: &&Frame| frame.raw().len() <= limit;
    let accepted = whole.iter().take_while(fits).count();
    // Whole, and cut at arbitrary places: all ways for each limit would be slow.
    for chunks in splits(data).step_by(6) {
        let (frames, error) = frames(chunks, limit);
        assert_eq!(frames.len(), accepted, "limit {limit}");
        assert_eq!(error.is_some(), accepted < whole.len(), "limit {limit}");
    }
}

/// What is written again reads the same.
fn rewritten(frame: &Frame) {
    let (Some(data), Ok(name)) = (
        frame.data(),
        str::from_utf8(frame.event().unwrap_or_default()),
    ) else {
        return;
    };
    let mut out = BytesMut::new();
    write_event(&mut out, Some(name), &data);
    let (read, _) = frames([out.freeze()], usize::MAX);
    let [read] = &read[..] else {
        panic!("one event became {}", read.len());
    };
    assert_eq!(read.data(), Some(data));
    assert_eq!(read.event(), frame.event());
    assert!(read.is_terminated());
}

type Said = (
    Bytes,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<u64>,
    bool,
    bool,
);

/// All that a frame says.
fn said(frame: &Frame) -> Said {
    let data = frame.data().map(|data| data.into_owned());
    if let Some(span) = frame.data_span() {
        assert_eq!(data.as_deref(), Some(&frame.raw()[span]));
    }
    (
        frame.raw().clone(),
        frame.event().map(<[u8]>::to_vec),
        data,
        frame.id().map(<[u8]>::to_vec),
        frame.retry(),
        frame.is_comment(),
        frame.is_terminated(),
    )
}

/// Name and data of a frame that a browser would dispatch.
fn event(frame: &Frame) -> Option<(Vec<u8>, Vec<u8>)> {
    if !frame.is_terminated() {
        return None;
    }
    let name = frame.event().unwrap_or_default().to_vec();
    Some((name, frame.data()?.into_owned()))
}

/// The algorithm of the WHATWG's section "Interpreting an event stream", line by line over the
/// whole text. It differs in one point on purpose: an event whose data is empty is kept.
fn browser(stream: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut rest = stream.strip_prefix(b"\xef\xbb\xbf").unwrap_or(stream);
    let mut events = Vec::new();
    let (mut name, mut data) = (Vec::new(), None::<Vec<u8>>);
    while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
        let line = &rest[..end];
        let skip = if rest[end..].starts_with(b"\r\n") {
            2
        } else {
            1
        };
        rest = &rest[end + skip..];
        if line.is_empty() {
            let name = std::mem::take(&mut name);
            events.extend(data.take().map(|data| (name, data)));
            continue;
        }
        let colon = line.iter().position(|&byte| byte == b':');
        let (field, value) = match colon {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &b""[..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"event" => name = value.to_vec(),
            b"data" => match &mut data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                None => data = Some(value.to_vec()),
            },
            _ => {}
        }
    }
    events
}
