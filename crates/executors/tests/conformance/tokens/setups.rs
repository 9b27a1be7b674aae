//! Credentials that have no token endpoint, and what is said about it.

use super::{Asked, PROVIDERS, secret};
use cliproxy_executors::{OauthClient, providers};

/// What is wrong with a credential of this provider, after `change`; empty if nothing.
fn wrong(provider: &'static str, change: impl FnOnce(&mut Asked)) -> String {
    let mut asked = Asked::new(provider, "https://auth.example");
    change(&mut asked);
    let endpoint = asked.try_endpoint();
    endpoint.map_or_else(|error| error.to_string(), |_| String::new())
}

fn without_client(asked: &mut Asked) {
    asked.client = OauthClient::default();
}

#[test]
fn what_a_credential_lacks_is_named() {
    for provider in PROVIDERS {
        assert_eq!(wrong(provider, |_| {}), "", "{provider}");
    }
    for provider in ["claude", "antigravity"] {
        let expected = format!("tokens of `{provider}` are not refreshed by this gateway");
        assert_eq!(wrong(provider, |_| {}), expected);
    }
    let no_client = |provider: &str| {
        let said = "nothing says which OAuth client the tokens belong to";
        format!("set `oauth.{provider}.client_id` in the configuration: {said}")
    };
    for provider in ["codex", "kimi", "xai"] {
        assert_eq!(wrong(provider, without_client), no_client(provider));
    }
    let nowhere = wrong("xai", |asked| asked.client.token_url = None);
    let said = "nothing says where its tokens are refreshed";
    assert_eq!(
        nowhere,
        format!("set `oauth.xai.token_url` in the configuration: {said}")
    );
    // What needs nothing of the configuration.
    assert_eq!(wrong("gemini-cli", without_client), "");
    assert_eq!(wrong("vertex", without_client), "");
    let named = |asked: &mut Asked| {
        without_client(asked);
        asked.id = Some("app_1");
    };
    for provider in ["codex", "kimi"] {
        assert_eq!(wrong(provider, named), "", "{provider}");
    }
    let of_nobody = wrong("gemini-cli", |asked| {
        without_client(asked);
        asked.id = None;
    });
    assert_eq!(of_nobody, no_client("gemini-cli"));
    let clear = wrong("gemini-cli", |asked| {
        asked.token_uri = Some("http://auth.example/token".to_owned());
    });
    let said = "would send a token in the clear; write https://";
    assert_eq!(clear, format!("`token_uri` in the credential file {said}"));
    let keyless = wrong("vertex", |asked| asked.service_key = None);
    assert_eq!(keyless, "the credential file has no `service_account`");
    let said = "is not in PEM form (-----BEGIN PRIVATE KEY-----)";
    let garbled = wrong("vertex", |asked| asked.service_key = Some(secret("canary")));
    assert_eq!(
        garbled,
        format!("`service_account.private_key` in the credential file {said}")
    );
}

#[test]
fn a_client_without_the_secret_that_google_wants() {
    let check = |provider, lacks, change: fn(&mut Asked)| {
        let mut asked = Asked::new(provider, "https://auth.example");
        change(&mut asked);
        let found = providers::lacks_secret(provider, &asked.client, &asked.source());
        assert_eq!(found, lacks, "{provider} {:?}", asked.id);
    };
    check("gemini-cli", false, |_| {});
    check("gemini-cli", true, |asked| asked.secret = None);
    check("gemini-cli", false, |asked| asked.id = None);
    check("gemini-cli", false, |asked| {
        (asked.id, asked.secret) = (Some("own-client"), None);
    });
    check("gemini-cli", true, |asked| {
        (asked.id, asked.client.client_secret) = (None, None);
    });
    // What is missing altogether is said otherwise.
    check("gemini-cli", false, |asked| {
        asked.id = None;
        without_client(asked);
    });
    check("codex", false, |asked| asked.client.client_secret = None);
}

#[test]
fn where_vertex_could_be() {
    let check = |text: &str, expected| {
        assert_eq!(providers::is_vertex_location(text), expected, "{text}");
    };
    for region in ["us-central1", "europe-west4", "global", "us", "eu"] {
        check(region, true);
    }
    for wrong in [
        "us central1",
        "eu.example.com",
        "x/y",
        "-west1",
        "west1-",
        "\u{fc}",
        "a@b",
    ] {
        check(wrong, false);
    }
    check(&"a".repeat(64), false);
}
