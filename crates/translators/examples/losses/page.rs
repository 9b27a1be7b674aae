//! What is lost, client by client: made by translating a body that has every member.

#[path = "replies.rs"]
mod replies;

use cliproxy_core::Protocol;
use cliproxy_json::Body;
use cliproxy_translators::{
    Asked, LossClass, Options, Profile, Refused, Translated, Upstream, translate_request,
};
use serde_json::Value;
use std::{collections::BTreeMap, error::Error, fmt::Write as _};

const HEAD: &str = "\
# What translation loses

Written by `cargo run -p cliproxy-translators --example losses`; a test keeps it fresh.
The rules behind it, and what the classes mean, are in [translation](translation.md#losses).

## What a request loses

Each table is about the clients of one protocol.
A request that has every member of the protocol (`crates/translators/tests/full`) was translated for each kind of upstream, and a second one (`more`) with what cannot stand beside these: other choices of tools, the old functions of Chat, an answer that was begun.
A row is a place in the client's body where something was lost; what is not listed arrives, if need be in another notation.

The model is one that nobody knows, so it is taken for able to do what most models can.
What some can only is shown as lost: system messages inside the conversation (Claude), the provider's tools or a form of the answer beside functions (Gemini), web search in Chat.
What the page cannot show is what becomes of single values: a level or budget that the model lacks ([reasoning](translation.md#reasoning)), a temperature over 1 and an output limit over the model's for Claude, more stop sequences than the upstream takes, a schema with assertions that it does not know, manual thinking of Claude, which is switched off where a call is forced, and an answer that was begun, for models of Claude that do not continue one.
They are *changed*.
The request asks for reasoning, beside which Claude takes no sampling: without it `temperature`, `top_p` and `top_k` arrive.

| word | meaning |
| --- | --- |
| refused | semantic: the request is about it, and gets 400. With `loss-policy: lenient` a part of the conversation becomes a note |
| dropped | it leaves no trace |
| changed | it arrives as something else, or by weaker means |
| – | it arrives |

Labels and files of a request (`metadata`, `user`, `store`, cache marks and the like) are never listed.
";

/// What stands between the two tables of a client.
const SECOND: &str = "The second request:";

/// The upstreams: protocol and profile.
const UPSTREAMS: [(Protocol, &str); 6] = [
    (Protocol::Chat, "openai"),
    (Protocol::Chat, "compat"),
    (Protocol::Responses, "openai"),
    (Protocol::Responses, "codex"),
    (Protocol::Claude, "anthropic"),
    (Protocol::Gemini, "gemini"),
];

/// The requests of each client: one with every member, and one with what cannot stand beside these.
const CLIENTS: [(Protocol, &str, [&str; 2]); 4] = [
    (
        Protocol::Chat,
        "Chat",
        [
            include_str!("../../tests/full/chat.json"),
            include_str!("../../tests/full/more/chat.json"),
        ],
    ),
    (
        Protocol::Responses,
        "Responses",
        [
            include_str!("../../tests/full/responses.json"),
            include_str!("../../tests/full/more/responses.json"),
        ],
    ),
    (
        Protocol::Claude,
        "Claude",
        [
            include_str!("../../tests/full/claude.json"),
            include_str!("../../tests/full/more/claude.json"),
        ],
    ),
    (
        Protocol::Gemini,
        "Gemini",
        [
            include_str!("../../tests/full/gemini.json"),
            include_str!("../../tests/full/more/gemini.json"),
        ],
    ),
];

/// The page.
pub(crate) fn page() -> Result<String, Box<dyn Error>> {
    let mut page = HEAD.to_owned();
    for (client, name, [full, more]) in CLIENTS {
        write!(page, "\n### {name} clients\n\n{}", table(client, full)?)?;
        write!(page, "\n{}\n\n{}", SECOND, table(client, more)?)?;
    }
    page.push_str(&replies::replies()?);
    Ok(page)
}

/// What became of one place, by upstream.
#[derive(Default)]
struct Row {
    kind: String,
    classes: Vec<&'static str>,
    fates: BTreeMap<usize, &'static str>,
}

fn table(client: Protocol, full: &str) -> Result<String, Box<dyn Error>> {
    let upstreams: Vec<_> = UPSTREAMS.iter().filter(|(it, _)| *it != client).collect();
    let document: Value = serde_json::from_str(full)?;
    let mut rows: BTreeMap<Vec<usize>, (String, Row)> = BTreeMap::new();
    for (column, (protocol, profile)) in upstreams.iter().enumerate() {
        for (path, class, fate) in losses(client, document.clone(), *protocol, profile)? {
            let (order, value) = find(&document, &path);
            let (_, row) = rows.entry(order).or_insert_with(|| (path, Row::default()));
            row.kind = kind(value);
            if !row.classes.contains(&class) {
                row.classes.push(class);
            }
            row.fates.insert(column, fate);
        }
    }
    let mut out = String::from("| place | kind | class |");
    for (protocol, profile) in &upstreams {
        write!(out, " {protocol} `{profile}` |")?;
    }
    writeln!(out, "\n|{}", " --- |".repeat(upstreams.len() + 3))?;
    for (path, row) in rows.values() {
        let classes = row.classes.join(", ");
        write!(out, "| `{path}` | {} | {classes} |", row.kind)?;
        for column in 0..upstreams.len() {
            write!(out, " {} |", row.fates.get(&column).unwrap_or(&"–"))?;
        }
        out.push('\n');
    }
    Ok(out)
}

type Lost = (String, &'static str, &'static str);

/// What is refused is taken out, until the rest can be translated.
fn losses(
    client: Protocol,
    mut document: Value,
    protocol: Protocol,
    profile: &str,
) -> Result<Vec<Lost>, Box<dyn Error>> {
    let mut lost = Vec::new();
    let original = document.clone();
    loop {
        let body = Body::new(document.to_string().into())?;
        match translated(client, &body, protocol, profile) {
            Ok(translated) => {
                for loss in translated.report.losses(&body) {
                    let fate = if loss.is_dropped {
                        "dropped"
                    } else {
                        "changed"
                    };
                    lost.push((loss.path, loss.class.as_str(), fate));
                }
                return Ok(lost);
            }
            Err(Refused { param, message, .. }) => {
                let path = param.ok_or(message)?;
                if find(&original, &path).0.is_empty() || !clear(&mut document, &path) {
                    return Err(format!("{client} to {protocol}: no {path}").into());
                }
                lost.push((path, LossClass::Semantic.as_str(), "refused"));
            }
        }
    }
}

fn translated(
    client: Protocol,
    body: &Body,
    protocol: Protocol,
    profile: &str,
) -> Result<Translated, Refused> {
    let asked = Asked {
        protocol: client,
        model: "m",
        streams: true,
        now: 0,
        id: "0",
    };
    let upstream = Upstream::new(
        protocol,
        Profile::by_name(protocol, profile).unwrap_or_else(|| Profile::of_vendor(protocol, "")),
        "m",
    );
    translate_request(body, &asked, &upstream, &Options::default(), None)
}

/// Where a value stands, as the positions that lead there, and the value.
fn find<'v>(document: &'v Value, path: &str) -> (Vec<usize>, &'v Value) {
    let (mut order, mut value) = (Vec::new(), document);
    for key in path.split('.') {
        let found = match value {
            Value::Array(list) => key
                .parse()
                .ok()
                .and_then(|at: usize| Some((at, list.get(at)?))),
            Value::Object(map) => {
                let position = map.keys().position(|name| name == key);
                position.and_then(|at| Some((at, map.get(key)?)))
            }
            _ => None,
        };
        let Some((at, inner)) = found else { break };
        order.push(at);
        value = inner;
    }
    (order, value)
}

/// Takes a value out of its object; in a list a text of its kind takes its place, so that the places
/// of the others stay.
fn clear(document: &mut Value, path: &str) -> bool {
    let (parent, last) = path.rsplit_once('.').unwrap_or(("", path));
    let pointer = match parent {
        "" => String::new(),
        parent => format!("/{}", parent.replace('.', "/")),
    };
    match document.pointer_mut(&pointer) {
        Some(Value::Object(map)) => map.shift_remove(last).is_some(),
        Some(Value::Array(list)) => {
            let Some(at) = last.parse().ok().filter(|at: &usize| *at < list.len()) else {
                return false;
            };
            if parent == "tools" {
                // The last one, so that the others keep their places.
                list.truncate(at);
                return true;
            }
            let place = &mut list[at];
            let kind = place["type"].as_str().unwrap_or_default();
            *place = match (place.get("role"), kind) {
                (Some(_), _) => serde_json::json!({"role": "user", "content": "x"}),
                (None, "") => serde_json::json!({"text": "x"}),
                (None, _) if parent == "input" => {
                    serde_json::json!({"type": "message", "role": "user", "content": "x"})
                }
                (None, kind) if kind.starts_with("input_") => {
                    serde_json::json!({"type": "input_text", "text": "x"})
                }
                (None, _) => serde_json::json!({"type": "text", "text": "x"}),
            };
            true
        }
        _ => false,
    }
}

/// What a part or a tool is.
fn kind(value: &Value) -> String {
    let text = |value: &Value| value.as_str().map(|kind| format!("`{kind}`"));
    let role = || value.get("role").and_then(text);
    let first = || {
        let parts = [
            "text",
            "inlineData",
            "fileData",
            "executableCode",
            "codeExecutionResult",
        ];
        let tools = [
            "googleSearch",
            "urlContext",
            "codeExecution",
            "googleMaps",
            "fileSearch",
        ];
        let mut known = parts.iter().chain(&tools);
        let found = known.find(|name| value.get(**name).is_some())?;
        let mime = &value[*found]["mimeType"];
        Some(match mime.as_str() {
            Some(mime) => format!("`{found}` {mime}"),
            None => format!("`{found}`"),
        })
    };
    let named = value.get("type").and_then(text).or_else(role);
    named.or_else(first).unwrap_or_default()
}
