//! Why a text was refused.

/// Why a text is not taken as JSON. Offsets are bytes from the start of the text; no variant carries content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// The grammar of RFC 8259 wants something else here.
    #[error("invalid JSON at byte {offset}: expected {expected}")]
    Syntax {
        /// Where the unexpected byte, or the end of the text, is.
        offset: usize,
        /// What would have been right.
        expected: &'static str,
    },
    /// The text is not UTF-8.
    #[error("invalid UTF-8 at byte {offset}")]
    NotUtf8 {
        /// Where the valid part ends.
        offset: usize,
    },
    /// A body must be an object.
    #[error("the top level must be a JSON object")]
    NotObject,
    /// Arrays and objects are nested too deeply.
    #[error("nested deeper than {limit} levels at byte {offset}")]
    TooDeep {
        /// The bracket that is one too many.
        offset: usize,
        /// How many levels are accepted.
        limit: usize,
    },
    /// Spans are kept as 32 bits.
    #[error("larger than 4 GiB")]
    TooLarge,
    /// The objects and arrays that had to be looked into hold more than anybody sends.
    #[error("more than {limit} members to look into")]
    TooManyMembers {
        /// How many are accepted.
        limit: usize,
    },
    /// Something follows the document.
    #[error("unexpected text after the document at byte {offset}")]
    Trailing {
        /// The first byte after the document that is not whitespace.
        offset: usize,
    },
}
