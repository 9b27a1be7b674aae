//! How a gateway ends, and who is told.

use crate::{
    operations::ended,
    shape::{error_in, error_of},
};
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_e2e::{Call, Entry, Gateway, TestClient, World, config, soon};
use cliproxy_scripted_upstream::{
    Behaviour,
    grammar::{self, Outcome},
};
use std::{fs, os::unix::net::UnixListener, time::Duration};
use tokio::net::{TcpStream, UnixDatagram};

/// Under load: what ends in time is complete, the rest is told why it ends, in its own protocol.
#[tokio::test]
async fn under_load() {
    const EACH: usize = 8;
    let paced = Behaviour::Paced {
        interval: Duration::from_millis(50),
    };
    let accounts = [
        ("paced", paced),
        ("stalled", Behaviour::StallAfter(6)),
        ("silent", Behaviour::HeaderDelay(Duration::MAX)),
    ];
    let world = World::configured(accounts, |base| {
        let entries = Protocol::ALL.into_iter().flat_map(|protocol| {
            ["paced", "stalled", "silent"].map(|what| {
                let name = format!("{protocol}-{what}");
                let models = format!("[{{name: up, alias: {name}}}]");
                let entry = Entry::new(protocol, &name, base).models(&models);
                entry.key(&format!("sk-{what}"))
            })
        });
        let entries: Vec<_> = entries.collect();
        config("shutdown-timeout: 2s", &entries)
    })
    .await;
    let gateway = world.gateway;
    let mut streams = Vec::new();
    for protocol in Protocol::ALL {
        for _ in 0..EACH {
            for what in ["paced", "stalled"] {
                let call = Call::generate(protocol, &format!("{protocol}-{what}"), true);
                let mut stream = gateway.open(call).await;
                stream.until("scripted ").await;
                streams.push((protocol, what, stream));
            }
        }
    }
    let client = gateway.client();
    let mut waiting = tokio::task::JoinSet::new();
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            let client = client.clone();
            let model = format!("{protocol}-silent");
            let call = Call::generate(protocol, &model, stream);
            waiting.spawn(async move { (protocol, client.send(call).await) });
        }
    }
    let upstream = world.upstream;
    let silent = upstream.wait_for(|stats| stats.hits("silent") == 8);
    soon("the requests that wait", silent).await;
    gateway.signal("TERM");
    gateway.logged("draining").await;
    let shut = async { while TcpStream::connect(gateway.addr()).await.is_ok() {} };
    soon("a listener that is closed", shut).await;

    for (protocol, what, stream) in streams {
        let reply = stream.finish().await;
        assert!(reply.whole, "{protocol} {what}");
        let outcome = grammar::check(protocol, &reply.body);
        if what == "paced" {
            assert_eq!(outcome, Ok(Outcome::Completed), "{protocol}");
            continue;
        }
        assert_eq!(outcome, Ok(Outcome::Failed), "{protocol}: {}", reply.text());
        let text = reply.text();
        let last = text
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("data: "));
        let last: serde_json::Value = serde_json::from_str(last.unwrap()).unwrap();
        let message = match protocol {
            Responses => last["response"]["error"]["message"]
                .as_str()
                .unwrap()
                .to_owned(),
            Chat | Claude | Gemini => error_in(protocol, &last).message,
        };
        assert!(message.contains("shutting down"), "{protocol}: {message}");
    }
    while let Some(answered) = waiting.join_next().await {
        let (protocol, reply) = answered.unwrap();
        let error = error_of(protocol, 503, &reply);
        assert!(error.message.contains("shutting down"), "{error:?}");
        assert!(!reply.header("retry-after").is_empty(), "{protocol}");
    }
    ended(&gateway.ended().await, 1, &["clean=false"]);
    let gone = upstream.wait_for(|stats| stats.active == 0 && stats.streams == 0);
    soon("the end of the upstream's calls", gone).await;
}

