//! What Messages refuses in content blocks.

use super::cache_marks;
use crate::{
    inspect::{Checked, Node, each, is_plain_name},
    seal::Seal,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Blocks a user may send.
pub(super) const USER: &[&str] = &[
    "text",
    "image",
    "document",
    "search_result",
    "tool_result",
    "container_upload",
    "mid_conv_system",
];

/// Blocks an assistant message may hold; what the provider ran itself is taken back unseen.
pub(super) const ASSISTANT: &[&str] = &[
    "text",
    "thinking",
    "redacted_thinking",
    "tool_use",
    "server_tool_use",
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
    "mcp_tool_use",
    "mcp_tool_result",
    "compaction",
];

const RESULT: &[&str] = &[
    "text",
    "image",
    "document",
    "search_result",
    "tool_reference",
];
const IMAGE_TYPES: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/webp"];

/// One block, which must be of one of `kinds`.
pub(super) fn check(block: &Node<'_, '_>, kinds: &[&'static str]) -> Checked {
    let kind = block.need("type")?.one_of(kinds)?;
    let own: &[&str] = match kind {
        "text" => &["citations", "text"],
        "image" => &["source", "transformations"],
        "document" => &["citations", "context", "source", "title"],
        "search_result" => &["citations", "content", "source", "title"],
        "tool_result" => &["content", "is_error", "tool_use_id", "toolset_name"],
        "tool_use" => &["caller", "id", "input", "name", "toolset_name"],
        "tool_reference" => &["tool_name"],
        "thinking" => return thinking(block),
        "redacted_thinking" => {
            block.only(&[&["data", "type"]])?;
            let data = block.need("data")?;
            return if Seal::Signature.verify(data.text()?, "", None) {
                Ok(())
            } else {
                Err(block.rule(None, "Invalid `data` in `redacted_thinking` block"))
            };
        }
        "server_tool_use" => return server_tool_use(block),
        "web_search_tool_result" => return search_result(block),
        _ => return Ok(()),
    };
    block.only(&[&["cache_control", "type"], own])?;
    each(block, &["cache_control"], cache_marks::mark)?;
    match kind {
        "text" => text(block),
        "image" => image(&block.need("source")?),
        "document" => document(&block.need("source")?),
        "tool_use" => tool_use(block),
        "tool_result" => tool_result(block),
        "tool_reference" => block.need("tool_name")?.filled_text().map(drop),
        _ => block.need("content")?.elements().map(drop),
    }
}

fn text(block: &Node<'_, '_>) -> Checked {
    let text = block.need("text")?;
    if text.text()?.is_empty() {
        return Err(block.rule(None, "text content blocks must be non-empty"));
    }
    Ok(())
}

/// A thinking block must be one of ours, unchanged. Its text may have been left out.
fn thinking(block: &Node<'_, '_>) -> Checked {
    block.only(&[&["signature", "thinking", "type"]])?;
    let text = block.need("thinking")?.text()?;
    let signature = block.need("signature")?.text()?;
    let text = (!text.is_empty()).then_some(text);
    if Seal::Signature.verify(signature, "", text) {
        Ok(())
    } else {
        Err(block.rule(None, "Invalid `signature` in `thinking` block"))
    }
}

fn image(source: &Node<'_, '_>) -> Checked {
    match source.need("type")?.one_of(&["base64", "url", "file"])? {
        "base64" => {
            source.only(&[&["data", "media_type", "type"]])?;
            source.need("media_type")?.one_of(IMAGE_TYPES)?;
            base64(&source.need("data")?)
        }
        "url" => web(&source.need("url")?),
        _ => source.need("file_id")?.filled_text().map(drop),
    }
}

fn document(source: &Node<'_, '_>) -> Checked {
    match source
        .need("type")?
        .one_of(&["base64", "text", "content", "url", "file"])?
    {
        "base64" => {
            source.need("media_type")?.one_of(&["application/pdf"])?;
            base64(&source.need("data")?)
        }
        "text" => {
            source.need("media_type")?.one_of(&["text/plain"])?;
            source.need("data")?.text().map(drop)
        }
        "content" => source.need("content").map(drop),
        "url" => web(&source.need("url")?),
        _ => source.need("file_id")?.filled_text().map(drop),
    }
}

fn base64(data: &Node<'_, '_>) -> Checked {
    if STANDARD.decode(data.filled_text()?).is_ok() {
        return Ok(());
    }
    Err(data.rule(None, "invalid base64 data"))
}

fn web(url: &Node<'_, '_>) -> Checked {
    let text = url.filled_text()?;
    if text.starts_with("https://") || text.starts_with("http://") {
        return Ok(());
    }
    Err(url.rule(None, "Only HTTPS URLs are supported."))
}

/// A run of a tool of the provider's. Its id is of a kind of its own.
fn server_tool_use(block: &Node<'_, '_>) -> Checked {
    let id = block.need("id")?;
    let tail = id.text()?.strip_prefix("srvtoolu_").unwrap_or_default();
    if !is_plain_name(tail, usize::MAX) {
        return Err(id.rule(
            None,
            "String should match pattern '^srvtoolu_[a-zA-Z0-9_]+$'",
        ));
    }
    block.need("input")?.object().map(drop)
}

/// What a search found is sealed: nobody else can have made it.
fn search_result(block: &Node<'_, '_>) -> Checked {
    let content = block.need("content")?;
    if content.value.is_object() {
        return Ok(());
    }
    for result in content.elements()? {
        let sealed = result.need("encrypted_content")?;
        if sealed.text()?.is_empty() {
            return Err(sealed.rule(None, "Invalid `encrypted_content` in `search_result` block"));
        }
    }
    Ok(())
}

fn tool_use(block: &Node<'_, '_>) -> Checked {
    id(&block.need("id")?)?;
    let name = block.need("name")?;
    if !is_plain_name(name.text()?, 200) {
        return Err(name.rule(None, "String should match pattern '^[a-zA-Z0-9_-]{1,200}$'"));
    }
    block.need("input")?.object().map(drop)
}

fn tool_result(block: &Node<'_, '_>) -> Checked {
    id(&block.need("tool_use_id")?)?;
    each(block, &["is_error"], |node| node.flag().map(drop))?;
    each(block, &["content"], |content| {
        if content.value.is_string() {
            return Ok(());
        }
        for part in content.elements()? {
            check(&part, RESULT)?;
        }
        Ok(())
    })
}

fn id(id: &Node<'_, '_>) -> Checked {
    if is_plain_name(id.text()?, usize::MAX) {
        return Ok(());
    }
    Err(id.rule(None, "String should match pattern '^[a-zA-Z0-9_-]+$'"))
}
