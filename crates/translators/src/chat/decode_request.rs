//! A client's Chat Completions request, read.
//!
//! | member | becomes |
//! | --- | --- |
//! | `messages` | system messages and turns, see `messages` |
//! | `tools`, `functions` | tools; `functions` is the form of old clients, who expect `function_call` back |
//! | `web_search_options` | the web search of the provider, after the other tools |
//! | `tool_choice`, else `function_call` | which tools may be chosen |
//! | `response_format` | what the answer looks like; `text` is none |
//! | `reasoning_effort`, else `reasoning`, `thinking`, `extra_body.google.thinking_config` | how much to think, see `thinking::read` |
//! | `stream` | only `true` streams |
//! | `stream_options.include_usage` | usage at the end of a stream |
//! | `max_completion_tokens`, else `max_tokens` | the output limit |
//! | `stop` | a list, also where it is one string |
//! | `modalities` of text alone | nothing |
//! | another one that settings know | this setting |
//! | another | unknown |
//!
//! A body without `messages` that has `input` or `instructions` is a Responses request, and is read as one;
//! its reply is one of Chat.

mod messages;
mod reasoning;

#[cfg(test)]
mod tests;

use crate::{
    client_body::{
        expect::{boolean, object, required, strings},
        members::take_settings,
        openai,
        pieces::Pieces,
        wish,
    },
    hub::ClientContext,
    rejection::Rejection,
    request_ir::{HostedKind, Key, Place, Request},
    responses,
    thinking::read,
};
use cliproxy_core::Protocol;
use cliproxy_json::{Kind, Value};

const MEMBERS: [&str; 20] = [
    "messages",
    "input",
    "instructions",
    "model",
    "stream",
    "stream_options",
    "tools",
    "functions",
    "web_search_options",
    "tool_choice",
    "function_call",
    "response_format",
    "reasoning_effort",
    "reasoning",
    "thinking",
    "include_reasoning",
    "extra_body",
    "max_tokens",
    "stop",
    "modalities",
];

/// What `reasoning` says. A summary is the word of Responses, and nothing that Chat could show.
const REASONING: [&str; 5] = ["effort", "max_tokens", "enabled", "exclude", "summary"];

/// Reads a request body.
///
/// # Errors
///
/// [`Rejection`] for a body that departs from the protocol.
pub(crate) fn decode<'a>(
    body: Value<'a>,
    client: &ClientContext<'_>,
) -> Result<Request<'a>, Rejection> {
    let mut request = Request::new(Protocol::Chat);
    let members = object(body, "the body")?.members();
    let [
        messages,
        input,
        instructions,
        _model,
        stream,
        stream_options,
        tools,
        functions,
        web_search,
        tool_choice,
        function_call,
        format,
        effort,
        reasoning,
        thinking,
        include_reasoning,
        extra,
        max_tokens,
        stop,
        modalities,
    ] = take_settings(&mut request, "", members, MEMBERS);
    if messages.is_none() && (input.is_some() || instructions.is_some()) {
        let mut read = responses::decode_request::decode(body, client)?;
        // Whoever asks in Chat is told of usage as Chat does it: not unless it is asked for.
        let said = stream_options.and_then(|options| options.get("include_usage"));
        read.include_usage = said.is_some_and(|usage| usage.as_bool() == Some(true));
        return Ok(read);
    }
    for foreign in [input, instructions].into_iter().flatten() {
        request.unknown.push(Place::of(foreign));
    }
    // Whatever else stands there asks for one body, as where the body is passed on as it is.
    request.streams = stream.and_then(|stream| stream.as_bool()) == Some(true);
    if let Some(options) = stream_options {
        read_stream_options(&mut request, options)?;
    }
    let pieces = Pieces::default();
    let messages = required(messages, body, "messages")?;
    request.conversation = Place::of(messages);
    messages::read(&mut request, messages, &pieces)?;
    read_tools(&mut request, tools, functions, web_search, &pieces)?;
    if let Some(value) = tool_choice.or(function_call) {
        request.choice = Some(openai::choice(value, &pieces)?);
        request.choice_place = Place::of(value);
    }
    request.format = match format {
        Some(format) => openai::format(object(format, "response_format")?)?,
        None => None,
    };
    if let Some(wishes) = reasoning {
        wish::note_unknown(&mut request, wishes.members(), &REASONING);
    }
    if let Some(extra) = extra {
        wish::note_unknown(&mut request, extra.members(), &["google"]);
    }
    let wish = read::chat(&read::ChatMembers {
        reasoning_effort: effort,
        reasoning,
        thinking,
        include_reasoning,
        extra_body: extra,
    });
    wish::set(&mut request, client, wish)?;
    if let Some(limit) = max_tokens {
        request.settings.take(Key::MaxOutput, limit);
    }
    if let Some(stop) = stop {
        read_stop(&mut request, stop)?;
    }
    if let Some(modalities) = modalities.filter(|list| !is_text_alone(*list)) {
        request.settings.take(Key::Modalities, modalities);
    }
    Ok(request)
}

/// Also for a Responses body on the path of Chat.
pub(crate) fn read_stream_options<'a>(
    request: &mut Request<'a>,
    options: Value<'a>,
) -> Result<(), Rejection> {
    let members = object(options, "stream_options")?.members();
    // Obfuscation only pads what is sent.
    let names = ["include_usage", "include_obfuscation"];
    let [usage, _] = take_settings(request, "stream_options", members, names);
    if let Some(usage) = usage {
        request.include_usage = boolean(usage, "include_usage")?;
    }
    Ok(())
}

fn read_tools<'a>(
    request: &mut Request<'a>,
    tools: Option<Value<'a>>,
    functions: Option<Value<'a>>,
    web_search: Option<Value<'a>>,
    pieces: &Pieces,
) -> Result<(), Rejection> {
    let mut list = openai::Tools::new(Protocol::Chat, pieces);
    if let Some(tools) = tools {
        list.read(tools)?;
    }
    if let Some(functions) = functions {
        list.read_functions(functions)?;
        request.uses_legacy_functions = true;
    }
    if let Some(options) = web_search {
        let options = object(options, "web_search_options")?;
        list.hosted(HostedKind::WebSearch, options);
    }
    request.tools = list.list;
    request.unknown.extend(list.unknown);
    Ok(())
}

fn read_stop<'a>(request: &mut Request<'a>, stop: Value<'a>) -> Result<(), Rejection> {
    if stop.kind() == Kind::String {
        let list = format!("[{}]", stop.raw());
        request.settings.set(Key::Stop, list, Place::of(stop));
        return Ok(());
    }
    strings(stop, "stop")?;
    request.settings.take(Key::Stop, stop);
    Ok(())
}

fn is_text_alone(modalities: Value<'_>) -> bool {
    let mut each = modalities.elements();
    modalities.kind() == Kind::Array && each.all(|name| name.as_str().as_deref() == Some("text"))
}
