//! Cutting: the same frames for any split of the input, every byte looked at once, nothing kept beyond the limit.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;

use super::{Framer, TooLarge};
use crate::{Frame, write_event};

const LIMIT: usize = 1 << 20;

/// What comes out for these chunks: complete frames, and what is left at the end.
fn frames<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Frame>, Vec<Frame>) {
    let mut framer = Framer::new(LIMIT);
    let mut complete = Vec::new();
    for chunk in chunks {
        framer.push(Bytes::copy_from_slice(chunk));
        while let Some(frame) = framer.next_frame().unwrap() {
            complete.push(frame);
        }
    }
    let at_boundary = framer.at_boundary();
    let rest: Vec<_> = std::iter::from_fn(|| framer.finish()).collect();
    assert_eq!(at_boundary, rest.iter().all(Frame::is_terminated));
    (complete, rest)
}

fn raw(frames: &[Frame]) -> Vec<String> {
    let text = |frame: &Frame| String::from_utf8_lossy(frame.raw()).into_owned();
    frames.iter().map(text).collect()
}

#[test]
fn frames_of_a_stream() {
    let check = |input: &str, complete: &[&str], rest: &[&str]| {
        let expected = (complete.iter(), rest.iter());
        let same = |chunks: &[&[u8]]| {
            let (complete, rest) = frames(chunks.iter().copied());
            assert!(
                expected.0.clone().eq(&raw(&complete)),
                "{input:?} {chunks:?}"
            );
            assert!(expected.1.clone().eq(&raw(&rest)), "{input:?} {chunks:?}");
        };
        let input = input.as_bytes();
        for cut in 0..=input.len() {
            let (first, second) = input.split_at(cut);
            same(&[first, second]);
        }
        same(&input.chunks(1).collect::<Vec<_>>());
    };
    check("", &[], &[]);
    check("data: 1\n\n", &["data: 1\n\n"], &[]);
    check(
        "data: 1\n\ndata: 2\n\n",
        &["data: 1\n\n", "data: 2\n\n"],
        &[],
    );
    check(
        "event: x\r\ndata: 1\r\n\r\n",
        &["event: x\r\ndata: 1\r\n\r\n"],
        &[],
    );
    check("data: é\n\n: hi\n\n", &["data: é\n\n", ": hi\n\n"], &[]);
    // A blank line more than needed is a frame without fields.
    check(
        "data: 1\n\n\ndata: 2\n\n",
        &["data: 1\n\n", "\n", "data: 2\n\n"],
        &[],
    );
    check("data: 1\n", &[], &["data: 1\n"]);
    check("data: 1\n\ndata: 2", &["data: 1\n\n"], &["data: 2"]);
    // CR alone: whether the last one is half of a CRLF is only known at the end.
    check("data: 1\r\rdata: 2\r\r", &["data: 1\r\r"], &["data: 2\r\r"]);
    check("data: 1\r\n\r", &[], &["data: 1\r\n\r"]);
    check("data: 1\r", &[], &["data: 1\r"]);
    check(
        "data: 1\n\r\ndata: 2\r\r\n",
        &["data: 1\n\r\n", "data: 2\r\r\n"],
        &[],
    );
    check(
        "data: 1\r\n\ndata: 2\n\rdata: 3",
        &["data: 1\r\n\n", "data: 2\n\r"],
        &["data: 3"],
    );
    check("\u{feff}data: 1\n\n", &["\u{feff}data: 1\n\n"], &[]);
}

#[test]
fn a_frame_inside_one_chunk_is_not_copied() {
    let chunk = Bytes::from_static(b"data: 1\n\ndata: 2\n\nda");
    let mut framer = Framer::new(LIMIT);
    framer.push(chunk.clone());
    framer.push(Bytes::from_static(b"ta: 3\n\n"));
    let mut next = || framer.next_frame().unwrap().unwrap();
    assert_eq!(next().raw().as_ptr(), chunk.as_ptr());
    assert_eq!(next().raw().as_ptr(), chunk[9..].as_ptr());
    assert_eq!(next().raw(), "data: 3\n\n");
    assert!(framer.next_frame().unwrap().is_none());
    assert!(framer.at_boundary());
}

