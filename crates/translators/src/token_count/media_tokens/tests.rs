//! The smallest files that tell something, and such as do not.

use super::media_tokens;
use crate::{request_ir::MediaKind, token_count::ImageRule};
use base64::{Engine as _, prelude::BASE64_STANDARD};

fn tokens(kind: MediaKind, file: &[u8], rule: ImageRule) -> u64 {
    media_tokens(kind, Some(&BASE64_STANDARD.encode(file)), rule)
}

#[test]
fn a_pdf_is_counted_by_its_pages() {
    let check = |file: &str, expected| {
        let counted = tokens(MediaKind::Document, file.as_bytes(), ImageRule::Claude);
        assert_eq!(counted, expected, "{file}");
    };
    check("%PDF-1.7 <</Type /Pages /Count 1>> <</Type /Page>>", 1500);
    check(
        "%PDF-1.4 <</Type/Page/Parent 1 0 R>> <</Type\n/Page>>",
        3000,
    );
    check("%PDF-1.7 everything is compressed", 2000);
    check("PK, another kind of file with /Type /Page in it", 2000);
    check("", 2000);
}

#[test]
fn what_hides_its_pages_is_counted_by_its_size() {
    let check = |bytes: usize, expected| {
        let counted = tokens(MediaKind::Document, &vec![b'x'; bytes], ImageRule::Claude);
        assert_eq!(counted, expected, "{bytes}");
    };
    check(99_999, 2000);
    check(100_002, 4000);
    check(250_000, 6000);
}

#[test]
fn sound_is_counted_by_its_seconds() {
    let wav = |rate: u32, bytes: usize| {
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\0\0\0\0".to_vec();
        file.extend(rate.to_le_bytes());
        file.resize(bytes, 0);
        file
    };
    let check = |file: &[u8], gemini, others| {
        let counted = |rule| tokens(MediaKind::Audio, file, rule);
        assert_eq!(counted(ImageRule::Gemini), gemini);
        assert_eq!(counted(ImageRule::OpenAiTiles), others);
    };
    check(&wav(8_000, 24_000), 96, 30);
    check(&wav(48_000, 48_000), 32, 10);
    check(&wav(0, 32_000 - 1), 64, 20);
    check(&[0; 48_000], 96, 30);
}

#[test]
fn what_does_not_stand_in_the_request_has_a_number_too() {
    let check = |kind, expected| {
        assert_eq!(media_tokens(kind, None, ImageRule::Gemini), expected);
    };
    check(MediaKind::Document, 2000);
    check(MediaKind::Audio, 32);
    check(MediaKind::Video, 300);
}
