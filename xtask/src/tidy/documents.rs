//! Rules about documents: what must be there, and what must be mentioned.

use std::fs;
use std::path::Path;

use crate::codegen;
use crate::tidy::Finding;
use crate::workspace::Workspace;

pub(super) fn check(root: &Path, workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in workspace
        .packages
        .iter()
        .filter(|package| package.published)
    {
        let readme = format!("{}/README.md", package.dir);
        if !root.join(&readme).is_file() {
            findings.push(Finding::error(
                &readme,
                None,
                "a reusable crate needs a README.md",
            ));
        }
    }
    findings.extend(architecture(root, workspace));
    findings
}

/// The map of the code names every crate, and its generated graph is the graph.
fn architecture(root: &Path, workspace: &Workspace) -> Vec<Finding> {
    const FILE: &str = codegen::ARCHITECTURE;
    let text = match fs::read_to_string(root.join(FILE)) {
        Ok(text) => text,
        Err(error) => return vec![Finding::error(FILE, None, error.to_string())],
    };
    let mut findings = match codegen::architecture(root) {
        Ok(fresh) if fresh == text => Vec::new(),
        Ok(_) => vec![Finding::error(
            FILE,
            None,
            "the graph is out of date; run `cargo xtask codegen`",
        )],
        Err(error) => vec![Finding::error(FILE, None, error.to_string())],
    };
    for package in workspace
        .packages
        .iter()
        .filter(|package| package.layer.is_some())
    {
        let short = package
            .name
            .strip_prefix("cliproxy-")
            .unwrap_or(&package.name);
        if !text.contains(&format!("`{short}`")) && !text.contains(&format!("`{}`", package.name)) {
            findings.push(Finding::error(
                FILE,
                None,
                format!("does not mention `{short}`"),
            ));
        }
    }
    findings
}
