//! How a failed attempt is told of: in logs, and to clients where no upstream worded it.

use crate::secrets::without;
use bytes::Bytes;
use cliproxy_core::Secret;
use cliproxy_executors::UpstreamError;
use cliproxy_translators::read_error;
use std::{borrow::Cow, sync::Arc};

/// Longer codes and paths of upstreams are not told.
const MOST_NAME: usize = 80;

/// Names the entry in an error that no upstream worded, so that its reader knows where to look.
pub(crate) fn placed(mut error: Box<UpstreamError>, label: &str) -> Box<UpstreamError> {
    error.message = placed_message(&error, label);
    error
}

/// Its message with that name.
pub(crate) fn placed_message(error: &UpstreamError, label: &str) -> Cow<'static, str> {
    match error.answered {
        true => error.message.clone(),
        false => format!("{label}: {}", error.message).into(),
    }
}

/// Adds what an upstream calls its reason, and the place that it names: with them alone its reader knows
/// what to change. The message stays out of it, since that may quote the request; so does a name that
/// is none.
pub(crate) fn detailed(mut error: Box<UpstreamError>, secrets: &[Secret]) -> Box<UpstreamError> {
    if !error.answered {
        return error;
    }
    let Some(said) = read_error(&error.body) else {
        return error;
    };
    let names = [said.code, said.param].into_iter().flatten();
    let names: Vec<_> = names.filter(|name| is_name(name)).collect();
    if !names.is_empty() {
        let names = without(&Bytes::from(names.join(", ")), secrets);
        let names = String::from_utf8_lossy(&names);
        error.message = format!("{} ({names})", error.message).into();
    }
    error
}

/// Whether it can be a code, or a path in a body.
fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte);
    (1..=MOST_NAME).contains(&text.len()) && text.bytes().all(is_part)
}

/// `quota 429`, `transport`: for the log line.
pub(crate) fn describe(error: &UpstreamError) -> Arc<str> {
    let kind = error.kind.as_str();
    if error.answered {
        format!("{kind} {}", error.status.as_u16()).into()
    } else {
        kind.into()
    }
}
