//! Entries of the configuration.

use super::*;

#[test]
fn an_entry_without_models_says_where_they_come_from() {
    let entry = |why: &str| changed(key("ol", "no models", Some(why)), |one| one.offers.clear());
    let why = "its entry lists none";
    check(
        entry(why),
        Weight::Trouble,
        ("no models: its entry lists none", why),
        Some("list them under `models` of its entry in /etc/config.yaml"),
    );
    let why = "`discover-models` is set, and its upstream has not said which it has";
    check(
        entry(why),
        Weight::Note,
        (
            &format!("no models: {why}"),
            "`discover-models` is set: its upstream is asked when a gateway runs",
        ),
        None,
    );
}
