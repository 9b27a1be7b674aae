//! What a recorded reply is, as its members say.

use cliproxy_core::Protocol;
use cliproxy_json::Value;

/// Whether an upstream of `protocol` would say this: a body, or the data of an event. Errors look alike
/// in all protocols, and are everybody's.
pub(super) fn is_of(protocol: Protocol, said: Value<'_>) -> bool {
    let said = match protocol {
        Protocol::Gemini => first(said),
        _ => said,
    };
    let has = |names: &[&str]| names.iter().any(|name| said.get(name).is_some());
    let begins = |name: &str, starts: &[&str]| {
        let word = said.get(name).and_then(|value| value.as_str());
        word.is_some_and(|word| starts.iter().any(|start| word.starts_with(start)))
    };
    has(&["error"])
        || match protocol {
            Protocol::Chat => has(&["choices"]) || begins("object", &["chat.completion"]),
            Protocol::Responses => {
                begins("type", &["response.", "error"]) || begins("object", &["response"])
            }
            Protocol::Claude => begins("type", &["message", "content_block_", "ping", "error"]),
            // Code Assist wraps what Gemini says.
            Protocol::Gemini => {
                let of_gemini = ["candidates", "promptFeedback", "usageMetadata"];
                let wrapped = said.get("response").unwrap_or(said);
                of_gemini.iter().any(|name| wrapped.get(name).is_some())
            }
        }
}

/// Without `alt=sse` Google streams one JSON array.
fn first(said: Value<'_>) -> Value<'_> {
    said.elements().next().unwrap_or(said)
}

/// What to say of a recording that is not of the protocol the command line names.
pub(super) fn mistaken(from: Protocol, said: Value<'_>) -> String {
    let other = Protocol::ALL.into_iter();
    match other.into_iter().find(|other| is_of(*other, said)) {
        Some(other) => format!("no reply of {from}: it looks like one of {other}; check --from"),
        None => format!("no reply of {from}; check --from"),
    }
}

/// What to say of a recording that is no request of `client`, whom `flag` of the command line names;
/// `None` if it may be one. What has no messages at all is told by whoever reads it.
pub(super) fn mistaken_request(client: Protocol, said: Value<'_>, flag: &str) -> Option<String> {
    let has = |name: &str| said.get(name).is_some() || said.at(&["request", name]).is_some();
    let is_of = |client: Protocol| match client {
        // Bodies of Responses are taken on its path.
        Protocol::Chat => has("messages") || has("input") || has("instructions"),
        Protocol::Claude => has("messages"),
        Protocol::Gemini => has("contents"),
        Protocol::Responses => has("input") || has("instructions"),
    };
    if is_of(client) {
        return None;
    }
    let of_reply = Protocol::ALL.into_iter().find(|of| self::is_of(*of, said));
    let others = ["messages", "contents", "input"].map(&has);
    let looks = match (others, of_reply) {
        ([true, ..], _) => "it looks like one of chat or claude",
        ([_, true, _], _) => "it looks like one of gemini",
        ([.., true], _) => "it looks like one of responses",
        (_, Some(of)) => {
            return Some(format!(
                "no request of {client}: it looks like a reply of {of}, which is translated with --reply"
            ));
        }
        (_, None) => return None,
    };
    Some(format!("no request of {client}: {looks}; check {flag}"))
}

/// Whether it consists of events.
pub(super) fn is_event_stream(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let starts: [&[u8]; 4] = [b"data:", b"event:", b"id:", b": "];
    starts.iter().any(|start| text.starts_with(start))
}

/// The model that a reply, or an event of it, says it is of.
pub(super) fn model(said: Value<'_>) -> Option<String> {
    let said = first(said);
    let names = ["model", "modelVersion"];
    let wrapped = ["response", "message"].map(|name| said.get(name));
    let mut values = [Some(said)].into_iter().chain(wrapped).flatten();
    values.find_map(|value| {
        let mut found = names.iter().filter_map(|name| value.get(name)?.as_str());
        found
            .find(|name| !name.is_empty())
            .map(|name| name.into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::{is_event_stream, is_of, mistaken, mistaken_request, model};
    use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
    use cliproxy_json::Value;

    #[test]
    fn a_recording_tells_whose_it_is_and_of_which_model() {
        let check = |text: &str, expected: &[Protocol], named: Option<&str>| {
            let said = Value::parse(text).unwrap();
            let of = Protocol::ALL.into_iter().filter(|it| is_of(*it, said));
            assert_eq!(of.collect::<Vec<_>>(), expected, "{text}");
            assert_eq!(model(said).as_deref(), named, "{text}");
        };
        check(r#"{"choices":[],"model":"m"}"#, &[Chat], Some("m"));
        check(
            r#"{"object":"response","output":[],"model":"m"}"#,
            &[Responses],
            Some("m"),
        );
        check(
            r#"{"type":"response.created","response":{"model":"m"}}"#,
            &[Responses],
            Some("m"),
        );
        check(
            r#"{"type":"message_start","message":{"model":"m"}}"#,
            &[Claude],
            Some("m"),
        );
        check(
            r#"{"candidates":[],"modelVersion":"m"}"#,
            &[Gemini],
            Some("m"),
        );
        check(
            r#"{"response":{"candidates":[],"modelVersion":"m"}}"#,
            &[Gemini],
            Some("m"),
        );
        check(
            r#"[{"candidates":[],"modelVersion":"m"},{}]"#,
            &[Gemini],
            Some("m"),
        );
        check(r#"{"error":{}}"#, &Protocol::ALL, None);
        check(r#"{"model":""}"#, &[], None);
        check("[]", &[], None);
    }

    #[test]
    fn a_request_tells_whose_it_is() {
        let check = |client, text: &str, expected: Option<&str>| {
            let said = mistaken_request(client, Value::parse(text).unwrap(), "--from");
            assert_eq!(said.as_deref(), expected, "{text}");
        };
        let messages = r#"{"messages":[]}"#;
        check(Chat, messages, None);
        check(Claude, messages, None);
        check(Chat, r#"{"input":""}"#, None);
        check(Gemini, r#"{"request":{"contents":[]}}"#, None);
        check(Gemini, "{}", None);
        check(
            Gemini,
            messages,
            Some("no request of gemini: it looks like one of chat or claude; check --from"),
        );
        check(
            Claude,
            r#"{"contents":[]}"#,
            Some("no request of claude: it looks like one of gemini; check --from"),
        );
        check(
            Claude,
            r#"{"input":[]}"#,
            Some("no request of claude: it looks like one of responses; check --from"),
        );
        check(
            Responses,
            r#"{"choices":[]}"#,
            Some(
                "no request of responses: it looks like a reply of chat, which is translated with --reply",
            ),
        );
        assert!(is_event_stream(b"\ndata: {}\n\n"));
        assert!(!is_event_stream(b"{}"));
    }

    #[test]
    fn a_wrong_protocol_is_put_right() {
        let check = |text: &str, expected: &str| {
            assert_eq!(mistaken(Gemini, Value::parse(text).unwrap()), expected);
        };
        check(
            r#"{"choices":[]}"#,
            "no reply of gemini: it looks like one of chat; check --from",
        );
        check("{}", "no reply of gemini; check --from");
    }
}
