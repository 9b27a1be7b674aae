//! `cliproxy credentials` and `cliproxy import`, with a gateway that runs and without.
//!
//! A command is waited for by the test's own thread, so the upstream needs another one.

mod check;
mod elsewhere;
mod import;
mod list;
mod switch;

use cliproxy_core::Protocol;
use cliproxy_e2e::{CLIENT_KEY, Call, Finished, Gateway, Launch, PATIENCE};
use cliproxy_scripted_upstream::{
    Script, Upstream,
    oauth::{Account, Dialect},
};
use serde_json::{Map, Value, json};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// The directory of credential files, beside the configuration.
const FILES: &str = "auths";

/// A model that every plan of Codex has.
const MODEL: &str = "gpt-5.4";

/// An upstream with Codex accounts of these labels.
fn upstream(labels: &[&str]) -> Upstream {
    let accounts = labels.iter();
    let accounts = accounts.map(|label| Account::new(label, Dialect::Codex));
    let script = accounts.fold(Script::new(), Script::account);
    Upstream::start(script).unwrap()
}

/// A configuration with these accounts' server, and one key besides.
fn config(upstream: &Upstream) -> String {
    let (base, token_url) = (upstream.base_url(), upstream.token_url(Dialect::Codex));
    format!(
        "api-keys: [{CLIENT_KEY}]\nauth-dir: {FILES}\noauth: {{codex: {{token_url: '{token_url}'}}}}\n\
         claude-api-key:\n  - {{name: main, api-key: SECRET_K_1, base-url: '{base}', \
         proxy-url: 'http://user:SECRET_P_1@127.0.0.1:9'}}\n"
    )
}

/// When the access token of a new file ends.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    InAnHour,
    Ago,
}

/// Somebody has signed in: what is in the file, with this besides.
fn signed_in(upstream: &Upstream, label: &str, ends: Ends, more: Value) -> Value {
    let tokens = upstream.oauth().sign_in(label).unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "what the gateway compares it with"
    )]
    let ago = SystemTime::now() - Duration::from_secs(60);
    let ends = match ends {
        Ends::InAnHour => tokens.expires_at,
        Ends::Ago => ago,
    };
    let mut file = json!({
        "type": "codex",
        "label": label,
        "client_id": "scripted-client",
        "base_url": format!("{}/v1", upstream.base_url()),
        "access_token": tokens.access_token.expose(),
        "refresh_token": tokens.refresh_token.as_ref().unwrap().expose(),
        "expires_at": ends.duration_since(UNIX_EPOCH).unwrap().as_secs(),
    });
    let more: Map<String, Value> = serde_json::from_value(more).unwrap();
    file.as_object_mut().unwrap().extend(more);
    file
}

/// Puts a credential file below this directory, in one step.
fn put(home: &Path, name: &str, text: &str) {
    let directory = home.join(FILES);
    fs::create_dir_all(&directory).unwrap();
    let draft = directory.join(".draft");
    cliproxy_e2e::write_private(&draft, text);
    fs::rename(draft, directory.join(name)).unwrap();
}

fn kept(home: &Path, name: &str) -> Value {
    let text = fs::read(home.join(FILES).join(name)).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// A gateway with this configuration and these files.
async fn gateway(config: &str, files: &[(&str, Value)]) -> Gateway {
    let launch = Gateway::serve(config);
    for (name, file) in files {
        put(launch.path(), name, &file.to_string());
    }
    fs::create_dir_all(launch.path().join(FILES)).unwrap();
    Gateway::launch(launch).await
}

/// A command in the directory of these files, where no gateway runs.
fn alone(home: &Path, args: &[&str]) -> Finished {
    let config = home.join("config.yaml").display().to_string();
    Launch::new(&[args, &["--config", &config]].concat()).run()
}

/// A command about a gateway that runs.
fn about(gateway: &Gateway, args: &[&str]) -> Finished {
    let config = gateway.directory().join("config.yaml");
    let config = config.display().to_string();
    let args = [args, &["--config", &config]].concat();
    gateway.command(&args).run()
}

/// What is printed by a command that works, which no secret is part of.
#[track_caller]
fn said(finished: Finished) -> String {
    let text = fine(finished, 0);
    assert!(!text.is_empty());
    text
}

/// The standard output of a command that ends with this code.
#[track_caller]
fn fine(finished: Finished, code: i32) -> String {
    let Finished {
        code: ended,
        stdout,
        stderr,
        ..
    } = finished;
    assert_eq!((ended, &*stderr), (Some(code), ""), "{stdout}");
    assert!(!stdout.contains("SECRET_"), "{stdout}");
    stdout
}

/// What a command says that does not work.
#[track_caller]
fn refused(finished: Finished, code: i32, part: &str) {
    let Finished {
        code: ended,
        stdout,
        stderr,
        ..
    } = finished;
    assert_eq!((ended, &*stdout), (Some(code), ""), "{stderr}");
    assert!(stderr.contains(part), "{stderr}");
    assert!(!stderr.contains("SECRET_"), "{stderr}");
}

#[track_caller]
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// One of the listed credentials, by its id.
fn one<'a>(listed: &'a Value, id: &str) -> Option<&'a Value> {
    let mut all = listed["credentials"].as_array().unwrap().iter();
    all.find(|one| one["id"] == id)
}

/// Asks the gateway for its credentials until they are as wanted.
#[track_caller]
fn until(gateway: &Gateway, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let listed = parsed(&said(about(gateway, &["credentials", "list", "--json"])));
        if wanted(&listed) {
            return listed;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: {listed:#}");
    }
}

/// The status of a request that only accounts can serve.
async fn status(gateway: &Gateway) -> u16 {
    let call = Call::generate(Protocol::Responses, MODEL, false);
    gateway.send(call).await.status
}
