//! The Code Assist envelope: `{"model", "project", "request"}` around a Gemini request, and `{"response"}`
//! around a reply, or an array of these.
//!
//! - The account's project is put in for each attempt, by `crate::finish`.
//! - Inside, what the backend refuses is repaired: a content without a role is the user's, one without
//!   parts goes, a result gets the name of its call, and the first call of a content the documented
//!   stand-in for a signature that the model insists on.
//! - Of a reply only the `response` is left, as it was sent; `traceId` and the like go.

use crate::{
    finish::{Encoded, Mark},
    model_span::Part,
};
use bytes::Bytes;
use cliproxy_json::{Kind, Slices, Value, quote_into};
use std::ops::Range;

/// A Gemini body in its envelope.
pub(super) fn enveloped(body: Slices, model: &str) -> Encoded {
    let mut head = b"{\"model\":".to_vec();
    quote_into(&mut head, model);
    let project = Mark::Project(head.len());
    head.extend_from_slice(b",\"request\":");
    let mut out = Slices::from(Bytes::from(head));
    body.into_iter().for_each(|piece| out.push(piece));
    out.push(Bytes::from_static(b"}"));
    Encoded::new(out, vec![project])
}

/// A reply of the Code Assist backend, or one frame of it, without its envelope.
///
/// `None` if there is none: an error, a comment, a reply that is plain. Nothing is copied, unless the data
/// of a frame stands on several lines.
#[must_use]
pub fn unwrap_code_assist(source: &Bytes, part: Part) -> Option<Slices> {
    let data = match part {
        Part::Body => 0..source.len(),
        Part::Event => crate::model_span::data_line(source)?,
    };
    let json = &source[data.clone()];
    let document = Value::parse_bytes(json).ok()?;
    let place = |span: Range<usize>| data.start + span.start..data.start + span.end;
    let mut out = Slices::default();
    let mut kept = 0;
    let mut unwrap = |envelope: Value<'_>| {
        let response = envelope.get("response")?;
        let (outer, inner) = (place(envelope.span()), place(response.span()));
        out.push(source.slice(kept..outer.start));
        out.push(source.slice(inner));
        kept = outer.end;
        Some(())
    };
    let found = match document.kind() {
        Kind::Array => document.elements().filter_map(unwrap).count(),
        _ => usize::from(unwrap(document).is_some()),
    };
    out.push(source.slice(kept..));
    (found > 0).then_some(out)
}
