//! How large an image is, read from its header.
//!
//! PNG, JPEG, GIF and WebP (lossy, lossless, extended), out of base64 of which only the bytes that
//! tell are decoded.

use crate::base64_text::Decoded;

#[cfg(test)]
mod tests;

/// Width and height in pixels, neither of them zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "there is no third dimension")]
pub struct ImageSize {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl ImageSize {
    /// The size of an image in base64 of the normal form; `None` for another kind of file, or one that
    /// does not tell.
    #[must_use]
    pub fn read(base64: &str) -> Option<Self> {
        let image = Decoded::new(base64);
        let (width, height) = match image.bytes(0)? {
            [0x89, b'P', b'N', b'G'] => png(image)?,
            [0xff, 0xd8, ..] => jpeg(image)?,
            [b'G', b'I', b'F', b'8'] => gif(image)?,
            [b'R', b'I', b'F', b'F'] => webp(image)?,
            _ => return None,
        };
        (width > 0 && height > 0).then_some(Self { width, height })
    }
}

type Pair = Option<(u32, u32)>;

fn png(image: Decoded<'_>) -> Pair {
    let header = image.bytes(12)? == *b"IHDR";
    let size = |at| Some(u32::from_be_bytes(image.bytes(at)?));
    Some((size(16)?, size(20)?)).filter(|_| header)
}

fn gif(image: Decoded<'_>) -> Pair {
    let size = |at| Some(u32::from(u16::from_le_bytes(image.bytes(at)?)));
    Some((size(6)?, size(8)?))
}

/// The size stands in the first frame header, behind any number of other segments.
fn jpeg(image: Decoded<'_>) -> Pair {
    // More than any camera writes, and it bounds the walk through a file made to be long.
    const MAX_SEGMENTS: usize = 1024;
    let mut at = 2;
    for _ in 0..MAX_SEGMENTS {
        let [0xff, marker] = image.bytes(at)? else {
            return None;
        };
        match marker {
            // A fill byte before a marker.
            0xff => at += 1,
            // Markers without a segment.
            0x01 | 0xd0..=0xd8 => at += 2,
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let size = |at| Some(u32::from(u16::from_be_bytes(image.bytes(at)?)));
                return Some((size(at + 7)?, size(at + 5)?));
            }
            // The image itself, or its end, without a size before.
            0xd9 | 0xda => return None,
            _ => at += 2 + usize::from(u16::from_be_bytes(image.bytes(at + 2)?)),
        }
    }
    None
}

fn webp(image: Decoded<'_>) -> Pair {
    if image.bytes(8)? != *b"WEBP" {
        return None;
    }
    match &image.bytes(12)? {
        b"VP8 " => {
            let start: [u8; 3] = image.bytes(23)?;
            let size = |at| Some(u32::from(u16::from_le_bytes(image.bytes(at)?) & 0x3fff));
            Some((size(26)?, size(28)?)).filter(|_| start == [0x9d, 0x01, 0x2a])
        }
        b"VP8L" => {
            let signature = image.byte(20)?;
            let bits = u32::from_le_bytes(image.bytes(21)?);
            let size = |bits| (bits & 0x3fff) + 1;
            Some((size(bits), size(bits >> 14))).filter(|_| signature == 0x2f)
        }
        b"VP8X" => {
            let size = |at| {
                let [a, b, c] = image.bytes(at)?;
                Some(u32::from_le_bytes([a, b, c, 0]) + 1)
            };
            Some((size(24)?, size(27)?))
        }
        _ => None,
    }
}
