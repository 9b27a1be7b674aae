//! How much a model thinks before it answers, and what is shown of it.

mod control;

pub(crate) use control::{Control, Detail, Show};
