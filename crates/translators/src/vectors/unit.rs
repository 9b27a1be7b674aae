//! The cases of single functions: a list or table of inputs, and what they become.
//!
//! One module per folder, so that what is tested stands beside nothing else.

mod count_tokens;
mod errors;
mod finish;
mod helpers;
mod ids;
mod schema;
mod thinking;
mod usage;

use super::Case;
use serde_json::Value;

pub(super) fn actual(case: &Case) -> Result<Value, String> {
    match case.folder() {
        "count_tokens" => count_tokens::actual(case),
        "errors" => errors::actual(case),
        "finish" => finish::actual(case),
        "helpers" => helpers::actual(case),
        "ids" => ids::actual(case),
        "schema" => schema::actual(case),
        "thinking" => thinking::actual(case),
        "usage" => usage::actual(case),
        other => Err(format!("nothing runs {other}")),
    }
}

/// What becomes of each element of a list, when each is a case of its own.
fn each(case: &Case, one: impl Fn(&Value) -> Option<Value>) -> Result<Value, String> {
    let inputs = case.json["input"].as_array().ok_or("no list")?;
    let outputs = inputs.iter().map(|input| {
        let output = one(input);
        output.ok_or_else(|| format!("cannot be asked: {input}"))
    });
    outputs.collect()
}
