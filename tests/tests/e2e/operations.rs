//! Checking a configuration and starting with it: what an operator sees.

use cliproxy_core::Protocol::Chat;
use cliproxy_e2e::{CLIENT_KEY, Call, Entry, Finished, Gateway, Launch, World, config};
use cliproxy_scripted_upstream::Behaviour;
use http::Method;
use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt as _,
};

/// A configuration without problems.
fn sound() -> String {
    config("", &[Entry::new(Chat, "a", "http://127.0.0.1:9")])
}

#[track_caller]
pub(crate) fn ended(finished: &Finished, code: i32, words: &[&str]) {
    let said = format!("{}{}", finished.stdout, finished.stderr);
    assert_eq!(finished.code, Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "no {word:?} in {said}");
    }
}

/// Who has accounts only is not told that nothing can be served.
#[test]
fn credential_files_are_something_to_serve_from() {
    let check = |file: &str, words: &[&str]| {
        let launch = Launch::new(&["check-config"]);
        fs::create_dir(launch.path().join("accounts")).unwrap();
        let text = "api-keys: [key-0123456789]\nauth-dir: accounts\n";
        let launch = launch.file("config.yaml", text).file(file, "{}");
        ended(&launch.run(), 0, words);
    };
    check("accounts/a.json", &["config.yaml: no problems"]);
    let remedies = ["no credential files", "claude-api-key", "cliproxy import"];
    check("accounts/notes.txt", &remedies);
    check("a.json", &remedies);
}

#[test]
fn check_config() {
    let check = |text: &str, args: &[&str], code, words: &[&str]| {
        let args: Vec<_> = ["check-config"].iter().chain(args).copied().collect();
        ended(
            &Launch::new(&args).file("config.yaml", text).run(),
            code,
            words,
        );
    };
    check(&sound(), &[], 0, &["config.yaml: no problems"]);
    check(&sound(), &["config.yaml"], 0, &["no problems"]);
    check(&sound(), &["--config", "config.yaml"], 0, &["no problems"]);
    check("", &[], 0, &["warning", "api-keys"]);
    // The place, the key and the nearest known one.
    let typo = format!("{}\nproxy-ulr: direct\n", sound());
    check(&typo, &[], 0, &["proxy-ulr", "proxy-url", "1 warning"]);
    check(&typo, &["--strict-config"], 78, &["proxy-ulr", "proxy-url"]);
    check(
        "port: many\nrouting: {strategy: 7}\n",
        &[],
        78,
        &["port", "strategy"],
    );
    check("port: [\n", &[], 78, &["config.yaml"]);
    check("api-keys: [env:NOT_SET]\n", &[], 78, &["NOT_SET"]);
    check("api-keys: [file:nowhere]\n", &[], 78, &["nowhere"]);
    check(
        "claude-api-key: [{api-key: k, base-url: 'ftp://x'}]",
        &[],
        78,
        &["base-url"],
    );
    check("host: ''\n", &[], 78, &["host", "refuse"]);
    check(
        "api-keys: [key-0123456789]\n",
        &[],
        0,
        &["no provider entries"],
    );
    check(
        "api-keys: [key-0123456789]\nhost: ''\ntls: {enable: true}\n",
        &[],
        78,
        &["tls.cert", "tls.key"],
    );
    check(
        "claude-api-key: [{api-key: $CLAUDE_KEY}]\n",
        &[],
        78,
        &["write env:"],
    );
    // A fallback that leads nowhere, with what it was most likely meant to be.
    let claude = "claude-api-key: [{api-key: k, models: [{name: m, alias: sonnet}]}]";
    let astray = |target: &str| format!("fallbacks: {{opus: [{{model: {target}}}]}}\n{claude}\n");
    check(
        &astray("sonet"),
        &[],
        0,
        &[
            "1:21: warning: fallbacks.opus[0].model",
            "`sonet`",
            "`sonnet`",
        ],
    );
    check(&astray("sonnet(high)"), &[], 0, &["1 warning", "api-keys"]);
    check(&sound(), &["--frobnicate"], 2, &["--frobnicate"]);
    check(&sound(), &["nowhere.yaml"], 78, &["nowhere.yaml"]);
}

#[test]
fn without_a_configuration() {
    for args in [&[][..], &["serve"], &["check-config"]] {
        let finished = Launch::new(args).run();
        ended(
            &finished,
            78,
            &["no configuration file", "config.yaml", "cliproxy init"],
        );
    }
    let named = Launch::new(&["serve", "--config", "lost.yaml"]).run();
    ended(&named, 78, &["lost.yaml"]);
    let directory = Launch::new(&["serve", "--config", "."]).run();
    ended(&directory, 78, &["is a directory"]);
    ended(&Launch::new(&["--frobnicate"]).run(), 2, &["--frobnicate"]);
    ended(&Launch::new(&["--version"]).run(), 0, &["cliproxy "]);
    ended(
        &Launch::new(&["--help"]).run(),
        0,
        &["check-config", "init", "serve"],
    );
}

/// The first of the places that has a file wins, and the start names it.
#[tokio::test]
async fn places_of_the_configuration() {
    let found = async |launch: Launch, name: &str| {
        let gateway = Gateway::launch(launch.env("CLIPROXY_PORT", "0")).await;
        gateway.logged(name).await;
    };
    let sound = sound();
    found(
        Launch::new(&[]).file("config.yaml", &sound),
        "config=config.yaml",
    )
    .await;
    let by_variable = Launch::new(&["serve"])
        .file("other.yaml", &sound)
        .file("config.yaml", "port: x");
    found(
        by_variable.env("CLIPROXY_CONFIG", "other.yaml"),
        "config=other.yaml",
    )
    .await;
    let old_flag = Launch::new(&["-config", "third.yaml"]).file("third.yaml", &sound);
    found(
        old_flag.env("CLIPROXY_CONFIG", "lost.yaml"),
        "config=third.yaml",
    )
    .await;
}

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let launch = Launch::new(&["serve", "--port", &port]).file("config.yaml", &sound());
    ended(&launch.run(), 78, &[&port, "port"]);
}

