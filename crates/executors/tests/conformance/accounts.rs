//! What accounts that signed in send, beside what every provider does.

use crate::{
    caller::Attempt,
    hosts::{HOSTS, Host, account_host, key_host},
    requests::{extra, sent},
    wire::{Step, Wire, soon},
};
use cliproxy_auth_store::UpstreamAccount;
use cliproxy_core::{ErrorKind, Operation, Protocol, Scope};
use cliproxy_executors::{HeaderSource, providers};
use futures_util::future::join_all;
use http::HeaderValue;

fn codex() -> &'static Host {
    account_host("codex", Protocol::Responses)
}

fn code_assist() -> &'static Host {
    account_host("gemini-cli", Protocol::Gemini)
}

fn kimi(protocol: Protocol) -> &'static Host {
    account_host("kimi", protocol)
}

fn vertex() -> &'static Host {
    account_host("vertex", Protocol::Gemini)
}

fn at(location: Option<&str>) -> UpstreamAccount {
    UpstreamAccount {
        location: location.map(Box::from),
        ..UpstreamAccount::default()
    }
}

#[tokio::test]
async fn where_accounts_are_served() {
    let check = async |host: &Host, account: UpstreamAccount, authority: &str| {
        let proxy = Wire::start([Step::reply("502 No", b"")]).await;
        let attempt = Attempt::new(host, &proxy.base()).account(account);
        let asked = soon(attempt.at_the_vendor(&proxy.base()).send()).await;
        assert_eq!(asked.unwrap_err().kind, ErrorKind::Transport, "{authority}");
        let asked = proxy.requests().remove(0).line;
        assert_eq!(asked, format!("CONNECT {authority}:443 HTTP/1.1"));
    };
    let check_vertex = async |location, authority| check(vertex(), at(location), authority).await;
    let nothing = UpstreamAccount::default;
    check(codex(), nothing(), "chatgpt.com").await;
    check(code_assist(), nothing(), "cloudcode-pa.googleapis.com").await;
    check(kimi(Protocol::Chat), nothing(), "api.kimi.com").await;
    // Of files: the configuration refuses an entry without an address.
    check(
        key_host("codex", Protocol::Responses),
        nothing(),
        "api.openai.com",
    )
    .await;
    check_vertex(None, "us-central1-aiplatform.googleapis.com").await;
    check_vertex(Some(""), "us-central1-aiplatform.googleapis.com").await;
    check_vertex(
        Some("europe-west4"),
        "europe-west4-aiplatform.googleapis.com",
    )
    .await;
    check_vertex(Some("global"), "aiplatform.googleapis.com").await;
    check_vertex(Some("eu"), "aiplatform.eu.rep.googleapis.com").await;
    check_vertex(Some("us"), "aiplatform.us.rep.googleapis.com").await;
}

#[tokio::test]
async fn addresses_of_other_operations_and_models() {
    let check = async |host, model, operation, target: &str| {
        let sent = sent(host, |mut attempt| {
            (attempt.model, attempt.operation) = (model, operation);
            attempt
        });
        assert_eq!(sent.await.line, format!("POST {target} HTTP/1.1"));
    };
    let count = Operation::CountTokens;
    check(code_assist(), "m", count, "/v1internal:countTokens").await;
    // The model is in the body.
    let unary = Operation::Generate;
    check(code_assist(), "../m", unary, "/v1internal:generateContent").await;
    let messages = kimi(Protocol::Claude);
    check(messages, "m", count, "/v1/messages/count_tokens").await;
    let at = |model| format!("{}{model}", vertex().unary.split_once("m:").unwrap().0);
    check(vertex(), "m@1", count, &at("m@1:countTokens")).await;
    let escaped = at("..%2F..%2Fa%3Fb:generateContent");
    check(vertex(), "../../a?b", unary, &escaped).await;
    check(vertex(), "..", unary, &at("%2E%2E:generateContent")).await;
}

#[tokio::test]
async fn a_project_and_a_location_stay_in_their_places() {
    let check = async |project: Option<&str>, location, target: Option<&str>| {
        let wire = Wire::start([Step::reply("200 OK", b"{}")]).await;
        let mut attempt = Attempt::new(vertex(), &wire.base()).account(at(location));
        attempt.credential.project = project.map(Into::into);
        let answered = soon(attempt.send()).await;
        match target {
            Some(target) => {
                answered.unwrap();
                let line = wire.requests().remove(0).line;
                let models = "publishers/google/models/m:generateContent";
                assert_eq!(line, format!("POST /v1/{target}/{models} HTTP/1.1"));
            }
            None => {
                let error = answered.unwrap_err();
                let got = (error.kind, error.scope, error.answered);
                assert_eq!(got, (ErrorKind::Internal, Scope::Credential, false));
                assert_eq!(wire.accepted(), 0, "{project:?} {location:?}");
            }
        }
    };
    let here = "locations/us-central1";
    check(Some("p"), None, Some(&format!("projects/p/{here}"))).await;
    let domain = format!("projects/example.com:p/{here}");
    check(Some("example.com:p"), None, Some(&domain)).await;
    let escaped = format!("projects/..%2Fq%3F/{here}");
    check(Some("../q?"), None, Some(&escaped)).await;
    check(None, None, None).await;
    check(Some(""), None, None).await;
    for elsewhere in ["evil.example/", "a.b", "x@evil.example:1", "a b", "é", ".."] {
        check(Some("p"), Some(elsewhere), None).await;
    }
}

