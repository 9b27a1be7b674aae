//! The cases of `fixtures/thinking`.

use crate::{
    thinking::{Control, Form, Origin, OutputLimit, Upstream, claude, control_of, resolve, scale},
    vectors::Case,
};
use cliproxy_core::{Capabilities, Effort, Protocol, Thinking, parse_suffix};
use serde_json::{Value, json};

pub(super) fn actual(case: &Case) -> Result<Value, String> {
    let input = &case.json["input"];
    let each = |run: fn(&Value) -> Value| input.as_array().unwrap().iter().map(run).collect();
    Ok(match case.name.as_str() {
        "thinking/suffix" => each(suffix),
        "thinking/level_budget" => level_budget(input),
        "thinking/claude_effort" => each(effort),
        "thinking/claude_budget_limit" => each(limit),
        "thinking/fit" => each(fit),
        other => return Err(format!("nothing runs {other}")),
    })
}

fn suffix(requested: &Value) -> Value {
    let split = parse_suffix(requested.as_str().unwrap());
    let control = split.suffix.map_or(Control::Unset, control_of);
    json!([split.name, show(control)])
}

fn level_budget(input: &Value) -> Value {
    let all = |key: &str| input[key].as_array().unwrap().iter();
    let budget = |level: &Value| match level.as_str().unwrap() {
        "none" => 0,
        "auto" => -1,
        name => i64::from(scale::budget_of(name.parse().unwrap())),
    };
    let level = |budget: &Value| match budget.as_i64().unwrap() {
        -1 => "auto",
        0 => "none",
        budget => scale::level_of(u32::try_from(budget).unwrap()).as_str(),
    };
    json!({
        "to_budget": all("to_budget").map(budget).collect::<Vec<_>>(),
        "to_level": all("to_level").map(level).collect::<Vec<_>>(),
    })
}

fn effort(row: &Value) -> Value {
    let wanted = row["ask"].as_str().unwrap().parse().unwrap();
    claude::effort(wanted, &levels(row)).as_str().into()
}

fn limit(row: &Value) -> Value {
    let model = Capabilities {
        thinking: Some(Thinking {
            budget: Some((1024, 128_000)),
            can_off: true,
            ..Thinking::default()
        }),
        ..Capabilities::default()
    };
    let upstream = Upstream {
        form: Form::Claude,
        own: false,
        model: Some(&model),
    };
    let asked = Control::Budget(number(&row["budget"]));
    let resolved = resolve(asked, Origin::Body, Protocol::Chat, &upstream).unwrap();
    let limit = match row["max_tokens"].as_u64() {
        Some(tokens) => OutputLimit::Set(tokens),
        None => OutputLimit::Default(32_000),
    };
    let (resolved, limit) = resolved.limited(limit, Some(64_000));
    match resolved.control() {
        Control::Budget(budget) => json!({"budget": budget, "max_tokens": limit.tokens()}),
        _ => json!({"disabled": true, "max_tokens": limit.tokens()}),
    }
}

fn fit(row: &Value) -> Value {
    let name = |key: &str| row[key].as_str().unwrap();
    let caps = &row["caps"];
    let flag = |key: &str| caps[key].as_bool().unwrap_or_default();
    let thinking = caps.is_object().then(|| Thinking {
        levels: levels(caps),
        budget: caps["budget"]
            .as_array()
            .map(|range| (number(&range[0]), number(&range[1]))),
        can_off: flag("can_off"),
        none_level: flag("none_level"),
        can_auto: flag("can_auto"),
        ..Thinking::default()
    });
    let model = Capabilities {
        thinking,
        ..Capabilities::default()
    };
    let (client, upstream) = (name("client"), name("upstream"));
    let upstream = Upstream {
        form: match upstream {
            "claude" => Form::Claude,
            "gemini" => Form::Gemini,
            _ => Form::ReasoningEffort,
        },
        own: client == upstream,
        model: Some(&model),
    };
    let client = match client {
        "claude" => Protocol::Claude,
        "gemini" => Protocol::Gemini,
        _ => Protocol::Chat,
    };
    let origin = match name("origin") {
        "suffix" => Origin::Suffix,
        _ => Origin::Body,
    };
    match resolve(control(name("control")), origin, client, &upstream) {
        Ok(resolved) if resolved.control() == Control::Off && flag("none_level") => {
            "level:none".into()
        }
        Ok(resolved) => show(resolved.control()).into(),
        Err(refusal) => format!("error:{}", refusal.code()).into(),
    }
}

fn levels(row: &Value) -> Vec<Effort> {
    let names = row["levels"].as_array().into_iter().flatten();
    names
        .map(|name| name.as_str().unwrap().parse().unwrap())
        .collect()
}

fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().unwrap()).unwrap()
}

fn control(text: &str) -> Control {
    match text.split_once(':') {
        Some(("level", name)) => Control::Level(name.parse().unwrap()),
        Some(("budget", tokens)) => Control::Budget(tokens.parse().unwrap()),
        _ => match text {
            "off" => Control::Off,
            "auto" => Control::Auto,
            _ => Control::Unset,
        },
    }
}

fn show(control: Control) -> String {
    match control {
        Control::Unset => "unset".into(),
        Control::Off => "off".into(),
        Control::Auto => "auto".into(),
        Control::Level(level) => format!("level:{level}"),
        Control::Budget(tokens) => format!("budget:{tokens}"),
    }
}
