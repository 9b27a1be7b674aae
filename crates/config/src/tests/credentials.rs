//! Credential files and OAuth clients.

use super::{complaints, config};
use crate::{AuthRefresh, Config, Env, OauthClient, Overrides, load_text};
use cliproxy_core::Secret;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// `expected` is what is complained about.
#[track_caller]
fn check(yaml: &str, expected: &str) {
    assert_eq!(complaints(yaml), expected, "{yaml}");
}

fn with(yaml: &str, env: &[(&str, &str)]) -> Config {
    let env: Env = env.iter().copied().collect();
    match load_text(yaml, Path::new("/etc/gateway"), &env, &Overrides::default()) {
        Ok(loaded) => loaded.config,
        Err(problems) => panic!("{yaml}\n{problems}"),
    }
}

#[test]
fn where_credential_files_are() {
    let found = |yaml: &str, env: &[(&str, &str)], expected: Option<&str>| {
        let got = with(yaml, env).auth_dir;
        assert_eq!(got, expected.map(PathBuf::from), "{yaml} {env:?}");
    };
    let home = ("HOME", "/home/a");
    found("{}", &[], None);
    found("{}", &[home], Some("/home/a/.cli-proxy-api"));
    found("auth-dir: ''", &[home], Some("/home/a/.cli-proxy-api"));
    found("auth-dir: ~/auths", &[home], Some("/home/a/auths"));
    found("auth-dir: auths", &[home], Some("/etc/gateway/auths"));
    found("auth-dir: /srv/auths", &[], Some("/srv/auths"));
    found("{}", &[home, ("CLIPROXY_AUTH_DIR", "/e")], Some("/e"));
    check(
        "auth-dir: ~/auths",
        "1:1: warning: auth-dir: there is no home directory for `~`, so no credential files are read \
         (set HOME, or write the whole path)",
    );
}

#[test]
fn when_tokens_are_refreshed() {
    let default = AuthRefresh::default();
    assert_eq!(config("{}").auth_refresh, default);
    let leads: Vec<_> = default
        .leads
        .iter()
        .map(|(provider, lead)| (provider.as_str(), lead.as_secs() / 60))
        .collect();
    let expected = [
        ("codex", 5 * 24 * 60),
        ("gemini-cli", 5),
        ("kimi", 5),
        ("vertex", 12),
        ("xai", 5),
    ];
    assert_eq!(leads, expected);
    assert!(default.disabled_too);
    assert!(
        !config("auth-refresh: {disabled-too: false}")
            .auth_refresh
            .disabled_too
    );
    let yaml = "auth-refresh: {leads: {Codex: 1d, kimi: 0, xai: }, lock-timeout: 20s}";
    check(yaml, "");
    let own = config(yaml).auth_refresh;
    assert_eq!(own.lock_timeout, Duration::from_secs(20));
    assert_eq!(own.leads["codex"], Duration::from_secs(24 * 60 * 60));
    assert_eq!(own.leads["kimi"], Duration::ZERO);
    assert_eq!(own.leads["xai"], default.leads["xai"]);
    check(
        "auth-refresh: {leads: {kimi: -1s, codx: 1h, iflow: 1h}, lock-timeout: 0}",
        "1:24: error: auth-refresh.leads.kimi: must not be negative (write 0 to refresh tokens when \
         they have ended)\n\
         1:35: warning: auth-refresh.leads.codx: no provider with a login; this is ignored (did you \
         mean `codex`?)\n\
         1:57: error: auth-refresh.lock-timeout: must be longer than zero (remove it for the default)",
    );
}

/// An attempt gives up on a lock after 35 s, whatever is configured.
#[test]
fn how_long_a_lock_is_waited_for() {
    let timeout = |written: &str| {
        let yaml = format!("auth-refresh: {{lock-timeout: {written}}}");
        config(&yaml).auth_refresh.lock_timeout.as_secs()
    };
    for (written, expected) in [("1s", 1), ("35s", 35), ("36s", 35), ("1h", 35)] {
        assert_eq!(timeout(written), expected, "{written}");
    }
    assert_eq!(AuthRefresh::default().lock_timeout.as_secs(), 35);
    check("auth-refresh: {lock-timeout: 35s}", "");
    check(
        "auth-refresh: {lock-timeout: 1m}",
        "1:16: warning: auth-refresh.lock-timeout: longer than 35s, which is used: no request waits \
         longer (write 35s or less)",
    );
}

