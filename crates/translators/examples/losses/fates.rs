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

/// What became of a place at one upstream.
#[derive(Clone, PartialEq, Eq)]
enum Fate {
    /// In one word, and for which of the row's reasons.
    Lost(&'static str, usize),
    /// It is part of a place that was lost there.
    With(String),
}

/// What became of one place, by upstream.
#[derive(Clone, Default)]
pub(crate) struct Row {
    path: String,
    kind: String,
    classes: Vec<&'static str>,
    reasons: Vec<String>,
    fates: BTreeMap<usize, Fate>,
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
            row.kind = kind(&row.path, value);
            if !row.classes.contains(&class) {
                row.classes.push(class);
            }
            let known = row.reasons.iter().position(|it| *it == reason);
            let number = known.unwrap_or(row.reasons.len());
            if known.is_none() {
                row.reasons.push(reason);
            }
            row.fates.insert(at, Fate::Lost(fate, number));
        }
    }
    lose_parts(&mut rows, columns.len());
    Ok(rows)
}

/// What is lost somewhere takes its parts with it, which is told of them only once.
fn lose_parts(rows: &mut Rows, columns: usize) {
    let whole = rows.clone();
    for (order, row) in rows {
        for at in (0..columns)
            .filter(|at| !row.fates.contains_key(at))
            .collect::<Vec<_>>()
        {
            let above = (1..order.len()).filter_map(|length| whole.get(&order[..length]));
            let gone = |above: &&Row| {
                matches!(
                    above.fates.get(&at),
                    Some(Fate::Lost("dropped" | "refused", _))
                )
            };
            if let Some(above) = above.clone().find(gone) {
                row.fates.insert(at, Fate::With(above.path.clone()));
            }
        }
    }
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
            match row.fates.get(&at) {
                None => out.push_str(" – |"),
                Some(Fate::With(path)) => write!(out, " with `{path}` |")?,
                Some(Fate::Lost(fate, number)) if row.reasons.len() > 1 => {
                    write!(out, " {fate} ({}) |", number + 1)?;
                }
                Some(Fate::Lost(fate, _)) => write!(out, " {fate} |")?,
            }
        }
        let reasons = match &*row.reasons {
            [reason] => reason.clone(),
            reasons => {
                let numbered = (1..).zip(reasons).map(|(at, why)| format!("({at}) {why}"));
                numbered.collect::<Vec<_>>().join("; ")
            }
        };
        writeln!(out, " {reasons} |")?;
    }
    Ok(out)
}

type Told = (String, &'static str, &'static str, String);

/// What is refused is taken out, until the rest can be sent.
fn lost(
    client: Protocol,
    mut document: Value,
    column: Column,
) -> Result<Vec<Told>, Box<dyn Error>> {
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