#[test]
fn finish_loses_nothing_that_was_pushed() {
    let mut framer = Framer::new(LIMIT);
    framer.push(Bytes::from_static(b"data: 1\n\ndata: 2"));
    assert!(!framer.at_boundary());
    let rest: Vec<_> = std::iter::from_fn(|| framer.finish()).collect();
    assert_eq!(raw(&rest), ["data: 1\n\n", "data: 2"]);
    assert_eq!(
        rest.iter().map(Frame::is_terminated).collect::<Vec<_>>(),
        [true, false]
    );
    assert!(framer.at_boundary());
}

#[test]
fn a_line_of_20_mib() {
    let data = vec![b'x'; 20 << 20];
    let mut stream = BytesMut::new();
    write_event(&mut stream, None, &data);
    let stream = stream.freeze();
    let mut framer = Framer::new(32 << 20);
    for at in (0..stream.len()).step_by(16 << 10) {
        assert!(framer.next_frame().unwrap().is_none());
        framer.push(stream.slice(at..stream.len().min(at + (16 << 10))));
        assert!(framer.partial.capacity() <= 2 * stream.len());
    }
    let frame = framer.next_frame().unwrap().unwrap();
    assert!(frame.data().is_some_and(|found| *found == data));
    assert_eq!(framer.partial.capacity(), 0);
}

#[test]
fn single_bytes_cost_the_same_as_chunks() {
    let mut framer = Framer::new(LIMIT);
    let mut growths = 0;
    let mut capacity = 0;
    for _ in 0..LIMIT {
        framer.push(Bytes::from_static(b"x"));
        assert!(framer.next_frame().unwrap().is_none());
        // What has been gathered is never handed to the search again, so only growing could cost more than once.
        assert!(framer.chunks.is_empty());
        if framer.partial.capacity() != capacity {
            capacity = framer.partial.capacity();
            growths += 1;
        }
    }
    assert!(growths <= 20, "{growths}");
}

#[test]
fn larger_than_the_limit() {
    let check = |chunks: &[&'static str], complete: usize, is_error: bool| {
        let mut framer = Framer::new(10);
        let mut seen = 0;
        let mut result = Ok(None);
        for chunk in chunks {
            framer.push(Bytes::from_static(chunk.as_bytes()));
            loop {
                result = framer.next_frame();
                if !matches!(result, Ok(Some(_))) {
                    break;
                }
                seen += 1;
            }
        }
        assert_eq!(seen, complete, "{chunks:?}");
        assert_eq!(
            result.err(),
            is_error.then_some(TooLarge { limit: 10 }),
            "{chunks:?}"
        );
        if is_error {
            // It stays failed and holds nothing.
            framer.push(Bytes::from_static(b"data: 1\n\n"));
            assert!(framer.next_frame().is_err() && framer.finish().is_none());
            assert!(!framer.at_boundary());
            assert_eq!(
                (framer.partial.capacity(), framer.chunks.capacity()),
                (0, 0)
            );
        }
    };
    check(&["data: 12\n\n"], 1, false);
    check(&["data: 123\n\n"], 0, true);
    check(&["data: 12\n", "\n"], 1, false);
    check(&["data: 123\n", "\n"], 0, true);
    check(&["data: 1234"], 0, false);
    check(&["data: 12345"], 0, true);
    check(&["data: 1\n\n", "data: 1\n\ndata: 12345", "6\n\n"], 2, true);
    check(&["data: 1\n\ndata: 2\n\ndata: 3\n\n"], 3, false);
    check(&["data: 1\r\n\r", "x"], 1, false);
    check(&["data: 1\r\n\r", "\n"], 0, true);
}

#[test]
fn debug_shows_no_content() {
    let mut framer = Framer::new(10);
    framer.push(Bytes::from_static(b"secret"));
    assert!(framer.next_frame().unwrap().is_none());
    let shown = format!("{framer:?}");
    let text = format!("{shown} {:?}", framer.finish());
    assert_eq!(
        text,
        "Framer { max_event: 10, chunks: 0, partial: 6, failed: false, .. } Some(Frame(6 bytes))"
    );
}

