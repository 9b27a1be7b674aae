//! Extracts a session id from a request and keeps session bindings.
