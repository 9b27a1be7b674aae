//! Headers of the smallest files that tell a size, whole and damaged.

use super::ImageSize;
use base64::{Engine as _, prelude::*};
use proptest::prelude::*;

fn size(pieces: &[&[u8]]) -> Option<(u32, u32)> {
    let size = ImageSize::read(&BASE64_STANDARD.encode(pieces.concat()));
    size.map(|size| (size.width, size.height))
}

const PNG: [&[u8]; 2] = [
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
    b"\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0",
];
const GIF: [&[u8]; 2] = [b"GIF89a", b"\x80\x02\xe0\x01\xf7\0\0"];
const JPEG: [&[u8]; 4] = [
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0",
    b"\xff\xff\xc4\0\x04\0\0\xff\x01",
    b"\xff\xc2\0\x11\x08",
    b"\x01\xe0\x02\x80\x03\x01\x22\0",
];
const LOSSY: [&[u8]; 3] = [
    b"RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0",
    b"\x30\x01\0\x9d\x01\x2a",
    b"\x80\x02\xe0\x41",
];
// Width and height minus one in 14 bits each, from the lowest.
const LOSSLESS: [&[u8]; 2] = [b"RIFF\x24\0\0\0WEBPVP8L\x18\0\0\0\x2f", b"\x7f\xc2\x77\0"];
const EXTENDED: [&[u8]; 2] = [
    b"RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0",
    b"\x7f\x02\0\xdf\x01\0",
];

const FILES: [&[&[u8]]; 6] = [&PNG, &GIF, &JPEG, &LOSSY, &LOSSLESS, &EXTENDED];

#[test]
fn the_header_tells_the_size() {
    for file in FILES {
        assert_eq!(size(file), Some((640, 480)), "{file:?}");
    }
}

#[test]
fn a_file_that_does_not_tell_has_no_size() {
    let check = |pieces: &[&[u8]]| assert_eq!(size(pieces), None, "{pieces:?}");
    check(&[]);
    check(&[b"%PDF-1.7 and more of it"]);
    check(&[b"RIFF\x24\0\0\0WAVEfmt and more of it"]);
    check(&[b"RIFF\x24\0\0\0WEBPALPH and more of it and more"]);
    check(&[b"\x89PNG\r\n\x1a\n\0\0\0\x0dcICP", PNG[1]]);
    check(&[b"GIF89a\0\0\x01\0"]);
    check(&[b"\xff\xd8\xff\xda\0\x08", JPEG[2], JPEG[3]]);
    check(&[b"\xff\xd8\0\0", JPEG[2], JPEG[3]]);
    // Longer than any real list of segments.
    check(&[
        b"\xff\xd8",
        &b"\xff\xe1\0\x02".repeat(2000),
        JPEG[2],
        JPEG[3],
    ]);
    for file in FILES {
        let whole = file.concat();
        check(&[&whole[..9]]);
    }
    assert_eq!(ImageSize::read("not base64"), None);
}

proptest! {
    #[test]
    fn damaged_files_are_read_without_harm(
        file in 0..FILES.len(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        len in any::<prop::sample::Index>(),
    ) {
        let mut file = FILES[file].concat();
        let at = at.index(file.len());
        file[at] = byte;
        file.truncate(len.index(file.len() + 1));
        let size = size(&[&file]);
        prop_assert!(size.is_none_or(|(width, height)| width > 0 && height > 0));
    }
}
