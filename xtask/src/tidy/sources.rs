//! Rules about the text of files.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use crate::tidy::{Finding, Severity, protocols};

/// A file should do one thing: above the first it is named, above the second it is refused.
const LONG: usize = 400;
const TOO_LONG: usize = 800;

/// Folders that hold no text of ours: build output, and test data that is kept byte for byte.
const SKIPPED: [&str; 6] = [
    ".git",
    "target",
    "node_modules",
    "fixtures",
    "snapshots",
    "vectors",
];

const MACROS: [&str; 3] = ["todo", "unimplemented", "dbg"];
/// A test that does not run, or that passes for any panic, proves nothing.
const ATTRIBUTES: [&str; 2] = ["ignore", "should_panic"];
const MARKS: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];
/// Where a change happened to be written means nothing to anybody else. In halves, so that this
/// file passes its own rule.
const MACHINE_PATHS: [&str; 2] = [concat!("../", "shared"), concat!("/wo", "rk/")];

pub(super) fn check(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    visit(root, root, &mut |path, text| {
        findings.extend(check_text(path, text))
    })?;
    Ok(findings)
}

fn visit(root: &Path, dir: &Path, each: &mut dyn FnMut(&str, &str)) -> anyhow::Result<()> {
    let mut entries = fs::read_dir(dir)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type()?);
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
            visit(root, &path, each)?;
        } else if kind.is_file() && is_ours(&path) {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let relative = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            each(&relative, &text);
        }
    }
    Ok(())
}

fn is_ours(path: &Path) -> bool {
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().into_owned());
    match extension.as_deref() {
        Some("rs" | "toml" | "yaml" | "yml" | "md" | "py" | "sh") => true,
        Some(_) => false,
        None => path
            .parent()
            .is_some_and(|dir| dir.file_name() == Some(".ci".as_ref())),
    }
}

pub(super) fn check_text(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if path.ends_with(".rs") {
        findings.extend(length(path, text));
        findings.extend(protocols::check_text(path, text));
        if !text.starts_with("//!") {
            findings.push(Finding::error(
                path,
                1,
                "a module begins with a `//!` line that says what it is",
            ));
        }
    }
    for (index, line) in text.lines().enumerate() {
        findings.extend(
            check_line(path, line)
                .into_iter()
                .map(|message| Finding::error(path, index + 1, message)),
        );
    }
    findings
}

fn length(path: &str, text: &str) -> Option<Finding> {
    let lines = text.lines().count();
    let (severity, limit) = if lines > TOO_LONG {
        (Severity::Error, TOO_LONG)
    } else if lines > LONG {
        (Severity::Warning, LONG)
    } else {
        return None;
    };
    let message = format!("{lines} lines, {limit} is the limit");
    Some(Finding {
        path: path.to_owned(),
        line: None,
        severity,
        message,
    })
}

fn check_line(path: &str, line: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if line.ends_with([' ', '\t', '\r']) {
        messages.push("trailing whitespace".to_owned());
    }
    if line.contains('\t') && !path.ends_with(".sh") {
        messages.push("a tab".to_owned());
    }
    for place in MACHINE_PATHS {
        if line.contains(place) {
            messages.push(format!("`{place}` means nothing outside one machine"));
        }
    }
    if path.ends_with(".rs") {
        messages.extend(check_code(line));
    }
    messages
}

fn check_code(line: &str) -> Vec<String> {
    let mut messages = Vec::new();
    let (code, comment) = line.split_once("//").unwrap_or((line, ""));
    for name in MACROS {
        if code.contains(&format!("{name}!(")) {
            messages.push(format!("`{name}!` is not for committed code"));
        }
    }
    for attribute in ATTRIBUTES {
        if code.contains(&format!("#[{attribute}")) {
            messages.push(format!("`{attribute}` hides what a test would say"));
        }
    }
    for mark in MARKS {
        if let Some((_, owner)) = comment.split_once(mark)
            && !owner
                .strip_prefix('(')
                .is_some_and(|owner| owner.starts_with(char::is_alphabetic))
        {
            messages.push(format!("{mark} without an owner: {mark}(name)"));
        }
    }
    messages
}
