//! Turns a presented client key into a principal.
