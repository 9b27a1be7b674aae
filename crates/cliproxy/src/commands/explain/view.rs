//! How a request was decided, as a person reads it.

#[cfg(test)]
mod tests;

use crate::screen::{Cell, Column, Paint, Table, Tone, plain, took, until};
use cliproxy_gateway::{AttemptView, CandidateView, Explanation, Step, TranslationView};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What lies before the lines of a step.
const INDENT: &str = "  ";

/// The whole answer.
pub(super) fn text(explanation: &Explanation, paint: Paint) -> String {
    let mut text = format!("{}\n", head(explanation, paint));
    if let Some(end) = end(explanation, paint) {
        text.push_str(&end);
        text.push('\n');
    }
    for (number, step) in explanation.steps.iter().enumerate() {
        text.push('\n');
        text.push_str(&step_text(number, step, paint));
    }
    if let Some(losses) = &explanation.reply_losses {
        text.push_str(&format!("\nlost of the reply: {}\n", plain(&losses.what)));
    }
    text
}

/// A request that was never made has no id.
fn is_made(explanation: &Explanation) -> bool {
    !explanation.request_id.is_empty()
}

fn head(explanation: &Explanation, paint: Paint) -> String {
    let model = paint.text(Tone::Strong, &plain(&explanation.model));
    let protocol = plain(&explanation.protocol);
    let operation = plain(&explanation.operation);
    if !is_made(explanation) {
        let asked = format!("{protocol} {operation}");
        return format!("a request for {model} now, {}", asked.trim_end());
    }
    let at = arrived(explanation).map_or_else(String::new, |at| format!(", {at}"));
    format!(
        "{} for {model} by {}, {protocol} {operation}{at}",
        plain(&explanation.request_id),
        plain(&explanation.client),
    )
}

/// When it arrived, to the second.
pub(super) fn arrived(explanation: &Explanation) -> Option<String> {
    let ms = i64::try_from(explanation.at_ms).ok()?;
    let at = Timestamp::from_millisecond(ms).ok()?;
    Some(format!("{at:.0}"))
}

/// Whether the client got what it had asked for.
pub(super) fn is_good(explanation: &Explanation) -> bool {
    explanation.error.is_none() && (200..300).contains(&explanation.status)
}

/// What the client got; a request that was never made has only what would go wrong.
fn end(explanation: &Explanation, paint: Paint) -> Option<String> {
    let error = explanation.error.as_deref().map(plain);
    if !is_made(explanation) {
        return error.map(|error| paint.text(Tone::Bad, &error));
    }
    let tone = match is_good(explanation) {
        true => Tone::Good,
        false => Tone::Bad,
    };
    let status = format!("{} {}", explanation.status, plain(&explanation.ending));
    let why = error.map_or_else(String::new, |error| format!(": {error}"));
    Some(format!(
        "{} after {}{why}",
        paint.text(tone, &status),
        took(explanation.total_ms),
    ))
}

fn step_text(number: usize, step: &Step, paint: Paint) -> String {
    let mut facts = vec![plain(&step.strategy)];
    if let Some(session) = &step.session {
        facts.push(format!("session {}", plain(session)));
    }
    if step.affinity != "-" {
        facts.push(format!("affinity {}", plain(&step.affinity)));
    }
    facts.retain(|fact| !fact.is_empty());
    let which = if number == 0 { "route" } else { "then route" };
    let route = paint.text(Tone::Strong, &plain(&step.route));
    let facts = match &*facts {
        [] => String::new(),
        facts => format!(" ({})", facts.join(", ")),
    };
    let mut text = format!("{which} {route}{facts}\n");
    text.push_str(&candidates(step, paint));
    text.push_str(&attempts(&step.attempts, paint));
    for note in &step.notes {
        text.push_str(&format!("{INDENT}{}\n", plain(note)));
    }
    let tone = if step.outcome == "served" {
        Tone::Good
    } else {
        Tone::Bad
    };
    let outcome = paint.text(tone, &plain(&step.outcome));
    if !step.outcome.is_empty() {
        text.push_str(&format!("{INDENT}{outcome}\n"));
    }
    text
}

