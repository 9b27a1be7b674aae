//! Requests to upstreams that speak another protocol, and what clients read of them.

use crate::{
    heard::{normal_end, pairs, said, streamed},
    rig::{Ask, Rig, entries, entry, limited, refusing, s, section, soon, upstream},
};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::Behaviour;
use http::{HeaderMap, HeaderValue, StatusCode, header};

#[tokio::test]
async fn every_client_reaches_every_upstream() {
    for (client, speaks) in pairs() {
        let upstream = upstream([Behaviour::Answer]);
        let rig = Rig::new(&entries(&upstream, speaks, "a"));
        for streams in [false, true] {
            let answer = rig.send(&Ask::new(client, "m", streams)).await;
            let case = format!("{client} to {speaks}, stream {streams}");
            assert_eq!(answer.status, 200, "{case}: {answer:?}");
            let (text, end) = match streams {
                true => streamed(client, &answer),
                false => said(client, &answer.json()),
            };
            assert_eq!(
                text, "scripted reply from a to: hello",
                "{case}: {answer:?}"
            );
            assert_eq!(end, normal_end(client), "{case}: {answer:?}");
            let kind = match streams {
                true => "text/event-stream",
                false => "application/json",
            };
            assert!(answer.header("content-type").starts_with(kind), "{case}");
        }
    }
}

/// Nothing is lost on the way through who speaks the client's own protocol; priority comes first.
#[tokio::test]
async fn who_speaks_the_clients_protocol_is_asked_first() {
    let upstream = upstream([Behaviour::Answer, Behaviour::Answer, Behaviour::Answer]);
    let base = upstream.base_url();
    let of = |protocol, key: &str, more: &str| {
        let entry = entry(protocol, &base, key, "m", more);
        format!("{}:\n{entry}", section(protocol))
    };
    let check = async |claude: &str, asks: Protocol, expected: [&str; 3]| {
        let yaml = of(Protocol::Claude, "a", claude) + &of(Protocol::Chat, "b", "");
        let rig = Rig::new(&(yaml + &of(Protocol::Responses, "c", "")));
        let mut served = rig.served(&Ask::new(asks, "m", false), 3).await;
        served.sort();
        assert_eq!(served, expected, "{asks}, {claude}");
    };
    check("", Protocol::Claude, ["a", "a", "a"]).await;
    check("", Protocol::Chat, ["b", "b", "b"]).await;
    check("", Protocol::Responses, ["c", "c", "c"]).await;
    check("", Protocol::Gemini, ["a", "b", "c"]).await;
    check("priority: 1", Protocol::Chat, ["a", "a", "a"]).await;
    check("priority: -1", Protocol::Claude, ["b", "b", "c"]).await;
}

/// Some vendors tell why a reply has ended and keep the connection.
#[tokio::test]
async fn a_finished_stream_ends_although_its_upstream_stays() {
    let raw = upstream([Behaviour::Answer]);
    let rig = Rig::new(&entries(&raw, Protocol::Chat, "a"));
    let whole = rig.send(&Ask::new(Protocol::Chat, "m", true)).await.text();
    // Everything but `[DONE]`.
    let events = whole.matches("data: ").count() - 1;
    let upstream = upstream([Behaviour::StallAfter(events)]);
    let rig = Rig::new(&entries(&upstream, Protocol::Chat, "a"));
    for client in [Protocol::Claude, Protocol::Responses] {
        let answer = Box::pin(soon(rig.send(&Ask::new(client, "m", true)))).await;
        let (text, end) = streamed(client, &answer);
        assert_eq!(text, "scripted reply from a to: hello", "{answer:?}");
        assert_eq!(end, normal_end(client), "{answer:?}");
    }
}

