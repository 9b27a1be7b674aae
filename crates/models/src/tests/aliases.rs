//! Aliases that are laid over the models of a source.

use super::{alias, behind, check, named, source, vendor, without};
use crate::{Alias, Aliases, Group, ModelInfo, Resolver, Source};
use cliproxy_core::Protocol;
use proptest::{collection::vec, prelude::*, sample::select};

fn listed(sources: &[Source], forced: bool, expected: &[&str]) {
    let resolver = Resolver::derive(sources, forced);
    let ids: Vec<_> = resolver.list().map(|route| route.id.as_str()).collect();
    assert_eq!(ids, expected, "{sources:?}");
}

#[test]
fn what_a_requested_name_stands_for() {
    let check = |rows: &[&str], requested: &str, expected: &str| {
        let aliases = Aliases::new(rows.iter().map(|row| alias(row)));
        assert_eq!(aliases.resolve(requested), expected, "{rows:?}");
    };
    let gemini = &["gemini-2.5-pro=gemini-2.5-pro-exp-03-25"][..];
    check(gemini, "gemini-2.5-pro", "gemini-2.5-pro-exp-03-25");
    check(
        gemini,
        "gemini-2.5-pro(8192)",
        "gemini-2.5-pro-exp-03-25(8192)",
    );
    check(
        gemini,
        "Gemini-2.5-PRO(low)",
        "gemini-2.5-pro-exp-03-25(low)",
    );
    check(gemini, "gemini-2.5-pro()", "gemini-2.5-pro-exp-03-25");
    check(gemini, "gemini-2.5-pro(", "gemini-2.5-pro(");
    check(gemini, "gemini-2.5-flash", "gemini-2.5-flash");
    check(gemini, "gemini-2.5-flash(low)", "gemini-2.5-flash(low)");
    check(&[], "gemini-2.5-pro(8192)", "gemini-2.5-pro(8192)");
    check(&["m=n"], " M (low) ", "n(low)");
    check(&["m=n"], "", "");
    check(&["m=n"], "(high)", "(high)");
    check(&["(high)=n"], "(high)", "n");
    // The effort in the configured name is for who asks for none.
    check(&["cheap=m(low)"], "cheap(high)", "m(high)");
    check(&["cheap=m(low)"], "cheap", "m(low)");
    // An alias with an effort of its own comes before the one without.
    check(&["x=a", "x(high)=b"], "x(high)", "b(high)");
    check(&["x=a", "x(high)=b"], "x(low)", "a(low)");
    check(&["x(high=m"], "x(high", "m");
    check(&["x(high=m"], "x(high)", "x(high)");
    // One step and no further, the first of equal aliases, and nothing that means itself.
    check(&["a=b", "b=c"], "a", "b");
    check(&["a=b", "A=c"], "a", "b");
    check(&["a=A", "a= ", "a=b"], "a", "b");
    check(&["a(low)=a"], "a(low)", "a(low)");
    check(&[" a = b "], "a", "b");
}

#[test]
fn an_alias_takes_the_place_of_the_name_unless_it_is_a_fork() {
    let models = || source(&["m", "n"]);
    listed(&[named(&[], models())], false, &["m", "n"]);
    listed(&[named(&["a=m"], models())], false, &["a", "n"]);
    listed(&[named(&["a+m"], models())], false, &["a", "m", "n"]);
    listed(&[named(&["a=m", "b=m"], models())], false, &["a", "b", "n"]);
    listed(
        &[named(&["a=m", "b+M"], models())],
        false,
        &["a", "b", "m", "n"],
    );
    // Equal but for case.
    listed(&[named(&["a=m", "A=n"], models())], false, &["a", "n"]);
    // What the source does not have gets no other name.
    listed(&[named(&["a=other"], models())], false, &["m", "n"]);
    // A fixed effort.
    listed(
        &[named(&["cheap=m(low)"], models())],
        false,
        &["cheap", "n"],
    );
    listed(
        &[behind("t", named(&["a=m"], models()))],
        false,
        &["a", "n", "t/a", "t/n"],
    );
    listed(
        &[behind("t", named(&["a+m"], models()))],
        true,
        &["t/a", "t/m", "t/n"],
    );
}

