//! Which model `auto` is.

use super::{behind, check, source, vendor};
use crate::{Group, Resolver, Route, Source};
use cliproxy_core::Protocol;

/// In the catalogue gpt-5.4 is newer than gpt-5, and `own` has no date.
fn sources() -> [Source; 2] {
    [
        behind("a", source(&["own", "gpt-5", "new=gpt-5.4"])),
        source(&["new=gpt-5.4"]),
    ]
}

#[test]
fn the_newest_listed_model() {
    let newest = &[
        ("auto", "0:gpt-5.4 1:gpt-5.4"),
        ("Auto(high)", "0:gpt-5.4(high) 1:gpt-5.4(high)"),
        ("models/auto", "0:gpt-5.4 1:gpt-5.4"),
        ("automatic", "unknown"),
    ];
    check(&sources(), false, newest);
    check(&[source(&["b", "a"])], false, &[("auto", "0:a")]);
    check(&[source(&["gpt-5", "auto=b"])], false, &[("auto", "0:b")]);
    check(
        &[],
        false,
        &[("auto", "unknown"), ("auto(high)", "unknown")],
    );
}

#[test]
fn the_newest_that_is_available() {
    let sources = sources();
    let resolver = Resolver::derive(&sources, false);
    let check = |requested: &str, resting: &[&str], id: &str, suffix: Option<&str>| {
        let available = |route: &Route| !resting.contains(&route.id.as_str());
        let found = resolver.resolve_available(requested, available);
        let found = found.expect(requested);
        let found = (found.route.id.as_str(), found.suffix);
        assert_eq!(found, (id, suffix), "{requested} without {resting:?}");
    };
    check("auto", &[], "new", None);
    check("auto(high)", &["new"], "a/new", Some("high"));
    check(
        "models/AUTO(8192)",
        &["new", "a/new"],
        "a/gpt-5",
        Some("8192"),
    );
    check("auto()", &["new", "a/new", "a/gpt-5"], "gpt-5", None);
    let dated = ["new", "a/new", "gpt-5", "a/gpt-5"];
    check("auto", &dated, "a/own", None);
    // Who cannot be served is to learn when the newest one can be.
    let all = [&dated[..], &["own", "a/own"]].concat();
    check("auto(high)", &all, "new", Some("high"));
    // Who names a model gets it.
    check("gpt-5(low)", &all, "gpt-5", Some("low"));
    assert!(resolver.resolve_available("other", |_| true).is_err());
    assert!(
        Resolver::default()
            .resolve_available("auto", |_| true)
            .is_err()
    );
}

#[test]
fn only_auto_asks_what_is_available() {
    let resolver = Resolver::derive(&[source(&["m", "auto-mode"])], false);
    let mut asked = 0;
    for requested in ["m", "m(high)", "auto-mode", "other", "models/m"] {
        let _ = resolver.resolve_available(requested, |_| {
            asked += 1;
            true
        });
    }
    assert_eq!(asked, 0);
    let own = Resolver::derive(&[source(&["auto", "gpt-5"])], false);
    let found = own.resolve_available("auto", |_| unreachable!("it has a name"));
    assert_eq!(found.map(|found| found.route.id.as_str()), Ok("auto"));
}

#[test]
fn newest_first() {
    let claude = vendor(Group::Claude, Protocol::Claude);
    let resolver = Resolver::derive(&[claude, source(&["own"])], false);
    let mut left: Vec<&str> = resolver.list().map(|route| route.id.as_str()).collect();
    let mut dates = Vec::new();
    while let Some(route) = resolver.newest(|route| left.contains(&route.id.as_str())) {
        left.retain(|id| *id != route.id.as_str());
        dates.push(route.info.created);
    }
    assert!(left.is_empty(), "{left:?}");
    assert!(dates.is_sorted_by(|a, b| a >= b), "{dates:?}");
    assert!(dates.len() > 5 && dates.last() == Some(&None), "{dates:?}");
    assert_eq!(resolver.newest(|_| false), None);
}
