//! Prints `docs/translation-losses.md`: what a request that says everything loses on its way.
//!
//! ```console
//! $ cargo run -p cliproxy-translators --example losses > docs/translation-losses.md
//! ```

#![expect(clippy::print_stdout, reason = "a page for the standard output")]

mod page;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    print!("{}", page::page()?);
    Ok(())
}
