//! What the answer has to look like.

use super::{Place, ToolSchema};
use crate::json_str::JsonStr;

#[derive(Debug)]
pub(crate) struct Format<'a> {
    pub(crate) kind: FormatKind<'a>,
    pub(crate) place: Place,
}

#[derive(Debug)]
pub(crate) enum FormatKind<'a> {
    /// Any JSON object.
    Object,
    Schema {
        name: Option<JsonStr<'a>>,
        description: Option<JsonStr<'a>>,
        schema: ToolSchema<'a>,
        strict: Option<bool>,
    },
}
