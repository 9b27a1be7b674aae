//! A decoded request in a line, for tests to compare.
//!
//! Turns are separated by ` | `, parts by ` + `. JSON is in the order of its keys.

use crate::request_ir::{
    Choice, FormatKind, Opaque, Part, PartKind, Request, Role, Source, SystemMessage, Tool,
    ToolInput, ToolName, Turn,
};
use cliproxy_json::decoded;

/// System messages and turns. Neighbours of one role are one, as they will be.
pub(crate) fn conversation(request: &Request<'_>) -> String {
    let mut turns: Vec<(String, Vec<String>)> = Vec::new();
    let mut add = |who: String, parts: Vec<String>| match turns.last_mut() {
        Some((last, said)) if *last == who && !who.starts_with('!') => said.extend(parts),
        _ => turns.push((who, parts)),
    };
    for message in &request.system {
        add(system(message, ""), all(&message.parts));
    }
    for turn in &request.turns {
        match turn {
            Turn::System(message) => add(system(message, "!"), all(&message.parts)),
            Turn::Said { role, parts, .. } => {
                let who = match role {
                    Role::User => "user",
                    Role::Assistant => "assistant",
                };
                add(who.to_owned(), all(parts));
            }
        }
    }
    let turns = turns
        .iter()
        .map(|(who, parts)| format!("{who}: {}", parts.join(" + ")));
    turns.collect::<Vec<_>>().join(" | ")
}

fn system(message: &SystemMessage<'_>, mark: &str) -> String {
    format!("{mark}{:?}", message.role).to_lowercase()
}

