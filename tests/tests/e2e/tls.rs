//! HTTPS, Unix sockets, and certificates that change.

use crate::operations::ended;
use cliproxy_core::Protocol::{self, Chat};
use cliproxy_e2e::{Call, Entry, Gateway, Http, Identity, Launch, TestClient, config, soon};
use cliproxy_scripted_upstream::{
    Behaviour, Script, Upstream,
    grammar::{self, Outcome},
};
use std::time::Duration;

const TLS: &str = "tls: {cert: cert.pem, key: key.pem}";

/// A gateway with TLS and an entry for every protocol, and its upstream.
async fn secured(identity: &Identity, behaviour: Behaviour) -> (Gateway, Upstream) {
    let upstream = Upstream::start(Script::new().key("sk-a", "a", behaviour)).unwrap();
    let yaml = config(TLS, &entries(&upstream));
    let launch = with_files(Gateway::serve(&yaml), identity);
    (Gateway::launch(launch).await, upstream)
}

/// One entry for every protocol, each with a model of its protocol's name.
fn entries(upstream: &Upstream) -> Vec<Entry> {
    let entry = |protocol: Protocol| {
        let models = format!("[{{name: up, alias: {protocol}}}]");
        let entry = Entry::new(protocol, &protocol.to_string(), &upstream.base_url());
        entry.models(&models).key("sk-a")
    };
    Protocol::ALL.map(entry).to_vec()
}

fn with_files(launch: Launch, identity: &Identity) -> Launch {
    launch
        .file("cert.pem", &identity.cert)
        .file("key.pem", &identity.key)
}

/// Both versions of HTTP, streamed and not, in all protocols.
#[tokio::test]
async fn https() {
    let identity = Identity::generate();
    let (gateway, _upstream) = secured(&identity, Behaviour::Answer).await;
    for http in [Http::One, Http::Two] {
        let client = TestClient::tls(gateway.addr(), http, &[&identity]);
        let mut session = client.connect().await;
        assert!(identity.is(session.certificate()));
        for protocol in Protocol::ALL {
            for stream in [false, true] {
                let call = Call::generate(protocol, &protocol.to_string(), stream);
                let reply;
                (reply, session) = session.send(call).await;
                assert_eq!(reply.status, 200, "{http:?} {protocol}: {}", reply.text());
                if stream {
                    let outcome = grammar::check(protocol, &reply.body);
                    assert_eq!(outcome, Ok(Outcome::Completed), "{http:?} {protocol}");
                } else {
                    assert!(reply.text().contains("scripted"), "{http:?} {protocol}");
                }
            }
        }
    }
    gateway.signal("TERM");
    ended(&gateway.ended().await, 0, &["clean=true"]);
}

/// What is no TLS, or one too old, ends that connection and nothing else.
#[tokio::test]
async fn not_tls() {
    let identity = Identity::generate();
    let (gateway, _upstream) = secured(&identity, Behaviour::Answer).await;
    let plain = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let answer = gateway.client().raw(plain).await;
    assert!(!answer.contains("HTTP/1.1 200"), "{answer}");
    // A greeting whose best offer is TLS 1.0, or 1.1, without extensions.
    for minor in [1, 2] {
        let mut hello = vec![3, minor];
        hello.extend([7; 32]);
        // No session, two cipher suites of that time, no compression.
        hello.extend([0, 0, 4, 0, 0x2f, 0xc0, 0x13, 1, 0]);
        let length = u8::try_from(hello.len()).unwrap();
        let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
        record.extend(hello);
        let answer = gateway.client().raw_bytes(&record).await;
        // A fatal alert: handshake failure, or protocol version.
        assert!(
            matches!(answer[..], [21, 3, _, 0, 2, 2, 40 | 70]),
            "{answer:?}"
        );
    }
    let client = TestClient::tls(gateway.addr(), Http::Two, &[&identity]);
    assert_eq!(client.send(Call::get("/healthz")).await.status, 200);
}

/// New connections get another certificate as soon as its files are there; open ones stay. What
/// cannot be used is said and not used.
#[tokio::test]
async fn certificates_change() {
    let (first, second) = (Identity::generate(), Identity::generate());
    let interval = Duration::from_millis(100);
    let (gateway, _upstream) = secured(&first, Behaviour::Paced { interval }).await;
    let client = |http| TestClient::tls(gateway.addr(), http, &[&first, &second]);
    let mut streams = Vec::new();
    for http in [Http::One, Http::Two] {
        let call = Call::generate(Chat, &Chat.to_string(), true);
        let mut stream = client(http).open(call).await;
        stream.until("scripted ").await;
        streams.push(stream);
    }
    // The key is not there yet: the two do not belong together.
    gateway.replace("cert.pem", &second.cert);
    let line = gateway.logged("configuration not reloaded").await;
    assert!(
        line.contains("cert.pem") && line.contains("key.pem"),
        "{line}"
    );
    assert!(first.is(client(Http::One).connect().await.certificate()));
    gateway.replace("key.pem", &second.key);
    gateway.logged("configuration reloaded").await;
    for http in [Http::One, Http::Two] {
        assert!(second.is(client(http).connect().await.certificate()));
    }
    for stream in streams {
        let (reply, session) = stream.finish_keeping().await;
        assert_eq!(grammar::check(Chat, &reply.body), Ok(Outcome::Completed));
        assert!(first.is(session.certificate()));
        let (reply, _) = session.send(Call::get("/healthz")).await;
        assert_eq!(reply.status, 200);
    }
    let before = gateway.log().len();
    gateway.write("cert.pem", "-----BEGIN NONSENSE-----\n");
    let line = gateway
        .logged_after(before, "configuration not reloaded")
        .await;
    assert!(line.contains("cert.pem has no certificate"), "{line}");
    assert!(second.is(client(Http::Two).connect().await.certificate()));
}