/// What a browser makes of a stream, read line by line after the whole of it is there.
fn reference(stream: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let text = stream.strip_prefix(b"\xef\xbb\xbf").unwrap_or(stream);
    let mut lines = vec![Vec::new()];
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\n' => lines.push(Vec::new()),
            b'\r' => {
                bytes.next_if_eq(&b'\n');
                lines.push(Vec::new());
            }
            _ => lines.last_mut().unwrap().push(byte),
        }
    }
    let (mut events, mut event, mut data) = (Vec::new(), Vec::new(), None::<Vec<u8>>);
    // The last line is not ended.
    lines.pop();
    for line in lines {
        let mut parts = line.splitn(2, |&byte| byte == b':');
        let name = parts.next().unwrap_or_default();
        let value = parts.next().unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value).to_vec();
        match name {
            _ if line.is_empty() => {
                let event = std::mem::take(&mut event);
                events.extend(data.take().map(|data| (event, data)));
            }
            b"event" => event = value,
            b"data" => {
                data = Some(match data {
                    None => value,
                    Some(before) => [before, value].join(&b'\n'),
                });
            }
            _ => {}
        }
    }
    events
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "data: x", "data:", "data", "data:  y", "event: e", "event", "id: 7", "retry: 5", ": c",
        ":", "x: y", "é", "\u{feff}", "\n", "\n", "\n", "\r\n", "\r\n", "\r", "\r", "\n\n",
        "\r\n\r\n", " ", "\0",
    ]);
    (any::<bool>(), prop::collection::vec(piece, 0..40)).prop_map(|(mark, pieces)| {
        let mark = if mark { "\u{feff}" } else { "" };
        format!("{mark}{}", pieces.concat()).into_bytes()
    })
}

proptest! {
    #[test]
    fn any_split_gives_the_same_frames(
        stream in stream(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let chunks = cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]);

        let (complete, rest) = frames(chunks);
        let (whole, whole_rest) = frames([&stream[..]]);
        prop_assert_eq!(raw(&complete), raw(&whole));
        prop_assert_eq!(raw(&rest), raw(&whole_rest));

        let all: Vec<_> = complete.iter().chain(&rest).collect();
        let joined: Vec<u8> = all.iter().flat_map(|frame| frame.raw().to_vec()).collect();
        prop_assert_eq!(&joined, &stream);

        let events: Vec<_> = all
            .iter()
            .filter(|frame| frame.is_terminated())
            .filter_map(|frame| Some((frame.event().unwrap_or_default().to_vec(), frame.data()?.into_owned())))
            .collect();
        prop_assert_eq!(events, reference(&stream));
    }

    /// A frame is refused for its size alone, whatever the bytes are and however they arrive.
    #[test]
    fn only_frames_beyond_the_limit_are_refused(
        stream in prop_oneof![stream(), prop::collection::vec(any::<u8>(), 0..200)],
        size in 1_usize..9,
        limit in 0_usize..24,
    ) {
        let (complete, rest) = frames([&stream[..]]);
        let fits = |frame: &&Frame| frame.raw().len() <= limit;
        let all = || complete.iter().chain(&rest);
        let expected: Vec<_> = all().take_while(fits).map(|frame| frame.raw().clone()).collect();

        let mut framer = Framer::new(limit);
        let mut accepted = Vec::new();
        for chunk in stream.chunks(size) {
            framer.push(Bytes::copy_from_slice(chunk));
            while let Ok(Some(frame)) = framer.next_frame() {
                accepted.push(frame.raw().clone());
            }
        }
        let failed = framer.next_frame().is_err();
        accepted.extend(std::iter::from_fn(|| framer.finish()).map(|frame| frame.raw().clone()));
        prop_assert_eq!(&accepted, &expected);
        prop_assert_eq!(failed, accepted.len() < all().count());
    }
}
