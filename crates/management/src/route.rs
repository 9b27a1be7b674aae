//! Which question a request asks.

use crate::answer::Refusal;
use http::{Method, StatusCode};

/// How a request was decided.
pub const EXPLAIN: &str = "/v0/control/explain";
/// The newest requests.
pub const RECENT: &str = "/v0/control/recent";
/// Every credential there is.
pub const CREDENTIALS: &str = "/v0/control/credentials";
/// What is ready now.
pub const STATUS: &str = "/v0/control/status";
/// Forgetting failures.
pub const RESET: &str = "/v0/control/reset";

/// A question, without its particulars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Credentials,
    Explain,
    Recent,
    Reset,
    Status,
}

impl Route {
    pub(crate) fn of(method: &Method, path: &str) -> Result<Self, Refusal> {
        let (route, allowed) = match path {
            CREDENTIALS => (Self::Credentials, Method::GET),
            EXPLAIN => (Self::Explain, Method::GET),
            RECENT => (Self::Recent, Method::GET),
            RESET => (Self::Reset, Method::POST),
            STATUS => (Self::Status, Method::GET),
            _ => {
                return Err(Refusal::new(
                    StatusCode::NOT_FOUND,
                    "not_found",
                    format!("there are {CREDENTIALS}, {EXPLAIN}, {RECENT}, {STATUS} and {RESET}"),
                ));
            }
        };
        if *method == allowed {
            return Ok(route);
        }
        let message = format!("{path} takes {allowed}");
        Err(Refusal {
            allow: Some(allowed),
            ..Refusal::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                message,
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CREDENTIALS, EXPLAIN, RECENT, RESET, Route, STATUS};
    use http::Method;

    #[test]
    fn each_address_takes_one_method() {
        let check = |method: Method, path: &str, expected: Result<Route, u16>| {
            let found = Route::of(&method, path);
            let found = found.map_err(|refusal| refusal.status.as_u16());
            assert_eq!(found, expected, "{method} {path}");
        };
        check(Method::GET, CREDENTIALS, Ok(Route::Credentials));
        check(Method::GET, EXPLAIN, Ok(Route::Explain));
        check(Method::GET, RECENT, Ok(Route::Recent));
        check(Method::GET, STATUS, Ok(Route::Status));
        check(Method::POST, RESET, Ok(Route::Reset));
        check(Method::GET, RESET, Err(405));
        check(Method::HEAD, STATUS, Err(405));
        check(Method::POST, CREDENTIALS, Err(405));
        check(Method::POST, EXPLAIN, Err(405));
        check(Method::OPTIONS, STATUS, Err(405));
        check(Method::GET, "/", Err(404));
        check(Method::GET, "/v0/control", Err(404));
        check(Method::GET, "/v0/control/status/", Err(404));
    }

    #[test]
    fn the_method_that_is_taken_is_named() {
        let refusal = Route::of(&Method::GET, RESET).unwrap_err();
        assert_eq!(refusal.allow, Some(Method::POST));
    }
}
