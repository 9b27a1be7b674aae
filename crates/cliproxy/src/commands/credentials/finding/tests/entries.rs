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
    // Whoever excludes everything means it.
    let why = "all its models are excluded";
    let said = format!("no models: {why}");
    check(entry(why), Weight::Note, (&said, why), None);
}

#[test]
fn a_file_without_models_says_first_what_its_tokens_need() {
    let why = "all its models are excluded";
    let file = |reason| {
        changed(account("a", "fresh", None), |one| {
            one.offers.clear();
            one.view.state = "no models".to_owned();
            one.view.reason = Some(why.to_owned());
            one.from.as_mut().unwrap().no_endpoint = reason;
        })
    };
    let said = format!("no models: {why}");
    check(file(None), Weight::Note, (&said, why), None);
    let missing = "set `oauth.kimi.client_id`";
    let state = format!("{said}, cannot be refreshed");
    let what = "its tokens cannot be refreshed";
    let found = (&*state, what);
    check(
        file(Some(missing.to_owned())),
        Weight::Trouble,
        found,
        Some(missing),
    );
}
