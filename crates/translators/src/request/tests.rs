//! Finding the model and the `stream` flag.

use super::{RequestError, is_responses_body, requested_model, wants_stream};
use cliproxy_core::Protocol;
use cliproxy_json::{Body, Flag};

#[test]
fn the_model_is_the_one_at_depth_1() {
    let check = |body: &str, expected: Result<(&str, &str), RequestError>| {
        let body = Body::new(body.to_owned().into()).unwrap();
        for protocol in [Protocol::Chat, Protocol::Claude, Protocol::Responses] {
            let found = requested_model(protocol, &body.head());
            let found = found.map(|model| {
                let raw = &body.raw()[model.span];
                (
                    model.text.into_owned(),
                    String::from_utf8_lossy(raw).into_owned(),
                )
            });
            let expected = expected.map(|(text, raw)| (text.to_owned(), raw.to_owned()));
            assert_eq!(found, expected, "{body:?}");
        }
    };
    check(r#"{"model":"a"}"#, Ok(("a", r#""a""#)));
    check(
        r#"{"meta":{"model":"b"},"x":"\"model\":\"c\"", "model" :  "a(high)" }"#,
        Ok(("a(high)", r#""a(high)""#)),
    );
    check(r#"{"model":"a\/b"}"#, Ok(("a/b", r#""a\/b""#)));
    check(
        r#"{"model":"a","messages":[],"model":"b"}"#,
        Err(RequestError::DuplicateModel),
    );
    check(
        r#"{"model":"a","mod\u0065l":"a"}"#,
        Err(RequestError::DuplicateModel),
    );
    check("{}", Err(RequestError::MissingModel));
    check(r#"{"model":""}"#, Err(RequestError::MissingModel));
    check(r#"{"model":null}"#, Err(RequestError::MissingModel));
    check(r#"{"model":["a"]}"#, Err(RequestError::ModelNotText));
}

#[test]
fn gemini_has_both_in_the_path() {
    let body = Body::new(r#"{"model":"a","stream":true}"#.into()).unwrap();
    let error = requested_model(Protocol::Gemini, &body.head()).unwrap_err();
    assert_eq!((error, error.param()), (RequestError::ModelInPath, "model"));
    assert_eq!(wants_stream(Protocol::Gemini, &body.head()), Flag::Absent);
}

#[test]
fn a_body_of_responses_on_the_path_of_chat() {
    let check = |body: &str, expected: bool| {
        let body = Body::new(body.to_owned().into()).unwrap();
        assert_eq!(
            is_responses_body(Protocol::Chat, &body.head()),
            expected,
            "{body:?}"
        );
        assert!(!is_responses_body(Protocol::Responses, &body.head()));
    };
    check(r#"{"input":"x"}"#, true);
    check(r#"{"instructions":"x","messages":null}"#, true);
    check(r#"{"messages":[],"input":"x"}"#, false);
    check(r#"{"input":null}"#, false);
    check("{}", false);
}

#[test]
fn only_true_streams() {
    let check = |body: &str, expected: Flag| {
        let body = Body::new(body.to_owned().into()).unwrap();
        for protocol in [Protocol::Chat, Protocol::Claude, Protocol::Responses] {
            assert_eq!(wants_stream(protocol, &body.head()), expected, "{body:?}");
        }
    };
    check("{}", Flag::Absent);
    check(r#"{"stream":true}"#, Flag::True);
    check(r#"{"stream":false}"#, Flag::False);
    check(r#"{"stream":1}"#, Flag::Other);
    check(r#"{"stream":null}"#, Flag::Other);
}
