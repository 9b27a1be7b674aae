//! The same protocol on both sides: the bytes that go up, and those that come back.

use super::{Case, context, request};
use crate::{
    finish::Account,
    model_span::{Part, rename},
    patch::{Native, code_assist::unwrap_code_assist, patched},
    profile::Params,
    request::requested_model,
    target::LossPolicy,
    translate::Upstream,
};
use bytes::Bytes;
use cliproxy_core::{Operation, Protocol, parse_suffix};
use cliproxy_json::Body;
use cliproxy_sse::Framer;
use serde_json::{Value, json};

/// A request whose case gives it as JSON.
pub(super) fn actual(case: &Case, protocol: Protocol) -> Result<Value, String> {
    sent(case, protocol, &case.json["input"].to_string()).and_then(|sent| match sent {
        Ok(body) => serde_json::from_slice(&body).map_err(|error| error.to_string()),
        Err(refused) => Ok(refused),
    })
}

/// A request whose case gives its bytes.
pub(super) fn bytes(case: &Case, protocol: Protocol) -> Result<Value, String> {
    sent(case, protocol, case.text("input")).map(|sent| match sent {
        Ok(body) => json!(String::from_utf8_lossy(&body)),
        Err(refused) => refused,
    })
}

/// The body that goes up, or its refusal.
fn sent(case: &Case, protocol: Protocol, text: &str) -> Result<Result<Bytes, Value>, String> {
    let cx = &case.json["context"];
    let body = Body::new(text.to_owned().into()).map_err(|error| error.to_string())?;
    let named = match protocol {
        Protocol::Gemini => None,
        _ => match requested_model(protocol, &body.head()) {
            Ok(model) => Some(model.text),
            Err(error) => {
                let param = error.param();
                return Ok(Err(json!({
                    "$reject": {"http": 400, "code": null, "param": param}
                })));
            }
        },
    };
    let asked = cx["client_model"].as_str().or(named.as_deref());
    let asked = asked.unwrap_or("m");
    let capabilities = context::capabilities(&cx["caps"], protocol);
    let profile = context::profile(case, protocol)?;
    let upstream = cx["upstream_model"].as_str();
    let native = Native {
        upstream: Upstream {
            protocol,
            profile: &profile,
            params: Params::none(),
            model: upstream.unwrap_or_else(|| parse_suffix(asked).name),
            suffix: None,
            capabilities: Some(&capabilities),
            max_output: cx["caps"]["max_output"].as_u64(),
            without_opaque: false,
        },
        asked,
        operation: Operation::Generate,
        asks_for_usage: false,
        policy: LossPolicy::Report,
    };
    let account = Account {
        project: cx["project"].as_str(),
        ..Account::default()
    };
    match patched(&body, &native) {
        Ok((encoded, losses)) => {
            request::reported(case, losses, &body, false)?;
            Ok(Ok(encoded.finish(&account).body.to_bytes()))
        }
        Err(rejection) => Ok(Err(request::rejected(
            case,
            &rejection,
            body.root(),
            false,
        )?)),
    }
}

/// A stream, frame by frame, as it is forwarded.
pub(super) fn stream(case: &Case, protocol: Protocol) -> Result<Value, String> {
    let cx = &case.json["context"];
    let client = cx["client_model"].as_str().filter(|name| {
        let upstream = cx["upstream_model"].as_str();
        upstream.is_some_and(|upstream| upstream != *name)
    });
    let is_enveloped = context::profile(case, protocol)?.is_code_assist;
    let mut framer = Framer::new(1 << 20);
    framer.push(case.text("input").to_owned().into());
    let mut out = Vec::new();
    while let Some(frame) = framer.next_frame().map_err(|error| error.to_string())? {
        let mut frame = frame.raw().clone();
        if is_enveloped && let Some(inner) = unwrap_code_assist(&frame, Part::Event) {
            frame = inner.to_bytes();
        }
        if let Some(client) = client
            && let Some(renamed) = rename(protocol, &frame, Part::Event, client)
        {
            frame = renamed.to_bytes();
        }
        out.extend_from_slice(&frame);
    }
    match framer.finish() {
        Some(_) => Err("the last event is not ended by a blank line".to_owned()),
        None => Ok(json!(String::from_utf8_lossy(&out))),
    }
}
