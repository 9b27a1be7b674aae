//! What a reply is called on the client's side.
//!
//! The upstream's id without the prefix of its protocol is the tail of the client's:
//! `chatcmpl-<tail>`, `msg_<tail>`, `resp_<tail>`, Gemini's `<tail>`. Ids of items that only the gateway has
//! made have `_gw_` in them, by which they are known when they come back.

use super::ReplyContext;
use crate::json_str::JsonStr;

const PREFIXES: [&str; 3] = ["chatcmpl-", "msg_", "resp_"];

/// The tail, escaped.
pub(crate) fn tail(id: &JsonStr<'_>, cx: &ReplyContext) -> String {
    let id = id.as_escaped();
    let tail = PREFIXES.iter().find_map(|prefix| id.strip_prefix(prefix));
    match tail.unwrap_or(id) {
        "" => JsonStr::plain(&cx.fallback_id).as_escaped().to_owned(),
        tail => tail.to_owned(),
    }
}

/// The tail where only letters, digits and `_` may stand.
pub(crate) fn plain_tail(tail: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    tail.chars().map(allowed).collect()
}
