//! The account that signs in: its credential file, and what becomes of its tokens.

use super::{
    ask::Ask,
    models::{ACCOUNT, ACCOUNT_TARGET},
    served::Served,
    stage::Stage,
};
use crate::client::Client;
use anyhow::{Context as _, ensure};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{
    DEMO_ACCOUNT, Upstream,
    oauth::{Dialect, SignedIn},
};
use http::HeaderValue;
use serde_json::json;
use std::{
    fs::OpenOptions,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// Signs in, and keeps the tokens as a user would: in a credential file in this directory.
pub(super) fn sign_in(upstream: &Upstream, directory: &Path) -> anyhow::Result<()> {
    let tokens = upstream.oauth().sign_in(DEMO_ACCOUNT);
    let tokens = tokens.context("the scripted upstream has no account")?;
    let mut options = OpenOptions::new();
    let options = options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(path(directory))?;
    file.write_all(content(upstream, &tokens).as_bytes())?;
    Ok(())
}

fn path(directory: &Path) -> PathBuf {
    directory.join(format!("{DEMO_ACCOUNT}.json"))
}

fn content(upstream: &Upstream, tokens: &SignedIn) -> String {
    let ends = tokens.expires_at.duration_since(UNIX_EPOCH);
    let file = json!({
        "type": "codex",
        "label": DEMO_ACCOUNT,
        "email": "account@demo.example",
        "base_url": format!("{}/v1", upstream.base_url()),
        "client_id": "scripted-client",
        "access_token": tokens.access_token.expose(),
        "refresh_token": tokens.refresh_token.as_ref().map(|token| token.expose()),
        "expires_at": ends.unwrap_or_default().as_secs(),
    });
    format!("{file:#}\n")
}

/// What its configuration is besides that of the keys.
pub(super) fn config(directory: &Path, upstream: &Upstream) -> String {
    yaml(
        &directory.display().to_string(),
        &upstream.token_url(Dialect::Codex),
    )
}

fn yaml(directory: &str, token_url: &str) -> String {
    // As JSON, which is YAML, a path may hold anything.
    let (directory, token_url) = (json!(directory), json!(token_url));
    format!(
        "\
auth-dir: {directory}
oauth: {{codex: {{token_url: {token_url}}}}}
oauth-model-alias:
  codex: [{{name: {ACCOUNT_TARGET}, alias: {ACCOUNT}}}]
oauth-excluded-models:
  codex: [\"codex-*\", \"*-mini\", \"*-spark\", \"gpt-5.5*\", \"gpt-5.6*\"]
"
    )
}

/// Ends its access token before its time, and asks for something, under this request id. Says what
/// became of that.
pub(super) async fn refresh(stage: &Stage, id: &str) -> anyhow::Result<()> {
    let upstream = stage.upstream();
    let kept = || std::fs::read(path(stage.auth_dir()));
    let (before, asked) = (kept()?, upstream.stats().refreshes(DEMO_ACCOUNT));
    upstream.oauth().expire(DEMO_ACCOUNT);
    let ask = Ask {
        protocol: Protocol::Responses,
        streamed: false,
        model: ACCOUNT,
        session: id,
        said: &[format!("This is what {id} asks.")],
    };
    let mut request = ask.request(&stage.gateway_url(), stage.key())?;
    let headers = request.headers_mut();
    headers.insert("x-request-id", HeaderValue::from_str(id)?);
    let reply = Client::new().send(request).await?;
    let served = Served::judge(&ask, &reply)?;
    ensure!(served.by == DEMO_ACCOUNT, "served by {}", served.by);
    let refreshes = upstream.stats().refreshes(DEMO_ACCOUNT) - asked;
    ensure!(refreshes == 1, "{refreshes} refreshes");
    ensure!(kept()? != before, "the new tokens are not on disk");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::yaml;
    use cliproxy_config::{Env, Overrides, load_text};
    use std::path::Path;

    #[test]
    fn its_configuration_loads_without_a_word() {
        let text = yaml("/tmp/a \"b'", "http://127.0.0.1:9/oauth/token");
        let strict = Overrides {
            strict: Some(true),
            ..Overrides::default()
        };
        let loaded = load_text(&text, Path::new("."), &Env::default(), &strict).unwrap();
        assert_eq!(loaded.warnings.to_string(), "");
        let directory = loaded.config.auth_dir.as_deref();
        assert_eq!(directory, Some(Path::new("/tmp/a \"b'")));
        assert_eq!(loaded.config.oauth["codex"].model_aliases.len(), 1);
    }
}
