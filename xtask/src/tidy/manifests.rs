//! Rules about packages: what a manifest must say, and which way dependencies may point.

use crate::tidy::Finding;
use crate::workspace::{Package, Workspace};

/// Fields that every member takes from the workspace.
const INHERITED: [&str; 4] = ["version", "edition", "rust-version", "license"];

/// The lowest layer that may know the configuration. What is below gets its parameters from its
/// caller, and that is what makes it usable without our configuration file.
const CONFIG_USERS: u8 = 3;

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &workspace.packages {
        let path = format!("{}/Cargo.toml", package.dir);
        let messages = fields(package).into_iter().chain(edges(package, workspace));
        findings.extend(messages.map(|message| Finding::error(&path, None, message)));
    }
    findings
}

fn fields(package: &Package) -> Vec<String> {
    let manifest = &package.manifest;
    let mut messages = Vec::new();
    for field in INHERITED {
        if !manifest.inherits("package", field) {
            messages.push(format!(
                "`{field}` is not inherited: {field}.workspace = true"
            ));
        }
    }
    if manifest.get("lints", "workspace") != Some("true") {
        messages.push("lints are not inherited: [lints] workspace = true".to_owned());
    }
    for (_, name, inherited) in manifest.dependencies() {
        if !inherited {
            messages.push(format!(
                "the version of `{name}` belongs into [workspace.dependencies]"
            ));
        }
    }
    if let Some(folder) = package.dir.strip_prefix("crates/") {
        messages.extend(product_fields(package, folder));
    }
    messages
}

/// What only the members that make up the product must say.
fn product_fields(package: &Package, folder: &str) -> Vec<String> {
    let manifest = &package.manifest;
    let mut messages = Vec::new();
    if manifest.get("package", "description").is_none() {
        messages.push("no description".to_owned());
    }
    if !manifest.inherits("package", "repository") {
        messages.push("no repository: repository.workspace = true".to_owned());
    }
    if package.layer.is_none() {
        messages.push("no layer: [package.metadata.cliproxy] layer = …".to_owned());
    }
    if package.name != folder && package.name != format!("cliproxy-{folder}") {
        let name = &package.name;
        messages.push(format!("the folder `{folder}` holds the package `{name}`"));
    }
    if package.published && manifest.get("package", "readme") != Some(r#""README.md""#) {
        messages.push("needs readme = \"README.md\", or publish = false".to_owned());
    }
    messages
}

/// Members outside the layers (this tool, tests, benches) may use anything.
fn edges(package: &Package, workspace: &Workspace) -> Vec<String> {
    let Some(layer) = package.layer else {
        return Vec::new();
    };
    let mut messages = Vec::new();
    for used in package
        .dependencies()
        .filter_map(|name| workspace.package(name))
    {
        match used.layer {
            Some(below) if below < layer => {}
            Some(other) => {
                messages.push(format!(
                    "layer {layer} may not use `{}`, which is in layer {other}",
                    used.name
                ));
            }
            None => messages.push(format!("uses `{}`, which is in no layer", used.name)),
        }
        if used.name == "cliproxy-config" && layer < CONFIG_USERS {
            messages.push("a mechanism may not know the configuration".to_owned());
        }
        if package.published && !used.published {
            messages.push(format!(
                "a reusable crate may not use `{}`, which is not published",
                used.name
            ));
        }
    }
    messages
}
