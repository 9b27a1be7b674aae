//! Replies, as clients of the protocol read them.

/// What is special about clients.
pub(crate) struct Reply {
    /// A client says whether a stream is to report its usage; else it always does.
    pub(crate) usage_is_optional: bool,
}
