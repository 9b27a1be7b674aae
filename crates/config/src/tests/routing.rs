//! Which credential serves, as the file says it.

use super::{DATA, complaints, config};
use crate::{Env, Overrides, Routing, Strategy, load_text};
use std::path::Path;

/// The routing of a file without complaints.
fn routing(yaml: &str) -> Routing {
    assert_eq!(complaints(yaml), "", "{yaml}");
    config(yaml).routing
}

#[test]
fn strategies_have_short_names() {
    let check = |names: &[&str], expected: Strategy| {
        for name in names {
            let found = routing(&format!("routing: {{strategy: {name}}}"));
            assert_eq!(found.strategy, expected, "{name}");
        }
    };
    check(
        &["round-robin", "RoundRobin", "RR", "''"],
        Strategy::RoundRobin,
    );
    check(&["fill-first", "fillfirst", "ff"], Strategy::FillFirst);
    let weighted = ["weighted-round-robin", "WeightedRoundRobin", "wrr"];
    check(&weighted, Strategy::WeightedRoundRobin);
}

#[test]
fn sessions() {
    let ttl = |yaml| {
        let found = routing(yaml);
        (found.session_affinity, found.session_affinity_ttl.as_secs())
    };
    assert_eq!(ttl("routing: {session-affinity: true}"), (true, 3_600));
    assert_eq!(
        ttl("routing: {session-affinity-ttl: 1h30m}"),
        (false, 5_400)
    );
    let failback = |yaml| routing(yaml).priority_failback;
    assert!(!failback("{}"));
    assert!(failback(
        "routing: {session-affinity-priority-failback: true}"
    ));
    let old = "routing: {claude-code-session-affinity: true}";
    assert!(config(old).routing.session_affinity);
    assert_eq!(
        complaints(old),
        "1:11: warning: routing.claude-code-session-affinity: an old name (write \
         `session-affinity`)"
    );
}

#[test]
fn a_strategy_that_is_none() {
    let check = |name: &str, remedy: &str| {
        let yaml = format!("routing: {{strategy: {name}}}");
        let key = "routing.strategy: not a strategy";
        assert_eq!(config(&yaml).routing.strategy, Strategy::RoundRobin);
        assert_eq!(
            complaints(&yaml),
            format!("1:11: warning: {key}; round-robin is used ({remedy})")
        );
        let strict = Overrides {
            strict: Some(true),
            ..Overrides::default()
        };
        let problems = load_text(&yaml, Path::new(DATA), &Env::default(), &strict).unwrap_err();
        assert_eq!(
            problems.to_string(),
            format!("1:11: error: {key} ({remedy})")
        );
    };
    let all = "there are round-robin, weighted-round-robin, fill-first";
    check("random", all);
    check("first-fill", all);
    check("fill-frist", &format!("did you mean `fill-first`? {all}"));
    check(
        "weighted-roundrobbin",
        &format!("did you mean `weighted-round-robin`? {all}"),
    );
}
