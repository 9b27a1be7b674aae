//! The citations of an answer: `annotations`.
//!
//! | type | becomes |
//! | --- | --- |
//! | `url_citation`, its members beside the type (Responses) or in an object of this name (Chat) | a page that the text cites |
//! | another: files that the provider keeps | said aside, for its own protocol alone |

use super::super::pieces::Pieces;
use crate::{
    json_str::JsonStr,
    rejection::Rejection,
    request_ir::{Citation, Part, PartKind, Place},
    tap::tokens,
};
use cliproxy_json::Value;

/// Reads the annotations of a part. Offsets are those of its text.
///
/// # Errors
///
/// [`Rejection`] if they are too many.
pub(crate) fn annotate<'a>(
    part: &mut Part<'a>,
    annotations: Value<'a>,
    pieces: &Pieces,
) -> Result<(), Rejection> {
    for annotation in annotations.elements() {
        pieces.count(annotation)?;
        match (&mut part.kind, page(annotation)) {
            (PartKind::Text(text), Some(citation)) => text.citations.push(citation),
            _ => part.aside.push(Place::of(annotation)),
        }
    }
    Ok(())
}

fn page(annotation: Value<'_>) -> Option<Citation<'_>> {
    let kind = annotation.get("type")?;
    if kind.escaped() != Some("url_citation") {
        return None;
    }
    let page = annotation.get("url_citation").unwrap_or(annotation);
    let [start, end, url, title] = page.pick(["start_index", "end_index", "url", "title"]);
    Some(Citation {
        place: Place::of(annotation),
        range: tokens(start).zip(tokens(end)),
        url: url.and_then(JsonStr::of).filter(|url| !url.is_empty())?,
        title: title.and_then(JsonStr::of).unwrap_or_default(),
    })
}
