//! What must hold for any input, one module per target.
//!
//! `check` takes the bytes of one case and panics when something that must hold does not. It is a
//! plain function, so that the same check runs over the corpus on stable (`tests/corpus.rs`) and
//! under libFuzzer (`fuzz_targets/`).
#![forbid(unsafe_code)]

pub mod client_key;
pub mod config;
pub mod json;
pub mod json_edit;
pub mod refusal;
pub mod reply;
pub mod request_headers;
pub mod response_headers;
pub mod sse;

mod lines;
mod split;
mod tree;

/// A check by the name of its target.
pub type Target = (&'static str, fn(&[u8]));

/// Every target; its corpus is the folder of this name below `corpus`.
pub const TARGETS: [Target; 9] = [
    ("client_key", client_key::check),
    ("config", config::check),
    ("json", json::check),
    ("json_edit", json_edit::check),
    ("refusal", refusal::check),
    ("reply", reply::check),
    ("request_headers", request_headers::check),
    ("response_headers", response_headers::check),
    ("sse", sse::check),
];
