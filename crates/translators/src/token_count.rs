//! Counting tokens without an upstream: what each piece of a request weighs, and how a count is told.

mod estimate;
mod image_size;
mod image_tokens;
mod media_tokens;
mod shape;
mod text_tokens;

pub use self::{
    estimate::estimate_tokens,
    image_size::ImageSize,
    image_tokens::{ImageRule, image_tokens},
    shape::token_count_body,
};
