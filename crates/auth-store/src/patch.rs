//! Writing what belongs to the gateway into a file that belongs to its operator.
//!
//! The tokens of a file are the gateway's, everything else in it is the operator's: what a patch does
//! not name keeps its bytes, whatever was written meanwhile.

mod equal;
mod tokens;

pub use self::{equal::are_equal, tokens::NewTokens};

use cliproxy_json::{Body, Edit, Invalid, Path, Raw, apply};

/// The file with an account switched off or on.
///
/// # Errors
///
/// [`Invalid`] if the file is no JSON object.
pub fn set_disabled(file: &[u8], disabled: bool) -> Result<Vec<u8>, Invalid> {
    let body = Body::new(file.to_vec().into())?;
    let edit = Edit::Set(Path::keys(&["disabled"]), Raw::from(disabled));
    Ok(apply(&body, &[edit])?.to_bytes().into())
}

#[cfg(test)]
mod tests;
