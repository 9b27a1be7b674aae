//! Blocks of reasoning. Chat clients of some vendors send them as well.

use crate::{
    client_body::{
        expect::{required, text},
        members::take,
        sealed,
    },
    rejection::Rejection,
    request_ir::{Family, OpaqueKind, PartKind, Thought},
};
use cliproxy_json::Value;

/// `{thinking, signature}`. What is signed may be empty.
///
/// # Errors
///
/// [`Rejection`] without a text.
pub(crate) fn thought(block: Value<'_>) -> Result<PartKind<'_>, Rejection> {
    let [said, signature] = take(block.members(), ["thinking", "signature"]);
    let native = (Family::Anthropic, OpaqueKind::Signature);
    let opaque = signature.map(|value| sealed::opaque(value, "signature", native));
    Ok(PartKind::Thinking(Box::new(Thought {
        text: text(required(said, block, "thinking")?, "thinking")?,
        opaque: opaque.transpose()?.flatten(),
        ..Thought::default()
    })))
}

/// `{data}`. Without data it is reasoning of which nothing is left.
///
/// # Errors
///
/// [`Rejection`] without data.
pub(crate) fn redacted(block: Value<'_>) -> Result<PartKind<'_>, Rejection> {
    let [data] = take(block.members(), ["data"]);
    let data = required(data, block, "data")?;
    let native = (Family::Anthropic, OpaqueKind::Redacted);
    Ok(match sealed::opaque(data, "data", native)? {
        Some(opaque) => PartKind::Redacted(Box::new(opaque)),
        None => PartKind::Thinking(Box::default()),
    })
}
