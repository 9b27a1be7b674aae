//! Configuration files to begin with.

/// The example file: every key that has an effect, with its default and what it does. Entries of
/// providers are commented out.
#[must_use]
pub const fn example() -> &'static str {
    include_str!("../../../config/config.example.yaml")
}

/// The file that `cliproxy init` writes, with one client key in it. It holds a secret: whoever
/// writes it makes it readable by its owner only (0600).
///
/// Session affinity is on in it, unlike in a file that does not mention it.
#[must_use]
pub fn init_text(client_key: &str) -> String {
    // A single-quoted YAML text has one special character.
    let quoted = format!("'{}'", client_key.replace('\'', "''"));
    include_str!("init.yaml").replace("{client-key}", &quoted)
}
