//! The snapshot, the reconciler, and the life of one request.
