//! A reply, written for a client: as one body.

use crate::reply::{Folded, ReplyContext};

/// Writes a whole reply.
pub(crate) fn write(_reply: &Folded, _cx: &ReplyContext, _out: &mut Vec<u8>) {}
