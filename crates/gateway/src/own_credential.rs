//! A client that brings its own upstream credential: Claude Code signed in with a subscription.
//!
//! Only the bearer that the client sends itself goes up, and no credential of the gateway is
//! touched. The client key then travels in `x-gateway-key`. See
//! <https://docs.anthropic.com/en/docs/claude-code/llm-gateway>.

use crate::{
    answer::Ready,
    attempt::attempt,
    bodies::{Bodies, Goal},
    derive::PASSTHROUGH,
    edits::Edits,
    failure::Failure,
    journal::Journal,
    member::{Dialect, Member},
    outgoing::native_record,
    request::Request,
    snapshot::Snapshot,
    wording::{describe, detailed},
};
use cliproxy_access::Identity;
use cliproxy_core::{ModelId, Operation, Protocol, parse_suffix};
use cliproxy_executors::{Call, WallClock};
use cliproxy_models::{Catalogue, Group};
use cliproxy_translators::{Account, Profile};
use http::header;
use std::sync::Arc;

/// Where a client's gateway key travels when `Authorization` is its own.
const GATEWAY_KEY: &str = "x-gateway-key";

/// One request with the client's own credential.
pub(crate) struct OwnCredential<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) clock: WallClock,
    pub(crate) random: fn() -> f64,
    pub(crate) request: &'a Request,
    pub(crate) operation: Operation,
    pub(crate) member: &'a Member,
}

/// The member that passes a client's bearer through, if this request brings one and the
/// configuration allows it.
pub(crate) fn member<'a>(snapshot: &'a Snapshot, request: &Request) -> Option<&'a Member> {
    // It exists only with `claude-passthrough: true`.
    let member = snapshot.members.get(PASSTHROUGH)?;
    if request.protocol != Protocol::Claude || !request.headers.contains_key(GATEWAY_KEY) {
        return None;
    }
    let token = bearer(request.headers.get(header::AUTHORIZATION)?)?;
    // A client that sends its gateway key in both places must not hand it to Anthropic.
    let own = Identity::of_key(token).digest() != request.principal.digest();
    own.then_some(member)
}

/// A model that nobody here serves may be one that the client's own sign-in could, had it been sent
/// beside the gateway's key.
pub(crate) fn hinted(
    failure: Failure,
    (snapshot, request): (&Snapshot, &Request),
    asked: &str,
) -> Failure {
    let is_meant = snapshot.members.contains_key(PASSTHROUGH)
        && request.protocol == Protocol::Claude
        && parse_suffix(asked).name.starts_with("claude");
    match failure {
        Failure::UnknownModel(said) if is_meant => Failure::UnknownModel(format!(
            "{said}; `claude-passthrough` is on: send the client key in x-gateway-key, and leave \
             Claude Code's own sign-in in Authorization"
        )),
        failure => failure,
    }
}

/// The text behind `Bearer`.
fn bearer(value: &http::HeaderValue) -> Option<&[u8]> {
    let (scheme, token) = value.as_bytes().split_at_checked(7)?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then(|| token.trim_ascii())
}

impl OwnCredential<'_> {
    /// One attempt, without failover: no other credential may answer for this client.
    pub(crate) async fn serve(
        self,
        asked: &str,
        mut bodies: Bodies<'_>,
        journal: &mut Journal,
    ) -> Result<Ready, Failure> {
        let target = ModelId::from(parse_suffix(asked).name);
        let goal = Goal {
            dialect: Dialect {
                protocol: self.request.protocol,
                profile: *Profile::of_vendor(self.request.protocol, "claude"),
                params: Arc::default(),
                repairs: false,
            },
            model: &target,
            info: Catalogue::embedded().lookup(Some(Group::Claude), target.as_str()),
            suffix: None,
            operation: self.operation,
        };
        let policy = self.snapshot.params.translation.policy;
        let native = bodies.native(&goal, false, policy);
        let native = native.map_err(Failure::unspeakable)?;
        let account = Account {
            realm: Some(self.member.realm),
            ..Account::default()
        };
        let finished = native.body.finish(&account);
        let record = native_record(self.request.protocol, &native.report, finished.cut);
        let call = Call {
            credential: &self.member.credential,
            token: None,
            conversation: None,
            client: &self.member.client,
            protocol: self.request.protocol,
            operation: self.operation,
            model: &target,
            headers: &self.request.headers,
            is_translated: false,
            query: self.request.query.as_deref(),
            body: finished.body,
            clock: self.clock,
            spread: (self.random)(),
        };
        let label = &self.member.credential.label;
        journal.attempts_with(label, &target, record.clone());
        let executor = &*self.member.calls.provider.executor;
        let result = attempt(executor, call, false, self.snapshot.params.max_event).await;
        let outcome = result
            .as_ref()
            .map_or_else(|error| describe(error), |_| "ok".into());
        journal.attempted(outcome);
        let reached = result.map_err(|error| Failure::Upstream {
            error: detailed(error, self.snapshot.secrets()),
            retry_after: None,
        })?;
        journal.served(label, &target);
        Ok(Ready {
            reached,
            translation: None,
            record,
            label: Arc::clone(label),
            edits: Edits {
                native: None,
                model: (asked != target.as_str()).then(|| asked.into()),
                hide_usage: false,
            },
            pick: None,
            tokens: None,
            target,
            binding: None,
        })
    }
}
