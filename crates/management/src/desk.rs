//! One request, from its head to an answer.

use crate::{
    answer::{self, Refusal, ok},
    body,
    call::Call,
    door,
    route::Route,
};
use bytes::Bytes;
use cliproxy_core::Secret;
use cliproxy_gateway::{Gateway, Reset};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use std::sync::Arc;

/// How many ids are named to somebody who asks for one that is not remembered.
const NAMED: usize = 3;

/// Answers requests that know the token.
pub(crate) struct Desk {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) token: Secret,
}

impl Desk {
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let answered = self.judge(request).await;
        answered.unwrap_or_else(Refusal::response)
    }

    async fn judge(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Refusal> {
        let (head, incoming) = request.into_parts();
        door::check(&head, &self.token)?;
        let route = Route::of(&head.method, head.uri.path())?;
        let body = match route {
            Route::Reset => body::read(incoming).await?,
            Route::Credentials | Route::Explain | Route::Recent | Route::Status => Bytes::new(),
        };
        let query = head.uri.query().unwrap_or_default();
        let gateway = &self.gateway;
        Ok(match Call::read(route, query, &body)? {
            Call::Credentials => ok(&gateway.inventory()),
            Call::ExplainId(id) => {
                let found = gateway.explain(&id);
                let recent = match found {
                    Some(_) => Vec::new(),
                    None => gateway.recent(NAMED),
                };
                ok(&answer::of_id(&id, found, &recent)?)
            }
            Call::ExplainLast => ok(&answer::newest(gateway.explain_last())?),
            Call::ExplainModel(model, protocol) => {
                let found = gateway.explain_model(&model, protocol);
                ok(&answer::of_model(found)?)
            }
            Call::Recent(limit) => ok(&gateway.recent(limit)),
            Call::Reset(call) => {
                let done = gateway.reset(&call.credential, call.model.as_deref());
                let done = answer::of_reset(&call, done)?;
                say(&done);
                ok(&done)
            }
            Call::Status => ok(&gateway.status()),
        })
    }
}

/// Whoever reads the log should know why a failing credential is tried again.
fn say(done: &[Reset]) {
    for reset in done {
        tracing::info!(
            credential = reset.credential,
            models = reset.models.len(),
            ended = reset.ended,
            "health was reset by hand"
        );
    }
}
