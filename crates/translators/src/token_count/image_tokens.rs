//! What an image costs in tokens, by its size.
//!
//! | rule | tokens | size unknown |
//! |---|---|---|
//! | Claude | ⌈w·h / 750⌉ with the long side scaled down to 1568, at most 1600 | 1000 |
//! | OpenAI, tiles | 85 + 170 per tile of 512 × 512, scaled down to fit 2048 × 2048 and to a short side of 768 | 765 |
//! | OpenAI, tiles, low detail | 85 | 85 |
//! | OpenAI, patches | patches of 32 × 32, scaled down to whole patches where these are more than 1536 | 765 |
//! | Gemini | 258 if both sides are at most 384, else 258 per tile of a side of ⌊short / 1.5⌋, at least 256 and at most 768 | 258 |
//!
//! These are estimates of what the vendors count: the same size gives the same number. Everything
//! is computed in whole numbers, so that no rounding decides about a tile.

use crate::token_count::ImageSize;
use cliproxy_core::Capabilities;

#[cfg(test)]
mod tests;

/// How a model counts images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageRule {
    /// Claude models.
    Claude,
    /// OpenAI models that count tiles, at high detail.
    OpenAiTiles,
    /// The same at low detail.
    OpenAiLow,
    /// OpenAI models that count patches.
    OpenAiPatches,
    /// Gemini models.
    Gemini,
}

impl ImageRule {
    /// How a model counts whose vendor's other models count so.
    pub(super) fn of_model(self, model: Option<&Capabilities>) -> Self {
        match self {
            Self::OpenAiTiles if model.is_some_and(|model| model.image_patches) => {
                Self::OpenAiPatches
            }
            other => other,
        }
    }

    /// How the same model counts images that it is to look at coarsely.
    pub(super) const fn at_low_detail(self) -> Self {
        match self {
            Self::OpenAiTiles => Self::OpenAiLow,
            other => other,
        }
    }
}

/// The estimate for one image, in tokens. `None` for an image whose size nobody knows, as one that is
/// given by its address.
#[must_use]
pub fn image_tokens(size: Option<ImageSize>, rule: ImageRule) -> u64 {
    let Some(size) = size else {
        return match rule {
            ImageRule::Claude => 1000,
            ImageRule::OpenAiTiles | ImageRule::OpenAiPatches => 765,
            ImageRule::OpenAiLow => 85,
            ImageRule::Gemini => 258,
        };
    };
    // An image without an extent cannot be made by reading a header; it counts as the smallest.
    let (width, height) = (size.width.max(1).into(), size.height.max(1).into());
    match rule {
        ImageRule::Claude => claude(width, height),
        ImageRule::OpenAiTiles => 85 + 170 * tiles(width, height),
        ImageRule::OpenAiLow => 85,
        ImageRule::OpenAiPatches => patches(width, height),
        ImageRule::Gemini => gemini(width, height),
    }
}

fn claude(width: u64, height: u64) -> u64 {
    const LONGEST: u128 = 1568;
    const MOST: u128 = 1600;
    let (long, short) = (u128::from(width.max(height)), u128::from(width.min(height)));
    let tokens = match long > LONGEST {
        true => (short * LONGEST * LONGEST).div_ceil(750 * long),
        false => (short * long).div_ceil(750),
    };
    u64::try_from(tokens.min(MOST)).unwrap_or(u64::MAX)
}

fn tiles(width: u64, height: u64) -> u64 {
    const TILE: u64 = 512;
    let (long, short) = (width.max(height), width.min(height));
    // The scale as a fraction: whichever limit shrinks more, and never above one.
    let fits = |&(wanted, actual): &(u64, u64)| wanted < actual;
    let scales = [(2048, long), (768, short)].into_iter().filter(fits);
    let smaller = |a: (u64, u64), b: (u64, u64)| if a.0 * b.1 <= b.0 * a.1 { a } else { b };
    let (wanted, actual) = scales.reduce(smaller).unwrap_or((1, 1));
    let along = |side: u64| (side * wanted).div_ceil(actual * TILE);
    along(width) * along(height)
}

fn patches(width: u64, height: u64) -> u64 {
    const PATCH: u64 = 32;
    const MOST: u64 = 1536;
    let count = width.div_ceil(PATCH) * height.div_ceil(PATCH);
    if count <= MOST {
        return count;
    }
    // Scaled so that the area is that of the most patches, then a little more, until one side is a whole
    // number of them: of both sides the one that loses more by it.
    let columns = (MOST * width / height).isqrt().max(1);
    let rows = (MOST * height / width).isqrt().max(1);
    let count = match columns * height <= rows * width {
        true => columns * (columns * height).div_ceil(width),
        false => rows * (rows * width).div_ceil(height),
    };
    count.min(MOST)
}

fn gemini(width: u64, height: u64) -> u64 {
    const TOKENS: u64 = 258;
    if width.max(height) <= 384 {
        return TOKENS;
    }
    let side = (width.min(height) * 2 / 3).clamp(256, 768);
    TOKENS * width.div_ceil(side) * height.div_ceil(side)
}