/// What an upstream refuses, as a client of another protocol reads it: the status, and the names there.
#[tokio::test]
async fn a_refusal_is_worded_in_the_clients_protocol() {
    use Protocol::{Chat, Claude, Gemini, Responses};
    const OVERLOADED: &str =
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    const TOO_LONG: &str = r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}"#;
    const COUNTED: &str = r#"{"error":{"code":400,"message":"The input token count (9) exceeds the maximum number of tokens allowed (8).","status":"INVALID_ARGUMENT"}}"#;
    const LIMITED: &str = r#"{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}"#;
    const BUSY: &str =
        r#"{"error":{"message":"busy","type":"server_error","code":"server_is_overloaded"}}"#;
    const INVALID: &str =
        r#"{"error":{"message":"no","type":"invalid_request_error","code":"invalid_prompt"}}"#;
    const SECRET: &str = r#"{"error":{"message":"Incorrect API key provided: sk-proj-abcdefghijklmnopqrstuvwxyz0123456789","type":"invalid_request_error","code":"invalid_api_key"}}"#;
    const MUTE: &str = r#"{"whatever":1}"#;
    let cases = [
        (
            Claude,
            529,
            OVERLOADED,
            Chat,
            503,
            "server_error",
            "overloaded",
        ),
        (
            Claude,
            529,
            OVERLOADED,
            Responses,
            503,
            "server_error",
            "server_is_overloaded",
        ),
        (Claude, 529, OVERLOADED, Gemini, 503, "", "UNAVAILABLE"),
        (
            Claude,
            400,
            TOO_LONG,
            Chat,
            400,
            "invalid_request_error",
            "context_length_exceeded",
        ),
        (Claude, 400, TOO_LONG, Gemini, 400, "", "INVALID_ARGUMENT"),
        (
            Gemini,
            400,
            COUNTED,
            Responses,
            400,
            "invalid_request_error",
            "context_length_exceeded",
        ),
        (
            Gemini,
            400,
            COUNTED,
            Claude,
            400,
            "invalid_request_error",
            "",
        ),
        (Chat, 429, LIMITED, Claude, 429, "rate_limit_error", ""),
        (
            Chat,
            429,
            LIMITED,
            Responses,
            429,
            "rate_limit_error",
            "rate_limit_exceeded",
        ),
        (
            Responses,
            503,
            BUSY,
            Chat,
            503,
            "server_error",
            "server_is_overloaded",
        ),
        (Responses, 503, BUSY, Claude, 529, "overloaded_error", ""),
        (
            Responses,
            400,
            INVALID,
            Chat,
            400,
            "invalid_request_error",
            "invalid_prompt",
        ),
        (Chat, 400, SECRET, Claude, 400, "invalid_request_error", ""),
        (Chat, 400, MUTE, Gemini, 400, "", "INVALID_ARGUMENT"),
        (Gemini, 413, MUTE, Claude, 413, "request_too_large", ""),
        (
            Claude,
            400,
            "<html>no</html>",
            Chat,
            400,
            "invalid_request_error",
            "",
        ),
    ];
    for (speaks, status, body, client, expected, kind, code) in cases {
        let upstream = upstream([refusing(status, body)]);
        let entries = entries(&upstream, speaks, "a");
        let rig = Rig::new(&format!("request-retry: 0\n{entries}"));
        let answer = rig.send(&Ask::new(client, "m", false)).await;
        let error = &answer.json()["error"];
        let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
        let named = match client {
            Gemini => (String::new(), text("status")),
            _ => (text("type"), text("code")),
        };
        let case = format!("{speaks} to {client}: {answer:?}");
        assert_eq!(answer.status, expected, "{case}");
        assert_eq!(named, (kind.to_owned(), code.to_owned()), "{case}");
        assert!(!text("message").is_empty(), "{case}");
        assert!(!text("message").contains("sk-proj"), "{case}");
        if client == Gemini {
            assert_eq!(error["code"], expected, "{case}");
        }
    }
}

#[tokio::test]
async fn when_to_come_back_is_told_to_every_client() {
    for (client, speaks) in pairs() {
        let upstream = upstream([limited(s(7))]);
        let entries = entries(&upstream, speaks, "a");
        let rig = Rig::new(&format!("request-retry: 0\n{entries}"));
        let answer = rig.send(&Ask::new(client, "m", false)).await;
        assert_eq!(answer.status, 429, "{client} to {speaks}: {answer:?}");
        assert_eq!(answer.header("retry-after"), "7", "{client} to {speaks}");
        let told = answer.text().contains("\"retryDelay\":\"7s\"");
        assert_eq!(told, client == Protocol::Gemini, "{answer:?}");
    }
}

/// Some upstreams stream whatever they are asked for.
#[tokio::test]
async fn a_stream_that_nobody_asked_for_is_put_together() {
    for (client, speaks) in pairs() {
        let whole = upstream([Behaviour::Answer]);
        let rig = Rig::new(&entries(&whole, speaks, "a"));
        let stream = rig.send(&Ask::new(speaks, "m", true)).await;
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("text/event-stream");
        headers.insert(header::CONTENT_TYPE, kind);
        let upstream = upstream([Behaviour::Status {
            status: StatusCode::OK,
            headers,
            body: stream.text().into(),
        }]);
        let rig = Rig::new(&entries(&upstream, speaks, "a"));
        let answer = rig.send(&Ask::new(client, "m", false)).await;
        let case = format!("{client} to {speaks}: {answer:?}");
        assert_eq!(answer.status, 200, "{case}");
        let (text, end) = said(client, &answer.json());
        assert_eq!(text, "scripted reply from a to: hello", "{case}");
        assert_eq!(end, normal_end(client), "{case}");
        assert!(
            answer
                .header("content-type")
                .starts_with("application/json")
        );
        let usage = rig.record().await.usage;
        // A chat stream tells its usage only where that was asked for.
        let is_told = speaks == Protocol::Chat || usage.output > 0;
        assert!(is_told, "{case}");
    }
}