#[test]
fn how_many_refreshes_at_a_time() {
    let workers = |written: &str| {
        let yaml = format!("auth-auto-refresh-workers: {written}");
        config(&yaml).auth_refresh.workers
    };
    for (written, expected) in [("1", 1), ("256", 256), ("257", 256), ("0", 16), ("-3", 16)] {
        assert_eq!(workers(written), expected, "{written}");
    }
    check(
        "auth-auto-refresh-workers: 9999",
        "1:1: warning: auth-auto-refresh-workers: more than 256, which is used (write 256 or less)",
    );
}

#[test]
fn a_client_of_your_own() {
    let yaml = "
oauth:
  kimi: {client_id: ' own ', token_url: 'http://127.0.0.1:9/token', scopes: ['openid  email', ~, a]}
  codex:
    client_id: env:ID
    client_secret: env:SECRET
    authorize_url: https://auth.example/authorize
    device_url: https://auth.example/device?a=b
    redirect_port: 1455
  xai: {}
  gemini-cli:
";
    let env = [
        ("ID", "app_1"),
        ("SECRET", "hush"),
        ("CLIPROXY_OAUTH__XAI__CLIENT_ID", "of-the-environment"),
        ("CLIPROXY_OAUTH__KIMI__REDIRECT_PORT", "7"),
        ("CLIPROXY_OAUTH__CODEX__CLIENT_SECRET", "louder"),
    ];
    let url = |text: &str| Some(text.parse().unwrap());
    let oauth = with(yaml, &env).oauth;
    let providers: Vec<&str> = oauth.keys().map(String::as_str).collect();
    assert_eq!(providers, ["codex", "kimi", "xai"]);
    let codex = OauthClient {
        client_id: Some("app_1".to_owned()),
        client_secret: Some(Secret::from("louder")),
        authorize_url: url("https://auth.example/authorize"),
        device_url: url("https://auth.example/device?a=b"),
        redirect_port: Some(1455),
        ..OauthClient::default()
    };
    assert_eq!(oauth["codex"].client, codex);
    let kimi = OauthClient {
        client_id: Some("own".to_owned()),
        token_url: url("http://127.0.0.1:9/token"),
        redirect_port: Some(7),
        scopes: ["openid", "email", "a"].map(String::from).into(),
        ..OauthClient::default()
    };
    assert_eq!(oauth["kimi"].client, kimi);
    let xai = oauth["xai"].client.client_id.as_deref();
    assert_eq!(xai, Some("of-the-environment"));
    // Beside what else is said of a provider.
    let both = "oauth: {codex: {client_id: a}}\noauth-excluded-models: {codex: [m]}";
    let codex = &config(both).oauth["codex"];
    assert_eq!(codex.client.client_id.as_deref(), Some("a"));
    assert_eq!(codex.excluded_models, ["m"]);
}

#[test]
fn a_client_for_files_that_nothing_else_is_known_of() {
    let yaml = "
oauth:
  Acme: {client_id: own, token_url: 'https://acme.example/token', scopes: [a]}
  beta:
    client_id: own
    token_url: http://127.0.0.1:9/token
auth-refresh: {leads: {acme: 1h, BETA: 0}}
";
    check(yaml, "");
    let config = config(yaml);
    let providers: Vec<&str> = config.oauth.keys().map(String::as_str).collect();
    assert_eq!(
        providers,
        ["acme", "beta"],
        "as the `type` of a file is spelled"
    );
    let acme = &config.oauth["acme"].client;
    assert_eq!(acme.client_id.as_deref(), Some("own"));
    assert_eq!(acme.scopes, ["a"]);
    let lead = |provider| config.auth_refresh.leads[provider];
    assert_eq!(lead("acme"), Duration::from_secs(60 * 60));
    assert_eq!(lead("beta"), Duration::ZERO);
    let env = [
        ("CLIPROXY_OAUTH__ACME__CLIENT_ID", "of-the-environment"),
        (
            "CLIPROXY_OAUTH__ACME__TOKEN_URL",
            "https://acme.example/token",
        ),
    ];
    let acme = &with("{}", &env).oauth["acme"].client;
    assert_eq!(acme.client_id.as_deref(), Some("of-the-environment"));
}

