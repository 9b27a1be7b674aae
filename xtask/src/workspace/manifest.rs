//! Reads the part of TOML that manifests of this workspace are written in.
//!
//! A TOML crate would be the largest dependency of this tool; sections, keys and values that are
//! kept as text are all it needs.

/// A manifest as sections of keys with the text of their values.
pub(crate) struct Manifest {
    entries: Vec<Entry>,
}

struct Entry {
    section: String,
    key: String,
    value: String,
}

impl Manifest {
    pub(crate) fn parse(text: &str) -> Self {
        let mut section = String::new();
        let mut entries: Vec<Entry> = Vec::new();
        let mut open = false;
        for line in text.lines().map(|line| without_comment(line).trim()) {
            if open {
                if let Some(entry) = entries.last_mut() {
                    entry.value.push_str(line);
                    open = is_open(&entry.value);
                }
            } else if let Some(header) = line.strip_prefix('[') {
                section = header.trim_end_matches(']').to_owned();
            } else if let Some((key, value)) = line.split_once('=') {
                let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
                open = is_open(&value);
                entries.push(Entry {
                    section: section.clone(),
                    key,
                    value,
                });
            }
        }
        Self { entries }
    }

    /// The text of one value, quotes included.
    pub(crate) fn get(&self, section: &str, key: &str) -> Option<&str> {
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.section == section && entry.key == key);
        entry.map(|entry| entry.value.as_str())
    }

    /// Whether `key = { workspace = true }`, in any of its spellings.
    pub(crate) fn inherits(&self, section: &str, key: &str) -> bool {
        self.get(section, &format!("{key}.workspace")) == Some("true")
    }

    /// Every dependency: its section, its name, and whether its version is the workspace's.
    pub(crate) fn dependencies(&self) -> impl Iterator<Item = (&str, &str, bool)> {
        let dependencies = self
            .entries
            .iter()
            .filter(|entry| entry.section.ends_with("dependencies"));
        dependencies.map(
            |Entry {
                 section,
                 key,
                 value,
             }| {
                let (name, inherited) = match key.strip_suffix(".workspace") {
                    Some(name) => (name, value == "true"),
                    None => (key.as_str(), value.contains("workspace = true")),
                };
                (section.as_str(), name, inherited)
            },
        )
    }
}

/// The strings of an array.
pub(crate) fn strings(array: &str) -> impl Iterator<Item = &str> {
    array.split('"').skip(1).step_by(2)
}

fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    for (at, char) in line.char_indices() {
        match char {
            '"' => quoted = !quoted,
            '#' if !quoted => return &line[..at],
            _ => {}
        }
    }
    line
}

/// Whether an array or table goes on in the next line.
fn is_open(value: &str) -> bool {
    let count = |chars: [char; 2]| value.matches(chars).count();
    count(['[', '{']) > count([']', '}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_keys_and_values() {
        let manifest = Manifest::parse(
            r#"
            [workspace]
            members = [
                "crates/*",
                "xtask", # the tool
            ]

            [package]
            name = "a#b" # not a comment inside
            version.workspace = true

            [dependencies]
            bytes.workspace = true
            tokio = { workspace = true, features = ["rt"] }
            serde = "1"

            [target.'cfg(unix)'.dev-dependencies]
            libc.workspace = true
            "#,
        );
        let members: Vec<_> = manifest
            .get("workspace", "members")
            .into_iter()
            .flat_map(strings)
            .collect();
        assert_eq!(members, ["crates/*", "xtask"]);
        assert_eq!(manifest.get("package", "name"), Some(r#""a#b""#));
        assert!(manifest.inherits("package", "version"));
        assert!(!manifest.inherits("package", "name"));
        assert_eq!(
            manifest.dependencies().collect::<Vec<_>>(),
            [
                ("dependencies", "bytes", true),
                ("dependencies", "tokio", true),
                ("dependencies", "serde", false),
                ("target.'cfg(unix)'.dev-dependencies", "libc", true),
            ]
        );
    }
}
