//! Prints the JSON schema of the configuration file.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    io::stdout().write_all(cliproxy_config::schema().as_bytes())
}