/// Files that are not there or do not fit are named, before anything is served.
#[test]
fn certificates_that_cannot_be_used() {
    let (one, other) = (Identity::generate(), Identity::generate());
    let yaml = config(TLS, &[Entry::new(Chat, "a", "http://127.0.0.1:9")]);
    let check = |files: &[(&str, &str)], words: &[&str]| {
        let serve = Gateway::serve(&yaml);
        let asked = Launch::new(&["check-config"]).file("config.yaml", &yaml);
        for launch in [serve, asked] {
            let add = |launch: Launch, (name, text): &(&str, &str)| launch.file(name, text);
            ended(&files.iter().fold(launch, add).run(), 78, words);
        }
    };
    let (cert, key) = (one.cert.as_str(), one.key.as_str());
    check(&[], &["cert.pem", "key.pem"]);
    check(&[("cert.pem", cert)], &["key.pem"]);
    check(&[("key.pem", key)], &["cert.pem"]);
    check(
        &[("cert.pem", cert), ("key.pem", &other.key)],
        &["cert.pem", "key.pem"],
    );
    check(
        &[("cert.pem", key), ("key.pem", key)],
        &["cert.pem has no certificate"],
    );
    check(
        &[("cert.pem", cert), ("key.pem", cert)],
        &["key.pem has no private key"],
    );
    check(
        &[("cert.pem", ""), ("key.pem", key)],
        &["cert.pem has no certificate"],
    );
}

/// Without TLS, beside an address and in its place, in all protocols.
#[tokio::test]
async fn unix_socket() {
    let identity = Identity::generate();
    let upstream = Upstream::start(Script::new().key("sk-a", "a", Behaviour::Answer)).unwrap();
    let yaml = config(&format!("{TLS}\nunix-socket: gw.sock"), &entries(&upstream));
    let gateway = Gateway::launch(with_files(Gateway::serve(&yaml), &identity)).await;
    let client = TestClient::unix(&gateway.directory().join("gw.sock"));
    let mut session = client.connect().await;
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            let call = Call::generate(protocol, &protocol.to_string(), stream);
            let reply;
            (reply, session) = session.send(call).await;
            assert_eq!(reply.status, 200, "{protocol}: {}", reply.text());
            if stream {
                let outcome = grammar::check(protocol, &reply.body);
                assert_eq!(outcome, Ok(Outcome::Completed), "{protocol}");
            }
        }
    }
    // Nobody is let in for where they come from.
    let reply = client.send(Call::unary(Chat).anonymous()).await;
    assert_eq!(reply.status, 401);
}

/// Streams over HTTP/2 that a shutdown ends get the same last event.
#[tokio::test]
async fn shutdown_over_http2() {
    let identity = Identity::generate();
    let upstream =
        Upstream::start(Script::new().key("sk-a", "a", Behaviour::StallAfter(6))).unwrap();
    let yaml = config(
        &format!("{TLS}\nshutdown-timeout: 300ms"),
        &entries(&upstream),
    );
    let gateway = Gateway::launch(with_files(Gateway::serve(&yaml), &identity)).await;
    let client = TestClient::tls(gateway.addr(), Http::Two, &[&identity]);
    let mut streams = Vec::new();
    for protocol in Protocol::ALL {
        let call = Call::generate(protocol, &protocol.to_string(), true);
        let mut stream = client.open(call).await;
        stream.until("scripted ").await;
        streams.push((protocol, stream));
    }
    gateway.signal("TERM");
    for (protocol, stream) in streams {
        let reply = stream.finish().await;
        let (outcome, text) = (grammar::check(protocol, &reply.body), reply.text());
        assert_eq!(outcome, Ok(Outcome::Failed), "{protocol}: {text}");
        assert!(
            reply.whole && text.contains("shutting down"),
            "{protocol}: {text}"
        );
    }
    ended(&gateway.ended().await, 1, &["clean=false"]);
    let gone = upstream.wait_for(|stats| stats.active == 0);
    soon("the end of the upstream's call", gone).await;
}
