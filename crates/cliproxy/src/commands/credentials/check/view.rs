//! What a check has found, as a person reads it.

#[cfg(test)]
mod tests;

use super::{Report, Row};
use crate::{
    commands::credentials::finding::Weight,
    screen::{Cell, Column, Paint, Table, Tone, plain},
};

pub(super) fn text(report: &Report, paint: Paint) -> String {
    if report.rows.is_empty() {
        return "no credentials".to_owned();
    }
    let mut table = Table::new([
        Column::Words("credential"),
        Column::Words("name"),
        Column::Words("type"),
        Column::Words("result"),
        Column::Words(""),
    ]);
    for row in &report.rows {
        table.row(cells(row));
    }
    let mut text = table.render("", paint);
    let mut remedies = Table::new([Column::Words("what to do"), Column::Words("")]);
    for row in &report.rows {
        if let Some(remedy) = &row.finding.remedy {
            remedies.row([Cell::toned(Tone::Strong, called(row)), Cell::new(remedy)]);
        }
    }
    let remedies = remedies.render("", paint);
    if !remedies.is_empty() {
        text.push('\n');
        text.push_str(&remedies);
    }
    let mut remarks = Table::new([Column::Words("remarks"), Column::Words("")]);
    for row in &report.rows {
        for remark in &row.remarks {
            remarks.row([Cell::toned(Tone::Strong, called(row)), Cell::new(remark)]);
        }
    }
    let remarks = remarks.render("", paint);
    if !remarks.is_empty() {
        text.push('\n');
        text.push_str(&remarks);
    }
    text.push('\n');
    text.push_str(&verdict(report));
    text
}

fn cells(row: &Row) -> [Cell; 5] {
    let what = match row.is_renewed {
        true => format!("refreshed now; {}", row.finding.what),
        false => row.finding.what.clone(),
    };
    let weight = row.finding.weight;
    [
        Cell::toned(Tone::Strong, &row.label),
        Cell::new(&row.name),
        Cell::new(&row.kind),
        Cell::toned(weight.tone(), weight.as_str()),
        Cell::new(&what),
    ]
}

/// What somebody would type.
fn called(row: &Row) -> &str {
    match &*row.name {
        "" => &row.label,
        name => name,
    }
}

fn verdict(report: &Report) -> String {
    let rows = report.rows.iter();
    let trouble = rows
        .filter(|row| row.finding.weight == Weight::Trouble)
        .count();
    let by = plain(&report.seen.config());
    match trouble {
        0 => format!("nothing needs you ({by})\n"),
        1 => format!("1 needs you ({by})\n"),
        many => format!("{many} need you ({by})\n"),
    }
}