#[tokio::test]
async fn init() {
    let first = Launch::new(&["init"]).run();
    ended(
        &first,
        0,
        &[
            "wrote config.yaml",
            "client key: sk-cliproxy-",
            "export GATEWAY_KEY=sk-cliproxy-",
        ],
    );
    let path = first.directory.path().join("config.yaml");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    let key = first
        .stdout
        .split("client key: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    assert!(text.contains(key), "{text}");

    // What it wrote serves, with that key and no other.
    let gateway = Gateway::start(&text).await;
    let list = |key| Call::get("/v1/models").key(Chat, key);
    assert_eq!(gateway.send(list(key)).await.status, 200);
    assert_eq!(gateway.send(list("wrong")).await.status, 401);

    let again = Launch::new(&["init"]).file("config.yaml", "mine").run();
    ended(&again, 1, &["exists already"]);
    let kept = fs::read_to_string(again.directory.path().join("config.yaml")).unwrap();
    assert_eq!(kept, "mine");
    let second = Launch::new(&["init", "--config", "other.yaml"]).run();
    ended(&second, 0, &["wrote other.yaml"]);
    assert_ne!(
        first.stdout,
        second.stdout.replace("other.yaml", "config.yaml")
    );
}

/// Strangers could use these: they do not start, and say which line to change.
#[tokio::test]
async fn unsafe_to_serve() {
    let open = "host: ''\n";
    let sample = "host: 0.0.0.0\napi-keys: [your-api-key-1]\n";
    for text in [open, sample] {
        let launch = || Launch::new(&["serve", "--port", "0"]).file("config.yaml", text);
        let words = ["not safe to serve", "--allow-insecure", "line"];
        ended(&launch().run(), 78, &words[..2]);
        Gateway::launch(launch().arg("--allow-insecure"))
            .await
            .logged("WARN")
            .await;
        Gateway::launch(launch().env("CLIPROXY_ALLOW_INSECURE", "true")).await;
    }
    let by_flag = Launch::new(&["serve", "--port", "0", "--host", ""]).file("config.yaml", "");
    ended(&by_flag.run(), 78, &["not safe to serve"]);
    let keyed = "host: 0.0.0.0\napi-keys: [a-key-of-our-own]\n";
    let keyed = Launch::new(&["serve", "--port", "0"]).file("config.yaml", keyed);
    Gateway::launch(keyed).await.logged("TLS").await;
}

/// A setting of the environment wins over the file.
#[tokio::test]
async fn environment() {
    let names = ["a", "b"];
    let world = World::start(Chat, "", names.map(|name| (name, Behaviour::Answer))).await;
    let base = world.upstream.base_url();
    let text = config(
        "routing: {strategy: round-robin}",
        &names.map(|name| Entry::new(Chat, name, &base)),
    );
    let launch = Gateway::serve(&text).env("CLIPROXY_ROUTING__STRATEGY", "fill-first");
    let gateway = Gateway::launch(launch).await;
    let mut served = Vec::new();
    for _ in 0..3 {
        served.push(
            gateway
                .send(Call::unary(Chat))
                .await
                .header("x-cliproxy-served-by")
                .to_owned(),
        );
    }
    assert!(served.iter().all(|name| *name == served[0]), "{served:?}");
    let wrong = Gateway::serve(&text)
        .env("CLIPROXY_REQUEST_RETRY", "often")
        .run();
    ended(&wrong, 78, &["CLIPROXY_REQUEST_RETRY"]);
}

/// Keys may be kept outside of the file.
#[tokio::test]
async fn secrets_elsewhere() {
    let world = World::start(Chat, "", [("a", Behaviour::Answer)]).await;
    let entry = Entry::new(Chat, "a", &world.upstream.base_url()).key("file:a.key");
    let text = config("api-keys: [env:GATEWAY_KEY]", &[entry]);
    let launch = Gateway::serve(&text)
        .env("GATEWAY_KEY", CLIENT_KEY)
        .file("a.key", "sk-a\n");
    let gateway = Gateway::launch(launch).await;
    let reply = gateway.send(Call::unary(Chat)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[tokio::test]
async fn health() {
    let gateway = Gateway::start(&sound()).await;
    for path in ["/healthz", "/livez", "/readyz", "/"] {
        for method in [Method::GET, Method::HEAD] {
            let reply = gateway.send(Call::bare(method.clone(), path)).await;
            assert_eq!(reply.status, 200, "{method} {path}");
            assert_eq!(
                reply.body.is_empty(),
                method == Method::HEAD,
                "{method} {path}"
            );
        }
    }
    let empty = Gateway::start("api-keys: [k]").await;
    empty.logged("no provider entries").await;
    assert_eq!(
        empty.send(Call::bare(Method::GET, "/livez")).await.status,
        200
    );
    assert_eq!(
        empty.send(Call::bare(Method::GET, "/readyz")).await.status,
        503
    );
}

/// A core file would hold every key: no limit that the process could raise again leaves room for one.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_core_file() {
    let gateway = Gateway::start(&sound()).await;
    let limits = fs::read_to_string(format!("/proc/{}/limits", gateway.id())).unwrap();
    let core = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"));
    let [soft, hard, ..] = core.unwrap().split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("{limits}");
    };
    assert_eq!((soft, hard), ("0", "0"));
}
