//! `generationConfig`, and the settings beside it.

use crate::{
    request_ir::{Format, FormatKind, Request, SchemaFlavour},
    thinking::Written,
};
use cliproxy_core::Protocol;
use cliproxy_json::ObjectWriter;

const CONFIG: &str = "generationConfig.";

pub(super) fn write(request: &Request<'_>, body: &mut ObjectWriter<'_>) {
    let settings = || request.settings.named(Protocol::Gemini);
    let inner =
        || settings().filter_map(|(name, setting)| Some((name.strip_prefix(CONFIG)?, setting)));
    let reasons = matches!(request.reasoning, Written::Gemini { .. });
    if reasons || request.format.is_some() || inner().next().is_some() {
        body.object("generationConfig", |config| {
            for (name, setting) in inner() {
                config.raw(name, setting.value.as_str());
            }
            if let Some(format) = &request.format {
                write_format(format, config);
            }
            thinking(request.reasoning, config);
        });
    }
    for (name, setting) in settings().filter(|(name, _)| !name.starts_with(CONFIG)) {
        body.raw(name, setting.value.as_str());
    }
}

fn write_format(format: &Format<'_>, config: &mut ObjectWriter<'_>) {
    config.text("responseMimeType", "application/json");
    if let FormatKind::Schema { schema, .. } = &format.kind {
        let key = match schema.flavour {
            SchemaFlavour::JsonSchema => "responseJsonSchema",
            SchemaFlavour::OpenApi => "responseSchema",
        };
        config.raw(key, &schema.json);
    }
}

fn thinking(written: Written, config: &mut ObjectWriter<'_>) {
    let Written::Gemini {
        level,
        budget,
        include,
    } = written
    else {
        return;
    };
    config.object("thinkingConfig", |thinking| {
        if let Some(level) = level {
            thinking.text("thinkingLevel", level);
        }
        if let Some(budget) = budget {
            thinking.raw("thinkingBudget", &budget.to_string());
        }
        if let Some(include) = include {
            thinking.boolean("includeThoughts", include);
        }
    });
}
