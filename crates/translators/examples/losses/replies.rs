//! What is lost of replies, upstream by upstream: made by translating one piece at a time.

use cliproxy_core::Protocol;
use cliproxy_translators::{ReplyPlan, translate_reply};
use serde_json::{Map, Value, json};
use std::{error::Error, fmt::Write as _};

const HEAD: &str = "
## What a reply loses

Each table is about the replies of one kind of upstream.
A reply with each piece alone (`crates/translators/tests/full/replies`) was translated for the clients of the other protocols.
A row is a piece that one of them does not get; reasoning is shown and sealed state asked for, and the client knows `tool_calls`.
A client of the old `functions` gets the first call of an answer only.
";

const UPSTREAMS: [(Protocol, &str, &str); 4] = [
    (
        Protocol::Chat,
        "Chat",
        include_str!("../../tests/full/replies/chat.json"),
    ),
    (
        Protocol::Responses,
        "Responses",
        include_str!("../../tests/full/replies/responses.json"),
    ),
    (
        Protocol::Claude,
        "Claude",
        include_str!("../../tests/full/replies/claude.json"),
    ),
    (
        Protocol::Gemini,
        "Gemini",
        include_str!("../../tests/full/replies/gemini.json"),
    ),
];

/// The part of the page that is about replies.
pub(crate) fn replies() -> Result<String, Box<dyn Error>> {
    let mut page = HEAD.to_owned();
    for (upstream, name, pieces) in UPSTREAMS {
        let table = table(upstream, &serde_json::from_str(pieces)?)?;
        write!(page, "\n### {name} upstreams\n\n{table}")?;
    }
    Ok(page)
}

fn table(upstream: Protocol, pieces: &Map<String, Value>) -> Result<String, Box<dyn Error>> {
    let clients = UPSTREAMS.map(|(client, ..)| client);
    let clients: Vec<_> = clients
        .iter()
        .filter(|client| **client != upstream)
        .collect();
    let mut out = String::from("| piece | class |");
    for client in &clients {
        write!(out, " {client} |")?;
    }
    writeln!(out, " why |\n|{}", " --- |".repeat(clients.len() + 3))?;
    for (name, piece) in pieces {
        let body = body(upstream, piece).to_string();
        let (mut first, mut fates) = (None, String::new());
        for client in &clients {
            let plan = ReplyPlan::without_request(**client, "m", 0);
            let reply = translate_reply(upstream, body.as_bytes(), &plan);
            let reply = reply.map_err(|failure| format!("{name}: {}", failure.message))?;
            let lost = reply.losses.iter().next();
            first = first.or_else(|| lost.map(|(kind, _)| kind));
            let fate = if lost.is_some() { "dropped" } else { "–" };
            write!(fates, " {fate} |")?;
        }
        if let Some(kind) = first {
            let (class, why) = (kind.class().as_str(), kind.why());
            writeln!(out, "| {name} | {class} |{fates} {why} |")?;
        }
    }
    Ok(out)
}

/// A reply that consists of one piece.
fn body(upstream: Protocol, piece: &Value) -> Value {
    let lists = |key: &str, reason: &str, end: &str| {
        let mut first = json!({"index": 0});
        let logprobs = piece.get("logprobs").cloned();
        match upstream {
            Protocol::Chat => {
                first["message"] = piece.clone();
                first["logprobs"] = logprobs.unwrap_or_default();
            }
            _ => first = piece.clone(),
        }
        first[reason] = end.into();
        let mut list = vec![first.clone()];
        if piece.get("further").is_some() {
            first["index"] = 1.into();
            list.push(first);
        }
        json!({"id": "r", "responseId": "r", key: list})
    };
    match upstream {
        Protocol::Chat => lists("choices", "finish_reason", "stop"),
        Protocol::Gemini => lists("candidates", "finishReason", "STOP"),
        Protocol::Claude => {
            json!({"id": "r", "type": "message", "content": piece, "stop_reason": "end_turn"})
        }
        Protocol::Responses => json!({"id": "r", "status": "completed", "output": [piece]}),
    }
}
