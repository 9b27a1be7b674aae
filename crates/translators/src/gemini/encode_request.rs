//! A request, written for a Gemini upstream.
//!
//! <https://ai.google.dev/api/generate-content>

mod config;
mod contents;
mod tools;

use crate::{finish::Mark, request_ir::Request, target::Target};
use cliproxy_json::{ObjectWriter, quote_into};

/// Writes a normalised request, and marks what depends on the account.
///
/// The URL names the model. Inside the Code Assist envelope the project is left out: what depends on
/// the account is put in for each attempt.
pub(crate) fn encode(
    request: &Request<'_>,
    target: &Target<'_>,
    out: &mut Vec<u8>,
    marks: &mut Vec<Mark>,
) {
    ObjectWriter::write(out, |body| {
        if target.profile.is_code_assist {
            body.member("model", |out| {
                quote_into(out, target.model);
                marks.push(Mark::Project(out.len()));
            });
            body.object("request", |inner| write(request, target, inner));
        } else if target.counts {
            body.object("generateContentRequest", |inner| {
                inner.text("model", &format!("models/{}", target.model));
                write(request, target, inner);
            });
        } else {
            write(request, target, body);
        }
    });
}

fn write(request: &Request<'_>, target: &Target<'_>, body: &mut ObjectWriter<'_>) {
    contents::write(request, target, body);
    tools::write(request, body);
    if !target.counts {
        config::write(request, body);
    }
}
