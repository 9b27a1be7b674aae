//! JWTs that nobody here signs: their signature is a text that a search finds.

use crate::{
    failure::unix_after,
    oauth::{Account, Dialect},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// What all tokens of an account claim. `now` is the clock of the server, which may be wrong.
pub(crate) fn claims(account: &Account, now: SystemTime) -> Value {
    let mut claims = json!({
        "iss": issuer(account.dialect),
        "aud": [account.client.id],
        "sub": format!("scripted|{}", account.label),
        "email": account.email,
        "email_verified": true,
        "iat": unix_after(now, Duration::ZERO),
        "exp": unix_after(now, account.lifetime),
    });
    if account.dialect == Dialect::Codex {
        claims["https://api.openai.com/auth"] = json!({
            "chatgpt_account_id": account.account_id,
            "chatgpt_user_id": format!("user {}", account.label),
            "chatgpt_plan_type": "plus",
        });
    }
    claims
}

/// A token with these claims, and `signature` in plain sight.
pub(crate) fn encode(claims: &Value, signature: &str) -> String {
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "scripted"});
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(&header), part(claims))
}

const fn issuer(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Codex => "https://auth.openai.com",
        Dialect::Google => "https://accounts.google.com",
        Dialect::Kimi => "https://auth.kimi.com",
        Dialect::Plain => "https://scripted.example",
    }
}
