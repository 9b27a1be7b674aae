//! Frames and unframes server-sent events over Bytes, for any split of the input.
