//! Requests: what is sent to the upstream, what is refused, and what is reported.

use super::{Case, context};
use crate::{
    hub::{self, ClientContext},
    replay::NoReplay,
    request_ir::Place,
};
use cliproxy_core::{Protocol, parse_suffix};
use cliproxy_json::Value as Json;
use serde_json::{Value, json};

pub(super) fn actual(case: &Case, from: Protocol, to: Protocol) -> Result<Value, String> {
    let text = case.json["input"].to_string();
    let body = Json::parse(&text).map_err(|error| error.to_string())?;
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
            let paths = |list: &[(Place, _)]| {
                let paths = list.iter().filter_map(|(place, _)| place.path(body));
                let mut paths: Vec<_> = paths.map(|path| strip(&client, &path)).collect();
                paths.sort();
                paths.dedup();
                paths
            };
            let dropped = paths(&losses.dropped);
            let changed = paths(&losses.changed);
            if let Some(report) = case.json.get("report") {
                let expected = |key: &str| {
                    let list = report[key].as_array().into_iter().flatten();
                    let mut paths: Vec<_> = list.filter_map(Value::as_str).collect();
                    paths.sort_unstable();
                    paths.into_iter().map(str::to_owned).collect::<Vec<_>>()
                };
                let wanted = (expected("dropped"), expected("changed"));
                if wanted != (dropped.clone(), changed.clone()) {
                    return Err(format!("report {dropped:?} {changed:?}, not {wanted:?}"));
                }
            }
            serde_json::from_slice(&out)
                .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&out)))
        }
        Err(rejection) => {
            let wanted = &case.json["expected"]["$reject"];
            let code = match wanted["code"] {
                Value::Null => Value::Null,
                _ => json!(rejection.code()),
            };
            let param = rejection.param(body).map(|path| strip(&client, &path));
            if wanted.is_null() {
                return Err(format!("refused: {rejection} ({param:?})"));
            }
            Ok(json!({"$reject": {"http": 400, "code": code, "param": param}}))
        }
    }
}

/// Paths begin inside the envelope.
fn strip(client: &ClientContext<'_>, path: &str) -> String {
    let inner = path
        .strip_prefix("request.")
        .filter(|_| client.is_enveloped);
    inner.unwrap_or(path).to_owned()
}
