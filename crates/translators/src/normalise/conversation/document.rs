//! A document of plain text, as text.
//!
//! ```text
//! <document title="Notes" context="of May">
//! The document.
//! </document>
//! ```

use crate::{
    json_str::JsonStr,
    request_ir::{Media, PartKind, Text},
};

/// For a target without documents. Title and context stand in the first line, if there are any.
pub(super) fn as_text<'a>(media: &Media<'a>, text: &JsonStr<'a>) -> PartKind<'a> {
    let mut written = String::from("<document");
    let title = media.title.as_ref().or(media.name.as_ref());
    for (name, value) in [("title", title), ("context", media.context.as_ref())] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            written.push(' ');
            written.push_str(name);
            written.push_str("=\\\"");
            written.push_str(value.as_escaped());
            written.push_str("\\\"");
        }
    }
    written.push_str(">\\n");
    written.push_str(text.as_escaped());
    written.push_str("\\n</document>");
    PartKind::Text(Text {
        text: JsonStr::written(written),
        ..Text::default()
    })
}
