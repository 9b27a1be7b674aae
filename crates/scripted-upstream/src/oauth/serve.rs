//! One call of the authorization server and its answer.

use crate::{
    clock::Moment,
    delivery::{Answering, Delivery, Ended},
    exchange::carry_out,
    oauth::{
        Call, Endpoint, failure::Refused, grant::Asked, parameters::Parameters, reply::Verdict,
        token_digest,
    },
    shared::Shared,
    violation,
    wire::Orders,
};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header::HOST, request::Parts};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use std::sync::Arc;

/// Answers a call that arrived on connection number `connection`.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    orders: Arc<Orders>,
    connection: u64,
    endpoint: Endpoint,
    request: Request<Incoming>,
) -> Result<Response<Delivery>, Ended> {
    let mut answering = Answering::begin_call(&shared);
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_gone| Ended)?.to_bytes();
    let number = shared.next_serial();
    let now = Moment::now();
    let found = violation::find(number, &head.headers, &head.uri);
    shared.record.violate(found);
    let parameters = parameters(endpoint, &head, &body);
    let mut verdict = match &parameters {
        Ok(parameters) => decide(&shared, endpoint, &head, parameters, now),
        Err(refused) => Verdict::refused(*refused, endpoint.dialect(), now.wall),
    };
    let said = |name| {
        let parameters = parameters.as_ref().ok()?;
        parameters.get(name).map(str::to_owned)
    };
    let call = Call {
        number,
        answered: None,
        connection,
        at: now.wall,
        path: head.uri.path().to_owned(),
        label: verdict.label.clone(),
        client_id: said("client_id"),
        grant_type: said("grant_type"),
        refresh_token: said("refresh_token").as_deref().map(token_digest),
        outcome: verdict.outcome.clone(),
    };
    let refreshed = call.label.clone().filter(|_| call.is_refresh());
    shared.oauth.log.add(call);
    shared.counters.call(refreshed.as_deref());
    for wait in verdict.waits.drain(..) {
        wait.over().await;
    }
    shared.oauth.log.answered(number, shared.next_serial());
    if let Some((after, then)) = verdict.derail {
        if then.ends() {
            answering.complete();
        }
        orders.derail(after, then);
    }
    carry_out(verdict.act, orders, answering)
}

fn parameters(endpoint: Endpoint, head: &Parts, body: &Bytes) -> Result<Parameters, Refused> {
    if head.method == Method::GET {
        return Parameters::of_form(head.uri.query().unwrap_or_default().as_bytes());
    }
    Parameters::of_body(endpoint.dialect(), &head.headers, body)
}

fn decide(
    shared: &Shared,
    endpoint: Endpoint,
    head: &Parts,
    parameters: &Parameters,
    now: Moment,
) -> Verdict {
    let oauth = &shared.oauth;
    let base = format!("http://{}", host(&head.headers));
    let verdict = match endpoint {
        Endpoint::Token(dialect) => Ok(oauth.token(&Asked {
            dialect,
            headers: &head.headers,
            parameters,
            audience: &format!("{base}{}", head.uri.path()),
            now,
        })),
        Endpoint::Authorize(dialect) => oauth.authorize(dialect, parameters, now),
        Endpoint::Device(dialect) => oauth.device(dialect, parameters, &base, now),
        Endpoint::DevicePoll => oauth.poll(parameters, now),
        Endpoint::UserInfo => oauth.user_info(&head.headers, now),
        Endpoint::Verification => oauth.verify(parameters),
    };
    verdict.unwrap_or_else(|refused| Verdict::refused(refused, endpoint.dialect(), now.wall))
}

/// What the caller calls this server.
fn host(headers: &HeaderMap) -> &str {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    host.unwrap_or_default()
}
