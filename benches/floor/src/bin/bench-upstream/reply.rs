//! What the upstream answers: one completion as a document, or as events: all that are ready in one
//! write, or with a write each.

mod claude;

use std::time::Duration;
use std::{io, iter};

use bench_floor::Script;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{Interval, MissedTickBehavior, interval_at};

use crate::request::Protocol;

const DOCUMENT: &str = r#"{"id":"chatcmpl-bench","object":"chat.completion","created":1767225600,"model":"bench-model","choices":[{"index":0,"message":{"role":"assistant","content":"The file is written."},"finish_reason":"stop"}],"usage":{"prompt_tokens":512,"completion_tokens":6,"total_tokens":518}}"#;

const STREAM_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n";

/// One small JSON document.
pub(crate) async fn document(socket: &mut TcpStream, protocol: Protocol) -> io::Result<()> {
    let document = match protocol {
        Protocol::Chat => DOCUMENT,
        Protocol::Claude => claude::DOCUMENT,
    };
    let length = document.len();
    let reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{document}"
    );
    socket.write_all(reply.as_bytes()).await
}

/// The events of one stream, as chunks of the transfer coding.
struct Stream {
    first: Vec<u8>,
    content: Vec<u8>,
    contents: usize,
    finish: Vec<u8>,
    end: Vec<u8>,
}

impl Stream {
    /// `events` and an end mark, which are as many for a chat client of whatever protocol this is.
    fn new(protocol: Protocol, events: usize) -> Self {
        match protocol {
            Protocol::Chat => Self {
                first: Vec::new(),
                content: chunk(&event(r#"{"content":" the next few words"}"#, "null")),
                contents: events.saturating_sub(1),
                finish: chunk(&event("{}", r#""stop""#)),
                end: chunk("data: [DONE]\n\n"),
            },
            // A chat client is also told the role.
            Protocol::Claude => Self {
                first: chunk(claude::FIRST),
                content: chunk(claude::CONTENT),
                contents: events.saturating_sub(2),
                finish: chunk(claude::FINISH),
                end: chunk(claude::END),
            },
        }
    }

    fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        let contents = iter::repeat_n(&*self.content, self.contents);
        let chunks = iter::once(&*self.first).chain(contents);
        let chunks = chunks.chain(iter::once(&*self.finish));
        chunks.filter(|chunk| !chunk.is_empty())
    }
}

/// A stream: the first event at once, then one per interval, then the end mark.
pub(crate) async fn events(
    socket: &mut TcpStream,
    script: Script,
    protocol: Protocol,
) -> io::Result<()> {
    let stream = Stream::new(protocol, script.events);
    let mut pace = pace(script.interval);

    let mut end = stream.end.clone();
    end.extend_from_slice(b"0\r\n\r\n");
    if pace.is_none() && !script.trickle {
        let mut ready = STREAM_HEAD.to_vec();
        for chunk in stream.chunks() {
            ready.extend_from_slice(chunk);
        }
        ready.extend_from_slice(&end);
        // As much as a TLS record holds, which is what a provider's front end writes at a time.
        for write in ready.chunks(16 << 10) {
            socket.write_all(write).await?;
        }
        return Ok(());
    }
    socket.write_all(STREAM_HEAD).await?;
    let mut chunks = stream.chunks().peekable();
    while let Some(chunk) = chunks.next() {
        socket.write_all(chunk).await?;
        if let Some(pace) = &mut pace
            && chunks.peek().is_some()
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