fn all(parts: &[Part<'_>]) -> Vec<String> {
    parts.iter().map(part).collect()
}

fn part(part: &Part<'_>) -> String {
    let mark = match part.begins_paragraph {
        true => "¶",
        false => "",
    };
    let cache = part.cache.map(|mark| format!(" @{mark:?}"));
    format!("{mark}{}{}", kind(&part.kind), cache.unwrap_or_default())
}

fn kind(kind: &PartKind<'_>) -> String {
    match kind {
        PartKind::Text(text) => {
            let phase = text.phase.map(|phase| format!(" {phase:?}"));
            let text = text.text.decoded();
            format!("text {text:?}{}", phase.unwrap_or_default())
        }
        PartKind::Refusal(text) => format!("refusal {:?}", text.decoded()),
        PartKind::Media(media) => {
            let source = match &media.source {
                Source::Base64(data) => format!("base64 {data}"),
                Source::Url(url) => format!("url {}", url.decoded()),
                Source::File { owner, id } => format!("file {owner} {}", id.decoded()),
                Source::Text(text) => format!("text {:?}", text.decoded()),
            };
            let kind = format!("{:?}", media.kind).to_lowercase();
            let mut out = format!("{kind} {source}");
            let mut more = |name: &str, value: Option<String>| {
                out.extend(value.map(|value| format!(" {name}={value}")));
            };
            more("mime", media.mime.as_ref().map(ToString::to_string));
            more("detail", media.detail.map(|detail| format!("{detail:?}")));
            let text = |text: &crate::json_str::JsonStr<'_>| text.decoded().into_owned();
            more("name", media.name.as_ref().map(text));
            more("title", media.title.as_ref().map(text));
            more("context", media.context.as_ref().map(text));
            out
        }
        PartKind::Thinking(thought) => {
            let mut out = format!("thinking {:?}", thought.text.decoded());
            if thought.summary.len() > 1 {
                out += &format!(" of {}", thought.summary.len());
            }
            out.extend(
                thought
                    .opaque
                    .iter()
                    .map(|opaque| " ".to_owned() + &sealed(opaque)),
            );
            out
        }
        PartKind::Redacted(opaque) => format!("redacted {}", sealed(opaque)),
        PartKind::ToolUse(call) => {
            let input = match &call.input {
                ToolInput::Json(text) => json(text),
                ToolInput::Text(text) => json(&text.decoded()),
                ToolInput::Freeform(text) => format!("{:?}", text.decoded()),
            };
            let sealed = call
                .signature
                .as_ref()
                .map(|it| " ".to_owned() + &sealed(it));
            let name = name(&call.name);
            format!(
                "call {name}#{} {input}{}",
                call.id,
                sealed.unwrap_or_default()
            )
        }
        PartKind::ToolResult(result) => {
            let mut out = format!(
                "result {}#{}",
                result.name.as_deref().unwrap_or(""),
                result.id
            );
            if result.is_error {
                out += " error";
            }
            if result.is_freeform {
                out += " freeform";
            }
            out.extend(
                result
                    .structured
                    .map(|value| " ".to_owned() + &json(value.raw())),
            );
            format!("{out} ({})", all(&result.content).join(" + "))
        }
        PartKind::ServerTool(run) => {
            let result = run.result.map(|_| " with its result").unwrap_or_default();
            format!("ran {:?}{result}", run.kind)
        }
        PartKind::Foreign(protocol) => format!("foreign {protocol}"),
    }
}

/// Who made it, what it is, and the data.
fn sealed(opaque: &Opaque<'_>) -> String {
    let item = opaque.item.as_ref().map(|item| format!("{item}:"));
    let realm = opaque.realm.map(|realm| format!("@{realm:08x}"));
    format!(
        "<{:?}{} {:?} {}{}>",
        opaque.family,
        realm.unwrap_or_default(),
        opaque.kind,
        item.unwrap_or_default(),
        opaque.data.decoded()
    )
}

fn name(name: &ToolName<'_>) -> String {
    match &name.namespace {
        Some(namespace) => format!("{namespace}/{}", name.name),
        None => name.name.clone().into_owned(),
    }
}

/// JSON by value; what is no JSON as it is.
fn json(text: &str) -> String {
    let value: Result<serde_json::Value, _> = serde_json::from_str(text);
    let sorted = value.map(|mut value| {
        value.sort_all_objects();
        value.to_string()
    });
    sorted.unwrap_or_else(|_| format!("{text:?}"))
}

/// Tools, and which may be chosen.
pub(crate) fn tools(request: &Request<'_>) -> String {
    let mut out: Vec<_> = request.tools.iter().map(tool).collect();
    out.extend(request.choice.as_ref().map(|choice| match choice {
        Choice::Named(tool) => format!("choose {}", name(tool)),
        Choice::Allowed {
            is_required,
            tools,
            hosted,
        } => {
            let tools: Vec<_> = tools.iter().map(name).collect();
            format!("allow {tools:?} {hosted:?} required={is_required}")
        }
        choice => format!("choose {choice:?}"),
    }));
    out.join(" | ")
}

fn tool(tool: &Tool<'_>) -> String {
    match tool {
        Tool::Function(tool) => {
            let mut out = name(&tool.name);
            out.extend(
                tool.description
                    .iter()
                    .map(|it| format!(" {:?}", it.decoded())),
            );
            let schema = |it: &crate::request_ir::ToolSchema<'_>| {
                format!(" {:?} {}", it.flavour, json(&it.json))
            };
            out.extend(tool.schema.as_ref().map(schema));
            out.extend(tool.strict.map(|strict| format!(" strict={strict}")));
            out.extend(tool.cache.map(|mark| format!(" @{mark:?}")));
            out
        }
        Tool::Freeform(tool) => {
            let grammar = tool.grammar.map(|it| format!(" {}", json(it.raw())));
            format!(
                "freeform {}{}",
                name(&tool.name),
                grammar.unwrap_or_default()
            )
        }
        Tool::Hosted(tool) => format!("hosted {:?}", tool.kind),
        Tool::Ready(_) => "ready".to_owned(),
    }
}

/// Everything that is not conversation or tools, by name.
pub(crate) fn settings(request: &Request<'_>) -> String {
    let each = request.settings.iter();
    let mut out: Vec<_> = each
        .map(|it| format!("{:?}={}", it.key, json(it.value.as_str())))
        .collect();
    out.sort();
    let mut add = |holds: bool, text: String| out.extend(holds.then_some(text));
    add(request.streams, "streams".to_owned());
    let control = format!("{:?}", request.control);
    add(control != "Unset", control.to_lowercase());
    let show = format!("{:?}", request.show);
    add(show != "Unset", show.to_lowercase());
    if let Some(format) = &request.format {
        let format = match &format.kind {
            FormatKind::Object => "any object".to_owned(),
            FormatKind::Schema {
                name,
                schema,
                strict,
                ..
            } => {
                let name = name.as_ref().map(|name| decoded(name.as_escaped()));
                let name = name.unwrap_or_default();
                format!(
                    "schema {name:?} {:?} {} {strict:?}",
                    schema.flavour,
                    json(&schema.json)
                )
            }
        };
        add(true, format);
    }
    let unknown = request.unknown.len();
    add(unknown > 0, format!("unknown {unknown}"));
    out.join(", ")
}
