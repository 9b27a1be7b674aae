//! Entries whose models are asked for.

use crate::rig::{Rig, config, soon};
use std::time::Instant;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let read = stream.read_buf(&mut head).await.unwrap();
        assert_ne!(read, 0, "the request ended early");
    }
    String::from_utf8(head).unwrap()
}

/// Waits for `count` questions, and only then answers each: with the model `of-KEY-QUERY`.
async fn answer(listener: &TcpListener, count: usize) {
    let mut asked = Vec::new();
    for _ in 0..count {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = head(&mut stream).await;
        asked.push((stream, head));
    }
    for (mut stream, head) in asked {
        let between = |before: &str, after: &str| {
            let (_, rest) = head.split_once(before).unwrap();
            rest.split_once(after).unwrap().0.to_owned()
        };
        let (key, query) = (between("Bearer ", "\r\n"), between("?v=", " HTTP"));
        let body = format!(r#"{{"data":[{{"id":"of-{key}-{query}"}}]}}"#);
        let length = body.len();
        let reply = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(reply.as_bytes()).await.unwrap();
    }
}

/// The names that are served.
fn listed(rig: &Rig) -> Vec<String> {
    let snapshot = rig.gateway.snapshot();
    let routes = snapshot.listed(Instant::now());
    let mut names: Vec<_> = routes.map(|route| route.id.as_str().to_owned()).collect();
    names.sort_unstable();
    names
}

/// Entries of one name, each with a prefix, a key and a query of its own.
fn entries(listener: &TcpListener, of: &[(&str, &str, &str)]) -> String {
    let base = listener.local_addr().unwrap();
    let entries = of.iter().map(|(prefix, key, query)| {
        format!(
            "  - {{name: same, prefix: {prefix}, base-url: \"http://{base}\", \
             discover-models: true, query-params: {{v: {query}}}, \
             api-key-entries: [{{api-key: {key}}}]}}\n"
        )
    });
    let entries: String = entries.collect();
    format!("force-model-prefix: true\nopenai-compatibility:\n{entries}")
}

#[tokio::test]
async fn entries_are_asked_at_once_and_keep_their_own_lists() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (a, b, c) = (("p", "a", "1"), ("q", "b", "1"), ("r", "a", "2"));
    let rig = Rig::new(&entries(&listener, &[a, b, c]));
    assert!(listed(&rig).is_empty(), "nobody was asked yet");
    soon(async {
        tokio::join!(rig.gateway.discover(), answer(&listener, 3));
    })
    .await;
    let all = ["p/of-a-1", "q/of-b-1", "r/of-a-2"];
    assert_eq!(listed(&rig), all);

    // An entry that moves, or whose neighbour goes, takes its list along.
    let next = config(&entries(&listener, &[b, a]));
    rig.gateway.reload(next).unwrap();
    assert_eq!(listed(&rig), all[..2]);
}

/// Who is listed without a model, and why.
fn idle(rig: &Rig) -> Vec<(String, String)> {
    let inventory = rig.gateway.inventory();
    let idle = inventory.credentials.into_iter().map(|one| one.view);
    let idle = idle.filter(|view| view.state == "no models");
    idle.map(|view| (view.credential, view.reason.unwrap()))
        .collect()
}

#[tokio::test]
async fn entries_that_serve_nothing_are_listed_with_the_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = listener.local_addr().unwrap();
    let rig = Rig::new(&format!(
        "openai-compatibility:\n\
         - {{name: asks, base-url: \"http://{base}\", discover-models: true, \
            query-params: {{v: 1}}, api-key-entries: [{{api-key: a}}]}}\n\
         - {{name: bare, base-url: \"http://{base}\", api-key-entries: [{{api-key: b}}]}}\n\
         - {{name: full, base-url: \"http://{base}\", api-key-entries: [{{api-key: c}}], \
            models: [{{name: m}}]}}"
    ));
    let entry = |name: &str, why: &str| (name.to_owned(), why.to_owned());
    let bare = entry("bare", "its entry lists none");
    let why = "`discover-models` is set, and its upstream has not said which it has";
    assert_eq!(idle(&rig), [entry("asks", why), bare.clone()]);
    assert_eq!(rig.gateway.status().credentials.len(), 3);
    soon(async {
        tokio::join!(rig.gateway.discover(), answer(&listener, 1));
    })
    .await;
    assert_eq!(idle(&rig), [bare]);
}
