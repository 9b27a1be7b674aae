//! What is answered, and what runs are found.

use crate::machine::{Machine, token};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// Long enough for a slow machine; nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_gateway_is_asked_while_it_runs() {
    let machine = Machine::new();
    machine.run(&["status"]).fails("`cliproxy serve` starts");

    let mut demo = machine.demo();
    let files = machine.run_files();
    let [file] = &*files else {
        panic!("{files:?}");
    };
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(file), 0o600);
    assert_eq!(mode(&machine.run_directory()), 0o700);
    let token = token(file);

    machine.run(&["status"]).says("configuration demo");
    let json = machine.run(&["status", "--json"]);
    json.says("\"credentials\"");
    serde_json::from_str::<serde_json::Value>(&json.out).unwrap();
    let unknown = machine.run(&["explain", "no-such-request"]);
    unknown.fails("`no-such-request` is not remembered");
    let unknown = machine.run(&["explain", "--model", "no-such-model"]);
    unknown.fails("unknown model `no-such-model`");
    let unknown = machine.run(&["reset", "no-such-credential"]);
    unknown.fails("`no-such-credential` is the label or id of no credential");

    let (code, written) = demo.stop();
    assert_eq!(code, Some(0), "{written}");
    assert!(!written.contains(&token), "{written}");
    assert_eq!(machine.run_files(), [""; 0].map(PathBuf::from));
    machine.run(&["status"]).fails("`cliproxy serve` starts");
}

#[test]
fn the_turns_of_a_tour_are_explained() {
    let machine = Machine::new();
    let mut demo = machine.demo_with(&["--tour"]);
    for turn in 1..=6 {
        let id = format!("tour-{turn}");
        let says = format!("{id} for scripted-tour by demo, chat generate");
        machine.run(&["explain", &id]).says(&says);
    }
    let moved = machine.run(&["explain", "tour-3"]);
    moved.says("affinity moved: short block");
    machine.run(&["explain", "--last"]).says("tour-6 for ");
    machine.run(&["status"]).says("cooling: quota");
    machine.run(&["reset", "tour-a"]).says("1 block ended");
    let (code, written) = demo.stop();
    assert_eq!(code, Some(0), "{written}");
    // The tour tells of its requests itself, and the log of what comes after it.
    let logged: Vec<&str> = written
        .lines()
        .filter(|line| line.contains(" INFO "))
        .collect();
    assert_eq!(logged.len(), 1, "{written}");
    assert!(logged[0].contains("reset by hand"), "{written}");
    assert!(written.contains("cliproxy explain tour-3"), "{written}");
}

#[test]
fn of_several_gateways_the_one_that_is_meant() {
    let machine = Machine::new();
    let (demo, here) = (machine.demo(), machine.serve("config.yaml"));
    // The configuration that `serve` would find here.
    let says = format!("process {}, ", here.pid());
    machine.run(&["status"]).says(&says);
    machine
        .run(&["status", "--gateway", &here.pid()])
        .says(&says);
    let says = format!("process {}, ", demo.pid());
    machine
        .run(&["status", "--gateway", &demo.pid()])
        .says(&says);
    let other = machine.run(&["status", "--config", "other.yaml"]);
    other.fails("no running gateway has the configuration other.yaml");

    // Nothing here says which one.
    fs::rename(
        machine.0.path().join("config.yaml"),
        machine.0.path().join("moved.yaml"),
    )
    .unwrap();
    let unclear = machine.run(&["status"]);
    unclear.fails("several gateways run");
    for gateway in [&demo, &here] {
        unclear.fails(&format!("--gateway {}", gateway.pid()));
    }
}

#[test]
fn what_a_killed_gateway_leaves_is_cleared_away() {
    let machine = Machine::new();
    machine.demo().kill();
    assert_eq!(machine.run_files().len(), 1);
    machine.run(&["status"]).fails("`cliproxy serve` starts");
    assert_eq!(machine.run_files().len(), 0);

    // The next start clears it away too.
    machine.demo().kill();
    let left = machine.run_files();
    assert_eq!(left.len(), 1);
    let _next = machine.serve("config.yaml");
    let since = Instant::now();
    while left[0].exists() {
        assert!(since.elapsed() < PATIENCE, "{left:?}");
        thread::yield_now();
    }
}

#[test]
fn a_gateway_that_cannot_say_that_it_runs_serves_all_the_same() {
    let machine = Machine::new();
    fs::write(machine.0.path().join("state"), "").unwrap();
    let mut gateway = machine.serve("config.yaml");
    let (code, written) = gateway.stop();
    assert_eq!(code, Some(0), "{written}");
    let warnings: Vec<&str> = written
        .lines()
        .filter(|line| line.contains("WARN"))
        .collect();
    let [warning] = warnings[..] else {
        panic!("{written}");
    };
    assert!(warning.contains("`cliproxy explain`, `status` and `reset` will not find"));
    assert!(warning.contains("state-dir"), "{warning}");
}
