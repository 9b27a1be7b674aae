//! The rules on small inputs, and on the workspace itself.

use super::*;
use crate::workspace::{Manifest, Package};

#[test]
fn the_workspace_is_tidy() {
    let errors: Vec<_> = findings(crate::root())
        .unwrap()
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.to_string())
        .collect();
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

/// Checks the findings for one text: the line and a word of the message of each.
fn check_text(path: &str, text: &str, expected: &[(Option<usize>, &str)]) {
    let found = sources::check_text(path, text);
    assert_eq!(found.len(), expected.len(), "{path}: {found:?}");
    for (found, (line, word)) in found.iter().zip(expected) {
        assert_eq!(found.line, *line, "{found}");
        assert!(
            found.message.contains(word),
            "{found} does not say `{word}`"
        );
    }
}

#[test]
fn text_rules() {
    check_text("a.rs", "//! A module.\n\nfn main() {}\n", &[]);
    check_text("a.rs", "fn main() {}\n", &[(Some(1), "//!")]);
    check_text("build.rs", "// A comment.\n", &[(Some(1), "//!")]);
    check_text("a.md", "no module\n", &[]);

    check_text("a.rs", "//! .\nfn f() { } \n", &[(Some(2), "whitespace")]);
    check_text("a.toml", "key = 1\r\n\tother = 2", &[(Some(2), "tab")]);
    check_text("run.sh", "\techo\n", &[]);

    for name in ["todo", "unimplemented", "dbg"] {
        check_text("a.rs", &format!("//! .\n{name}!();"), &[(Some(2), name)]);
        check_text("a.rs", &format!("//! .\n// {name}!() is in a comment"), &[]);
    }
    for attribute in ["ignore", "should_panic"] {
        check_text(
            "a.rs",
            &format!("//! .\n#[{attribute}]"),
            &[(Some(2), attribute)],
        );
        check_text(
            "a.rs",
            &format!("//! .\n#[{attribute} = \"why\"]"),
            &[(Some(2), attribute)],
        );
    }
    let mark = concat!("TO", "DO");
    check_text(
        "a.rs",
        &format!("//! .\n// {mark}: later"),
        &[(Some(2), "owner")],
    );
    check_text(
        "a.rs",
        &format!("//! .\n// {mark}(): later"),
        &[(Some(2), "owner")],
    );
    check_text("a.rs", &format!("//! .\n// {mark}(ada): later"), &[]);
    check_text(
        "a.yaml",
        concat!("path: /wo", "rk/file"),
        &[(Some(1), "machine")],
    );
}

#[test]
fn only_its_folder_names_a_protocol() {
    let check = |path: &str, line: &str, is_found: bool| {
        let path = format!("crates/translators/src/{path}");
        let expected: &[_] = match is_found {
            true => &[(Some(2), "names a protocol")],
            false => &[],
        };
        check_text(&path, &format!("//! .\n{line}\n"), expected);
    };
    for line in [
        "if target == Protocol::Claude {}",
        "use cliproxy_core::Protocol::{Chat, Claude};",
        "use Protocol::*;",
    ] {
        check("normalise.rs", line, true);
        check("reply/settled.rs", line, true);
        check("chat/rules.rs", line, false);
        check("protocols.rs", line, false);
        check("normalise/tests/tools.rs", line, false);
        check("reply/tests.rs", line, false);
        check("reply/grammar.rs", line, false);
    }
    for line in [
        "for protocol in Protocol::ALL {}",
        "fn of(protocol: Protocol) {}",
        "/// `Protocol::Chat` is named in a comment.",
        "mod tests {\n    use Protocol::Chat;",
    ] {
        check("normalise.rs", line, false);
    }
    check_text("crates/gateway/src/a.rs", "//! .\nProtocol::Chat;", &[]);
}

#[test]
fn length_is_limited() {
    let lines = |n: usize| format!("//! .{}", "\n//".repeat(n - 1));
    check_text("a.rs", &lines(400), &[]);
    check_text("a.rs", &lines(401), &[(None, "400")]);
    check_text("a.rs", &lines(801), &[(None, "800")]);
    assert_eq!(
        sources::check_text("a.rs", &lines(800))[0].severity,
        Severity::Warning
    );
    assert_eq!(
        sources::check_text("a.rs", &lines(801))[0].severity,
        Severity::Error
    );
    check_text("a.md", &lines(801), &[]);
}

/// A member as it should be written, with `replace` applied to its manifest.
fn package(name: &str, layer: u8, dependencies: &str, replace: (&str, &str)) -> Package {
    let folder = name.trim_start_matches("cliproxy-");
    let text = format!(
        "[package]\nname = \"{name}\"\ndescription = \"A crate\"\nversion.workspace = true\n\
         edition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\n\
         repository.workspace = true\nreadme = \"README.md\"\n[package.metadata.cliproxy]\n\
         layer = {layer}\n[lints]\nworkspace = true\n{dependencies}"
    );
    Package::new(
        &format!("crates/{folder}"),
        Manifest::parse(&text.replace(replace.0, replace.1)),
    )
    .unwrap()
}

/// Checks the findings for a package among a leaf, the configuration and something unpublished.
fn check_package(subject: Package, expected: &[&str]) {
    let private = ("readme = \"README.md\"", "publish = false");
    let packages = vec![
        package("cliproxy-core", 0, "", ("", "")),
        package("cliproxy-config", 1, "", ("", "")),
        package("cliproxy-observability", 0, "", private),
        subject,
    ];
    let found = manifests::check(&Workspace { packages });
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, word) in found.iter().zip(expected) {
        assert!(
            found.message.contains(word),
            "{found} does not say `{word}`"
        );
    }
}

#[test]
fn manifest_rules() {
    let same = ("", "");
    let uses = |name: &str| format!("[dependencies]\n{name}.workspace = true\n");

    check_package(
        package("cliproxy-usage", 1, &uses("cliproxy-core"), same),
        &[],
    );
    check_package(
        package("cliproxy-usage", 0, &uses("cliproxy-core"), same),
        &["layer 0 may not use"],
    );
    check_package(
        package("cliproxy-usage", 3, &uses("cliproxy-config"), same),
        &[],
    );
    check_package(
        package("cliproxy-usage", 2, &uses("cliproxy-config"), same),
        &["configuration"],
    );
    check_package(
        package("cliproxy-usage", 1, &uses("cliproxy-observability"), same),
        &["not published"],
    );
    let dev = "[dev-dependencies]\ncliproxy-config.workspace = true\n";
    check_package(package("cliproxy-usage", 1, dev, same), &[]);

    check_package(
        package("cliproxy-usage", 1, "[dependencies]\nbytes = \"1\"\n", same),
        &["bytes"],
    );
    check_package(
        package("cliproxy-usage", 1, "", ("license.workspace = true", "")),
        &["license"],
    );
    check_package(
        package("cliproxy-usage", 1, "", ("description", "about")),
        &["description"],
    );
    check_package(
        package("cliproxy-usage", 1, "", ("[lints]", "[lint]")),
        &["lints"],
    );
    check_package(
        package("cliproxy-usage", 1, "", ("readme", "read-me")),
        &["readme"],
    );
    check_package(
        package("cliproxy-usage", 1, "", ("layer", "level")),
        &["no layer"],
    );
    check_package(
        package(
            "cliproxy-usage",
            1,
            "",
            ("\"cliproxy-usage\"", "\"usages\""),
        ),
        &["folder"],
    );
}
