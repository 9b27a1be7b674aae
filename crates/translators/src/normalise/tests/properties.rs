//! What holds for every request.

use super::{Upstream, body, claude, codex, compat, gemini, openai, responses, translate};
use crate::{
    finish::Account,
    hub::{ClientContext, Translated, decode},
    normalise::{Notes, normalise},
    replay::NoReplay,
    request_ir::{Choice, Tool, ToolName, row},
    vectors::bounds::broken,
};
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_json::Value;
use proptest::{prelude::*, sample::subsequence};

/// Members that clients send, each on its own valid.
pub(super) fn members(from: Protocol) -> &'static [&'static str] {
    match from {
        Chat => &[
            r#""temperature":1.7"#,
            r#""top_p":0.3"#,
            r#""seed":4"#,
            r#""stop":["a","b","c","d","e","f"]"#,
            r#""n":2"#,
            r#""user":"u""#,
            r#""service_tier":"flex""#,
            r#""logprobs":true,"top_logprobs":1"#,
            r#""reasoning_effort":"high""#,
            r#""response_format":{"type":"json_object"}"#,
            r#""tools":[{"type":"function","function":{"name":"a b","strict":true}},{"type":"custom","custom":{"name":"c"}}]"#,
            r#""tool_choice":{"type":"function","function":{"name":"a b"}}"#,
            r#""web_search_options":{}"#,
            r#""who_knows":1"#,
        ],
        Responses => &[
            r#""temperature":0.7"#,
            r#""store":true"#,
            r#""include":["message.output_text.logprobs"]"#,
            r#""truncation":"auto""#,
            r#""safety_identifier":"s""#,
            r#""background":true"#,
            r#""reasoning":{"effort":"low","summary":"auto"}"#,
            r#""tools":[{"type":"web_search","search_context_size":"low"},{"type":"local_shell"},{"type":"file_search"},{"type":"custom","name":"c"}]"#,
            r#""tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"custom","name":"c"},{"type":"web_search"}]}"#,
            r#""text":{"verbosity":"low","format":{"type":"json_schema","name":"n","schema":{"type":"object"}}}"#,
        ],
        Claude => &[
            r#""temperature":0.7"#,
            r#""top_k":3"#,
            r#""speed":"fast""#,
            r#""metadata":{"user_id":"u"}"#,
            r#""context_management":{"edits":[1]}"#,
            r#""thinking":{"type":"enabled","budget_tokens":2000}"#,
            r#""tools":[{"name":"a","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"web_search","max_uses":2},{"type":"bash_20250124","name":"bash"}]"#,
            r#""tool_choice":{"type":"tool","name":"web_search","disable_parallel_tool_use":true}"#,
        ],
        Gemini => &[
            r#""generationConfig":{"topK":3,"seed":1,"candidateCount":1,"responseMimeType":"application/json","thinkingConfig":{"thinkingBudget":-1}}"#,
            r#""safetySettings":[{"category":"c"}]"#,
            r#""labels":{"a":"b"}"#,
            r#""tools":[{"googleSearch":{}},{"functionDeclarations":[{"name":"a"}]},{"codeExecution":{}}]"#,
            r#""toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["a","b"]}}"#,
        ],
    }
}

fn upstreams() -> [Upstream; 6] {
    [openai(), compat(), responses(), codex(), claude(), gemini()]
}

fn requests() -> impl Strategy<Value = (Protocol, String)> {
    let protocol = prop::sample::select(Protocol::ALL.to_vec());
    protocol.prop_flat_map(|from| {
        let all = members(from);
        subsequence(all, 0..=all.len()).prop_map(move |some| (from, body(from, &some.join(","))))
    })
}

fn names<'t>(choice: Option<&'t Choice<'_>>) -> Vec<&'t ToolName<'t>> {
    match choice {
        Some(Choice::Named(name)) => vec![name],
        Some(Choice::Allowed { tools, .. }) => tools.iter().collect(),
        _ => Vec::new(),
    }
}

proptest! {
    #[test]
    fn nothing_is_left_that_the_target_lacks((from, text) in requests(), (is_unknown, counts) in any::<(bool, bool)>()) {
        for mut to in upstreams() {
            if to.protocol == from {
                continue;
            }
            if is_unknown {
                to.capabilities = None;
            }
            to.counts = counts;
            let body = Value::parse(&text).unwrap();
            let client = ClientContext::default();
            let mut request = decode(from, body, &client).unwrap();
            let (target, mut notes) = (to.target(), Notes::default());
            if let Err(rejection) = normalise(&mut request, &target, &NoReplay, &mut notes) {
                prop_assert!(rejection.param(body).is_some(), "{rejection}");
                continue;
            }
            for setting in request.settings.iter() {
                let name = row(setting.key).name(to.protocol);
                prop_assert!(name.is_some(), "{:?}", setting.key);
                prop_assert!(setting.value.value().is_some());
                prop_assert!(to.profile.removes(name.unwrap()).is_none(), "{:?}", setting.key);
            }
            let known: Vec<_> = request.tools.iter().filter_map(|tool| match tool {
                Tool::Function(tool) => Some(&tool.name),
                Tool::Freeform(tool) => Some(&tool.name),
                _ => None,
            }).collect();
            let hosted = request.tools.iter().any(|tool| matches!(tool, Tool::Hosted(_)));
            prop_assert!(!hosted);
            for name in names(request.choice.as_ref()) {
                prop_assert!(known.contains(&name), "{name:?}");
            }
            prop_assert!(request.choice.is_none() || !request.tools.is_empty());
            let sent = translate(from, &text, &to).unwrap();
            let bytes = |sent: &Translated| sent.body.finish(&Account::default()).body.to_bytes();
            let written = serde_json::from_slice(&bytes(&sent)).unwrap();
            prop_assert_eq!(broken(to.protocol, &written), None);
            let again = translate(from, &text, &to).unwrap();
            prop_assert_eq!(bytes(&sent), bytes(&again));
            for lost in notes.losses.dropped.iter().chain(&notes.losses.changed) {
                prop_assert!(lost.place.path(body).is_some());
            }
        }
    }
}
