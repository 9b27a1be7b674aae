//! The cases of single functions: a list or table of inputs, and what they become.
//!
//! One module per folder, so that what is tested stands beside nothing else.

mod helpers;
mod ids;
mod schema;
mod thinking;

use super::Case;
use serde_json::Value;

pub(super) fn actual(case: &Case) -> Result<Value, String> {
    match case.folder() {
        "helpers" => helpers::actual(case),
        "ids" => ids::actual(case),
        "schema" => schema::actual(case),
        "thinking" => thinking::actual(case),
        other => Err(format!("nothing runs {other}")),
    }
}
