//! The tables, both ways.

use super::{audio_format, canonical, file_name, of_audio_format, of_url, sniff};

#[test]
fn a_media_type_has_one_spelling() {
    let check = |mime, expected: &str| assert_eq!(canonical(mime), expected);
    check("image/jpg", "image/jpeg");
    check(" Image/JPG ; q=1", "image/jpeg");
    check("Image/PNG", "image/png");
    check("audio/L16;codec=PCM", "audio/l16;codec=PCM");
    check("image/png", "image/png");
    check("", "");
}

#[test]
fn the_first_bytes_tell_the_type() {
    let check = |head: &[u8], expected| assert_eq!(sniff(head), expected, "{head:?}");
    check(b"\x89PNG\r\n\x1a\n", Some("image/png"));
    check(b"\xff\xd8\xff\xe0", Some("image/jpeg"));
    check(b"GIF89a", Some("image/gif"));
    check(b"RIFF\x10\0\0\0WEBPVP8 ", Some("image/webp"));
    check(b"RIFF\x10\0\0\0WAVEfmt ", Some("audio/wav"));
    check(b"%PDF-1.7", Some("application/pdf"));
    check(b"ID3\x04", Some("audio/mpeg"));
    check(b"\xff\xfb\x90", Some("audio/mpeg"));
    check(b"OggS\0", Some("audio/ogg"));
    check(b"fLaC\0", Some("audio/flac"));
    check(b"\0\0\0\x18ftypmp42", Some("video/mp4"));
    check(b"\0\0\0\x18ftypheic", Some("image/heic"));
    check(b"\0\0\0\x18ftypM4A ", Some("audio/mp4"));
    check(b"hello", None);
    check(b"", None);
}

#[test]
fn audio_formats_have_a_media_type_and_back() {
    for format in ["wav", "mp3", "flac", "ogg", "aac", "webm", "pcm16", "g711"] {
        let mime = of_audio_format(format).unwrap();
        assert_eq!(audio_format(mime), Some(format));
    }
    assert_eq!(of_audio_format("mp3"), Some("audio/mpeg"));
    assert_eq!(of_audio_format("midi"), None);
    assert_eq!(audio_format("audio/mp3"), Some("mp3"));
    assert_eq!(audio_format("audio/pcm;rate=24000"), Some("pcm16"));
    assert_eq!(audio_format("audio/midi"), None);
}

#[test]
fn a_file_without_a_name_is_called_by_its_type() {
    let check = |mime, expected: &str| assert_eq!(file_name(mime), expected);
    check("application/pdf", "document.pdf");
    check("text/plain; charset=utf-8", "document.txt");
    check("text/csv", "document.csv");
    check("application/json", "document.json");
    check("text/xml", "document.xml");
    check("application/xml", "document.xml");
    check("image/jpg", "image.jpg");
    check("image/svg+xml", "image.svg");
    check("image/jxl", "image.jxl");
    check("image/x-icon", "file.bin");
    check("application/zip", "file.bin");
    check("", "file.bin");
}

#[test]
fn a_url_has_the_type_of_its_ending() {
    let check = |url, expected| assert_eq!(of_url(url), expected, "{url}");
    check(
        "https://example.com/a/b.PNG?x=1.pdf#c.gif",
        Some("image/png"),
    );
    check("gs://bucket/video.mp4", Some("video/mp4"));
    check("https://example.com/a.b/c", None);
    check("https://example.com/a.xyz", None);
    check("https://example.pdf", None);
    check("a.png", None);
}
