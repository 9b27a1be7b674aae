//! What happens before tokens are asked for: somebody signs in with a browser.
//!
//! Nobody is asked anything. The account that signs in is the one whose label `login_hint` names
//! (OpenID Connect Core, section 3.1.2.1), or else the first that the client acts for.

use crate::{
    clock::Moment,
    credential,
    oauth::{
        AuthorizationServer, Dialect, Outcome, TokenFailure,
        code::{Code, Redirect},
        device::{Consent, Device, LIFETIME},
        digest::challenge,
        failure::Refused,
        mint::Coin,
        parameters::Parameters,
        reply::{Verdict, page, redirect},
    },
};
use http::HeaderMap;
use serde_json::json;
use url::Url;

/// Where `OpenAI`'s device flow says that its codes were sent.
const DEVICE_CALLBACK: &str = "/deviceauth/callback";

impl AuthorizationServer {
    /// Sends the browser back with a code (RFC 6749, section 4.1.2). A request that cannot be
    /// trusted is not sent anywhere.
    pub(crate) fn authorize(
        &self,
        dialect: Dialect,
        asked: &Parameters,
        now: Moment,
    ) -> Result<Verdict, Refused> {
        let invalid = |why| TokenFailure::InvalidRequest.because(why);
        let index = self.whose(dialect, asked)?;
        let back = asked.need("redirect_uri")?;
        let mut url = Url::parse(back).map_err(|_malformed| invalid("no redirect URI"))?;
        if !matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            return Err(invalid("the redirect URI is not on this machine"));
        }
        let state = asked.need("state")?;
        if asked.need("response_type")? != "code" {
            return Err(invalid("only codes are handed out"));
        }
        if asked.need("code_challenge_method")? != "S256" {
            return Err(invalid("only S256 is a challenge"));
        }
        let code = Code {
            account: index,
            redirect: Redirect::Exactly(back.to_owned()),
            challenge: asked.need("code_challenge")?.to_owned(),
            made: now.at,
            used: None,
        };
        let text = self
            .hand_out(index, code)
            .ok_or_else(|| invalid("no account"))?;
        url.query_pairs_mut()
            .append_pair("code", &text)
            .append_pair("state", state);
        let verdict = Verdict::new(Outcome::Served, redirect(url.as_str()));
        Ok(self.labelled(verdict, index))
    }

    /// Hands out a device code (RFC 8628, section 3.2), or what `OpenAI` has in its place.
    pub(crate) fn device(
        &self,
        dialect: Dialect,
        asked: &Parameters,
        base: &str,
        now: Moment,
    ) -> Result<Verdict, Refused> {
        let index = self.whose(dialect, asked)?;
        let unknown = TokenFailure::InvalidClient.because("no account");
        let holder = self.holders.get(index).ok_or(unknown)?;
        let state = &mut *self.state.lock();
        let code = state.mint.make(Coin::Device, &holder.key);
        let user_code = state.mint.user_code();
        let interval = holder.account.interval;
        let document = if dialect == Dialect::Codex {
            json!({
                "device_auth_id": code,
                "user_code": user_code,
                "interval": interval.to_string(),
            })
        } else {
            let uri = format!("{base}/device");
            let name = if dialect == Dialect::Google {
                "verification_url"
            } else {
                "verification_uri"
            };
            json!({
                "device_code": code,
                "user_code": user_code,
                name: uri,
                "verification_uri_complete": format!("{uri}?user_code={user_code}"),
                "expires_in": LIFETIME.as_secs(),
                "interval": interval,
            })
        };
        let device = Device {
            account: index,
            user_code,
            made: now.at,
            consent: Consent::Pending,
        };
        state.devices.add(code, device);
        Ok(Verdict::served(&document).of(&holder.account.label))
    }

    /// Whether a device code was approved, as `OpenAI` has it: the answer is an authorization code,
    /// with the verifier that belongs to it.
    pub(crate) fn poll(&self, asked: &Parameters, now: Moment) -> Result<Verdict, Refused> {
        let id = asked.need("device_auth_id")?;
        let user_code = asked.need("user_code")?;
        // Pending is a 403 here.
        let pending = TokenFailure::Forbidden.because("Nobody has approved it yet.");
        let index = {
            let mut state = self.state.lock();
            if !state.devices.is_pair(id, user_code) {
                return Err(pending);
            }
            state
                .devices
                .redeem(id, now.at)
                .map_err(|_refused| pending)?;
            state.devices.owner(id).ok_or(pending)?
        };
        let verifier = format!("scripted-verifier-{id:->43}");
        let challenge = challenge(&verifier);
        let code = Code {
            account: index,
            redirect: Redirect::EndsWith(DEVICE_CALLBACK),
            challenge: challenge.clone(),
            made: now.at,
            used: None,
        };
        let text = self.hand_out(index, code).ok_or(pending)?;
        let verdict = Verdict::served(&json!({
            "authorization_code": text,
            "code_verifier": verifier,
            "code_challenge": challenge,
        }));
        Ok(self.labelled(verdict, index))
    }

    /// Somebody has typed in a user code; `deny` says no.
    pub(crate) fn verify(&self, asked: &Parameters) -> Result<Verdict, Refused> {
        let user_code = asked.need("user_code")?;
        let consent = match asked.get("deny") {
            Some(_) => Consent::Denied,
            None => Consent::Given,
        };
        let whose = asked.get("login_hint").and_then(|label| self.index(label));
        if !self.state.lock().devices.answer(user_code, consent, whose) {
            return Err(TokenFailure::InvalidRequest.because("no such code is waited for"));
        }
        Ok(Verdict::new(
            Outcome::Served,
            page("Scripted: you may close this page."),
        ))
    }

    /// Whose access token it is.
    pub(crate) fn user_info(&self, headers: &HeaderMap, now: Moment) -> Result<Verdict, Refused> {
        let unknown = TokenFailure::Unauthorized.because("Invalid Credentials");
        let token = credential::bearer(headers).ok_or(unknown)?;
        let found = self.state.lock().books.access(token, now.at);
        let (index, _) = found.filter(|(_, is_good)| *is_good).ok_or(unknown)?;
        let account = &self.holders.get(index).ok_or(unknown)?.account;
        let document = json!({
            "id": format!("scripted|{}", account.label),
            "email": account.email,
            "verified_email": true,
            "name": account.label,
        });
        Ok(Verdict::served(&document).of(&account.label))
    }

    /// The account that signs in.
    fn whose(&self, dialect: Dialect, asked: &Parameters) -> Result<usize, Refused> {
        let client = asked.need("client_id")?;
        let hint = asked.get("login_hint");
        let mut accounts = self.holders.iter().map(|holder| &holder.account);
        accounts
            .position(|own| {
                own.dialect == dialect
                    && own.service.is_none()
                    && own.client.id == client
                    && hint.is_none_or(|label| own.label == label)
            })
            .ok_or_else(|| TokenFailure::InvalidClient.because("The OAuth client was not found."))
    }

    fn hand_out(&self, index: usize, code: Code) -> Option<String> {
        let key = &self.holders.get(index)?.key;
        let state = &mut *self.state.lock();
        let text = state.mint.make(Coin::Code, key);
        state.codes.add(text.clone(), code);
        Some(text)
    }

    fn labelled(&self, verdict: Verdict, index: usize) -> Verdict {
        match self.holders.get(index) {
            Some(holder) => verdict.of(&holder.account.label),
            None => verdict,
        }
    }
}
