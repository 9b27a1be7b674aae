//! Usage records and their sinks.
