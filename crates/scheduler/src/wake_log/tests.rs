//! What a reader of the log gets to hear.

use cliproxy_core::CredentialId;

use super::{KEPT, Missed, Wake, WakeLog};

fn names(log: &WakeLog, seen: &mut u64) -> Result<Vec<String>, Missed> {
    let mut names = Vec::new();
    log.catch_up(seen, |wake| names.push(name_of(wake)))?;
    Ok(names)
}

fn log_of(range: std::ops::Range<usize>, log: &WakeLog) -> Vec<String> {
    let names: Vec<_> = range.map(|number| number.to_string()).collect();
    for name in &names {
        log.push(Wake::Credential(CredentialId::from(name.as_str())));
    }
    names
}

#[test]
fn each_name_is_heard_once_and_in_order() {
    let log = WakeLog::default();
    let mut seen = log.count();
    assert_eq!(names(&log, &mut seen), Ok(vec![]));
    for range in [0..3, 3..KEPT, KEPT..2 * KEPT] {
        let pushed = log_of(range, &log);
        assert_eq!(names(&log, &mut seen), Ok(pushed));
        assert_eq!(names(&log, &mut seen), Ok(vec![]));
    }
}

#[test]
fn a_reader_that_fell_behind_is_told_so_once() {
    let log = WakeLog::default();
    let mut seen = log.count();
    log_of(0..KEPT + 1, &log);
    assert_eq!(names(&log, &mut seen), Err(Missed));
    let pushed = log_of(0..2, &log);
    assert_eq!(names(&log, &mut seen), Ok(pushed));
}

fn name_of(wake: &Wake) -> String {
    match wake {
        Wake::Credential(credential) => credential.to_string(),
        Wake::Upstream => "upstream".into(),
    }
}