/// Clients of Responses libraries that have been pointed to the older path.
#[tokio::test]
async fn a_body_of_responses_on_the_path_of_chat_gets_a_reply_of_chat() {
    for speaks in Protocol::ALL {
        for (streams, options, usage) in [
            (false, "", true),
            (true, "", false),
            (true, r#","stream_options":{"include_usage":false}"#, false),
            (true, r#","stream_options":{"include_usage":true}"#, true),
        ] {
            let upstream = upstream([Behaviour::Answer]);
            let rig = Rig::new(&entries(&upstream, speaks, "a"));
            let body = format!(
                r#"{{"model":"m","instructions":"be kind","input":"hello","stream":{streams}{options}}}"#
            );
            let ask = Ask::new(Protocol::Chat, "m", streams).with_body(body);
            let answer = rig.send(&ask).await;
            let name = format!("{speaks} {streams} {options}");
            assert_eq!(answer.status, 200, "{name}: {}", answer.text());
            let (text, end) = match streams {
                true => streamed(Protocol::Chat, &answer),
                false => said(Protocol::Chat, &answer.json()),
            };
            assert_eq!(
                (&*end, text.is_empty()),
                ("stop", false),
                "{name}: {}",
                answer.text()
            );
            assert_eq!(
                answer.text().contains("\"usage\":{"),
                usage,
                "{name}: {}",
                answer.text()
            );
            assert!(answer.text().contains(r#""model":"m""#), "{name}");
            let sent = upstream.take_requests().remove(0).json();
            assert_eq!(
                sent.get("input").is_some(),
                speaks == Protocol::Responses,
                "{sent}"
            );
        }
    }
}

/// The other way round nobody has ever asked for it: what the upstream is not asked is refused.
#[tokio::test]
async fn a_body_of_chat_on_the_path_of_responses_is_refused() {
    for speaks in [Protocol::Chat, Protocol::Claude, Protocol::Gemini] {
        let upstream = upstream([Behaviour::Answer]);
        let rig = Rig::new(&entries(&upstream, speaks, "a"));
        let body = r#"{"model":"m","messages":[{"role":"user","content":"hello"}]}"#;
        let ask = Ask::new(Protocol::Responses, "m", false).with_body(body);
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, 400, "{speaks}: {}", answer.text());
        let error = &answer.json()["error"];
        assert_eq!(error["message"], "`input` is missing", "{speaks}");
        assert!(upstream.take_requests().is_empty(), "{speaks}");
    }
}

/// Google's own form of a stream for those who do not ask for events.
#[tokio::test]
async fn a_gemini_client_gets_its_stream_as_an_array_if_it_asks_for_one() {
    // How many events there are up to the first text.
    for (speaks, events) in [
        (Protocol::Chat, 2),
        (Protocol::Claude, 4),
        (Protocol::Responses, 6),
    ] {
        for (behaviour, end) in [
            (Behaviour::Answer, "STOP"),
            (Behaviour::TruncateAfter(events), ""),
        ] {
            let upstream = upstream([behaviour.clone(), behaviour]);
            let entries = entries(&upstream, speaks, "a");
            let rig = Rig::new(&format!("request-retry: 0\n{entries}"));
            let as_from_google = "compat: {gemini-json-array-stream: true}";
            let unasked = Rig::new(&format!("request-retry: 0\n{as_from_google}\n{entries}"));
            let mut ask = Ask::new(Protocol::Gemini, "m", true);
            ask.query = None;
            let told = unasked.send(&ask).await;
            ask.query = Some("alt=json");
            let answer = rig.send(&ask).await;
            let name = format!("{speaks} {end}: {}", answer.text());
            let kind = answer.header("content-type");
            assert!(kind.starts_with("application/json"), "{kind}: {name}");
            let body = answer.json();
            let unasked = told.json();
            let lengths = [&unasked, &body].map(|body| body.as_array().map(Vec::len));
            assert_eq!(lengths[0], lengths[1], "{unasked}");
            let frames = body.as_array().expect("an array");
            let (texts, ends): (Vec<_>, Vec<_>) = frames
                .iter()
                .map(|frame| said(Protocol::Gemini, frame))
                .unzip();
            assert_eq!(ends.concat(), end, "{name}");
            // What breaks off ends with its error, and the array is whole.
            let last = frames.last().expect("a frame");
            assert_eq!(last.get("error").is_some(), end.is_empty(), "{name}");
            assert!(!texts.concat().is_empty(), "{name}");
        }
        let upstream = upstream([Behaviour::Answer]);
        let rig = Rig::new(&entries(&upstream, speaks, "a"));
        let mut ask = Ask::new(Protocol::Gemini, "m", true);
        ask.query = Some("alt=proto");
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, 400, "{speaks}: {answer:?}");
        let message = &answer.json()["error"]["message"];
        assert_eq!(
            message, "`alt` of a stream that is translated is `sse` or `json`",
            "{speaks}"
        );
    }
}
