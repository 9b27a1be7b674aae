//! An error that no upstream worded names the entry, whatever the lane and the form.

use crate::rig::{Answer, Ask, Rig, entries, refusing, upstream};
use cliproxy_core::{Operation, Protocol};
use cliproxy_scripted_upstream::Behaviour;

async fn ask(behaviour: Behaviour, client: Protocol, speaks: Protocol, streams: bool) -> Answer {
    let upstream = upstream([behaviour]);
    // Another name than its key, which is taken out of errors.
    let entries = entries(&upstream, speaks, "a").replace("{name: a,", "{name: main,");
    let rig = Rig::new(&format!("request-retry: 0\n{entries}"));
    rig.send(&Ask::new(client, "m", streams)).await
}

const PAIRS: [(Protocol, Protocol); 5] = [
    (Protocol::Claude, Protocol::Chat),
    (Protocol::Chat, Protocol::Claude),
    (Protocol::Responses, Protocol::Gemini),
    (Protocol::Gemini, Protocol::Responses),
    (Protocol::Chat, Protocol::Chat),
];

#[tokio::test]
async fn a_reply_that_is_none() {
    for (client, speaks) in PAIRS
        .into_iter()
        .filter(|(client, speaks)| client != speaks)
    {
        let answer = ask(refusing(200, "{}"), client, speaks, false).await;
        let text = answer.text();
        assert_eq!(answer.status, 502, "{client} to {speaks}: {text}");
        let said = r#""message":"main: the upstream sent no reply""#;
        assert!(text.contains(said), "{client} to {speaks}: {text}");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off() {
    for (client, speaks) in PAIRS {
        let answer = ask(Behaviour::TruncateAfter(4), client, speaks, true).await;
        let text = answer.text();
        assert_eq!(answer.status, 200, "{client} to {speaks}: {text}");
        let said = r#""message":"main: the upstream ended the reply before it was complete""#;
        assert!(text.contains(said), "{client} to {speaks}: {text}");
    }
}

#[tokio::test]
async fn data_that_cannot_be_translated() {
    for (client, speaks) in PAIRS
        .into_iter()
        .filter(|(client, speaks)| client != speaks)
    {
        let answer = ask(Behaviour::MalformedAt(4), client, speaks, true).await;
        let text = answer.text();
        let said = r#""message":"main: the upstream sent data that is not JSON""#;
        assert!(text.contains(said), "{client} to {speaks}: {text}");
    }
}

/// What the upstream itself says is left to it.
#[tokio::test]
async fn an_error_of_the_upstream_has_no_label() {
    for (client, speaks) in PAIRS {
        let answer = ask(Behaviour::ErrorEventAt(3), client, speaks, true).await;
        let text = answer.text();
        assert!(
            !text.contains(r#""message":"main: "#),
            "{client} to {speaks}: {text}"
        );
    }
}

#[tokio::test]
async fn a_page_in_place_of_an_error() {
    const PAGE: &str = "\n<!DOCTYPE html><html><body>502 Bad Gateway</body></html>";
    for (client, speaks) in PAIRS {
        for streams in [false, true] {
            let answer = ask(refusing(502, PAGE), client, speaks, streams).await;
            let text = answer.text();
            assert_eq!(answer.status, 502, "{client} to {speaks}: {text}");
            let said = r#""message":"main: the upstream answered with an HTML page; "#;
            assert!(text.contains(said), "{client} to {speaks}: {text}");
            assert!(!text.contains("<html"), "{text}");
        }
    }
}

#[tokio::test]
async fn who_embeds_is_told_where() {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&entries(&upstream, Protocol::Chat, "a"));
    let embeds = Ask::new(Protocol::Gemini, "m", false).to(Operation::Embed);
    let answer = rig.send(&embeds).await;
    assert_eq!(answer.status, 400);
    let text = answer.text();
    assert!(text.contains("chat (POST /v1/embeddings)"), "{text}");
}
