//! The cases of `fixtures/count_tokens` that are single functions.

use crate::{
    image_size::ImageSize,
    image_tokens::{Rule, image_tokens},
    vectors::Case,
};
use serde_json::Value;

pub(super) fn actual(case: &Case) -> Result<Value, String> {
    match case.name.as_str() {
        "count_tokens/image_estimates" => super::each(case, image),
        other => Err(format!("nothing runs {other}")),
    }
}

fn image(input: &Value) -> Option<Value> {
    let side = |index: usize| u32::try_from(input[index].as_u64()?).ok();
    let (width, height) = (side(0)?, side(1)?);
    let rule = match input[2].as_str()? {
        "claude" => Rule::Claude,
        "openai-tile" => Rule::OpenAiTiles,
        "openai-low" => Rule::OpenAiLow,
        "openai-patch" => Rule::OpenAiPatches,
        "gemini" => Rule::Gemini,
        _ => return None,
    };
    let size = Some(ImageSize { width, height });
    Some(image_tokens(size, rule).into())
}
