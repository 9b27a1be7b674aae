//! Probabilities of tokens: `logprobsResult`.
//!
//! | here | OpenAI's elements |
//! | --- | --- |
//! | `chosenCandidates[i]` | `token`, `logprob`; `bytes` are those of the token |
//! | `topCandidates[i].candidates` | `top_logprobs` of the same element |
//!
//! `tokenId` says nothing outside of Google's vocabulary, and is neither told nor made up.

use crate::{json_str::JsonStr, reply::Logprobs};
use cliproxy_json::{ArrayWriter, Kind, ObjectWriter, Value};

/// Reads the probabilities of a frame or a body.
pub(super) fn decode(result: Value<'_>) -> Option<Logprobs<'static>> {
    let [chosen, top] = result.pick(["chosenCandidates", "topCandidates"]);
    let mut top = top.iter().flat_map(Value::elements);
    let mut elements = Vec::new();
    for token in chosen.iter().flat_map(Value::elements) {
        let others = top.next().and_then(|step| step.get("candidates"));
        if !elements.is_empty() {
            elements.push(b',');
        }
        ObjectWriter::write(&mut elements, |element| {
            write_token(token, element);
            element.array("top_logprobs", |list| {
                for other in others.iter().flat_map(Value::elements) {
                    list.object(|element| write_token(other, element));
                }
            });
        });
    }
    // Written of valid text.
    Logprobs::written(String::from_utf8(elements).unwrap_or_default())
}

fn write_token(token: Value<'_>, element: &mut ObjectWriter<'_>) {
    let [text, probability] = token.pick(["token", "logProbability"]);
    let text = text.and_then(JsonStr::of).unwrap_or_default();
    element.escaped("token", text.as_escaped());
    // A probability of 1 is left out, as zeros are in Google's JSON.
    element.raw("logprob", number(probability).unwrap_or("0"));
    element.array("bytes", |list| {
        for byte in text.decoded().bytes() {
            list.raw(&byte.to_string());
        }
    });
}

/// Writes them beside the content of a candidate, if there are any.
pub(super) fn write(elements: &str, candidate: &mut ObjectWriter<'_>) {
    if elements.is_empty() {
        return;
    }
    let list = format!("[{elements}]");
    let Ok(list) = Value::parse(&list) else {
        return;
    };
    let has_others = |element: Value<'_>| {
        let others = element.get("top_logprobs");
        others.is_some_and(|list| list.elements().next().is_some())
    };
    candidate.object("logprobsResult", |result| {
        if list.elements().any(has_others) {
            result.array("topCandidates", |steps| {
                for element in list.elements() {
                    steps.object(|step| {
                        step.array("candidates", |tokens| {
                            let others = element.get("top_logprobs");
                            for other in others.iter().flat_map(Value::elements) {
                                write_candidate(other, tokens);
                            }
                        });
                    });
                }
            });
        }
        result.array("chosenCandidates", |tokens| {
            for element in list.elements() {
                write_candidate(element, tokens);
            }
        });
    });
}

fn write_candidate(element: Value<'_>, tokens: &mut ArrayWriter<'_>) {
    let [text, probability] = element.pick(["token", "logprob"]);
    tokens.object(|token| {
        let text = text.and_then(JsonStr::of).unwrap_or_default();
        token.escaped("token", text.as_escaped());
        if let Some(probability) = number(probability) {
            token.raw("logProbability", probability);
        }
    });
}

fn number(value: Option<Value<'_>>) -> Option<&str> {
    let value = value.filter(|value| value.kind() == Kind::Number)?;
    Some(value.raw())
}

#[cfg(test)]
mod tests {
    use super::{decode, write};
    use cliproxy_json::{ObjectWriter, Value};

    #[test]
    fn they_go_there_and_back() {
        let check = |result: &str, elements: &str, back: &str| {
            let document = Value::parse(result).unwrap();
            let decoded = decode(document);
            let decoded = decoded.as_ref().map_or("", |found| found.as_elements());
            assert_eq!(decoded, elements, "{result}");
            let mut out = Vec::new();
            ObjectWriter::write(&mut out, |candidate| write(decoded, candidate));
            assert_eq!(String::from_utf8(out).unwrap(), back, "{result}");
        };
        let of = |result: &str| format!(r#"{{"logprobsResult":{result}}}"#);
        let chosen = r#"{"chosenCandidates":[{"token":"é","logProbability":-0.50},{"token":"\n","logProbability":-2}]}"#;
        check(
            chosen,
            r#"{"token":"é","logprob":-0.50,"bytes":[195,169],"top_logprobs":[]},{"token":"\n","logprob":-2,"bytes":[10],"top_logprobs":[]}"#,
            &of(chosen),
        );
        let top = r#"{"topCandidates":[{"candidates":[{"token":"a","logProbability":-0.1}]}],"chosenCandidates":[{"token":"a","logProbability":-0.1}]}"#;
        check(
            top,
            r#"{"token":"a","logprob":-0.1,"bytes":[97],"top_logprobs":[{"token":"a","logprob":-0.1,"bytes":[97]}]}"#,
            &of(top),
        );
        check(
            r#"{"chosenCandidates":[{"token":"a","tokenId":7}]}"#,
            r#"{"token":"a","logprob":0,"bytes":[97],"top_logprobs":[]}"#,
            &of(r#"{"chosenCandidates":[{"token":"a","logProbability":0}]}"#),
        );
        check(r#"{"chosenCandidates":[]}"#, "", "{}");
        check("{}", "", "{}");
        check("null", "", "{}");
    }
}