#[tokio::test]
async fn each_attempt_brings_the_token_of_the_moment() {
    let wire = Wire::start((0..3).map(|_| Step::reply("200 OK", b"{}"))).await;
    let mut attempt = Attempt::new(codex(), &wire.base());
    for token in [Some("first-token"), Some("second-token"), None] {
        attempt.token = token.map(Into::into);
        attempt.send().await.unwrap();
    }
    let requests = wire.requests();
    let sent: Vec<_> = requests
        .iter()
        .map(|sent| sent.all("authorization"))
        .collect();
    let expected: [&[&str]; 3] = [&["Bearer first-token"], &["Bearer second-token"], &[]];
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn the_chatgpt_account() {
    const NAME: &str = "chatgpt-account-id";
    let check = async |account_id: Option<&str>, expected: &[&str]| {
        let account_id = account_id.map(Box::from);
        let sent = sent(codex(), |attempt| {
            let mut attempt = attempt.account(UpstreamAccount {
                account_id,
                ..UpstreamAccount::default()
            });
            if !expected.is_empty() {
                let others = HeaderSource::Literal(HeaderValue::from_static("the-entrys"));
                attempt.endpoint.headers = vec![extra(NAME, others)];
            }
            attempt.header(NAME, "the-clients")
        });
        assert_eq!(sent.await.all(NAME), expected, "{expected:?}");
    };
    check(Some("acc-1"), &["acc-1"]).await;
    check(None, &[]).await;
    check(Some(""), &[]).await;
    check(Some("a\r\nx-forged: 1"), &[]).await;
    check(Some("é"), &[]).await;
}

#[tokio::test]
async fn the_name_of_a_conversation() {
    const NAMES: [&str; 3] = ["session-id", "session_id", "conversation_id"];
    let check = async |host, given, own: Option<&'static str>, expected: [&[&str]; 3]| {
        let sent = sent(host, |mut attempt| {
            attempt.conversation = given;
            match own {
                Some(name) => attempt.header(name, "own"),
                None => attempt,
            }
        });
        let sent = sent.await;
        assert_eq!(
            NAMES.map(|name| sent.all(name)),
            expected,
            "{given:?} {own:?}"
        );
    };
    let (given, none): (_, [&[&str]; 3]) = (Some("c-1"), [&[], &[], &[]]);
    check(codex(), given, None, [&["c-1"], &[], &[]]).await;
    check(codex(), None, None, none).await;
    check(codex(), given, Some("session-id"), [&["own"], &[], &[]]).await;
    check(codex(), given, Some("session_id"), [&[], &["own"], &[]]).await;
    check(
        codex(),
        given,
        Some("conversation_id"),
        [&[], &[], &["own"]],
    )
    .await;
    // The others have no such header, and neither have hosts that take keys.
    check(kimi(Protocol::Chat), given, None, none).await;
    check(&HOSTS[1], given, None, none).await;
}

#[tokio::test]
async fn kimi_is_told_the_truth() {
    for protocol in [Protocol::Chat, Protocol::Claude] {
        let sent = sent(kimi(protocol), |mut attempt| {
            let others = HeaderSource::Literal(HeaderValue::from_static("the-entrys"));
            attempt.endpoint.headers = vec![extra("x-msh-platform", others)];
            attempt
                .header("x-msh-platform", "kimi_cli")
                .header("x-msh-device-id", "the-clients")
                .header("x-msh-os-version", "the-clients")
        })
        .await;
        let check = |name, expected: &[&str]| assert_eq!(sent.all(name), expected, "{protocol}");
        check("x-msh-platform", &["cliproxy"]);
        check("x-msh-version", &[env!("CARGO_PKG_VERSION")]);
        check("x-msh-device-name", &["label"]);
        check("x-msh-device-id", &["the-device"]);
        check("x-msh-os-version", &[]);
        assert_eq!(sent.all("x-msh-device-model").len(), 1);
        let version: &[&str] = match protocol {
            Protocol::Claude => &["2023-06-01"],
            _ => &[],
        };
        check("anthropic-version", version);
    }
}

/// One credential, many requests at once, in both protocols.
#[tokio::test]
async fn requests_do_not_mix() {
    const MANY: usize = 100;
    let wire = Wire::start((0..MANY).map(|_| Step::reply("200 OK", b"{}"))).await;
    let base = wire.base();
    let host = |number: usize| match number % 2 {
        0 => kimi(Protocol::Chat),
        _ => kimi(Protocol::Claude),
    };
    let ask = async |number| {
        let attempt = Attempt::new(host(number), &base).key(&format!("token-{number}"));
        soon(attempt.send()).await.unwrap();
    };
    join_all((0..MANY).map(ask)).await;
    let requests = wire.requests();
    assert_eq!(requests.len(), MANY);
    for sent in requests {
        let [bearer] = sent.all("authorization")[..] else {
            panic!("{sent:?}");
        };
        let number = bearer.rsplit('-').next().unwrap().parse().unwrap();
        let expected = format!("POST {} HTTP/1.1", host(number).unary);
        assert_eq!(sent.line, expected, "{bearer}");
        assert_eq!(sent.all("anthropic-version").len(), number % 2, "{bearer}");
    }
}

#[test]
fn only_some_providers_have_accounts() {
    let check = |name: &str, signs_in| {
        let provider = providers::build_for_account(name, cliproxy_executors::Endpoint::default());
        assert_eq!(provider.is_some(), signs_in, "{name}");
    };
    for name in ["codex", "gemini-cli", "kimi", "vertex"] {
        check(name, true);
    }
    for name in [
        "antigravity",
        "claude",
        "gemini",
        "openai-compatibility",
        "",
    ] {
        check(name, false);
    }
}
