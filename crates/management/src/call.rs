//! A question with its particulars, for those who ask and those who answer.

use crate::{
    answer::Refusal,
    query::Query,
    route::{CREDENTIALS, EXPLAIN, RECENT, RESET, Route, STATUS},
};
use cliproxy_core::Protocol;
use http::Method;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

/// How many requests are listed if nobody says.
const DEFAULT_LIMIT: usize = 20;
/// How many are listed at most.
const MAX_LIMIT: usize = 1_000;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Call {
    /// Every credential there is.
    Credentials,
    /// How the request of this id was decided.
    ExplainId(String),
    /// How the newest request was decided.
    ExplainLast,
    /// What would become of a request for this model, in this protocol or in each.
    ExplainModel(String, Option<Protocol>),
    /// How the newest requests were decided, at most so many.
    Recent(usize),
    /// Forget failures.
    Reset(ResetCall),
    /// What is ready now.
    Status,
}

/// The body of a reset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetCall {
    /// The label or the id of a credential.
    pub credential: String,
    /// One of its models; all of them if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl Call {
    /// The method of the request that asks this.
    #[must_use]
    pub const fn method(&self) -> Method {
        match self {
            Self::Reset(_) => Method::POST,
            _ => Method::GET,
        }
    }

    /// Path and query of the request that asks this.
    #[must_use]
    pub fn target(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let path = match self {
            Self::Credentials => CREDENTIALS,
            Self::ExplainId(id) => {
                query.append_pair("id", id);
                EXPLAIN
            }
            Self::ExplainLast => {
                query.append_pair("last", "true");
                EXPLAIN
            }
            Self::ExplainModel(model, protocol) => {
                query.append_pair("model", model);
                if let Some(protocol) = protocol {
                    query.append_pair("protocol", protocol.as_str());
                }
                EXPLAIN
            }
            Self::Recent(limit) => {
                query.append_pair("limit", &limit.to_string());
                RECENT
            }
            Self::Reset(_) => RESET,
            Self::Status => STATUS,
        };
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// The body of the request that asks this.
    #[must_use]
    pub fn body(&self) -> String {
        match self {
            Self::Reset(call) => serde_json::to_string(call).unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// Reads what is asked. `body` is empty unless the route has one.
    pub(crate) fn read(route: Route, query: &str, body: &[u8]) -> Result<Self, Refusal> {
        match route {
            Route::Credentials => {
                Query::read(query, &[])?;
                Ok(Self::Credentials)
            }
            Route::Explain => explain(Query::read(query, &["id", "last", "model", "protocol"])?),
            Route::Recent => recent(Query::read(query, &["limit"])?),
            Route::Reset => {
                Query::read(query, &[])?;
                reset(body)
            }
            Route::Status => {
                Query::read(query, &[])?;
                Ok(Self::Status)
            }
        }
    }
}

fn explain(mut query: Query) -> Result<Call, Refusal> {
    let protocol = query.take("protocol").map(|name| protocol(&name));
    let protocol = protocol.transpose()?;
    let (id, last, model) = (query.take("id"), query.take("last"), query.take("model"));
    match (id, last.as_deref(), model, protocol) {
        (Some(id), None, None, None) => Ok(Call::ExplainId(id)),
        (None, Some("true"), None, None) => Ok(Call::ExplainLast),
        (None, None, Some(model), protocol) => Ok(Call::ExplainModel(model, protocol)),
        _ => Err(Refusal::invalid(
            "ask with one of id=ID, last=true and model=MODEL; protocol=PROTOCOL goes with a model",
        )),
    }
}

fn protocol(name: &str) -> Result<Protocol, Refusal> {
    let mut all = Protocol::ALL.into_iter();
    all.find(|protocol| protocol.as_str() == name)
        .ok_or_else(|| {
            let names = Protocol::ALL.map(Protocol::as_str).join(", ");
            Refusal::invalid(format!("`protocol` is one of {names}"))
        })
}

fn recent(mut query: Query) -> Result<Call, Refusal> {
    let Some(limit) = query.take("limit") else {
        return Ok(Call::Recent(DEFAULT_LIMIT));
    };
    match limit.parse() {
        Ok(limit @ 1..=MAX_LIMIT) => Ok(Call::Recent(limit)),
        _ => Err(Refusal::invalid(format!(
            "`limit` is a whole number from 1 to {MAX_LIMIT}"
        ))),
    }
}

fn reset(body: &[u8]) -> Result<Call, Refusal> {
    serde_json::from_slice(body)
        .map(Call::Reset)
        .map_err(|error| {
            Refusal::invalid(format!(
                "the body is {{\"credential\": …}}, and \"model\": … if it is about one: {error}"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::{Call, ResetCall};
    use crate::route::Route;
    use cliproxy_core::Protocol;

    fn check(route: Route, query: &str, body: &str, expected: Result<Call, &str>) {
        let read = Call::read(route, query, body.as_bytes());
        match (read, expected) {
            (Err(refusal), Err(part)) => {
                assert_eq!(refusal.status.as_u16(), 400, "{query} {body}");
                assert!(refusal.message.contains(part), "{}", refusal.message);
            }
            (read, expected) => assert_eq!(
                read.map_err(|refusal| refusal.message),
                expected.map_err(str::to_owned),
                "{query} {body}"
            ),
        }
    }

    #[test]
    fn what_is_asked_is_understood() {
        let reset = |model: Option<&str>| {
            Call::Reset(ResetCall {
                credential: "ma\"in".to_owned(),
                model: model.map(str::to_owned),
            })
        };
        let model = || "a/b &c=é".to_owned();
        for call in [
            Call::Credentials,
            Call::ExplainId("req_1?&#".to_owned()),
            Call::ExplainLast,
            Call::ExplainModel(model(), None),
            Call::ExplainModel(model(), Some(Protocol::Gemini)),
            Call::Recent(7),
            reset(None),
            reset(Some("m")),
            Call::Status,
        ] {
            let target = call.target();
            let (path, query) = target.split_once('?').unwrap_or((&target, ""));
            let route = Route::of(&call.method(), path).unwrap();
            check(route, query, &call.body(), Ok(call));
        }
    }

    #[test]
    fn one_thing_is_explained() {
        let check = |query, expected| check(Route::Explain, query, "", expected);
        let model = |name: &str, protocol| Ok(Call::ExplainModel(name.to_owned(), protocol));
        check("id=req_1", Ok(Call::ExplainId("req_1".to_owned())));
        check("last=true", Ok(Call::ExplainLast));
        check("model=a%2Fb+c", model("a/b c", None));
        check(
            "model=m&protocol=gemini",
            model("m", Some(Protocol::Gemini)),
        );
        check("", Err("one of id=ID"));
        check("last=false", Err("one of id=ID"));
        check("id=x&last=true", Err("one of id=ID"));
        check("id=x&model=m", Err("one of id=ID"));
        check("last=true&protocol=chat", Err("goes with a model"));
        check("model=m&protocol=openai", Err("chat, claude, gemini, resp"));
        check("id=x&id=y", Err("`id` is given twice"));
        check("modle=m", Err("`modle` is no parameter here; there are id"));
    }

    #[test]
    fn recent_requests_are_limited() {
        let check = |query, expected| check(Route::Recent, query, "", expected);
        check("", Ok(Call::Recent(20)));
        check("limit=1", Ok(Call::Recent(1)));
        check("limit=1000", Ok(Call::Recent(1_000)));
        for wrong in ["limit=0", "limit=1001", "limit=-1", "limit=", "limit=1.5"] {
            check(wrong, Err("from 1 to 1000"));
        }
    }

    #[test]
    fn some_questions_have_no_particulars() {
        check(Route::Status, "", "", Ok(Call::Status));
        check(Route::Status, "x=1", "", Err("there are none"));
        check(Route::Credentials, "", "", Ok(Call::Credentials));
        check(Route::Credentials, "x=1", "", Err("there are none"));
    }

    #[test]
    fn a_reset_names_a_credential() {
        let check = |body, expected| check(Route::Reset, "", body, expected);
        let reset = |model: Option<&str>| {
            Ok(Call::Reset(ResetCall {
                credential: "main".to_owned(),
                model: model.map(str::to_owned),
            }))
        };
        check(r#"{"credential": "main"}"#, reset(None));
        check(r#"{"credential": "main", "model": null}"#, reset(None));
        check(r#"{"credential": "main", "model": "m"}"#, reset(Some("m")));
        check("", Err("\"credential\""));
        check("{}", Err("missing field `credential`"));
        check(r#"{"credential": 1}"#, Err("invalid type"));
        // It would reset every model.
        check(r#"{"credential": "main", "modle": "m"}"#, Err("modle"));
        check(r#"{"credential": "main"} x"#, Err("trailing"));
    }
}
