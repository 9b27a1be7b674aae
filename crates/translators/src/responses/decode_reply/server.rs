//! Tools that run at OpenAI: their items are told when they are whole.
//!
//! | item | what is told |
//! | --- | --- |
//! | `web_search_call` | a search: `action.queries` or `action.query`, and the pages of `action.sources` |
//! | `file_search_call`, `code_interpreter_call`, `mcp_call` | a run |
//! | `image_generation_call` | an image, if there is one |
//! | any other | a loss |

use super::filled;
use crate::{
    json_str::JsonStr,
    reply::{Emitter, Opening, ReplyLoss, ServerRun, ServerSource},
    request_ir::ServerKind,
};
use cliproxy_json::Value;

pub(super) fn tell(kind: &str, item: Value<'_>, out: &mut Emitter<'_>) {
    let kind = match kind {
        "web_search_call" => ServerKind::WebSearch,
        "file_search_call" => ServerKind::FileSearch,
        "code_interpreter_call" => ServerKind::CodeExecution,
        "mcp_call" => ServerKind::Mcp,
        "image_generation_call" => return image(item, out),
        _ => return out.lost(ReplyLoss::Content),
    };
    let action = item.get("action").unwrap_or(item);
    let listed = |key| action.get(key).into_iter().flat_map(|list| list.elements());
    let mut queries: Vec<_> = listed("queries").filter_map(JsonStr::of).collect();
    if queries.is_empty() {
        queries.extend(action.get("query").and_then(JsonStr::of));
    }
    let run = ServerRun {
        kind,
        id: filled(item, "id"),
        queries,
        sources: listed("sources").filter_map(source).collect(),
    };
    out.whole(0, Opening::Server(run));
}

fn source(page: Value<'_>) -> Option<ServerSource<'_>> {
    let text = |key| page.get(key).and_then(JsonStr::of);
    Some(ServerSource {
        url: text("url")?,
        title: text("title").unwrap_or_default(),
    })
}

fn image(item: Value<'_>, out: &mut Emitter<'_>) {
    let Some(base64) = filled(item, "result") else {
        return;
    };
    let format = filled(item, "output_format");
    let mime = format!("image/{}", format.as_deref().unwrap_or("png")).into();
    out.whole(0, Opening::Media { mime, base64 });
}
