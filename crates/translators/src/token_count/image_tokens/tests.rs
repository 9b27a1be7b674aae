//! The limits of each rule; the fixtures have the sizes between them.

use super::{ImageRule, image_tokens};
use crate::token_count::ImageSize;
use proptest::prelude::*;

const RULES: [ImageRule; 5] = [
    ImageRule::Claude,
    ImageRule::OpenAiTiles,
    ImageRule::OpenAiLow,
    ImageRule::OpenAiPatches,
    ImageRule::Gemini,
];

fn tokens(width: u32, height: u32, rule: ImageRule) -> u64 {
    image_tokens(Some(ImageSize { width, height }), rule)
}

#[test]
fn an_unknown_size_has_a_number_of_its_own() {
    let check = |rule, expected| assert_eq!(image_tokens(None, rule), expected, "{rule:?}");
    check(ImageRule::Claude, 1000);
    check(ImageRule::OpenAiTiles, 765);
    check(ImageRule::OpenAiLow, 85);
    check(ImageRule::OpenAiPatches, 765);
    check(ImageRule::Gemini, 258);
}

#[test]
fn limits_are_part_of_what_they_limit() {
    let check = |width, height, rule, expected| {
        assert_eq!(
            tokens(width, height, rule),
            expected,
            "{width}x{height} {rule:?}"
        );
        assert_eq!(
            tokens(height, width, rule),
            expected,
            "{height}x{width} {rule:?}"
        );
    };
    check(1568, 765, ImageRule::Claude, 1600);
    check(3136, 100, ImageRule::Claude, 105);
    check(512, 512, ImageRule::OpenAiTiles, 255);
    check(513, 512, ImageRule::OpenAiTiles, 425);
    check(768, 768, ImageRule::OpenAiTiles, 765);
    check(4096, 100, ImageRule::OpenAiTiles, 765);
    check(1024, 1536, ImageRule::OpenAiPatches, 1536);
    check(1025, 1536, ImageRule::OpenAiPatches, 1504);
    check(384, 384, ImageRule::Gemini, 258);
    check(385, 384, ImageRule::Gemini, 258 * 4);
}

proptest! {
    #[test]
    fn no_size_is_too_large_to_be_counted(width in any::<u32>(), height in any::<u32>()) {
        for rule in RULES {
            prop_assert!(tokens(width, height, rule) > 0);
        }
        prop_assert!(tokens(width, height, ImageRule::Claude) <= 1600);
        prop_assert!(tokens(width, height, ImageRule::OpenAiPatches) <= 1536);
        prop_assert!(tokens(width, height, ImageRule::OpenAiTiles) <= 85 + 170 * 8);
    }
}
