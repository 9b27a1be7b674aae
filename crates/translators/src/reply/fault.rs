//! What has gone wrong in a reply that began as a success.
//!
//! | what came | status | code |
//! | --- | --- | --- |
//! | an error of the upstream | what it says or is known to stand for, else 500 (`failure`) | the upstream's |
//! | … that names an overload (`overloaded`, `server_is_overloaded`, `slow_down`, `UNAVAILABLE`) | 529 | the upstream's |
//! | … that says no status, and names `insufficient_quota` | 402: it is about money, and no delay mends it | the upstream's |
//! | data that is not JSON | 502 | |
//! | a stream that closes before its logical end | 502 | |
//!
//! 529 is Anthropic's own; its clients know an overload by it, and everybody else is shown 503.

use super::Fault;
use crate::{
    failure::{UNNAMED, stated_status, status_of, status_of_wording},
    read_error::ErrorText,
};
use cliproxy_json::Value;
use std::borrow::Cow;

impl<'a> Fault<'a> {
    /// Reads an error event, or a document with an error in it, of any protocol.
    pub(crate) fn read(document: Value<'a>) -> Self {
        let text = ErrorText::read(document);
        let names = [text.code.as_deref(), text.kind.as_deref()];
        let is_unpaid = names.contains(&Some("insufficient_quota"));
        Self {
            status: match is_unpaid && stated_status(document).is_none() {
                true => 402,
                false => text.status(status_of(document, &text)),
            },
            code: text.code,
            message: text.message,
            is_quoted: true,
        }
    }

    /// The data of an event that is not JSON; of an `error` event it is the message.
    pub(crate) fn unreadable(name: Option<&str>, data: &'a str) -> Self {
        match name {
            Some("error") => Self {
                status: status_of_wording(data).unwrap_or(UNNAMED),
                code: None,
                message: Cow::Borrowed(data),
                is_quoted: true,
            },
            _ => Self::gateway("the upstream sent data that is not JSON"),
        }
    }

    /// A body without what makes it a reply.
    pub(crate) const fn no_reply() -> Self {
        Self::gateway("the upstream sent no reply")
    }

    pub(crate) const fn cut_off() -> Self {
        Self::gateway("upstream stream ended before completion")
    }

    /// An ending that is a failure: a reason without a message.
    pub(crate) const fn ended(status: u16) -> Self {
        Self {
            status,
            code: None,
            message: Cow::Borrowed("the upstream ended the reply with an error"),
            is_quoted: false,
        }
    }

    const fn gateway(message: &'static str) -> Self {
        Self {
            status: 502,
            code: None,
            message: Cow::Borrowed(message),
            is_quoted: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fault;
    use cliproxy_json::Value;

    #[track_caller]
    fn check(document: &str, status: u16, code: Option<&str>, message: &str) {
        let fault = Fault::read(Value::parse(document).unwrap());
        let read = (fault.status, fault.code.as_deref(), &*fault.message);
        assert_eq!(read, (status, code, message), "{document}");
    }

    #[test]
    fn errors_of_every_protocol_are_read() {
        check(
            r#"{"error":{"message":"slow","type":"rate_limit_error"}}"#,
            429,
            Some("rate_limit_error"),
            "slow",
        );
        check(r#"{"error":"busy"}"#, 500, None, "busy");
        check(
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            529,
            Some("overloaded_error"),
            "Overloaded",
        );
        check(
            r#"{"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded","message":"try again in 11s"}}}"#,
            429,
            Some("rate_limit_exceeded"),
            "try again in 11s",
        );
        check(
            r#"[{"error":{"code":503,"status":"UNAVAILABLE","message":"x"}}]"#,
            529,
            Some("UNAVAILABLE"),
            "x",
        );
    }

    #[test]
    fn an_overload_is_told_apart_from_other_503s() {
        let error = |code| format!(r#"{{"error":{{"code":"{code}","message":"x"}}}}"#);
        check(&error("overloaded"), 529, Some("overloaded"), "x");
        check(&error("slow_down"), 529, Some("slow_down"), "x");
        check(
            &error("server_is_overloaded"),
            529,
            Some("server_is_overloaded"),
            "x",
        );
        check(
            &error("service_unavailable"),
            503,
            Some("service_unavailable"),
            "x",
        );
    }

    #[test]
    fn a_quota_is_about_money_unless_the_upstream_says_otherwise() {
        let failed =
            |error: &str| format!(r#"{{"type":"response.failed","response":{{"error":{error}}}}}"#);
        let code = r#"{"code":"insufficient_quota","message":"x"}"#;
        check(&failed(code), 402, Some("insufficient_quota"), "x");
        let kind = r#"{"error":{"type":"insufficient_quota","code":null,"message":"x"}}"#;
        check(kind, 402, Some("insufficient_quota"), "x");
        let stated = r#"{"status":429,"error":{"code":"insufficient_quota","message":"x"}}"#;
        check(stated, 429, Some("insufficient_quota"), "x");
        let limit = r#"{"error":{"code":"usage_limit_reached","message":"x"}}"#;
        check(limit, 429, Some("usage_limit_reached"), "x");
    }

    #[test]
    fn data_that_is_not_json_is_a_bad_gateway() {
        let check = |name, data, status, message: &str| {
            let fault = Fault::unreadable(name, data);
            assert_eq!((fault.status, &*fault.message), (status, message), "{data}");
        };
        check(
            None,
            "<html>",
            502,
            "the upstream sent data that is not JSON",
        );
        check(Some("error"), "oh no", 500, "oh no");
        check(
            Some("error"),
            "the model is at capacity",
            429,
            "the model is at capacity",
        );
    }
}
