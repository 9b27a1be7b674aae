//! What the upstream answers: one completion as a document, or as events: all that are ready in one
//! write, or with a write each.

use std::io;
use std::time::Duration;

use bench_floor::Script;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{Interval, MissedTickBehavior, interval_at};

const DOCUMENT: &str = r#"{"id":"chatcmpl-bench","object":"chat.completion","created":1767225600,"model":"bench-model","choices":[{"index":0,"message":{"role":"assistant","content":"The file is written."},"finish_reason":"stop"}],"usage":{"prompt_tokens":512,"completion_tokens":6,"total_tokens":518}}"#;

const STREAM_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n";

/// One small JSON document.
pub(crate) async fn document(socket: &mut TcpStream) -> io::Result<()> {
    let length = DOCUMENT.len();
    let reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{DOCUMENT}"
    );
    socket.write_all(reply.as_bytes()).await
}

/// A stream: the first event at once, then one per interval, then the end mark.
pub(crate) async fn events(socket: &mut TcpStream, script: Script) -> io::Result<()> {
    let content = chunk(&event(r#"{"content":" the next few words"}"#, "null"));
    let finish = chunk(&event("{}", r#""stop""#));
    let mut pace = pace(script.interval);

    let mut end = chunk("data: [DONE]\n\n");
    end.extend_from_slice(b"0\r\n\r\n");
    if pace.is_none() && !script.trickle {
        let mut ready = STREAM_HEAD.to_vec();
        for left in (0..script.events).rev() {
            ready.extend_from_slice(if left == 0 { &finish } else { &content });
        }
        ready.extend_from_slice(&end);
        // As much as a TLS record holds, which is what a provider's front end writes at a time.
        for write in ready.chunks(16 << 10) {
            socket.write_all(write).await?;
        }
        return Ok(());
    }
    socket.write_all(STREAM_HEAD).await?;
    for left in (0..script.events).rev() {
        socket
            .write_all(if left == 0 { &finish } else { &content })
            .await?;
        if let Some(pace) = &mut pace
            && left > 0
        {
            pace.tick().await;
        }
    }
    socket.write_all(&end).await
}

fn pace(interval: Duration) -> Option<Interval> {
    if interval.is_zero() {
        return None;
    }
    let mut pace = interval_at(tokio::time::Instant::now() + interval, interval);
    // A late event must not be followed by a burst: the workload is called paced.
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    Some(pace)
}

/// About 200 bytes, as providers' text deltas are.
fn event(delta: &str, finish_reason: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,\"model\":\"bench-model\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish_reason}}}]}}\n\n"
    )
}

/// One chunk of the chunked transfer coding (RFC 9112, section 7.1).
fn chunk(data: &str) -> Vec<u8> {
    format!("{:x}\r\n{data}\r\n", data.len()).into_bytes()
}
