//! HTTP/2: what is served over it.

mod client;
mod hostile;

use self::client::{BRIEF, Case, DATA, END_HEADERS, END_STREAM, HEADERS, get, message_request};
use crate::rig::{KEY, message, soon};
use cliproxy_scripted_upstream::Behaviour;
use http_body_util::BodyExt as _;
use std::time::Duration;
#[tokio::test]
async fn requests_share_a_connection() {
    let case = Case::new(Behaviour::Answer, |_| {}).await;
    let mut client = case.client().await;
    for stream in [false, true] {
        let (status, body) = client.ask(message_request(stream, KEY)).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body.contains("message_stop"), stream);
    }
    let mut other = client.sender.clone();
    let both = tokio::join!(
        other.send_request(message_request(true, KEY)),
        client.ask(message_request(false, KEY)),
    );
    assert_eq!((both.0.unwrap().status().as_u16(), both.1.0), (200, 200));
    let (status, body) = client.ask(message_request(false, "wrong")).await;
    assert_eq!(status, 401, "{body}");
    assert_eq!(client.ask(message_request(false, KEY)).await.0, 200);
    assert_eq!(client.driver.len(), 1);
}

#[tokio::test]
async fn a_host_that_is_not_the_authority() {
    let case = Case::new(Behaviour::Answer, |_| {}).await;
    let mut client = case.client().await;
    let mut check = async |authority: &str, host: &str, status: u16| {
        let mut request = message_request(false, KEY);
        *request.uri_mut() = format!("https://{authority}/v1/messages").parse().unwrap();
        if !host.is_empty() {
            request.headers_mut().insert("host", host.parse().unwrap());
        }
        let (answered, body) = client.ask(request).await;
        assert_eq!(answered, status, "{authority} {host}: {body}");
    };
    check("localhost", "", 200).await;
    check("localhost", "localhost", 200).await;
    check("localhost", "evil.example", 400).await;
    check("evil.example", "", 403).await;
    check("evil.example", "localhost", 400).await;
}

#[tokio::test]
async fn a_client_that_leaves_or_resets_ends_the_upstream_call() {
    let case = Case::new(Behaviour::StallAfter(3), |_| {}).await;
    let mut client = case.client().await;
    let request = message_request(true, KEY);
    let response = soon(client.sender.send_request(request)).await.unwrap();
    soon(case.rig.upstream.wait_for(|stats| stats.streams == 1)).await;
    // Dropping the response resets its stream and leaves the connection.
    drop(response);
    soon(case.rig.upstream.wait_for(|stats| stats.cancelled == 1)).await;
    // As does a connection that breaks.
    let mut raw = case.raw(&[]).await;
    raw.post(1, &message(true)).await;
    while raw.next().await.is_some_and(|(kind, ..)| kind != DATA) {}
    drop(raw);
    soon(case.rig.upstream.wait_for(|stats| stats.cancelled == 2)).await;
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed() {
    let case = Case::new(Behaviour::Answer, |params| {
        params.limits.idle_timeout = BRIEF;
    })
    .await;
    let mut unused = case.raw(&[]).await;
    assert!(unused.closed().await, "it is told so");
    let mut used = case.raw(&[]).await;
    used.frame(HEADERS, END_HEADERS | END_STREAM, 1, &get("/v1/models"))
        .await;
    assert!(used.closed().await);
}

#[tokio::test]
async fn a_drain_lets_requests_end_and_no_new_one_begin() {
    let paced = Behaviour::Paced {
        interval: Duration::from_millis(10),
    };
    let mut case = Case::new(paced, |_| {}).await;
    let mut client = case.client().await;
    let request = message_request(true, KEY);
    let response = soon(client.sender.send_request(request)).await.unwrap();
    case.rig.stop();
    let body = soon(response.into_body().collect()).await.unwrap();
    let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    assert!(body.contains("message_stop"), "{body}");
    let late = soon(client.sender.send_request(message_request(false, KEY))).await;
    assert!(late.is_err(), "the connection is over");
    assert!(case.rig.stopped().await);
}
