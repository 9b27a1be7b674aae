//! Every file below `fixtures/` is a case, and this walks them: a new file is a new case.
//!
//! A case is an input, the context of the translation, and what has to come out. JSON is compared by
//! value. `fixtures/README.md` says what the members of a file mean.

pub(crate) mod bounds;
mod compare;
pub(crate) mod context;
mod native;
mod proofs;
pub(crate) mod reply;
mod request;
mod unit;

use compare::compare;
use serde_json::{Map, Value};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// One file.
pub(crate) struct Case {
    /// Its folder and name: `chat__claude/req_basic`.
    pub(crate) name: String,
    pub(crate) json: Value,
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let folder = path.parent().and_then(Path::file_name).unwrap();
        let stem = path.file_stem().unwrap();
        Self {
            name: format!("{}/{}", folder.display(), stem.display()),
            json: serde_json::from_str(&text).unwrap(),
        }
    }

    fn folder(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.json[key].as_str().unwrap_or_default()
    }

    /// What comes out of the translation.
    fn actual(&self) -> Result<Value, String> {
        let from = || context::protocol(self.text("from"));
        let to = || context::protocol(self.text("to"));
        match self.text("direction") {
            "request" if from()? == to()? => native::actual(self, from()?),
            "request" => request::actual(self, from()?, to()?),
            "request-bytes" => native::bytes(self, from()?),
            "stream-bytes" => native::stream(self, from()?),
            "response" => reply::body(self, from()?, to()?),
            "stream" => reply::stream(self, from()?, to()?),
            "unit" => unit::actual(self),
            direction => Err(format!("nothing runs {direction}")),
        }
    }

    fn run(&self) -> Result<(), String> {
        if self.is_sent() && self.json.get("report").is_none() {
            return Err("it has no report, and is not listed in lossless.txt".to_owned());
        }
        compare(&self.json, &self.actual()?)
    }

    /// A request that is not refused.
    fn is_sent(&self) -> bool {
        let is_refused = self.json["expected"].get("$reject").is_some();
        self.text("direction").starts_with("request") && !is_refused
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

pub(crate) fn cases() -> Vec<Case> {
    let folders = fs::read_dir(fixtures()).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path());
    let files = folders.filter(|path| path.is_dir()).flat_map(|folder| {
        let files = fs::read_dir(folder).unwrap();
        files.map(|entry| entry.unwrap().path())
    });
    let mut files: Vec<_> = files.collect();
    files.sort();
    let mut cases: Vec<_> = files.iter().map(|path| Case::read(path)).collect();
    for name in lossless().lines() {
        let found = cases.iter_mut().find(|case| case.name == name);
        let case = found.unwrap_or_else(|| panic!("lossless.txt: no case is called {name}"));
        let report = case.json.as_object_mut().unwrap();
        let before = report.insert("report".to_owned(), Value::Object(Map::new()));
        assert!(before.is_none(), "lossless.txt: {name} has a report");
    }
    cases
}

/// The cases whose files are kept as they came and say nothing of losses: there are none.
fn lossless() -> String {
    fs::read_to_string(fixtures().join("lossless.txt")).unwrap()
}

#[test]
fn every_fixture_holds() {
    let wrong = cases().into_iter().filter_map(|case| {
        let difference = case.run().err()?;
        Some(format!("{}: {difference}", case.name))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
