//! Requests: what is sent to the upstream, what is refused, and what is reported.

use super::{Case, context};
use crate::{
    finish::Account,
    hub::{self, ClientContext},
    rejection::Rejection,
    replay::NoReplay,
    request_ir::Losses,
    translate::Report,
};
use cliproxy_core::{Protocol, parse_suffix};
use cliproxy_json::{Body, Value as Json};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn actual(case: &Case, from: Protocol, to: Protocol) -> Result<Value, String> {
    let text = case.json["input"].to_string();
    let whole = Body::new(text.into()).map_err(|error| error.to_string())?;
    let body = whole.root();
    let cx = &case.json["context"];
    let asked = cx["client_model"].as_str();
    let asked = asked.or_else(|| case.json["input"]["model"].as_str());
    let asked = asked.unwrap_or("m");
    let suffixed = parse_suffix(asked);
    let client = ClientContext {
        model: suffixed.name,
        streams: false,
        is_enveloped: cx["client_dialect"] == json!("code-assist"),
        suffix: suffixed.suffix.and_then(context::suffix),
        effort_only: false,
    };
    let upstream = cx["upstream_model"].as_str().unwrap_or(suffixed.name);
    let capabilities = context::capabilities(&cx["caps"], to);
    let profile = context::profile(case, to)?;
    let target = context::target(case, (from, to), upstream, &profile, &capabilities);
    let client = ClientContext {
        effort_only: context::is_effort_only(&capabilities),
        ..client
    };
    match hub::translate_request(from, body, &client, &target, &NoReplay) {
        Ok(hub::Translated {
            body: out, losses, ..
        }) => {
            reported(case, losses, &whole, client.is_enveloped)?;
            let account = Account {
                project: cx["project"].as_str(),
                ..Account::default()
            };
            let out = out.finish(&account).body.to_bytes();
            serde_json::from_slice(&out)
                .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&out)))
        }
        Err(rejection) => rejected(case, &rejection, body, client.is_enveloped),
    }
}

/// Whether the losses are those that the case lists: paths, and where it says them, their classes.
pub(super) fn reported(
    case: &Case,
    losses: Losses,
    body: &Body,
    is_enveloped: bool,
) -> Result<(), String> {
    let report = &case.json["report"];
    let lost = Report::new(losses, body.root()).losses(body);
    for (key, is_dropped) in [("dropped", true), ("changed", false)] {
        let tells_classes = !report[key].is_array();
        let found = lost.iter().filter(|loss| loss.is_dropped == is_dropped);
        let found = found.map(|loss| {
            let path = strip(is_enveloped, &loss.path);
            told(&path, tells_classes.then(|| loss.class.as_str()))
        });
        let wanted: BTreeSet<String> = match &report[key] {
            Value::Array(paths) => {
                let paths = paths.iter().filter_map(Value::as_str);
                paths.map(|path| told(path, None)).collect()
            }
            Value::Object(classes) => {
                let classes = classes.iter();
                classes
                    .map(|(path, class)| told(path, class.as_str()))
                    .collect()
            }
            _ => BTreeSet::new(),
        };
        let found: BTreeSet<String> = found.collect();
        if found != wanted {
            return Err(format!("{key} is {found:?}, not {wanted:?}"));
        }
    }
    Ok(())
}

fn told(path: &str, class: Option<&str>) -> String {
    match class {
        Some(class) => format!("{path} ({class})"),
        None => path.to_owned(),
    }
}

/// A refusal as a case has it.
pub(super) fn rejected(
    case: &Case,
    rejection: &Rejection,
    body: Json<'_>,
    is_enveloped: bool,
) -> Result<Value, String> {
    let wanted = &case.json["expected"]["$reject"];
    let code = match wanted["code"] {
        Value::Null => Value::Null,
        _ => json!(rejection.code()),
    };
    let param = rejection.param(body).map(|path| strip(is_enveloped, &path));
    if wanted.is_null() {
        return Err(format!("refused: {rejection} ({param:?})"));
    }
    Ok(json!({"$reject": {"http": 400, "code": code, "param": param}}))
}

/// Paths begin inside the envelope.
fn strip(is_enveloped: bool, path: &str) -> String {
    let inner = path.strip_prefix("request.").filter(|_| is_enveloped);
    inner.unwrap_or(path).to_owned()
}
