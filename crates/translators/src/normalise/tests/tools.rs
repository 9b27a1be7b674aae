//! Tools, and the choice among them.

use super::{Upstream, check, check_refused, claude, codex, compat, gemini, openai, responses};
use crate::profile::Profile;
use cliproxy_core::Protocol::{Chat, Claude, Gemini, Responses};

const PATH: &str = r#"{"type":"object","properties":{"path":{"type":"string"}}}"#;

fn function(name: &str) -> String {
    format!(r#"{{"type":"function","name":"{name}","parameters":{PATH}}}"#)
}

fn for_claude(name: &str) -> String {
    format!(r#"{{"name":"{name}","input_schema":{PATH}}}"#)
}

fn for_gemini(name: &str) -> String {
    format!(r#"{{"functionDeclarations":[{{"name":"{name}","parametersJsonSchema":{PATH}}}]}}"#)
}

#[track_caller]
fn check_tools(tools: &str, more: &str, to: &Upstream, expected: &str, lost: &str) {
    let members = format!(r#""tools":[{tools}]{more}"#);
    check(Responses, &members, to, expected, lost);
}

#[test]
fn names_fit_and_the_first_of_equals_stays() {
    let f = function("read");
    let two = format!("{f},{f}");
    let one = format!(r#"{{"max_tokens":32000,"tools":[{}]}}"#, for_claude("read"));
    check_tools(&two, "", &claude(), &one, "-tools.1");
    let namespace = format!(
        r#"{{"type":"namespace","name":"fs","tools":[{f}]}},{}"#,
        function("fs__read")
    );
    let one = format!(
        r#"{{"max_tokens":32000,"tools":[{}]}}"#,
        for_claude("fs__read")
    );
    check_tools(&namespace, "", &claude(), &one, "-tools.1");
    let narrowed = r#"{"type":"function","name":"read","parameters":{"type":"object","anyOf":[{"required":["a"]},{"required":["b"]}]}}"#;
    let one = format!(r#"{{"max_tokens":32000,"tools":[{}]}}"#, for_claude("read"));
    check_tools(&format!("{f},{narrowed}"), "", &claude(), &one, "-tools.1");
}

#[test]
fn strict_goes_where_it_is_held() {
    let strict =
        format!(r#""tools":[{{"type":"function","name":"f","strict":true,"parameters":{PATH}}}]"#);
    let sent = format!(r#"{{"tools":[{}]}}"#, for_gemini("f"));
    check(Responses, &strict, &gemini(), &sent, "-tools.0.strict");
    let closed = r#"{"max_tokens":32000,"tools":[{"name":"f","strict":true,"input_schema":{"type":"object","properties":{"path":{"type":"string"}},"additionalProperties":false}}]}"#;
    check(Responses, &strict, &claude(), closed, "");
    let weak = claude().with(|model| model.structured_output = false);
    let open = format!(r#"{{"max_tokens":32000,"tools":[{}]}}"#, for_claude("f"));
    check(Responses, &strict, &weak, &open, "-tools.0.strict");
    let recursive = r##""tools":[{"type":"function","name":"f","strict":true,"parameters":{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}}}}}}]"##;
    let sent = r##"{"max_tokens":32000,"tools":[{"name":"f","input_schema":{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}}}}}}]}"##;
    check(Responses, recursive, &claude(), sent, "-tools.0.strict");
}

#[test]
fn strict_needs_an_object_with_properties() {
    let check = |root: &str, expected: &str, lost: &str| {
        let strict = format!(
            r#""tools":[{{"type":"function","name":"f","strict":true,"parameters":{root}}}]"#
        );
        let sent = format!(r#"{{"max_tokens":32000,"tools":[{{"name":"f",{expected}}}]}}"#);
        check(Responses, &strict, &claude(), &sent, lost);
    };
    let a = r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#;
    let b = r#"{"type":"object","properties":{"b":{"type":"string"}},"required":["b"]}"#;
    let both = r#""strict":true,"input_schema":{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"additionalProperties":false}"#;
    for choice in ["anyOf", "oneOf"] {
        let root = format!(r#"{{"type":"object","{choice}":[{a},{b}]}}"#);
        check(&root, both, "~tools.0.parameters");
    }
    let all = r#""strict":true,"input_schema":{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["a","b"],"additionalProperties":false}"#;
    check(&format!(r#"{{"allOf":[{a},{b}]}}"#), all, "");
    let nothing = r#""strict":true,"input_schema":{"type":"object","properties":{},"additionalProperties":false}"#;
    check(r#"{"type":"object"}"#, nothing, "");
    let open =
        |more: &str| format!(r#""input_schema":{{{more}"type":"object","properties":{{}}}}"#);
    let changed = "-tools.0.strict ~tools.0.parameters";
    check(
        r#"{"type":"array","items":{"type":"string"}}"#,
        &open(""),
        changed,
    );
    check(
        r#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#,
        &open(""),
        changed,
    );
    let values = r#""enum":["a","b"],"#;
    check(r#"{"enum":["a","b"]}"#, &open(values), "-tools.0.strict");
    let map = r#"{"type":"object","properties":{},"additionalProperties":{"type":"string"}}"#;
    let as_sent = format!(r#""input_schema":{map}"#);
    check(map, &as_sent, "-tools.0.strict");
}

#[test]
fn freeform_tools_are_wrapped_or_spelled_anew() {
    let grammar = r#"{"type":"custom","name":"sql","description":"Query","format":{"type":"grammar","syntax":"lark","definition":"start: \"x\""}}"#;
    let native = r#"{"tools":[{"type":"custom","custom":{"name":"sql","description":"Query","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: \"x\""}}}}]}"#;
    check_tools(grammar, "", &openai(), native, "");
    let wrapped = r#"{"tools":[{"type":"function","function":{"name":"sql","description":"Query\n\nThe input must follow this lark grammar:\nstart: \"x\"","parameters":{"type":"object","properties":{"input":{"type":"string","description":"Raw text input for the tool"}},"required":["input"],"additionalProperties":false}}}]}"#;
    check_tools(grammar, "", &compat(), wrapped, "");
}

#[test]
fn web_search_takes_along_what_the_target_has() {
    let search = r#"{"type":"web_search","filters":{"allowed_domains":["a.b"]},"search_context_size":"high","user_location":{"type":"approximate","country":"NO"}}"#;
    let sent = r#"{"max_tokens":32000,"tools":[{"type":"web_search_20250305","name":"web_search","allowed_domains":["a.b"],"user_location":{"type":"approximate","country":"NO"}}]}"#;
    check_tools(search, "", &claude(), sent, "-tools.0.search_context_size");
    let lost =
        "-tools.0.filters.allowed_domains -tools.0.search_context_size -tools.0.user_location";
    check_tools(
        search,
        "",
        &gemini(),
        r#"{"tools":[{"googleSearch":{}}]}"#,
        lost,
    );
    check_tools(search, "", &compat(), "{}", "-tools.0");
    let searching = openai().with(|model| model.chat_search = true);
    let sent = r#"{"web_search_options":{"search_context_size":"high","user_location":{"type":"approximate","approximate":{"country":"NO"}}}}"#;
    let lost = "-tools.0.filters.allowed_domains";
    check_tools(search, "", &searching, sent, lost);
    let nested = r#""web_search_options":{"user_location":{"type":"approximate","approximate":{"city":"Oslo"}}}"#;
    let flat = r#"{"store":false,"tools":[{"type":"web_search","user_location":{"type":"approximate","city":"Oslo"}}]}"#;
    check(Chat, nested, &responses(), flat, "");
}

#[test]
fn gemini_before_3_keeps_functions_before_search() {
    let tools = format!(r#"{},{{"type":"web_search"}}"#, function("f"));
    let sent = format!(r#"{{"tools":[{}]}}"#, for_gemini("f"));
    check_tools(&tools, "", &gemini(), &sent, "-tools.1");
    // What is lost whole is listed once.
    let limited = tools.replace(
        r#""web_search""#,
        r#""web_search","search_context_size":"low""#,
    );
    check_tools(&limited, "", &gemini(), &sent, "-tools.1");
    let both = gemini().with(|model| model.search_with_functions = true);
    let sent = format!(
        r#"{{"tools":[{},{{"googleSearch":{{}}}}]}}"#,
        for_gemini("f")
    );
    check_tools(&tools, "", &both, &sent, "");
    let lost = "-tools.1.search_context_size";
    check_tools(&limited, "", &both, &sent, lost);
}

#[test]
fn a_function_wins_over_a_tool_of_the_same_name() {
    let tools = format!(r#"{{"type":"web_search"}},{}"#, function("web_search"));
    let sent = format!(
        r#"{{"max_tokens":32000,"tools":[{}]}}"#,
        for_claude("web_search")
    );
    check_tools(&tools, "", &claude(), &sent, "-tools.0");
}

#[test]
fn other_tools_of_providers() {
    let lost = "-tools.0";
    for kind in ["file_search", "image_generation", "mcp", "tool_search"] {
        let tool = format!(r#"{{"type":"{kind}"}}"#);
        check_tools(&tool, "", &compat(), "{}", lost);
    }
    check_tools(
        r#"{"type":"code_interpreter","container":{"type":"auto"}}"#,
        "",
        &gemini(),
        r#"{"tools":[{"codeExecution":{}}]}"#,
        "",
    );
    let fetch = r#""tools":[{"urlContext":{}}]"#;
    let sent = r#"{"max_tokens":32000,"tools":[{"type":"web_fetch_20250910","name":"web_fetch"}]}"#;
    check(Gemini, fetch, &claude(), sent, "");
    check_refused(
        Responses,
        r#""tools":[{"type":"computer_use_preview"}]"#,
        &claude(),
        "tools.0",
    );
    let bash = r#""tools":[{"type":"bash_20250124","name":"bash"}]"#;
    let sent = r#"{"max_output_tokens":9,"store":false,"tools":[{"type":"function","name":"bash","strict":false,"description":"Run a command in a persistent bash session","parameters":{"type":"object","properties":{"command":{"type":"string","description":"The command to run; required unless restart is true"},"restart":{"type":"boolean","description":"Start the session anew"}}}}]}"#;
    check(Claude, bash, &responses(), sent, "");
    let google = r#""tools":[{"googleMaps":{}},{"computerUse":{"environment":"b"}},{"googleSearch":{"timeRangeFilter":{"startTime":"t"}}}]"#;
    let sent =
        r#"{"max_tokens":32000,"tools":[{"type":"web_search_20250305","name":"web_search"}]}"#;
    let lost = "-tools.0.googleMaps -tools.1.computerUse -tools.2.googleSearch.timeRangeFilter";
    check(Gemini, google, &claude(), sent, lost);
    let memory = r#""tools":[{"type":"memory_20250818","name":"memory"}]"#;
    check_refused(Claude, memory, &compat(), "tools.0");
}

#[test]
fn a_model_that_draws_is_asked_for_images() {
    let draws = gemini().with(|model| model.output.push(cliproxy_core::Modality::Image));
    let sent = r#"{"generationConfig":{"responseModalities":["TEXT","IMAGE"]}}"#;
    check_tools(r#"{"type":"image_generation"}"#, "", &draws, sent, "");
}

#[test]
fn a_choice_is_of_tools_that_are_there() {
    let both = format!("{},{}", function("a.b"), function("c"));
    let named = r#","tool_choice":{"type":"function","name":"a.b"}"#;
    let name = "a_b_2e7336dc";
    let sent = format!(
        r#"{{"max_tokens":32000,"tools":[{},{}],"tool_choice":{{"type":"tool","name":"{name}"}}}}"#,
        for_claude(name),
        for_claude("c")
    );
    check_tools(&both, named, &claude(), &sent, "");
    let one = function("c");
    let sent = format!(r#"{{"max_tokens":32000,"tools":[{}]}}"#, for_claude("c"));
    check_tools(&one, named, &claude(), &sent, "-tool_choice");
    let required = r#","tool_choice":"required","parallel_tool_calls":false"#;
    let search = r#"{"type":"web_search"}"#;
    check_tools(search, required, &compat(), "{}", "-tool_choice -tools.0");
    check(
        Responses,
        r#""tool_choice":"auto","parallel_tool_calls":false"#,
        &compat(),
        "{}",
        "",
    );
    let hosted = r#","tool_choice":{"type":"web_search"}"#;
    let sent = r#"{"max_tokens":32000,"tools":[{"type":"web_search_20250305","name":"web_search"}],"tool_choice":{"type":"tool","name":"web_search"}}"#;
    check_tools(search, hosted, &claude(), sent, "");
    let sent = r#"{"tools":[{"googleSearch":{}}]}"#;
    check_tools(search, hosted, &gemini(), sent, "-tool_choice");
    check_tools(search, required, &gemini(), sent, "-tool_choice");
}

#[test]
fn a_tool_of_the_provider_is_chosen_as_it_is_declared() {
    let check = |tool: &str, chosen: &str, arrives: bool| {
        let choice = format!(r#","tool_choice":{{"type":"{chosen}"}}"#);
        let sent = match arrives {
            true => format!(r#"{{"store":false,"tools":[{tool}]{choice}}}"#),
            false => format!(r#"{{"store":false,"tools":[{tool}]}}"#),
        };
        let lost = if arrives { "" } else { "-tool_choice" };
        check_tools(tool, &choice, &responses(), &sent, lost);
    };
    let files = r#"{"type":"file_search","vector_store_ids":["v"]}"#;
    check(files, "file_search", true);
    check(files, "web_search", false);
    let preview = r#"{"type":"web_search_preview"}"#;
    check(preview, "web_search_preview", true);
    // Of tools of no known kind, and of servers, nothing says which is meant.
    check(r#"{"type":"future"}"#, "other", false);
    let server = r#"{"type":"mcp","server_label":"s","server_url":"https://s.example"}"#;
    check(server, "mcp", false);
}

#[test]
fn some_of_the_tools() {
    let both = format!("{},{}", function("a"), function("b"));
    let some = r#","tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"b"}]}"#;
    let sent = format!(
        r#"{{"max_tokens":32000,"tools":[{}],"tool_choice":{{"type":"auto"}}}}"#,
        for_claude("b")
    );
    check_tools(&both, some, &claude(), &sent, "");
    let calling = r#"{"mode":"VALIDATED","allowedFunctionNames":["b"]}"#;
    let one = |name: &str| format!(r#"{{"name":"{name}","parametersJsonSchema":{PATH}}}"#);
    let declared = format!("{},{}", one("a"), one("b"));
    let sent = format!(
        r#"{{"tools":[{{"functionDeclarations":[{declared}]}}],"toolConfig":{{"functionCallingConfig":{calling}}}}}"#
    );
    check_tools(&both, some, &gemini(), &sent, "");
}

#[test]
fn parallel_calls_are_said_to_the_backend_of_chatgpt() {
    let tools = format!(r#""tools":[{}]"#, for_claude("f"));
    let sent = format!(
        r#"{{"instructions":"","parallel_tool_calls":true,"store":false,"stream":true,"include":["reasoning.encrypted_content"],"tools":[{{"type":"function","name":"f","strict":false,"parameters":{PATH}}}]}}"#
    );
    check(Claude, &tools, &codex(), &sent, "-max_tokens");
}

#[test]
fn marks_of_tools_stay_where_there_are_marks() {
    let marked = format!(
        r#""tools":[{{"type":"function","cache_control":{{"type":"ephemeral"}},"function":{{"name":"f","parameters":{PATH}}}}}]"#
    );
    let sent = format!(
        r#"{{"max_tokens":32000,"tools":[{{"name":"f","input_schema":{PATH},"cache_control":{{"type":"ephemeral"}}}}]}}"#
    );
    check(Chat, &marked, &claude(), &sent, "");
    // Hosts other than Anthropic's do not find the places themselves.
    let other: &'static Profile = Profile::by_name(Claude, "compat").unwrap();
    let mut to = Upstream::new(Claude, other);
    to.options.auto_cache = true;
    let plain =
        format!(r#""tools":[{{"type":"function","function":{{"name":"f","parameters":{PATH}}}}}]"#);
    check(Chat, &plain, &to, &sent, "");
}
