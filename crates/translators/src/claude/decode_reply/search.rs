//! Tools that run at Anthropic: a block that asks, and later a block with the results.
//!
//! A run is told as one part, when its results have come. One whose results never come is told with
//! the end of the message, without any.

use crate::{
    json_str::JsonStr,
    reply::{Emitter, Opening, ServerRun, ServerSource},
    request_ir::ServerKind,
};
use cliproxy_json::{Value, decoded};

#[derive(Debug, Default)]
pub(super) struct Runs(Vec<Run>);

#[derive(Debug)]
struct Run {
    is_told: bool,
    run: ServerRun<'static>,
}

impl Runs {
    /// The tool is asked; the number of the run.
    pub(super) fn begin(&mut self, block: &str, value: Value<'_>) -> usize {
        let text = |key: &str| value.get(key).and_then(|value| value.as_str());
        let kind = match block {
            "mcp_tool_use" => ServerKind::Mcp,
            _ => kind(&text("name").unwrap_or_default()),
        };
        let input = value.get("input");
        self.0.push(Run {
            is_told: false,
            run: ServerRun {
                kind,
                id: text("id").map(|id| id.into_owned().into()),
                queries: input.and_then(query).into_iter().collect(),
                sources: Vec::new(),
            },
        });
        self.0.len() - 1
    }

    /// The input of a run has streamed; escaped.
    pub(super) fn asked(&mut self, run: usize, input: &str) {
        let input = decoded(input);
        let Ok(input) = Value::parse(&input) else {
            return;
        };
        if let (Some(run), Some(query)) = (self.0.get_mut(run), query(input)) {
            run.run.queries = vec![query];
        }
    }

    /// The results of a run.
    pub(super) fn result(&mut self, block: Value<'_>, out: &mut Emitter<'_>) {
        let asked = block.get("tool_use_id").and_then(|id| id.as_str());
        let mut runs = self.0.iter_mut();
        let Some(run) = runs.find(|run| !run.is_told && run.run.id == asked) else {
            return;
        };
        let content = block.get("content");
        // A fetch has one result, not a list.
        let pages = content.iter().flat_map(Value::elements).chain(content);
        run.run.sources.extend(pages.filter_map(source));
        run.tell(out);
    }

    /// The message has ended.
    pub(super) fn close(&mut self, out: &mut Emitter<'_>) {
        for mut run in self.0.drain(..) {
            run.tell(out);
        }
    }
}

impl Run {
    fn tell(&mut self, out: &mut Emitter<'_>) {
        if !self.is_told {
            self.is_told = true;
            out.whole(0, Opening::Server(self.run.clone()));
        }
    }
}

fn kind(name: &str) -> ServerKind {
    match name {
        "web_search" => ServerKind::WebSearch,
        "web_fetch" => ServerKind::WebFetch,
        "code_execution" | "bash_code_execution" | "text_editor_code_execution" => {
            ServerKind::CodeExecution
        }
        _ => ServerKind::Other,
    }
}

/// What is searched for, or the page that is fetched.
fn query(input: Value<'_>) -> Option<JsonStr<'static>> {
    let query = input.get("query").or_else(|| input.get("url"));
    query.and_then(JsonStr::of).map(JsonStr::into_owned)
}

fn source(page: Value<'_>) -> Option<ServerSource<'static>> {
    let text = |key| page.get(key).and_then(JsonStr::of);
    Some(ServerSource {
        url: text("url")?.into_owned(),
        title: text("title").unwrap_or_default().into_owned(),
    })
}
