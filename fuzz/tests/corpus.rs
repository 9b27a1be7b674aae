//! Every check over every file of its corpus.

use cliproxy_fuzz::TARGETS;
use std::{fs, panic, path::Path};

#[test]
fn every_case_of_every_corpus_holds() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut failed = Vec::new();
    for (name, check) in TARGETS {
        let mut cases: Vec<_> = fs::read_dir(corpora.join(name))
            .unwrap_or_else(|error| panic!("the corpus of {name}: {error}"))
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(!cases.is_empty(), "the corpus of {name} is empty");
        cases.sort();
        for case in cases {
            let data = fs::read(&case).unwrap();
            if panic::catch_unwind(|| check(&data)).is_err() {
                failed.push(case);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn every_corpus_and_every_binary_has_its_check() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = TARGETS.map(|(name, _)| name.to_owned());
    for (folder, suffix) in [("corpus", ""), ("fuzz_targets", ".rs")] {
        let mut found: Vec<_> = fs::read_dir(root.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|name| name.strip_suffix(suffix).unwrap_or(&name).to_owned())
            .collect();
        found.sort();
        assert_eq!(found, names, "{folder}");
    }
}

#[test]
fn no_input_at_all_is_a_case_of_every_target() {
    for (name, check) in TARGETS {
        eprintln!("{name}");
        check(b"");
    }
}
