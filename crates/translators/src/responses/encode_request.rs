//! A request, written for a Responses upstream.
//!
//! <https://platform.openai.com/docs/api-reference/responses/create>

mod items;
mod media;
mod tools;

use crate::{
    finish::Mark,
    request_ir::{Format, FormatKind, Key, Request, SystemRole},
    target::Target,
    thinking::Written,
};
use cliproxy_core::Protocol;
use cliproxy_json::{ObjectWriter, quote_into};

/// Writes a normalised request, and marks what depends on the account.
pub(crate) fn encode(
    request: &Request<'_>,
    target: &Target<'_>,
    out: &mut Vec<u8>,
    marks: &mut Vec<Mark>,
) {
    let wants_key = target.profile.is_codex && request.settings.get(Key::PromptCache).is_none();
    let mut sealed = Vec::new();
    ObjectWriter::write(out, |body| {
        body.member("model", |out| {
            quote_into(out, target.model);
            if wants_key {
                marks.push(Mark::CacheKey(out.len()));
            }
        });
        instructions(request, target, body);
        body.array("input", |list| {
            items::write(request, target, list, &mut sealed);
        });
        tools::write(request, body);
        for (name, setting) in request.settings.named(Protocol::Responses) {
            if setting.key != Key::Verbosity {
                body.raw(name, setting.value.as_str());
            }
        }
        text(request, body);
        if let Written::Responses { effort, summary } = request.reasoning {
            body.object("reasoning", |reasoning| {
                if let Some(effort) = effort {
                    reasoning.text("effort", effort);
                }
                if let Some(summary) = summary {
                    reasoning.text("summary", summary);
                }
            });
        }
        if request.streams || target.profile.is_codex {
            body.boolean("stream", true);
        }
    });
    let sealed = sealed.into_iter();
    marks.extend(sealed.map(|(realm, span)| Mark::sealed(realm, span, out)));
}

/// Only what was `instructions` before becomes `instructions`; the ChatGPT backend insists on the member.
fn instructions(request: &Request<'_>, target: &Target<'_>, body: &mut ObjectWriter<'_>) {
    let mut texts = request
        .system
        .iter()
        .filter(|message| message.role == SystemRole::Instructions)
        .flat_map(|message| &message.parts)
        .filter_map(|part| part.as_text())
        .peekable();
    if texts.peek().is_none() && !target.profile.is_codex {
        return;
    }
    body.member("instructions", |out| {
        out.push(b'"');
        for (index, text) in texts.enumerate() {
            if index > 0 {
                out.extend_from_slice(b"\\n\\n");
            }
            out.extend_from_slice(text.as_escaped().as_bytes());
        }
        out.push(b'"');
    });
}

/// `text`: what the answer has to look like, and how long it may be.
fn text(request: &Request<'_>, body: &mut ObjectWriter<'_>) {
    let verbosity = request.settings.get(Key::Verbosity);
    if request.format.is_none() && verbosity.is_none() {
        return;
    }
    body.object("text", |out| {
        if let Some(Format { kind, .. }) = &request.format {
            out.object("format", |format| write_format(kind, format));
        }
        if let Some(verbosity) = verbosity {
            out.raw("verbosity", verbosity.value.as_str());
        }
    });
}

fn write_format(kind: &FormatKind<'_>, out: &mut ObjectWriter<'_>) {
    match kind {
        FormatKind::Object => out.text("type", "json_object"),
        FormatKind::Schema {
            name,
            description,
            schema,
            strict,
        } => {
            out.text("type", "json_schema");
            let name = name.as_ref().map_or("output", |name| name.as_escaped());
            out.escaped("name", name);
            if let Some(description) = description {
                out.escaped("description", description.as_escaped());
            }
            out.raw("schema", &schema.json);
            if let Some(strict) = strict {
                out.boolean("strict", *strict);
            }
        }
    }
}
