//! What becomes of each place of a document, as a table: a column for each upstream.

use super::places::{clear, find, kind};
use cliproxy_core::{Operation, Protocol};
use cliproxy_json::Body;
use cliproxy_translators::{
    Asked, Loss, LossClass, LossPolicy, Native, Options, Profile, Refused, Upstream, patch_request,
    translate_request,
};
use serde_json::Value;
use std::{collections::BTreeMap, error::Error, fmt::Write as _};

/// An upstream: protocol and profile.
pub(crate) type Column = (Protocol, &'static str);

/// What became of one place, by upstream.
#[derive(Clone, Default)]
pub(crate) struct Row {
    path: String,
    kind: String,
    classes: Vec<&'static str>,
    reasons: Vec<String>,
    fates: BTreeMap<usize, &'static str>,
}

/// The rows of a table, in the order of the document.
pub(crate) type Rows = BTreeMap<Vec<usize>, Row>;

/// What the columns lose of the document of a client.
pub(crate) fn rows(
    client: Protocol,
    document: &Value,
    columns: &[Column],
) -> Result<Rows, Box<dyn Error>> {
    let mut rows = Rows::new();
    for (at, column) in columns.iter().enumerate() {
        for (path, class, fate, reason) in lost(client, document.clone(), *column)? {
            let (order, value) = find(document, &path);
            let row = rows.entry(order).or_default();
            row.path = path;
            row.kind = kind(value);
            if !row.classes.contains(&class) {
                row.classes.push(class);
            }
            if !row.reasons.contains(&reason) {
                row.reasons.push(reason);
            }
            row.fates.insert(at, fate);
        }
    }
    Ok(rows)
}

/// Whether a row is not the same in all columns.
pub(crate) fn differs(row: &Row, columns: usize) -> bool {
    let fates = (0..columns).map(|at| row.fates.get(&at));
    fates.clone().any(|fate| fate != row.fates.get(&0))
}

/// The table, with a dash where nothing is lost.
pub(crate) fn table(rows: &Rows, columns: &[Column]) -> Result<String, Box<dyn Error>> {
    let mut out = String::from("| place | kind | class |");
    for (protocol, profile) in columns {
        write!(out, " {protocol} `{profile}` |")?;
    }
    writeln!(out, " why |\n|{}", " --- |".repeat(columns.len() + 4))?;
    for row in rows.values() {
        let (path, kind, classes) = (&row.path, &row.kind, row.classes.join(", "));
        write!(out, "| `{path}` | {kind} | {classes} |")?;
        for at in 0..columns.len() {
            write!(out, " {} |", row.fates.get(&at).unwrap_or(&"–"))?;
        }
        writeln!(out, " {} |", row.reasons.join("; "))?;
    }
    Ok(out)
}

type Fate = (String, &'static str, &'static str, String);

/// What is refused is taken out, until the rest can be sent.
fn lost(
    client: Protocol,
    mut document: Value,
    column: Column,
) -> Result<Vec<Fate>, Box<dyn Error>> {
    let mut lost = Vec::new();
    let original = document.clone();
    loop {
        let body = Body::new(document.to_string().into())?;
        match sent(client, &body, column) {
            Ok(losses) => {
                for loss in losses {
                    let fate = if loss.is_dropped {
                        "dropped"
                    } else {
                        "changed"
                    };
                    lost.push((loss.path, loss.class.as_str(), fate, loss.why.to_owned()));
                }
                return Ok(lost);
            }
            Err(Refused { param, message, .. }) => {
                let path = param.ok_or(&*message)?;
                if find(&original, &path).0.is_empty() || !clear(&mut document, &path) {
                    return Err(format!("{client} to {}: no {path}", column.0).into());
                }
                lost.push((
                    path,
                    LossClass::Semantic.as_str(),
                    "refused",
                    reason(&message),
                ));
            }
        }
    }
}

/// The reason of a refusal, which says first what is refused.
fn reason(message: &str) -> String {
    let (_, reason) = message.split_once(": ").unwrap_or(("", message));
    match reason.starts_with('`') {
        true => {
            "the request is about it, and the upstream's protocol has no member for it".to_owned()
        }
        false => reason.to_owned(),
    }
}

/// Translated, or patched where the upstream speaks the client's protocol.
fn sent(client: Protocol, body: &Body, (protocol, profile): Column) -> Result<Vec<Loss>, Refused> {
    let asked = Asked {
        protocol: client,
        model: "m",
        streams: true,
        now: 0,
        id: "0",
    };
    let known = Profile::by_name(protocol, profile);
    let profile = known.unwrap_or_else(|| Profile::of_vendor(protocol, ""));
    let upstream = Upstream::new(protocol, profile, "m");
    if protocol == client {
        let native = Native {
            upstream,
            asked: "m",
            operation: Operation::Generate,
            asks_for_usage: false,
            policy: LossPolicy::Report,
        };
        return Ok(patch_request(body, &native)?.report.losses(body));
    }
    let translated = translate_request(body, &asked, &upstream, &Options::default(), None)?;
    Ok(translated.report.losses(body))
}
