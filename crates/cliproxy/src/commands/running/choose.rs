//! Which of the gateways that run is meant.

use crate::screen::{Cell, Column, Paint, Table, plain};
use cliproxy_management::RunRecord;
use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

/// What the user has said about it.
#[derive(Debug)]
pub(super) enum Wish {
    /// The one of this configuration.
    Config(PathBuf),
    /// The one of the configuration that `serve` would find, or the only one.
    Here(Option<PathBuf>),
    /// The one with this number.
    Pid(u32),
}

/// Why none was chosen.
#[derive(Debug)]
pub(super) enum Unclear {
    /// None is the one that is meant; these run.
    NoneOf {
        wish: String,
        running: Vec<RunRecord>,
    },
    /// None runs, as far as can be seen in these directories.
    NoneRuns(Vec<PathBuf>),
    /// Each of these may be meant.
    Several(Vec<RunRecord>),
}

/// The one that is meant, of those that were found where was looked.
pub(super) fn choose(
    running: Vec<RunRecord>,
    looked: Vec<PathBuf>,
    wish: &Wish,
) -> Result<RunRecord, Unclear> {
    if running.is_empty() {
        return Err(Unclear::NoneRuns(looked));
    }
    let (meant, named): (Vec<RunRecord>, _) = match wish {
        Wish::Config(file) => {
            let meant = of_config(&running, file);
            let file = plain(&file.display().to_string());
            (
                meant,
                Some(format!("no running gateway has the configuration {file}")),
            )
        }
        Wish::Here(Some(file)) => (of_config(&running, file), None),
        Wish::Here(None) => (Vec::new(), None),
        Wish::Pid(pid) => {
            let meant = running.iter().filter(|record| record.pid == *pid);
            let wish = format!("no running gateway has the process number {pid}");
            (meant.cloned().collect(), Some(wish))
        }
    };
    let candidates = match named {
        Some(wish) if meant.is_empty() => return Err(Unclear::NoneOf { wish, running }),
        None if meant.is_empty() => running,
        _ => meant,
    };
    match <[RunRecord; 1]>::try_from(candidates) {
        Ok([one]) => Ok(one),
        Err(several) => Err(Unclear::Several(several)),
    }
}

fn of_config(running: &[RunRecord], file: &Path) -> Vec<RunRecord> {
    let meant = running.iter().filter(|record| is_of(record, file));
    meant.cloned().collect()
}

/// Whether a gateway has this configuration.
pub(super) fn is_of(record: &RunRecord, file: &Path) -> bool {
    let theirs = Path::new(&record.config);
    let real = fs::canonicalize(file).ok();
    // A link on the way may have been followed on one side only.
    Some(theirs) == std::path::absolute(file).ok().as_deref()
        || real.is_some() && fs::canonicalize(theirs).ok() == real
}

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoneOf { wish, running } => {
                write!(f, "{wish}; these run:\n{}", flags(running))
            }
            Self::NoneRuns(looked) => {
                let looked = looked.iter().map(|path| plain(&path.display().to_string()));
                let looked: Vec<String> = looked.collect();
                write!(
                    f,
                    "no gateway of this user is running (looked in {}); `cliproxy serve` starts \
                     one, and `cliproxy demo` one that needs no configuration",
                    looked.join(" and ")
                )
            }
            Self::Several(running) => {
                write!(
                    f,
                    "several gateways run; say which one:\n{}",
                    flags(running)
                )
            }
        }
    }
}

impl std::error::Error for Unclear {}