fn candidates(step: &Step, paint: Paint) -> String {
    let mut table = Table::new([
        Column::Words(""),
        Column::Words("candidate"),
        Column::Words("id"),
        Column::Figures("priority"),
        Column::Figures("weight"),
        Column::Words("state"),
        Column::Figures("back in"),
        Column::Words("sent as"),
        Column::Words("note"),
    ]);
    let mut labels = BTreeSet::new();
    let twins: BTreeSet<&str> = step
        .candidates
        .iter()
        .map(|candidate| &*candidate.credential)
        .filter(|label| !labels.insert(*label))
        .collect();
    for candidate in &step.candidates {
        table.row(row(candidate, twins.contains(&*candidate.credential)));
    }
    if step.more_candidates > 0 {
        let mut rest: [Cell; 9] = Default::default();
        rest[1] = Cell::toned(Tone::Faint, &format!("and {} more", step.more_candidates));
        table.row(rest);
    }
    table.render(INDENT, paint)
}

/// A candidate. Its id is told where its label is not enough.
fn row(candidate: &CandidateView, with_id: bool) -> [Cell; 9] {
    let id = if with_id { &*candidate.id } else { "" };
    let note = candidate.note.as_deref().unwrap_or_default();
    let (mark, name) = match note {
        "picked" => ("→", Tone::Strong),
        _ => ("", Tone::Normal),
    };
    let state = match &*candidate.state {
        "ready" => Tone::Good,
        _ => Tone::Bad,
    };
    let back = candidate.back_in_ms.map(until).unwrap_or_default();
    [
        Cell::toned(Tone::Strong, mark),
        Cell::toned(name, &candidate.credential),
        Cell::toned(Tone::Faint, id),
        Cell::new(&candidate.priority.to_string()),
        Cell::new(&candidate.weight.to_string()),
        Cell::toned(state, &candidate.state),
        Cell::new(&back),
        Cell::new(candidate.sent_as.as_deref().unwrap_or_default()),
        Cell::new(note),
    ]
}

fn attempts(attempts: &[AttemptView], paint: Paint) -> String {
    let mut table = Table::new([
        Column::Words(""),
        Column::Words("attempt"),
        Column::Words("model"),
        Column::Words("sent as"),
        Column::Words("outcome"),
        Column::Figures("time"),
    ]);
    for (number, attempt) in attempts.iter().enumerate() {
        let good = attempt.outcome == "ok";
        let translation = attempt.translation.as_ref();
        table.row([
            Cell::toned(Tone::Faint, &(number + 1).to_string()),
            Cell::new(&attempt.credential),
            Cell::new(&attempt.model),
            Cell::new(translation.map_or("", |translation| &translation.protocol)),
            Cell::toned(if good { Tone::Good } else { Tone::Bad }, &attempt.outcome),
            Cell::new(&took(attempt.ms)),
        ]);
    }
    let mut text = table.render(INDENT, paint);
    for (number, attempt) in attempts.iter().enumerate() {
        if let Some(lost) = attempt.translation.as_ref().and_then(losses) {
            text.push_str(&format!("{INDENT}lost in attempt {}: {lost}\n", number + 1));
        }
        let repairs = attempt.translation.as_ref().map_or(0, |it| it.repairs);
        if repairs > 0 {
            let number = number + 1;
            text.push_str(&format!(
                "{INDENT}repaired in the history for attempt {number}: {repairs}\n"
            ));
        }
    }
    text
}

/// What an attempt's upstream was not told, and what it was told otherwise.
fn losses(translation: &TranslationView) -> Option<String> {
    let lost = [
        ("dropped", translation.dropped, &translation.dropped_paths),
        ("changed", translation.changed, &translation.changed_paths),
    ];
    let lost = lost.into_iter().filter(|(_, count, _)| *count > 0);
    let lost = lost.map(|(word, count, paths)| match paths {
        Some(paths) => format!("{count} {word} ({})", plain(paths)),
        None => format!("{count} {word}"),
    });
    let lost: Vec<_> = lost.collect();
    (!lost.is_empty()).then(|| lost.join(", "))
}
