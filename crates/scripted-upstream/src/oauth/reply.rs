//! From what was decided to what is said.

use crate::{
    Derailment,
    act::{Act, HTML, content_type, truncated},
    delivery::Plan,
    failure::unix_after,
    oauth::{
        Account, Dialect, Outcome, TokenBehaviour, conduct::Wait, failure::Refused,
        server::Granted, token_digest,
    },
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// What becomes of a call.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// Whose call it is, as far as that was found out.
    pub(crate) label: Option<String>,
    pub(crate) outcome: Outcome,
    /// What the answer waits for.
    pub(crate) waits: Vec<Wait>,
    pub(crate) act: Act,
    /// How the answer leaves HTTP's rails.
    pub(crate) derail: Option<(usize, Derailment)>,
}

impl Verdict {
    pub(crate) const fn new(outcome: Outcome, act: Act) -> Self {
        Self {
            label: None,
            outcome,
            waits: Vec::new(),
            act,
            derail: None,
        }
    }

    /// A refusal, by a check or by the script.
    pub(crate) fn refused(refused: Refused, dialect: Dialect, now: SystemTime) -> Self {
        let error = refused.render(dialect, now);
        let outcome = Outcome::Refused {
            status: error.status.as_u16(),
            code: refused.failure.code(dialect).to_owned(),
        };
        Self::new(outcome, Act::refuse(&error))
    }

    /// Something other than tokens.
    pub(crate) fn served(document: &Value) -> Self {
        Self::new(Outcome::Served, said(document))
    }

    /// Tokens, as the behaviour wants them delivered.
    pub(crate) fn granted(granted: &Granted, account: &Account, behaviour: TokenBehaviour) -> Self {
        let outcome = Outcome::Granted {
            access_token: token_digest(&granted.access),
            refresh_token: granted.refresh.as_deref().map(token_digest),
        };
        let mut document = document(granted, account);
        match behaviour {
            TokenBehaviour::Patched(members) => {
                for (name, value) in members {
                    document[&name] = value;
                }
                if let Some(members) = document.as_object_mut() {
                    members.retain(|_, value| !value.is_null());
                }
                Self::new(outcome, said(&document))
            }
            TokenBehaviour::Skewed(_) => {
                document["expires_at"] = unix_after(granted.expires_at, Duration::ZERO).into();
                Self::new(outcome, said(&document))
            }
            TokenBehaviour::Truncate => Self::new(outcome, truncated(&document.to_string())),
            TokenBehaviour::Derail { after, then } => Self {
                derail: Some((after, then)),
                ..Self::new(outcome, said(&document))
            },
            _ => Self::new(outcome, said(&document)),
        }
    }

    /// What the script has happen in place of tokens, if it does.
    pub(crate) fn scripted(
        behaviour: &TokenBehaviour,
        dialect: Dialect,
        now: SystemTime,
    ) -> Option<Self> {
        let act = match behaviour {
            TokenBehaviour::Fail(failure) => {
                return Some(Self::refused((*failure).into(), dialect, now));
            }
            TokenBehaviour::ErrorIn200(failure) => {
                let mut error = Refused::from(*failure).render(dialect, now);
                error.status = StatusCode::OK;
                Act::refuse(&error)
            }
            TokenBehaviour::Html => respond(
                StatusCode::OK,
                HeaderMap::new(),
                "text/html; charset=utf-8",
                Bytes::from_static(HTML),
            ),
            TokenBehaviour::Reset => Act::Reset,
            TokenBehaviour::Status {
                status,
                headers,
                body,
            } => respond(*status, headers.clone(), content_type(false), body.clone()),
            _ => return None,
        };
        Some(Self::new(Outcome::Scripted, act))
    }

    pub(crate) fn of(self, label: &str) -> Self {
        Self {
            label: Some(label.to_owned()),
            ..self
        }
    }

    pub(crate) fn after(self, waits: Vec<Wait>) -> Self {
        Self { waits, ..self }
    }
}

/// A successful answer (RFC 6749, section 5.1).
fn document(granted: &Granted, account: &Account) -> Value {
    let mut document = json!({
        "access_token": granted.access,
        "token_type": "Bearer",
        "expires_in": granted.life.as_secs(),
        "scope": account.scope,
    });
    if let Some(token) = &granted.refresh {
        document["refresh_token"] = token.as_str().into();
    }
    if let Some(token) = &granted.id {
        document["id_token"] = token.as_str().into();
    }
    document
}

fn said(document: &Value) -> Act {
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let body = document.to_string().into();
    respond(StatusCode::OK, headers, content_type(false), body)
}

fn respond(status: StatusCode, headers: HeaderMap, kind: &'static str, body: Bytes) -> Act {
    Act::Respond {
        status,
        headers,
        kind,
        plan: Plan::unary(body),
    }
}

/// A page for somebody's browser.
pub(crate) fn page(text: &'static str) -> Act {
    let body = Bytes::from_static(text.as_bytes());
    respond(
        StatusCode::OK,
        HeaderMap::new(),
        "text/plain; charset=utf-8",
        body,
    )
}

/// Sends a browser somewhere else.
pub(crate) fn redirect(to: &str) -> Act {
    let mut headers = HeaderMap::new();
    if let Ok(to) = HeaderValue::from_str(to) {
        headers.insert(header::LOCATION, to);
    }
    respond(StatusCode::FOUND, headers, "text/plain", Bytes::new())
}
