//! The token endpoint: who asks, with what, and whether tokens are made.

use crate::{
    clock::Moment,
    failure::unix_after,
    oauth::{
        AuthorizationServer, Dialect, TokenBehaviour, TokenFailure,
        assertion::{Assertion, Expected, is_within},
        books::Family,
        failure::Refused,
        parameters::Parameters,
        reply::Verdict,
        server::{Granted, Holder, State},
    },
};
use http::HeaderMap;
use std::time::Duration;

/// A call of the token endpoint.
pub(crate) struct Asked<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) parameters: &'a Parameters,
    /// The URL of the endpoint, as the caller knows it.
    pub(crate) audience: &'a str,
    pub(crate) now: Moment,
}

/// What tokens are asked for with.
#[derive(Clone, Copy)]
enum Grant<'a> {
    Refresh(&'a str),
    Code {
        code: &'a str,
        redirect: &'a str,
        verifier: &'a str,
    },
    Device(&'a str),
    Assertion(&'a str),
}

impl<'a> Grant<'a> {
    fn read(parameters: &'a Parameters) -> Result<Self, Refused> {
        match parameters.need("grant_type")? {
            "refresh_token" => Ok(Self::Refresh(parameters.need("refresh_token")?)),
            "authorization_code" => Ok(Self::Code {
                code: parameters.need("code")?,
                redirect: parameters.need("redirect_uri")?,
                verifier: parameters.need("code_verifier")?,
            }),
            "urn:ietf:params:oauth:grant-type:device_code" => {
                Ok(Self::Device(parameters.need("device_code")?))
            }
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
                Ok(Self::Assertion(parameters.need("assertion")?))
            }
            _ => Err(TokenFailure::UnsupportedGrantType.because("no such grant type")),
        }
    }
}

impl AuthorizationServer {
    /// Decides a call of the token endpoint.
    pub(crate) fn token(&self, asked: &Asked<'_>) -> Verdict {
        let refuse = |refused| Verdict::refused(refused, asked.dialect, asked.now.wall);
        let (grant, index) = match self.identify(asked) {
            Ok(found) => found,
            Err(refused) => return refuse(refused),
        };
        let Some(holder) = self.holders.get(index) else {
            return refuse(TokenFailure::InvalidGrant.into());
        };
        let next = holder.conduct.lock().next();
        let scripted = Verdict::scripted(&next.behaviour, asked.dialect, asked.now.wall);
        let verdict = scripted.unwrap_or_else(|| {
            match self.make(grant, index, holder, asked, &next.behaviour) {
                Ok(granted) => Verdict::granted(&granted, &holder.account, next.behaviour),
                Err(refused) => refuse(refused),
            }
        });
        verdict.after(next.waits).of(&holder.account.label)
    }

    /// Whose tokens are asked for, by a client that may. Nothing is done yet.
    fn identify<'a>(&self, asked: &Asked<'a>) -> Result<(Grant<'a>, usize), Refused> {
        let grant = Grant::read(asked.parameters)?;
        if let Grant::Assertion(text) = grant {
            let index = self.robot(text, asked.dialect)?;
            return Ok((grant, index));
        }
        let client = self.client(asked.dialect, asked.parameters, asked.headers)?;
        let state = self.state.lock();
        let (owner, unknown) = match grant {
            Grant::Refresh(token) => (state.books.owner(token), TokenFailure::Invalidated),
            Grant::Code { code, .. } => (state.codes.owner(code), TokenFailure::InvalidGrant),
            Grant::Device(code) => (state.devices.owner(code), TokenFailure::InvalidGrant),
            Grant::Assertion(_) => (None, TokenFailure::InvalidGrant),
        };
        let index = owner.ok_or_else(|| unknown.because("Nothing like this was handed out."))?;
        let account = self.holders.get(index).map(|holder| &holder.account);
        if account.is_none_or(|own| own.client.id != client || own.dialect != asked.dialect) {
            return Err(TokenFailure::InvalidGrant.because("It was handed out to another client."));
        }
        Ok((grant, index))
    }

    /// The id of the client, if it is known and has proved it.
    pub(crate) fn client(
        &self,
        dialect: Dialect,
        parameters: &Parameters,
        headers: &HeaderMap,
    ) -> Result<String, Refused> {
        let claimed = parameters.credentials(headers)?;
        let unknown = TokenFailure::InvalidClient.because("The OAuth client was not found.");
        let mut accounts = self.holders.iter().map(|holder| &holder.account);
        let known = accounts
            .find(|own| {
                own.dialect == dialect && own.service.is_none() && own.client.id == claimed.id
            })
            .ok_or(unknown)?;
        let secret = known.client.secret.as_ref();
        if secret.is_some_and(|secret| claimed.secret.as_deref() != Some(secret.expose())) {
            return Err(TokenFailure::InvalidClient.because("The client secret is wrong."));
        }
        Ok(claimed.id)
    }

    /// The service account that an assertion is about.
    fn robot(&self, assertion: &str, dialect: Dialect) -> Result<usize, Refused> {
        let malformed = TokenFailure::InvalidGrant.because("The assertion is no JWT.");
        let assertion = Assertion::parse(assertion).ok_or(malformed)?;
        let unknown = TokenFailure::InvalidGrant.because("Invalid grant: account not found");
        let mut accounts = self.holders.iter().map(|holder| &holder.account);
        accounts
            .position(|own| {
                own.service.is_some()
                    && own.dialect == dialect
                    && assertion.issuer() == Some(&own.email)
            })
            .ok_or(unknown)
    }

    /// Makes tokens, and uses up what they are made of.
    fn make(
        &self,
        grant: Grant<'_>,
        index: usize,
        holder: &Holder,
        asked: &Asked<'_>,
        behaviour: &TokenBehaviour,
    ) -> Result<Granted, Refused> {
        let account = &holder.account;
        let now = asked.now;
        let scope = asked.parameters.get("scope");
        if scope.is_some_and(|scope| !is_within(scope, &account.scope)) {
            return Err(TokenFailure::InvalidScope.because("More than was granted."));
        }
        let state = &mut *self.state.lock();
        let (family, with_refresh) = match grant {
            Grant::Refresh(token) => {
                let family = state.books.accept(token, account.reuse)?;
                (Some(family), account.rotates)
            }
            Grant::Assertion(text) => {
                check_assertion(text, holder, asked)?;
                (None, false)
            }
            Grant::Code {
                code,
                redirect,
                verifier,
            } => {
                let family = state.books.open_family();
                let redeemed = state.codes.redeem(code, redirect, verifier, family, now.at);
                redeemed.map_err(|spent| {
                    if let Some(lost) = spent.revokes {
                        state.books.revoke(|_, family| family == lost);
                    }
                    spent.refused
                })?;
                (Some(family), true)
            }
            Grant::Device(code) => {
                state.devices.redeem(code, now.at)?;
                (Some(state.books.open_family()), true)
            }
        };
        if matches!(behaviour, TokenBehaviour::Same)
            && let Some(same) = same(state, grant, index, family, asked)
        {
            return Ok(same);
        }
        let skew = match behaviour {
            TokenBehaviour::Skewed(by) => *by,
            _ => 0,
        };
        if let (Grant::Refresh(token), true) = (grant, account.rotates) {
            state.books.use_up(token);
        }
        let family = family.unwrap_or_else(|| state.books.open_family());
        self.issue(state, index, family, with_refresh, now.skewed(skew))
            .ok_or_else(|| TokenFailure::InvalidGrant.into())
    }
}

fn check_assertion(text: &str, holder: &Holder, asked: &Asked<'_>) -> Result<(), Refused> {
    let account = &holder.account;
    let gone = TokenFailure::InvalidGrant.because("Invalid grant: account not found");
    let key = account.service.as_ref().ok_or(gone)?;
    let assertion = Assertion::parse(text).ok_or(gone)?;
    assertion.check(&Expected {
        key,
        scope: &account.scope,
        audience: asked.audience,
        now: unix_after(asked.now.wall, Duration::ZERO)
            .try_into()
            .unwrap_or(i64::MAX),
    })
}

/// What the account has already.
fn same(
    state: &State,
    grant: Grant<'_>,
    index: usize,
    family: Option<Family>,
    asked: &Asked<'_>,
) -> Option<Granted> {
    let (access, expires) = state.books.newest(index, family, asked.now.at)?;
    let life = expires.saturating_duration_since(asked.now.at);
    Some(Granted {
        access,
        refresh: match grant {
            Grant::Refresh(token) => Some(token.to_owned()),
            _ => None,
        },
        id: None,
        life,
        expires_at: asked.now.wall + life,
    })
}
