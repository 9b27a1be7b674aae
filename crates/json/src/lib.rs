//! JSON by spans: a text is checked once, peeked into without allocation, and edited without being rewritten.
//!
//! No tree is built. A [`Value`] is a piece of the received text, so numbers keep their spelling, members their order
//! and unknown fields their place; an edited [`Body`] is a list of [`Slices`] that share the received bytes.
//! Nothing here knows a protocol, a provider or HTTP.
//!
//! ```
//! use cliproxy_json::{Body, Flag, quoted};
//!
//! # fn main() -> Result<(), cliproxy_json::Invalid> {
//! let body = Body::new(r#"{"model": "fast", "stream": true, "n": 1.0}"#.into())?;
//! let head = body.head();
//! assert_eq!((head.count("model"), head.flag("stream")), (1, Flag::True));
//!
//! if let Some(model) = head.get("model") {
//!     let sent = body.replace(model.span(), quoted("gpt-5.4"));
//!     assert_eq!(sent.to_bytes(), r#"{"model": "gpt-5.4", "stream": true, "n": 1.0}"#);
//! }
//! # Ok(())
//! # }
//! ```

mod body;
mod build;
mod edit;
mod invalid;
mod jumps;
mod path;
mod place;
mod render;
mod scan;
mod slices;
mod text;
mod tree;
mod value;
mod walk;
mod write;

#[cfg(test)]
mod generated;

pub use self::{
    body::{Body, Flag, Head},
    build::{ArrayWriter, ObjectWriter, number_into},
    edit::{Edit, Raw, apply},
    invalid::Invalid,
    path::{InvalidPath, Path},
    place::{path_to, paths_to},
    slices::{IntoIter, Slices},
    text::decoded,
    value::{Kind, Value},
    walk::{Elements, Members},
    write::{escape_into, quote_into, quoted},
};
