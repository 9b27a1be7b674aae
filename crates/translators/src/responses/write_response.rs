//! The `response` object: of a body, and of the first and last events of a stream.
//!
//! What the request said and the reply repeats comes from the [`ReplyContext`]; a member that the client
//! left out has its default.

use super::write_item::Item;
use crate::reply::{ReplyContext, UsagePatch};
use cliproxy_json::ObjectWriter;

/// How far a response has come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Status<'a> {
    InProgress,
    Completed,
    /// With the reason.
    Incomplete(&'a str),
    /// With code and message.
    Failed(&'a str, &'a str),
}

impl Status<'_> {
    /// Also the name of the event, after `response.`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete(_) => "incomplete",
            Self::Failed(..) => "failed",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Response<'a> {
    /// The tail of its id.
    pub(super) tail: &'a str,
    pub(super) created: u64,
    pub(super) status: Status<'a>,
    pub(super) items: &'a [Item],
    /// `None` where it is not known yet.
    pub(super) usage: Option<UsagePatch>,
}

/// What a reply repeats of its request, with the defaults, before and after `model` and `output`.
const BEFORE: [(&str, &str); 3] = [
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("metadata", "{}"),
];
const AFTER: [(&str, &str); 3] = [
    ("parallel_tool_calls", "true"),
    ("previous_response_id", "null"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
];
const LAST: [(&str, &str); 6] = [
    ("temperature", "1"),
    ("text", r#"{"format":{"type":"text"}}"#),
    ("tool_choice", r#""auto""#),
    ("tools", "[]"),
    ("top_p", "1"),
    ("truncation", r#""disabled""#),
];

impl Response<'_> {
    pub(super) fn write(&self, cx: &ReplyContext, response: &mut ObjectWriter<'_>) {
        response.member("id", |out| {
            out.extend_from_slice(b"\"resp_");
            out.extend_from_slice(self.tail.as_bytes());
            out.push(b'"');
        });
        response.text("object", "response");
        response.number("created_at", self.created);
        response.text("status", self.status.name());
        response.boolean("background", false);
        match self.status {
            Status::Failed(code, message) => response.object("error", |error| {
                error.text("code", code);
                error.text("message", message);
            }),
            _ => response.null("error"),
        }
        match self.status {
            Status::Incomplete(reason) => response.object("incomplete_details", |details| {
                details.text("reason", reason);
            }),
            _ => response.null("incomplete_details"),
        }
        repeat(&BEFORE, cx, response);
        response.text("model", &cx.model);
        response.array("output", |output| {
            for item in self.items.iter().filter(|item| item.is_done()) {
                output.object(|object| item.write(self.tail, object));
            }
        });
        repeat(&AFTER, cx, response);
        response.boolean("store", cx.store);
        repeat(&LAST, cx, response);
        match &self.usage {
            Some(usage) => response.object("usage", |object| write_usage(usage, object)),
            None => response.null("usage"),
        }
        let own = |key: &str| {
            let mut known = BEFORE.iter().chain(&AFTER).chain(&LAST);
            known.any(|(name, _)| *name == key) || OWN.contains(&key)
        };
        for (key, value) in cx.echo.iter().filter(|(key, _)| !own(key)) {
            response.raw(key, text(value));
        }
    }
}

/// Members that are never a request's.
const OWN: [&str; 11] = [
    "id",
    "object",
    "created_at",
    "status",
    "background",
    "error",
    "incomplete_details",
    "model",
    "output",
    "store",
    "usage",
];

fn repeat(members: &[(&str, &str)], cx: &ReplyContext, response: &mut ObjectWriter<'_>) {
    for (key, default) in members {
        let said = cx.echo.iter().find(|(name, _)| name == key);
        let value = said.map_or(*default, |(_, value)| text(value));
        response.raw(key, value);
    }
}

fn text(value: &[u8]) -> &str {
    str::from_utf8(value).unwrap_or("null")
}

/// `usage`; both detail objects are always complete, since clients rely on them.
pub(crate) fn write_usage(usage: &UsagePatch, object: &mut ObjectWriter<'_>) {
    object.number("input_tokens", usage.input());
    object.object("input_tokens_details", |details| {
        details.number("cached_tokens", usage.cache_read.unwrap_or(0));
    });
    object.number("output_tokens", usage.output.unwrap_or(0));
    object.object("output_tokens_details", |details| {
        details.number("reasoning_tokens", usage.reasoning.unwrap_or(0));
    });
    object.number("total_tokens", usage.tokens());
}

#[cfg(test)]
mod tests {
    use super::{Response, Status};
    use crate::reply::ReplyContext;
    use bytes::Bytes;
    use cliproxy_core::Protocol;
    use cliproxy_json::ObjectWriter;
    use serde_json::{Value, json};

    #[test]
    fn what_the_request_said_is_repeated() {
        let mut cx = ReplyContext::new(Protocol::Responses, "m", 0);
        let said = [
            ("instructions", r#""Be short.""#),
            ("reasoning", r#"{ "effort": "low" }"#),
            ("tools", r#"[{"type":"function","name":"f"}]"#),
            ("user", r#""u""#),
        ];
        cx.echo = said
            .map(|(key, value)| (key, Bytes::from_static(value.as_bytes())))
            .to_vec();
        let response = Response {
            tail: "t",
            created: 0,
            status: Status::InProgress,
            items: &[],
            usage: None,
        };
        let mut out = Vec::new();
        ObjectWriter::write(&mut out, |object| response.write(&cx, object));
        let written: Value = serde_json::from_slice(&out).unwrap();
        for (key, value) in said {
            let value: Value = serde_json::from_str(value).unwrap();
            assert_eq!(written[key], value, "{key}");
        }
        assert_eq!(written["tool_choice"], json!("auto"));
    }
}
