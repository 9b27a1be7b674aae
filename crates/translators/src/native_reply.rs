//! A reply of the ChatGPT backend or of Code Assist on its way to a client that speaks the same protocol.
//!
//! | profile | what is done |
//! |---|---|
//! | `codex` | the end of a stream gets the output that it lacks, see [`codex`]; a response that names no model gets the client's name for it; a client that does not stream gets the response of the end |
//! | `code-assist` | the envelope goes |
//!
//! All else passes as it came, and so does everything of any other profile.

mod codex;

#[cfg(test)]
mod tests;

use crate::{Failure, model_span::Part, patch::code_assist::unwrap_code_assist, profile::Profile};
use bytes::Bytes;
use cliproxy_sse::Frame;

/// What one reply of such an upstream needs.
#[derive(Clone, Debug)]
pub struct NativeReply(Dialect);

#[derive(Clone, Debug)]
enum Dialect {
    CodeAssist,
    Codex(codex::Codex),
}

impl NativeReply {
    /// For one reply; `None` if it passes as it is. `model` is what the client calls the model.
    #[must_use]
    pub fn new(profile: &Profile, model: &str) -> Option<Self> {
        let dialect = match profile {
            _ if profile.is_code_assist => Dialect::CodeAssist,
            _ if profile.is_codex => Dialect::Codex(codex::Codex::new(model)),
            _ => return None,
        };
        Some(Self(dialect))
    }

    /// Whether a client that does not stream is answered with a stream, for [`fold`](Self::fold).
    #[must_use]
    pub const fn folds(&self) -> bool {
        matches!(self.0, Dialect::Codex(_))
    }

    /// One event of a stream, as the client gets it; `None` if that is as it came.
    pub fn frame(&mut self, frame: &Frame) -> Option<Bytes> {
        match &mut self.0 {
            Dialect::CodeAssist => Some(unwrap_code_assist(frame.raw(), Part::Event)?.to_bytes()),
            Dialect::Codex(codex) => codex.frame(frame),
        }
    }

    /// A unary reply, as the client gets it; `None` if that is as it came.
    #[must_use]
    pub fn body(&self, body: &Bytes) -> Option<Bytes> {
        match &self.0 {
            Dialect::CodeAssist => Some(unwrap_code_assist(body, Part::Body)?.to_bytes()),
            Dialect::Codex(_) => None,
        }
    }

    /// A stream, as the body that the client asked for.
    ///
    /// # Errors
    ///
    /// The stream breaks off before its end.
    pub fn fold(&mut self, events: Bytes) -> Result<Bytes, Failure> {
        match &mut self.0 {
            Dialect::CodeAssist => Ok(events),
            Dialect::Codex(codex) => codex.fold(events),
        }
    }
}
