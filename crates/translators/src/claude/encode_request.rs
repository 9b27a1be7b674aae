//! A request, written for an upstream.

use crate::{request_ir::Request, target::Target};

/// Writes a normalised request.
pub(crate) fn encode(_request: &Request<'_>, _target: &Target<'_>, _out: &mut Vec<u8>) {}