#[test]
fn a_client_for_other_files_says_all_that_refreshing_takes() {
    check(
        "
oauth:
  acme: {}
  beta: {client_id: a, token_url: ' '}
  gamma: {token_url: 'https://a.example'}
  delta:
  epsilon: {client_id: env:NOPE, token_url: https://a.example}
  acme-corp: {client_id: a, token-url: 'https://a.example'}
",
        "3:3: error: oauth.acme: an OAuth client of your own without `client_id` and `token_url` \
         (write `client_id: …` and `token_url: https://HOST/PATH` below it)\n\
         4:3: error: oauth.beta: an OAuth client of your own without `token_url` (write `token_url: \
         https://HOST/PATH` below it)\n\
         5:3: error: oauth.gamma: an OAuth client of your own without `client_id` (write \
         `client_id: …` below it)\n\
         7:13: error: oauth.epsilon.client_id: the environment variable NOPE is not set\n\
         8:3: error: oauth.acme-corp: an OAuth client of your own without `token_url` (write \
         `token_url: https://HOST/PATH` below it)\n\
         8:29: warning: oauth.acme-corp.token-url: unknown key (did you mean `token_url`?)",
    );
}

#[test]
fn a_client_whose_name_is_nearly_a_known_one() {
    let client = "{client_id: a, token_url: https://a.example}";
    for (name, meant) in [("kimy", "kimi"), ("Codx", "codex")] {
        let yaml = format!("oauth: {{{name}: {client}}}");
        let id = name.to_lowercase();
        check(
            &yaml,
            &format!(
                "1:9: warning: oauth.{name}: no known provider; taken for credential files of this \
                 `type` (did you mean `{meant}`?)"
            ),
        );
        assert!(config(&yaml).oauth.contains_key(&id), "{name}");
    }
    let without = "oauth: {kimy: {client_id: a}}";
    assert!(config(without).oauth.is_empty());
}

/// What is said of `gemini` would reach no file, also not that of `type: gemini`.
#[test]
fn the_provider_of_gemini_files_has_another_name() {
    let ignored = "this is ignored: files of `type: gemini` are of the provider `gemini-cli` (write \
                   `gemini-cli`)";
    for client in [
        "{client_id: a, token_url: https://a.example}",
        "{client_id: a}",
    ] {
        let yaml = format!("oauth: {{gemini: {client}}}\nauth-refresh: {{leads: {{gemini: 1m}}}}");
        let expected = format!(
            "1:9: warning: oauth.gemini: {ignored}\n2:24: warning: auth-refresh.leads.gemini: {ignored}"
        );
        check(&yaml, &expected);
        assert!(config(&yaml).oauth.is_empty());
    }
}

#[test]
fn clients_that_cannot_be_used() {
    check(
        "oauth: {claude: {client_id: a}, vertex: {}, antigravity: {client_id: a}, kimy: {client_id: \
         a}, qwen: {client_id: a}}",
        "1:9: warning: oauth.claude: accepted and ignored: tokens of Claude accounts are never \
         refreshed (remove it)\n\
         1:33: warning: oauth.vertex: accepted and ignored: a service account is its own client \
         (remove it)\n\
         1:45: warning: oauth.antigravity: accepted and ignored: the antigravity provider is not \
         part of the gateway\n\
         1:74: warning: oauth.kimy: no provider with a login; this is ignored (did you mean \
         `kimi`?)\n\
         1:96: warning: oauth.qwen: the qwen provider was removed, this is ignored (remove it)",
    );
    check(
        "oauth: {kimi: {}, Kimi: {}}",
        "1:9: error: oauth.kimi: the same provider again, in another spelling (write it once)",
    );
    // Whatever else they have.
    let whole = "{client_id: a, token_url: https://a.example}";
    for name in ["claude", "antigravity", "qwen"] {
        let yaml = format!("oauth: {{{name}: {whole}}}");
        assert!(config(&yaml).oauth.is_empty(), "{name}");
    }
    check(
        "
oauth:
  codex:
    client-id: a
    client_secret: env:NOPE
    authorize_url: auth.example
    token_url: http://auth.example/token
    device_url: https://u:p@auth.example
    redirect_port: 65536
  xai:
    authorize_url: ftp://auth.example
    token_url: https://auth.example/#a
    scopes: openid
",
        "4:5: warning: oauth.codex.client-id: unknown key (did you mean `client_id`?)\n\
         5:5: error: oauth.codex.client_secret: the environment variable NOPE is not set\n\
         6:5: error: oauth.codex.authorize_url: not a URL (write https://host/path)\n\
         7:5: error: oauth.codex.token_url: tokens would cross the network in the clear (write \
         https://)\n\
         8:5: error: oauth.codex.device_url: has a user name or password in it (use `client_id` and \
         `client_secret`)\n\
         9:5: error: oauth.codex.redirect_port: expected a whole number from 0 to 65535\n\
         11:5: error: oauth.xai.authorize_url: neither https nor http (write https://host/path)\n\
         12:5: error: oauth.xai.token_url: has a fragment (`#…`) (remove it)\n\
         13:5: error: oauth.xai.scopes: expected a list, found a single value (begin each item with \
         `- `)",
    );
}
