//! The cases of `fixtures/count_tokens` that are single functions.

use crate::{
    token_count::{ImageRule, ImageSize, image_tokens, token_count_body},
    vectors::{Case, context::protocol},
};
use serde_json::Value;

pub(super) fn actual(case: &Case) -> Result<Value, String> {
    match case.name.as_str() {
        "count_tokens/image_estimates" => super::each(case, image),
        "count_tokens/native_shapes" => super::each(case, shape),
        other => Err(format!("nothing runs {other}")),
    }
}

fn image(input: &Value) -> Option<Value> {
    let side = |index: usize| u32::try_from(input[index].as_u64()?).ok();
    let (width, height) = (side(0)?, side(1)?);
    let rule = match input[2].as_str()? {
        "claude" => ImageRule::Claude,
        "openai-tile" => ImageRule::OpenAiTiles,
        "openai-low" => ImageRule::OpenAiLow,
        "openai-patch" => ImageRule::OpenAiPatches,
        "gemini" => ImageRule::Gemini,
        _ => return None,
    };
    let size = Some(ImageSize { width, height });
    Some(image_tokens(size, rule).into())
}

fn shape(input: &Value) -> Option<Value> {
    let client = protocol(input["client"].as_str()?).ok()?;
    let body = token_count_body(client, input["n"].as_u64()?)?;
    serde_json::from_slice(&body).ok()
}
