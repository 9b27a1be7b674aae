//! What gateways are known to get wrong, and that every pair of client and upstream to which it can happen
//! has a case for it: the table of `fixtures/README.md`.
//!
//! `bounds` holds what is never sent of every case, and the properties of `normalise` of any request.

use super::fixtures;
use cliproxy_core::Protocol;
use std::fs;

/// The protocols that a cell of the table names.
fn protocols(cell: &str) -> Vec<Protocol> {
    let all = Protocol::ALL.into_iter();
    let named = cell.split(", ");
    let is_named = |one: &Protocol| cell == "all" || named.clone().any(|name| name == one.as_str());
    all.filter(is_named).collect()
}

#[test]
fn every_weakness_has_a_case_for_every_pair() {
    let page = fs::read_to_string(fixtures().join("README.md")).unwrap();
    let (_, table) = page.split_once("| --- | --- | --- | --- |\n").unwrap();
    let exists = |case: &String| fixtures().join(case).with_extension("json").exists();
    let mut proven = 0;
    for row in table.lines().take_while(|line| line.starts_with('|')) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let &[_, weakness, clients, upstreams, names, _] = &cells[..] else {
            panic!("{row}");
        };
        let names: Vec<_> = names
            .split(", ")
            .map(|name| name.trim_matches('`'))
            .collect();
        if clients == "–" {
            let cases: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            assert!(cases.iter().all(exists), "{weakness}: {cases:?}");
            continue;
        }
        let before = proven;
        for client in protocols(clients) {
            for upstream in protocols(upstreams)
                .into_iter()
                .filter(|one| *one != client)
            {
                let mut cases = names
                    .iter()
                    .map(|name| format!("{client}__{upstream}/{name}"));
                let is_proven = cases.any(|case| exists(&case));
                assert!(
                    is_proven,
                    "{weakness}: {client} to {upstream} has none of {names:?}"
                );
                proven += 1;
            }
        }
        assert!(proven > before, "{row}");
    }
    assert!(proven > 200, "{proven}");
}
