//! What bodies say about reasoning, and where they say it.

use super::{HIGH, LOW, MAX, MEDIUM};
use crate::{
    rejection::Rejection,
    thinking::{
        Control, Detail, Show,
        read::{self, ChatMembers, Wish},
    },
};
use Control::{Auto, Budget, Level, Off, Unset};
use cliproxy_json::Value;

/// The control, the path it was read from, and what is to be shown; or code and place of the error.
type Expected<'e> = Result<(Control, &'e str, Show), (Option<&'e str>, &'e str)>;

fn check(text: &str, read: fn(Value<'_>) -> Result<Wish, Rejection>, expected: Expected<'_>) {
    let body = Value::parse(text).unwrap();
    match read(body) {
        Ok(wish) => {
            let path = wish.place.path(body).unwrap_or_default();
            assert_eq!(Ok((wish.control, &*path, wish.show)), expected, "{text}");
        }
        Err(error) => {
            let place = error.param(body).unwrap_or_default();
            assert_eq!(Err((error.code(), &*place)), expected, "{text}");
        }
    }
}

const NOT_SAID: Show = Show::Unset;
const SHOWN: Show = Show::Shown(Detail::Auto);
const UNKNOWN: Option<&str> = Some("UNKNOWN_LEVEL");

#[test]
fn of_a_chat_body() {
    let check = |text, expected| {
        let read = |body: Value<'_>| {
            read::chat(&ChatMembers {
                reasoning_effort: body.get("reasoning_effort"),
                reasoning: body.get("reasoning"),
                thinking: body.get("thinking"),
                include_reasoning: body.get("include_reasoning"),
                extra_body: body.get("extra_body"),
            })
        };
        check(text, read, expected);
    };
    let said = |control, path| Ok((control, path, NOT_SAID));
    check(r#"{}"#, said(Unset, ""));
    check(r#"{"reasoning_effort":null}"#, said(Unset, ""));
    let effort = "reasoning_effort";
    check(r#"{"reasoning_effort":"low"}"#, said(Level(LOW), effort));
    check(r#"{"reasoning_effort":"none"}"#, said(Off, effort));
    check(r#"{"reasoning_effort":"auto"}"#, said(Auto, effort));
    check(r#"{"reasoning_effort":"huge"}"#, Err((UNKNOWN, effort)));
    check(r#"{"reasoning_effort":"LOW"}"#, Err((UNKNOWN, effort)));
    check(r#"{"reasoning_effort":3}"#, Err((UNKNOWN, effort)));

    let first = r#"{"reasoning":{"effort":"high"},"reasoning_effort":"low"}"#;
    check(first, said(Level(LOW), effort));
    let path = "reasoning.effort";
    let all = r#"{"reasoning":{"enabled":false,"max_tokens":9,"effort":"high"}}"#;
    check(all, said(Level(HIGH), path));
    check(r#"{"reasoning":{"effort":"so"}}"#, Err((UNKNOWN, path)));
    let path = "reasoning.max_tokens";
    check(
        r#"{"reasoning":{"max_tokens":900}}"#,
        said(Budget(900), path),
    );
    let path = "reasoning.enabled";
    check(r#"{"reasoning":{"enabled":false}}"#, said(Off, path));
    check(r#"{"reasoning":{"enabled":true}}"#, said(Auto, path));

    let off = r#"{"thinking":{"type":"disabled","effort":"low"}}"#;
    check(off, said(Off, "thinking.type"));
    let level = r#"{"thinking":{"type":"enabled","effort":"low"}}"#;
    check(level, said(Level(LOW), "thinking.effort"));
    let budget = r#"{"thinking":{"type":"enabled","budget_tokens":900}}"#;
    check(budget, said(Budget(900), "thinking.budget_tokens"));
    let auto = r#"{"thinking":{"type":"enabled"}}"#;
    check(auto, said(Auto, "thinking.type"));

    let google = r#"{"extra_body":{"google":{"thinking_config":
        {"thinking_level":"low","include_thoughts":true}}}}"#;
    let path = "extra_body.google.thinking_config.thinking_level";
    check(google, Ok((Level(LOW), path, SHOWN)));

    let hidden = r#"{"reasoning_effort":"low","include_reasoning":false}"#;
    check(hidden, Ok((Level(LOW), effort, Show::Hidden)));
    check(
        r#"{"reasoning":{"exclude":true}}"#,
        Ok((Unset, "", Show::Hidden)),
    );
    check(r#"{"reasoning":{"exclude":false}}"#, said(Unset, ""));
}

#[test]
fn of_a_responses_body() {
    let check = |text, expected| check(text, read::responses, expected);
    check(r#"{}"#, Ok((Unset, "", NOT_SAID)));
    check(
        r#"{"effort":"medium"}"#,
        Ok((Level(MEDIUM), "effort", NOT_SAID)),
    );
    check(r#"{"effort":"x"}"#, Err((UNKNOWN, "effort")));
    let summary = |text, show| check(text, Ok((Unset, "", show)));
    summary(r#"{"summary":"auto"}"#, SHOWN);
    summary(r#"{"summary":"concise"}"#, Show::Shown(Detail::Concise));
    summary(
        r#"{"generate_summary":"detailed"}"#,
        Show::Shown(Detail::Detailed),
    );
    summary(r#"{"summary":null}"#, NOT_SAID);
}

#[test]
fn of_a_claude_body() {
    let both = |text: &str, expected: Expected<'_>| {
        let read =
            |body: Value<'_>| read::claude(body.get("thinking"), body.get("output_config"), false);
        check(text, read, expected);
    };
    let said = |text: &str, control, path| both(text, Ok((control, path, NOT_SAID)));
    said(r#"{}"#, Unset, "");
    said(r#"{"thinking":null}"#, Unset, "");
    said(r#"{"thinking":{"type":"disabled"}}"#, Off, "thinking.type");
    let enabled = |tokens: &str, control, path| {
        let text = format!(r#"{{"thinking":{{"type":"enabled"{tokens}}}}}"#);
        said(&text, control, path);
    };
    let budget = "thinking.budget_tokens";
    enabled("", Auto, "thinking.type");
    enabled(r#","budget_tokens":-1"#, Auto, budget);
    enabled(r#","budget_tokens":0"#, Off, budget);
    enabled(r#","budget_tokens":2000"#, Budget(2000), budget);
    enabled(r#","budget_tokens":2e3"#, Budget(2000), budget);
    enabled(r#","budget_tokens":1e12"#, Budget(u32::MAX), budget);
    let below = r#"{"thinking":{"type":"enabled","budget_tokens":-2}}"#;
    both(below, Err((None, budget)));
    let part = r#"{"thinking":{"type":"enabled","budget_tokens":1.5}}"#;
    both(part, Err((None, budget)));

    let adaptive = r#"{"thinking":{"type":"adaptive"}}"#;
    said(adaptive, Level(HIGH), "thinking.type");
    let max = r#"{"thinking":{"type":"adaptive"},"output_config":{"effort":"max"}}"#;
    said(max, Level(MAX), "output_config.effort");
    let unknown = r#"{"thinking":{"type":"adaptive"},"output_config":{"effort":"ultra"}}"#;
    both(unknown, Err((UNKNOWN, "output_config.effort")));
    both(
        r#"{"thinking":{"type":"wild"}}"#,
        Err((None, "thinking.type")),
    );
    both(r#"{"thinking":{}}"#, Err((None, "thinking")));

    let shown = r#"{"thinking":{"type":"adaptive","display":"summarized"}}"#;
    both(shown, Ok((Level(HIGH), "thinking.type", SHOWN)));
    let hidden = r#"{"thinking":{"type":"adaptive","display":"omitted"}}"#;
    both(hidden, Ok((Level(HIGH), "thinking.type", Show::Hidden)));
}

#[test]
fn effort_alone_is_about_reasoning_where_there_is_nothing_else() {
    let text = r#"{"effort":"low"}"#;
    let alone = |body: Value<'_>| read::claude(None, Some(body), true);
    check(text, alone, Ok((Level(LOW), "effort", NOT_SAID)));
    let beside = |body: Value<'_>| read::claude(None, Some(body), false);
    check(text, beside, Ok((Unset, "", NOT_SAID)));
}

#[test]
fn of_a_gemini_body() {
    let check = |text, expected| check(text, read::gemini, expected);
    let said = |text, control, path| check(text, Ok((control, path, NOT_SAID)));
    said(r#"{}"#, Unset, "");
    said(r#"{"thinkingLevel":"LOW"}"#, Level(LOW), "thinkingLevel");
    said(r#"{"thinking_level":"none"}"#, Off, "thinking_level");
    said(r#"{"thinkingLevel":"auto"}"#, Auto, "thinkingLevel");
    said(
        r#"{"thinkingLevel":"THINKING_LEVEL_UNSPECIFIED"}"#,
        Unset,
        "",
    );
    check(
        r#"{"thinkingLevel":"deep"}"#,
        Err((UNKNOWN, "thinkingLevel")),
    );
    let both = r#"{"thinkingBudget":9,"thinkingLevel":"low"}"#;
    said(both, Level(LOW), "thinkingLevel");
    said(r#"{"thinkingBudget":0}"#, Off, "thinkingBudget");
    said(r#"{"thinkingBudget":-1}"#, Auto, "thinkingBudget");
    said(r#"{"thinking_budget":900}"#, Budget(900), "thinking_budget");
    check(r#"{"thinkingBudget":-3}"#, Err((None, "thinkingBudget")));
    check(r#"{"includeThoughts":true}"#, Ok((Unset, "", SHOWN)));
    check(
        r#"{"include_thoughts":false}"#,
        Ok((Unset, "", Show::Hidden)),
    );
}
