//! `cargo xtask codegen`: files that are written from the code and committed.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

use crate::root;
use crate::workspace::Workspace;

const SCHEMA: &str = "config/config.schema.json";
pub(crate) const ARCHITECTURE: &str = "ARCHITECTURE.md";
const BEGIN: &str = "<!-- dag:begin -->";
const END: &str = "<!-- dag:end -->";

/// Writes, or with `check` compares, every generated file.
pub(crate) fn run(sh: &Shell, check: bool) -> anyhow::Result<()> {
    // Both are done before either is complained about.
    let schema = schema(sh).and_then(|text| put(root(), SCHEMA, &text, check));
    let graph = architecture(root()).and_then(|text| put(root(), ARCHITECTURE, &text, check));
    schema.context(SCHEMA)?;
    graph.context(ARCHITECTURE)
}

fn put(root: &Path, file: &str, text: &str, check: bool) -> anyhow::Result<()> {
    let path = root.join(file);
    if fs::read_to_string(&path).is_ok_and(|old| old == text) {
        println!("{file}: fresh");
    } else if check {
        bail!("out of date; run `cargo xtask codegen`");
    } else {
        fs::create_dir_all(path.parent().unwrap_or(root))?;
        fs::write(&path, text)?;
        println!("{file}: written");
    }
    Ok(())
}

/// The schema as the gateway itself prints it: the same for a user, for editors, and here.
fn schema(sh: &Shell) -> anyhow::Result<String> {
    let schema = cmd!(sh, "cargo run --quiet --package cliproxy -- print-schema")
        .quiet()
        .read()?;
    Ok(format!("{schema}\n"))
}

/// `ARCHITECTURE.md` with the graph as it is now.
pub(crate) fn architecture(root: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(root.join(ARCHITECTURE))?;
    let (before, rest) = text
        .split_once(BEGIN)
        .with_context(|| format!("no {BEGIN}"))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("no {END}"))?;
    let graph = graph(&Workspace::read(root)?);
    Ok(format!(
        "{before}{BEGIN}\n\n```text\n{graph}```\n\n{END}{after}"
    ))
}

/// The crates by layer, top to bottom, each with the crates it is built on.
fn graph(workspace: &Workspace) -> String {
    let short = |name: &str| name.strip_prefix("cliproxy-").unwrap_or(name).to_owned();
    let mut rows: Vec<_> = workspace
        .packages
        .iter()
        .filter_map(|package| Some((package.layer?, package)))
        .collect();
    rows.sort_by_key(|(layer, package)| (u8::MAX - layer, package.name.as_str()));
    let width = rows
        .iter()
        .map(|(_, package)| short(&package.name).len())
        .max()
        .unwrap_or(0);

    let mut graph = String::new();
    let mut above = None;
    for (layer, package) in rows {
        if above.is_some_and(|above| above != layer) {
            graph.push('\n');
        }
        let mut uses: Vec<_> = package
            .dependencies()
            .filter(|name| workspace.package(name).is_some())
            .map(short)
            .collect();
        uses.sort();
        let label = if above == Some(layer) {
            String::new()
        } else {
            layer.to_string()
        };
        let line = format!(
            "{label:<4}{:<width$}   {}",
            short(&package.name),
            uses.join(" ")
        );
        let _infallible = writeln!(graph, "{}", line.trim_end());
        above = Some(layer);
    }
    graph
}
