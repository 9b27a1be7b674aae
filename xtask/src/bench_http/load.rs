//! Runs the load generator, and asks the one question that says whether a proxy answers.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use super::process;
use super::programs::CLIENT_KEY;
use super::workload::{Load, Until};

/// How long a program may take to answer for the first time.
const START_LIMIT: Duration = Duration::from_secs(10);

/// What the clients saw.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen {
    pub(crate) requests: f64,
    pub(crate) events: f64,
    pub(crate) seconds: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) first_p50_us: f64,
}

/// Starts the load generator. It checks every reply and fails when one is wrong.
pub(crate) fn start(
    program: &Path,
    address: SocketAddr,
    load: &Load,
    until: Until,
) -> anyhow::Result<Child> {
    let mut command = process::command(program);
    command.args(["--address", &address.to_string(), "--key", CLIENT_KEY]);
    command.args(["--connections", &load.connections.to_string()]);
    command.args(["--body-bytes", &load.body_bytes.to_string()]);
    command.args(["--events", &load.events.to_string()]);
    command.args(["--interval-ms", &load.interval_ms.to_string()]);
    if load.trickle {
        command.arg("--trickle");
    }
    if load.refused {
        command.arg("--refused");
    }
    match until {
        Until::Millis(millis) => command.args(["--for-ms", &millis.to_string()]),
        Until::Requests(requests) => command.args(["--count", &requests.to_string()]),
    };
    Ok(command.stdout(Stdio::piped()).spawn()?)
}

pub(crate) fn finish(load: Child) -> anyhow::Result<Seen> {
    let output = load.wait_with_output()?;
    ensure!(output.status.success(), "the clients got a wrong answer");
    let line = String::from_utf8(output.stdout)?;
    let number = |name| number(&line, name).with_context(|| format!("no {name} in {line}"));
    Ok(Seen {
        requests: number("requests")?,
        events: number("events")?,
        seconds: number("seconds")?,
        p50_us: number("p50_us")?,
        p99_us: number("p99_us")?,
        first_p50_us: number("first_p50_us")?,
    })
}

/// One member of a flat object whose values are numbers.
fn number(line: &str, name: &str) -> Option<f64> {
    let (_, value) = line.split_once(&format!("\"{name}\":"))?;
    value.split([',', '}']).next()?.parse().ok()
}

/// Asks until an answer comes, and gives the time of it.
pub(crate) fn first_answer(address: SocketAddr, log: &Path) -> anyhow::Result<Instant> {
    let limit = Instant::now() + START_LIMIT;
    loop {
        let answer = ask(address);
        let now = Instant::now();
        match answer {
            Ok(answer) if answer.starts_with("HTTP/1.1 200") => return Ok(now),
            answer if now > limit => {
                let log = std::fs::read_to_string(log).unwrap_or_default();
                bail!("no answer: {answer:?}\n{log}");
            }
            _ => std::thread::sleep(Duration::from_micros(200)),
        }
    }
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    const BODY: &str = r#"{"model":"bench-model","messages":[{"role":"user","content":"hello"}]}"#;

    let mut socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(START_LIMIT))?;
    let length = BODY.len();
    let request = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {CLIENT_KEY}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{BODY}"
    );
    socket.write_all(request.as_bytes())?;
    // The upstream of the benches keeps the connection open, so the head is awaited, not the end.
    let mut answer = vec![0; 4096];
    let read = socket.read(&mut answer)?;
    answer.truncate(read);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_of_a_flat_object() {
        let line = r#"{"requests":12,"p50_us":3,"first_p50_us":4.5}"#;
        assert_eq!(number(line, "requests"), Some(12.0));
        assert_eq!(number(line, "p50_us"), Some(3.0));
        assert_eq!(number(line, "first_p50_us"), Some(4.5));
        assert_eq!(number(line, "events"), None);
    }
}
