//! Reads and rewrites the four wire protocols: raw lane, usage, native errors.