/// What to add to the command line for each.
fn flags(running: &[RunRecord]) -> String {
    let mut table = Table::new([
        Column::Words("to ask it"),
        Column::Words("listens on"),
        Column::Words("configuration"),
    ]);
    for record in running {
        table.row([
            Cell::new(&format!("--gateway {}", record.pid)),
            Cell::new(&record.address),
            Cell::new(&record.config),
        ]);
    }
    table.render("  ", Paint::Nothing).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Unclear, Wish, choose};
    use cliproxy_core::Secret;
    use cliproxy_management::RunRecord;
    use std::{fs, os::unix::fs::symlink, path::PathBuf};

    fn record(pid: u32, config: &str) -> RunRecord {
        RunRecord {
            pid,
            started_ms: 1,
            config: config.to_owned(),
            address: format!("127.0.0.1:{pid}"),
            control: ([127, 0, 0, 1], 9).into(),
            token: Secret::from("canary"),
        }
    }

    fn check(running: &[(u32, &str)], wish: &Wish, expected: Result<u32, &str>) {
        let running = running.iter().map(|(pid, config)| record(*pid, config));
        let chosen = choose(running.collect(), vec![PathBuf::from("/state/run")], wish);
        let case = format!("{wish:?} {chosen:?}");
        match (chosen, expected) {
            (Ok(chosen), Ok(pid)) => assert_eq!(chosen.pid, pid, "{case}"),
            (Err(unclear), Err(part)) => {
                let text = unclear.to_string();
                assert!(text.contains(part), "{text}");
                assert!(!text.contains("canary"), "{text}");
            }
            _ => panic!("{case}"),
        }
    }

    const TWO: &[(u32, &str)] = &[(1, "/a.yaml"), (2, "demo")];
    const TWINS: &[(u32, &str)] = &[(1, "/a.yaml"), (2, "/a.yaml"), (3, "demo")];

    #[test]
    fn the_one_with_the_number() {
        check(TWO, &Wish::Pid(2), Ok(2));
        check(TWINS, &Wish::Pid(1), Ok(1));
        check(TWO, &Wish::Pid(3), Err("has the process number 3"));
        check(&[], &Wish::Pid(3), Err("`cliproxy serve` starts one"));
    }

    #[test]
    fn the_one_with_the_configuration() {
        let of = |file: &str| Wish::Config(PathBuf::from(file));
        check(TWO, &of("/a.yaml"), Ok(1));
        check(TWO, &of("/b.yaml"), Err("has the configuration /b.yaml"));
        check(TWINS, &of("/a.yaml"), Err("several gateways run"));
        check(
            &[],
            &of("/a.yaml"),
            Err("is running (looked in /state/run)"),
        );
        // A file of that name is none of its own.
        check(TWO, &of("demo"), Err("has the configuration demo"));
    }

    #[test]
    fn the_one_that_serve_would_start_here_or_the_only_one() {
        let here = |file: &str| Wish::Here(Some(PathBuf::from(file)));
        check(TWO, &here("/a.yaml"), Ok(1));
        check(TWINS, &here("/a.yaml"), Err("--gateway 1"));
        check(TWO, &here("/b.yaml"), Err("several gateways run"));
        check(&[(2, "demo")], &here("/b.yaml"), Ok(2));
        check(&[(2, "demo")], &Wish::Here(None), Ok(2));
        check(TWO, &Wish::Here(None), Err("several gateways run"));
        check(
            &[],
            &Wish::Here(None),
            Err("is running (looked in /state/run)"),
        );
    }

    #[test]
    fn links_lead_to_the_same_file() {
        let directory = tempfile::tempdir().unwrap();
        let [real, link] = ["real.yaml", "link.yaml"].map(|name| directory.path().join(name));
        fs::write(&real, "").unwrap();
        symlink(&real, &link).unwrap();
        for (theirs, ours) in [(&real, &link), (&link, &real)] {
            let theirs = theirs.to_str().unwrap();
            check(
                &[(1, theirs), (2, "demo")],
                &Wish::Config(ours.clone()),
                Ok(1),
            );
        }
    }

    #[test]
    fn those_that_run_are_listed_with_the_flag_to_use() {
        let unclear = Unclear::Several(vec![record(1, "/a\u{1b}.yaml"), record(20, "demo")]);
        assert_eq!(
            unclear.to_string(),
            "several gateways run; say which one:
  to ask it     listens on    configuration
  --gateway 1   127.0.0.1:1   /a\\u{1b}.yaml
  --gateway 20  127.0.0.1:20  demo"
        );
    }
}