#[test]
fn what_an_alias_is_served_by() {
    let sources = [
        behind(
            "t",
            named(&["fast=Up-1", "cheap=up-1(low)"], source(&["Up-1", "n"])),
        ),
        source(&["n"]),
    ];
    check(
        &sources,
        false,
        &[
            ("fast", "0:Up-1"),
            ("FAST(high)", "0:Up-1(high)"),
            ("t/fast(high)", "0:Up-1(high)"),
            ("cheap(high)", "0:Up-1(high)"),
            // The name behind an alias is routable, as behind any other.
            ("up-1", "0:Up-1"),
            ("n", "0:n 1:n"),
        ],
    );
    // The aliases of one source are not those of another.
    check(
        &[named(&["fast=m"], source(&["m"])), source(&["m", "other"])],
        false,
        &[("fast", "0:m"), ("m", "1:m"), ("other", "1:other")],
    );
    // The entry's own alias is a name like any other.
    check(
        &[named(&["quick=fast"], source(&["fast=x", "fast=y"]))],
        false,
        &[("quick", "0:x|y"), ("x", "0:x")],
    );
}

#[test]
fn an_alias_beats_a_model_of_that_name() {
    let cases = &[("m", "0:n"), ("m(low)", "0:n(low)"), ("n", "0:n")];
    let sources = [named(&["m=n"], source(&["m", "n"]))];
    check(&sources, false, cases);
    listed(&sources, false, &["m"]);
    let sources = [named(&["m+n"], source(&["m", "n"]))];
    check(&sources, false, cases);
    listed(&sources, false, &["m", "n"]);
    // Also where the model it means is not listed: the vendor may be ahead of the catalogue.
    let sources = [named(&["m=newer(low)"], source(&["m"]))];
    check(
        &sources,
        false,
        &[("m", "0:newer(low)"), ("m(high)", "0:newer(high)")],
    );
    listed(&sources, false, &["m"]);
    // One step and no further.
    let sources = [named(&["a=b", "b=c"], source(&["b", "c"]))];
    check(&sources, false, &[("a", "0:b"), ("b", "0:c"), ("c", "0:c")]);
    listed(&sources, false, &["a", "b"]);
    let sources = [named(&["a=b", "b=a"], source(&["a", "b"]))];
    check(&sources, false, &[("a", "0:b"), ("b", "0:a")]);
    listed(&sources, false, &["a", "b"]);
}

#[test]
fn exclusions_come_before_aliases() {
    let models = || source(&["m", "n"]);
    // They speak of the names behind the aliases.
    let sources = [without(&["m"], named(&["a=m"], models()))];
    check(
        &sources,
        false,
        &[("a", "unknown"), ("m", "unknown"), ("n", "0:n")],
    );
    let sources = [without(&["a"], named(&["a=m"], models()))];
    check(&sources, false, &[("a", "0:m")]);
    let sources = [without(&["*-preview"], named(&["m=x-preview"], models()))];
    check(&sources, false, &[("m", "unknown"), ("n", "0:n")]);
}

#[test]
fn facts_go_with_an_alias() {
    let with_name = Alias {
        display_name: Some("Ours".to_owned()),
        ..alias("ours=claude-opus-5")
    };
    let rows = ["opus=claude-opus-5", "newer=claude-opus-9"].map(alias);
    let claude = Source {
        aliases: Aliases::new(rows.into_iter().chain([with_name])),
        ..vendor(Group::Claude, Protocol::Claude)
    };
    let resolver = Resolver::derive(&[claude], false);
    let facts = |id: &str| resolver.resolve(id).expect(id).route.info.clone();
    let stock = Resolver::derive(&[vendor(Group::Claude, Protocol::Claude)], false);
    let expected = stock.resolve("claude-opus-5").expect("in the catalogue");
    let expected = expected.route.info.clone();
    assert_eq!(facts("opus"), expected);
    let renamed = ModelInfo {
        display_name: Some("Ours".to_owned()),
        ..expected
    };
    assert_eq!(facts("ours"), renamed);
    assert!(resolver.resolve("newer").is_err());
}

proptest! {
    #[test]
    fn a_resolver_and_a_table_agree(
        models in vec(select(vec!["a", "b", "c", "d"]), 1..4),
        rows in vec((select(vec!["a", "B", "c", "e", "f"]), select(vec!["a", "b", "C(low)", "d"]), any::<bool>()), 0..6),
    ) {
        let rows = rows.iter().map(|(alias, name, fork)| Alias {
            name: (*name).to_owned(),
            alias: (*alias).to_owned(),
            fork: *fork,
            display_name: None,
        });
        let source = Source { aliases: Aliases::new(rows), ..source(&models) };
        let resolver = Resolver::derive(std::slice::from_ref(&source), false);
        for route in resolver.list() {
            for suffix in ["", "(high)"] {
                let requested = format!("{}{suffix}", route.id);
                let expected = format!("0:{}", source.aliases.resolve(&requested));
                let found = super::resolve(&resolver, &requested);
                prop_assert!(found.eq_ignore_ascii_case(&expected), "{requested}: {found} {expected}");
            }
        }
    }
}
