//! `cliproxy demo` as a user runs it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
};

fn demo(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cliproxy"));
    // Where it says that it runs.
    command.env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.arg("demo").args(args);
    command
}

#[test]
fn once_shows_that_all_is_as_it_should_be() {
    let output = demo(&["--once"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(text.lines().last(), Some("all as it should be"));
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }

    let cells: Vec<Vec<&str>> = text
        .lines()
        .skip_while(|line| !line.starts_with("-----"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| line.split_whitespace().collect())
        .collect();
    let rows: Vec<[&str; 2]> = cells.iter().map(|cells| [cells[0], cells[1]]).collect();
    let expected: Vec<[&str; 2]> = ["chat", "claude", "gemini", "responses"]
        .into_iter()
        .flat_map(|protocol| [[protocol, "no"], [protocol, "yes"]])
        .collect();
    assert_eq!(rows, expected, "{text}");
    for cells in &cells {
        let [protocol, _, served_by, attempts, kept, ..] = cells[..] else {
            panic!("{cells:?}");
        };
        assert!(served_by.starts_with(protocol), "{text}");
        assert!(attempts.parse::<u32>().unwrap() >= 2, "{text}");
        assert_eq!(kept, "yes", "{text}");
    }
    // Nothing is logged: the table is the log.
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn the_tour_shows_that_all_is_as_it_should_be() {
    let output = demo(&["--tour", "--once"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(text.lines().last(), Some("all as it should be"));
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let served: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("tour-"))
        .filter_map(|line| line.split_once(", cached").map(|(served, _)| served))
        .collect();
    assert_eq!(
        served,
        [
            "1  served by tour-a, affinity new",
            "2  served by tour-a, affinity hit",
            "3  served by tour-b, affinity moved: short block",
            "4  served by tour-b, affinity moved: short block",
            "5  served by tour-a, affinity hit",
            "6  served by tour-c, affinity new",
        ]
    );
    assert!(text.contains("tried tour-a quota 429, tour-b ok"), "{text}");
    assert!(text.contains("status: tour-a cooling: quota, back in "));
    assert!(text.contains("scripted-tour-small stands in"), "{text}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn a_port_that_is_taken_is_a_configuration_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = demo(&["--once", "--port", &port]).output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(&port) && said.contains("choose another --port"),
        "{said}"
    );
}

/// Ends the program when the test does, however it does.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_serves_logs_and_stops_at_ctrl_c() {
    let mut command = demo(&[]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running(command.spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let mut log = BufReader::new(running.0.stderr.take().unwrap()).lines();
    let mut value = |name: &str| loop {
        let line = lines.next().expect(name).unwrap();
        if let Some(value) = line.trim().strip_prefix(name) {
            break value.trim().to_owned();
        }
    };
    let address = value("address");
    let key = value("client key");
    value("Ctrl-C");

    let mut stream = TcpStream::connect(address.strip_prefix("http://").unwrap()).unwrap();
    let body = r#"{"model": "scripted", "messages": [{"role": "user", "content": "Hello"}]}"#;
    write!(
        stream,
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Authorization: Bearer {key}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    assert!(reply.contains("scripted reply from chat"), "{reply}");
    let logged = log.find(|line| line.as_ref().unwrap().contains("model=\"scripted\""));
    assert!(logged.unwrap().unwrap().contains("chat-"));

    let process = running.0.id().to_string();
    let sent = Command::new("kill").args(["-INT", &process]).status();
    assert!(sent.unwrap().success());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}
