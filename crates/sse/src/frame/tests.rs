//! What the fields of a frame say.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;

use super::Frame;
use crate::{KEEP_ALIVE, write_event};

fn frame(raw: &str) -> Frame {
    Frame::new(Bytes::copy_from_slice(raw.as_bytes()), true)
}

#[test]
fn event_and_data() {
    let check = |raw: &str, event: Option<&str>, data: Option<&str>| {
        let frame = frame(raw);
        assert_eq!(frame.event(), event.map(str::as_bytes), "{raw:?}");
        assert_eq!(frame.data().as_deref(), data.map(str::as_bytes), "{raw:?}");
        assert!(frame.is_terminated(), "{raw:?}");
    };
    check("data: {\"a\":1}\n\n", None, Some("{\"a\":1}"));
    check("data:{\"a\":1}\r\n\r\n", None, Some("{\"a\":1}"));
    check("data:  two spaces \r\r", None, Some(" two spaces "));
    check("event: x\r\ndata: 1\r\n\r\n", Some("x"), Some("1"));
    check("data: 1\nevent:x\n\n", Some("x"), Some("1"));
    check("data: a\ndata: b\n\n", None, Some("a\nb"));
    check("data: a\r\ndata\r\ndata:\r\n\r\n", None, Some("a\n\n"));
    check("data\n\n", None, Some(""));
    check("data: a:b: c\n\n", None, Some("a:b: c"));
    check("event: a\nevent: b\n\n", Some("b"), None);
    check("event: a\nevent\n\n", None, None);
    check("\u{feff}data: z\n\n", None, Some("z"));
    check("\u{feff}\u{feff}data: z\n\n", None, None);
    check(" data: z\nDATA: z\ndata : z\n\n", None, None);
    check(": data: z\n\n", None, None);
    check("\n", None, None);
    check("\u{feff}\r\n\r\n", None, None);
}

#[test]
fn the_mark_is_only_one_at_the_start_of_the_stream() {
    let later = Frame::new(Bytes::from_static("\u{feff}data: z\n\n".as_bytes()), false);
    assert_eq!(later.data(), None);
}

#[test]
fn data_in_place() {
    let check = |raw: &str, expected: Option<&str>| {
        let frame = frame(raw);
        let found = frame.data_span().map(|span| &frame.raw()[span]);
        assert_eq!(found, expected.map(str::as_bytes), "{raw:?}");
        let borrowed = matches!(frame.data(), Some(Cow::Borrowed(_)));
        assert_eq!(borrowed, expected.is_some(), "{raw:?}");
    };
    check("event: x\ndata: {}\nid: 1\n\n", Some("{}"));
    check("\u{feff}data:x\r\n\r\n", Some("x"));
    check("data\n\n", Some(""));
    check("data: a\ndata: b\n\n", None);
    check("event: x\n\n", None);
}

#[test]
fn id_and_retry() {
    let check = |raw: &str, id: Option<&str>, retry: Option<u64>| {
        let frame = frame(raw);
        assert_eq!(frame.id(), id.map(str::as_bytes), "{raw:?}");
        assert_eq!(frame.retry(), retry, "{raw:?}");
    };
    check("id: 4\nretry: 10\ndata: q\n\n", Some("4"), Some(10));
    check("id: 4\nid\n\n", Some(""), None);
    check("id: 4\nid: a\0b\n\n", Some("4"), None);
    check(
        "retry: 10\nretry: 1s\nretry:\nretry: +5\n\n",
        None,
        Some(10),
    );
    check("retry: 99999999999999999999999\n\n", None, None);
    check("data: 1\n\n", None, None);
}

#[test]
fn comments_and_terminators() {
    let check = |raw: &str, is_comment: bool, is_terminated: bool| {
        let frame = frame(raw);
        assert_eq!(frame.is_comment(), is_comment, "{raw:?}");
        assert_eq!(frame.is_terminated(), is_terminated, "{raw:?}");
    };
    check(": keep-alive\n\n", true, true);
    check(":\r\n:\r\n\r\n", true, true);
    check("\n", true, true);
    check("\r\n", true, true);
    check(": hi\nunknown: 1\n\n", false, true);
    check(": hi\ndata\n\n", false, true);
    check(": hi", true, false);
    check("data: 1\n", false, false);
    check("data: 1\r\n", false, false);
    check("data: 1\r\n\r", false, true);
    assert!(frame(str::from_utf8(KEEP_ALIVE).unwrap()).is_comment());
}

#[test]
fn written_events() {
    let check = |event, data: &str, expected: &str| {
        let mut out = BytesMut::new();
        write_event(&mut out, event, data.as_bytes());
        assert_eq!(out, expected);
    };
    check(None, "{}", "data: {}\n\n");
    check(Some("ping"), "", "event: ping\ndata: \n\n");
    check(
        None,
        "a\nb\r\nc\rd\n",
        "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n",
    );
    check(Some("x\ndata: forged"), "1", "event: x\ndata: 1\n\n");
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(event in "[a-z]{0,5}", data in "[ :a\n\ré]{0,20}") {
        let mut out = BytesMut::new();
        write_event(&mut out, Some(&event), data.as_bytes());
        let frame = Frame::new(out.freeze(), false);
        let lines = data.replace("\r\n", "\n").replace('\r', "\n");
        prop_assert!(frame.data().is_some_and(|data| *data == *lines.as_bytes()));
        prop_assert_eq!(frame.event().unwrap_or_default(), event.as_bytes());
        prop_assert!(frame.is_terminated());
    }
}
