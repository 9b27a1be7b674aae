//! The table of credentials, as a person reads it.

#[cfg(test)]
mod tests;

use crate::{
    commands::{
        PASSTHROUGH,
        credentials::{
            finding::{Finding, Weight},
            named::called,
            seen::{By, Seen},
        },
    },
    screen::{Cell, Column, Paint, Table, Tone, plain, until},
};
use cliproxy_gateway::{CredentialDetail, TokensView};

/// The longest error that fits beside everything else.
const LONGEST_ERROR: usize = 60;

/// How many lines there are about what is wrong.
const MOST_LINES: usize = 20;

/// The whole answer.
pub(super) fn text(seen: &Seen, paint: Paint) -> String {
    let mut text = summary(seen);
    text.push('\n');
    text.push_str(&paint.text(Tone::Faint, &source(seen)));
    text.push('\n');
    let table = table(seen, paint);
    if !table.is_empty() {
        text.push('\n');
        text.push_str(&table);
    }
    let wrong = seen.problems.iter().map(|one| plain(&one.to_string()));
    let wrong: Vec<_> = wrong.chain(seen.strays.iter().cloned()).collect();
    if !wrong.is_empty() {
        text.push('\n');
    }
    for line in wrong.iter().take(MOST_LINES) {
        text.push_str(&paint.text(Tone::Bad, line));
        text.push('\n');
    }
    if let Some(more) = wrong.len().checked_sub(MOST_LINES + 1) {
        text.push_str(&format!("and {} more, which --json lists\n", more + 1));
    }
    text
}

fn summary(seen: &Seen) -> String {
    let all = &seen.inventory.credentials;
    let files = seen.inventory.auth_dir.as_deref().map(plain);
    if all.is_empty() && !seen.awaited.is_empty() {
        return format!("no credentials yet{}", awaited(seen));
    }
    if all.is_empty() && seen.problems.is_empty() {
        let config = seen.config();
        if seen.inventory.claude_passthrough {
            return format!("no credentials; {PASSTHROUGH}");
        }
        return match files {
            Some(files) => format!(
                "no credentials: put an API key into {config}, or a credential file into {files}"
            ),
            None => format!("no credentials: put an API key into {config}"),
        };
    }
    let counted = |is: fn(&Finding) -> bool| {
        let findings = all.iter().map(|one| Finding::of(one, seen));
        findings.filter(is).count()
    };
    let ready = counted(|found| found.weight == Weight::Fine || found.state.starts_with("ready"));
    let unread = match seen.without_records().len() {
        0 => String::new(),
        1 => ", 1 unreadable".to_owned(),
        many => format!(", {many} unreadable"),
    };
    let trouble =
        match counted(|found| found.weight == Weight::Trouble) + seen.without_records().len() {
            0 => String::new(),
            1 => ", 1 needs you (`cliproxy credentials check` says what to do)".to_owned(),
            many => format!(", {many} need you (`cliproxy credentials check` says what to do)"),
        };
    let are = match all.len() {
        1 => "1 credential".to_owned(),
        many => format!("{many} credentials"),
    };
    format!("{are}, {ready} ready{unread}{trouble}{}", awaited(seen))
}

/// Files that lie there and that the gateway has not come to: it is told of them after a moment.
fn awaited(seen: &Seen) -> String {
    let names: Vec<_> = seen.awaited.iter().map(|name| plain(name)).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!("; {one} is not loaded by the gateway yet"),
        [one, others @ ..] => {
            let others = others.len();
            format!("; {one} and {others} more are not loaded by the gateway yet")
        }
    }
}

/// Where this is known from.
fn source(seen: &Seen) -> String {
    let config = seen.config();
    let files = match &seen.inventory.auth_dir {
        Some(directory) => format!("files in {}", plain(directory)),
        None => "no directory for files".to_owned(),
    };
    match &seen.by {
        By::Gateway(record) => format!(
            "as process {} on {} sees them, configuration {config}, {files}",
            record.pid,
            plain(&record.address)
        ),
        By::Own(_) => format!("no gateway runs with them, configuration {config}, {files}"),
    }
}

fn table(seen: &Seen, paint: Paint) -> String {
    let mut table = Table::new([
        Column::Words("credential"),
        Column::Words("name"),
        Column::Words("type"),
        Column::Words("state"),
        Column::Figures("models"),
        Column::Figures("ends in"),
        Column::Figures("refresh in"),
        Column::Words("proxy"),
        Column::Words("last error"),
    ]);
    for one in &seen.inventory.credentials {
        table.row(row(one, seen));
    }
    for file in seen.without_records() {
        let mut cells: [Cell; 9] = Default::default();
        let name = file.as_str();
        let name = name.strip_suffix(".json").unwrap_or(name);
        let found = Finding::of_unread(None);
        cells[0] = Cell::toned(Tone::Strong, name);
        cells[1] = Cell::new(name);
        cells[3] = Cell::toned(found.weight.tone(), &found.state);
        table.row(cells);
    }
    table.render("", paint)
}

fn row(one: &CredentialDetail, seen: &Seen) -> [Cell; 9] {
    let view = &one.view;
    let now = seen.inventory.at_ms;
    let tokens = view.account.as_ref().and_then(|own| own.tokens.as_ref());
    // A key is named by its label; what it has for an id helps nobody.
    let name = if one.from.is_some() { &*view.id } else { "" };
    let name = name.strip_suffix(".json").unwrap_or(name);
    let is_child = one.from.as_ref().is_some_and(|from| from.parent.is_some());
    // Projects share the tokens of their file.
    let own = tokens.filter(|_| !is_child);
    // Attempts go on, and none can end otherwise than the last.
    let can_be_asked = one
        .from
        .as_ref()
        .is_none_or(|from| from.no_endpoint.is_none());
    let models = match one.offers.len() {
        0 => Cell::default(),
        some => Cell::new(&some.to_string()),
    };
    let found = Finding::of(one, seen);
    [
        Cell::toned(Tone::Strong, called(one)),
        Cell::new(name),
        Cell::new(&view.provider),
        Cell::toned(found.weight.tone(), &found.state),
        models,
        own.map_or_else(Cell::default, |own| ends(own, now)),
        own.filter(|_| can_be_asked)
            .map_or_else(Cell::default, |own| next(own, now)),
        Cell::new(view.proxy.as_deref().unwrap_or_default()),
        own.and_then(|own| own.last_error.as_ref())
            .map_or_else(Cell::default, |error| {
                Cell::toned(Tone::Bad, &shortened(&error.text))
            }),
    ]
}

fn ends(tokens: &TokensView, now: u64) -> Cell {
    match tokens.expires_at_ms {
        None => Cell::default(),
        Some(end) if end <= now => Cell::toned(Tone::Bad, "ended"),
        Some(end) => Cell::new(&until(end - now)),
    }
}

fn next(tokens: &TokensView, now: u64) -> Cell {
    match tokens.next_at_ms {
        None => Cell::default(),
        Some(next) if next <= now => Cell::new("now"),
        Some(next) => Cell::new(&until(next - now)),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_ERROR) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