/// A connection that is kept open gets no further request after the stop.
#[tokio::test]
async fn connections_that_are_kept() {
    let interval = Duration::from_millis(50);
    let world = World::start(Chat, "", [("a", Behaviour::Paced { interval })]).await;
    let gateway = world.gateway;
    let (reply, idle) = gateway
        .client()
        .connect()
        .await
        .send(Call::get("/readyz"))
        .await;
    assert_eq!(reply.status, 200);
    let mut stream = gateway.open(Call::stream(Chat)).await;
    stream.until("scripted ").await;
    gateway.signal("TERM");
    gateway.logged("draining").await;
    let (reply, kept) = stream.finish_keeping().await;
    assert_eq!(grammar::check(Chat, &reply.body), Ok(Outcome::Completed));
    for session in [idle, kept] {
        let more = session.try_open(Call::get("/readyz"));
        assert!(soon("the end of a connection", more).await.is_err());
    }
    ended(&gateway.ended().await, 0, &["clean=true"]);
}

/// A service manager hears of each step.
#[tokio::test]
async fn service_manager() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    let told = async || {
        let mut message = [0; 1024];
        let length = soon("a notification", manager.recv(&mut message))
            .await
            .unwrap();
        String::from_utf8_lossy(&message[..length]).into_owned()
    };
    let yaml = config("", &[Entry::new(Chat, "a", "http://127.0.0.1:9")]);
    let launch = Gateway::serve(&yaml).env("NOTIFY_SOCKET", path.to_str().unwrap());
    let gateway = Gateway::launch(launch).await;
    assert_eq!(told().await.trim_end(), "READY=1");
    for _ in 0..2 {
        gateway.signal("HUP");
        let reloading = told().await;
        let (state, since) = reloading.trim_end().split_once('\n').unwrap();
        assert_eq!(state, "RELOADING=1");
        let since = since.strip_prefix("MONOTONIC_USEC=").unwrap();
        assert!(since.parse::<u64>().is_ok(), "{since}");
        assert_eq!(told().await.trim_end(), "READY=1");
    }
    // A file that cannot be used is no reason to be taken for one that hangs.
    gateway.rewrite("port: x");
    gateway.signal("HUP");
    assert!(told().await.starts_with("RELOADING=1\n"));
    assert_eq!(told().await.trim_end(), "READY=1");
    gateway.signal("TERM");
    assert_eq!(told().await.trim_end(), "STOPPING=1");
    ended(&gateway.ended().await, 0, &["clean=true"]);
}

/// The file of a Unix socket goes when its gateway does. One that nobody listens on is replaced,
/// anything else stays.
#[tokio::test]
async fn unix_socket_files() {
    let yaml = config(
        "unix-socket: gw.sock",
        &[Entry::new(Chat, "a", "http://127.0.0.1:9")],
    );
    let launch = Gateway::serve(&yaml);
    let path = launch.path().join("gw.sock");
    // A listener that went away without taking its file with it.
    drop(UnixListener::bind(&path).unwrap());
    let gateway = Gateway::launch(launch).await;
    let alive = async || {
        TestClient::unix(&path)
            .send(Call::get("/healthz"))
            .await
            .status
    };
    assert_eq!(alive().await, 200);

    let second = || {
        let launch = Gateway::serve(&config(
            &format!("unix-socket: {}", path.display()),
            &[Entry::new(Chat, "a", "http://127.0.0.1:9")],
        ));
        launch.run()
    };
    let refused = second();
    ended(&refused, 78, &["gw.sock", "unix-socket", "in use"]);
    assert_eq!(alive().await, 200);
    gateway.signal("TERM");
    let finished = gateway.ended().await;
    ended(&finished, 0, &["clean=true"]);
    assert!(!path.exists());

    fs::write(&path, "not a socket").unwrap();
    ended(&second(), 78, &["gw.sock", "not a socket"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "not a socket");
}

/// A socket that another has put in the place of a gateway's own is that one's.
#[tokio::test]
async fn a_successor_keeps_its_socket() {
    let yaml = config(
        "unix-socket: gw.sock",
        &[Entry::new(Chat, "a", "http://127.0.0.1:9")],
    );
    let gateway = Gateway::start(&yaml).await;
    let path = gateway.directory().join("gw.sock");
    fs::remove_file(&path).unwrap();
    let successor = UnixListener::bind(&path).unwrap();
    gateway.signal("TERM");
    let finished = gateway.ended().await;
    ended(&finished, 0, &["clean=true"]);
    assert!(path.exists());
    drop(successor);
}
