//! What counting tokens takes besides a tokeniser: how a count is told, and what images weigh.

mod image_size;
mod image_tokens;
mod shape;

pub use self::{
    image_size::ImageSize,
    image_tokens::{ImageRule, image_tokens},
    shape::token_count_body,
};
