//! Images, documents and search results.
//!
//! | block | part |
//! | --- | --- |
//! | `image`, `document` with a source of `base64`, `url` or `file` | media |
//! | `document` of `text` | media whose source is the text |
//! | `document` of `content` | the same of all texts in it, joined by blank lines; images follow it |
//! | `search_result` | a text: source, title, and what was found; what is no text follows it |
//!
//! `citations` that are asked for belong to Claude alone.

use super::blocks::{self, Block};
use crate::{
    client_body::{
        expect::{invalid, object, optional_text, required, string, text},
        media,
        members::take,
        pieces::Pieces,
    },
    json_str::JsonStr,
    rejection::Rejection,
    request_ir::{Media, MediaKind, Part, PartKind, Place, Source},
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;
use std::borrow::Cow;

pub(super) fn image<'a>(block: &Block<'a>) -> Result<PartKind<'a>, Rejection> {
    let source = object(block.required("source")?, "source")?;
    match read_source(source, MediaKind::Image)? {
        Read::Media(image) => Ok(PartKind::Media(Box::new(image))),
        Read::Content(_) => Err(invalid(source, "this source is unknown")),
    }
}

/// Reads a document into `parts`.
pub(super) fn document<'a>(
    parts: &mut Vec<Part<'a>>,
    block: &Block<'a>,
    pieces: &Pieces,
) -> Result<(), Rejection> {
    let source = object(block.required("source")?, "source")?;
    let mut beside = Vec::new();
    let mut document = match read_source(source, MediaKind::Document)? {
        Read::Media(document) => document,
        Read::Content(content) => {
            let (texts, others) = split(blocks::read_all(content, pieces)?);
            beside = others;
            text_document(join(texts))
        }
    };
    document.title = optional_text(block.get("title"), "title")?;
    document.context = optional_text(block.get("context"), "context")?;
    let mut part = Part::new(PartKind::Media(Box::new(document)), Place::of(block.value));
    // The mark is for all of the block, so it stands at the end of what becomes of it.
    match beside.last_mut() {
        Some(last) => last.cache = block.cache(),
        None => part.cache = block.cache(),
    }
    part.note_aside(block.get("citations"), is_wanted);
    parts.push(part);
    parts.extend(beside);
    Ok(())
}

/// Whether citations are asked for.
fn is_wanted(citations: Value<'_>) -> bool {
    let flag = citations.get("enabled");
    flag.is_some_and(|flag| flag.as_bool() == Some(true))
}

/// Reads a search result into `parts`.
pub(super) fn search_result<'a>(
    parts: &mut Vec<Part<'a>>,
    block: &Block<'a>,
    pieces: &Pieces,
) -> Result<(), Rejection> {
    let source = text(block.required("source")?, "source")?;
    let title = optional_text(block.get("title"), "title")?.unwrap_or_default();
    let content = block.get("content");
    let content = content
        .map(|content| blocks::read_all(content, pieces))
        .transpose()?
        .unwrap_or_default();
    let (texts, mut beside) = split(content);
    let found = format!(
        "Source: {}\\nTitle: {}\\n{}",
        source.as_escaped(),
        title.as_escaped(),
        join(texts).as_escaped()
    );
    let mut part = Part::text(JsonStr::written(found), Place::of(block.value));
    part.begins_paragraph = blocks::begins_paragraph(parts, &part);
    part.note_aside(block.get("citations"), is_wanted);
    // The mark is for all of the block, so it stands at the end of what becomes of it.
    match beside.last_mut() {
        Some(last) => last.cache = block.cache(),
        None => part.cache = block.cache(),
    }
    parts.push(part);
    parts.extend(beside);
    Ok(())
}

enum Read<'a> {
    Media(Media<'a>),
    Content(Value<'a>),
}

fn read_source(source: Value<'_>, kind: MediaKind) -> Result<Read<'_>, Rejection> {
    let names = ["type", "media_type", "data", "url", "file_id", "content"];
    let [how, mime, data, url, file, content] = take(source.members(), names);
    let how = required(how, source, "type")?;
    Ok(Read::Media(match &*string(how, "type")? {
        "base64" => {
            let mime = mime.map(|mime| media::mime(mime, "media_type"));
            let data = required(data, source, "data")?;
            media::by_base64(data, "data", mime.transpose()?, Some(kind))?
        }
        "url" => media::by_url(required(url, source, "url")?, "url", kind)?,
        "file" => {
            let id = text(required(file, source, "file_id")?, "file_id")?;
            let owner = Protocol::Claude;
            Media::new(kind, Source::File { owner, id })
        }
        "text" if kind == MediaKind::Document => {
            text_document(text(required(data, source, "data")?, "data")?)
        }
        "content" if kind == MediaKind::Document => {
            return Ok(Read::Content(required(content, source, "content")?));
        }
        _ => return Err(invalid(how, "this source is unknown")),
    }))
}

fn text_document(text: JsonStr<'_>) -> Media<'_> {
    let mut document = Media::new(MediaKind::Document, Source::Text(text));
    document.mime = Some(Cow::Borrowed("text/plain"));
    document
}

fn split(parts: Vec<Part<'_>>) -> (Vec<JsonStr<'_>>, Vec<Part<'_>>) {
    let mut texts = Vec::new();
    let mut others = Vec::new();
    for part in parts {
        match part.kind {
            PartKind::Text(text) => texts.push(text.text),
            _ => others.push(part),
        }
    }
    (texts, others)
}

fn join(mut texts: Vec<JsonStr<'_>>) -> JsonStr<'_> {
    if texts.len() == 1 {
        return texts.remove(0);
    }
    let texts: Vec<_> = texts.iter().map(JsonStr::as_escaped).collect();
    JsonStr::written(texts.join("\\n\\n"))
}
