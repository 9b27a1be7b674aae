//! The page about losses says what happens.

#[path = "../examples/losses/page.rs"]
mod page;

#[test]
fn the_page_about_losses_is_fresh() {
    let stored = include_str!("../../../docs/translation-losses.md");
    assert!(
        stored == page::page().unwrap(),
        "outdated: cargo run -p cliproxy-translators --example losses > docs/translation-losses.md"
    );
}
