//! `generationConfig`.
//!
//! | member | becomes |
//! | --- | --- |
//! | `responseJsonSchema`, else `responseSchema` in Google's own form | a schema for the answer |
//! | `responseMimeType` | `application/json`: any object, if there is no schema; `text/plain`: nothing; another is unknown, with its schema |
//! | `thinkingConfig.thinkingLevel`, else `.thinkingBudget` | how much to think |
//! | `thinkingConfig.includeThoughts` | what to show of it |
//! | `responseModalities` of text alone | nothing |
//! | another one that settings know | this setting |
//! | another | unknown |

use crate::{
    client_body::{
        expect::{object, string, strings},
        members::{camel, take_settings},
        openai::schema_of,
        wish,
    },
    hub::ClientContext,
    rejection::Rejection,
    request_ir::{Format, FormatKind, Key, Place, Request, SchemaFlavour, ToolSchema},
    thinking::read::{self as thinking, Wish},
};
use cliproxy_json::{Kind, Value};

/// The member's name, and that which its own members have in front of theirs.
const NAME: &str = "generationConfig";

const MEMBERS: [&str; 7] = [
    "responseMimeType",
    "responseJsonSchema",
    "_responseJsonSchema",
    "responseSchema",
    "thinkingConfig",
    "stopSequences",
    "responseModalities",
];

const THINKING: [&str; 3] = ["thinkingLevel", "thinkingBudget", "includeThoughts"];

/// Reads `generationConfig`, and the suffix of the model's name, which beats it.
pub(super) fn read<'a>(
    request: &mut Request<'a>,
    client: &ClientContext<'_>,
    config: Option<Value<'a>>,
) -> Result<(), Rejection> {
    let mut wish = Ok(Wish::default());
    if let Some(config) = config {
        let members = camel(object(config, NAME)?);
        let found = take_settings(request, NAME, members, MEMBERS);
        let [mime, schema, schema_too, older, wishes, stop, modalities] = found;
        if let Some(wishes) = wishes {
            let members = camel(object(wishes, "thinkingConfig")?);
            wish::note_unknown(request, members, &THINKING);
            wish = thinking::gemini(wishes);
        }
        read_format(request, mime, schema.or(schema_too), older)?;
        if let Some(stop) = stop {
            strings(stop, "stopSequences")?;
            request.settings.take(Key::Stop, stop);
        }
        if let Some(modalities) = modalities.filter(|list| !is_text_alone(*list)) {
            request.settings.take(Key::Modalities, modalities);
        }
    }
    wish::set(request, client, wish)
}

fn is_text_alone(modalities: Value<'_>) -> bool {
    let is_text = |name: Value<'_>| {
        name.as_str()
            .is_some_and(|name| name.eq_ignore_ascii_case("text"))
    };
    modalities.kind() == Kind::Array && modalities.elements().all(is_text)
}

fn read_format<'a>(
    request: &mut Request<'a>,
    mime: Option<Value<'a>>,
    schema: Option<Value<'a>>,
    older: Option<Value<'a>>,
) -> Result<(), Rejection> {
    let essence = match mime {
        Some(mime) => string(mime, "responseMimeType")?.to_ascii_lowercase(),
        None => String::new(),
    };
    let is_json = matches!(&*essence, "" | "application/json");
    if !is_json {
        let others = [mime.filter(|_| essence != "text/plain"), schema, older];
        let others = others.into_iter().flatten().map(Place::of);
        request.unknown.extend(others);
        return Ok(());
    }
    let schema = match (schema, older) {
        (Some(schema), _) => Some(schema_of(schema, "responseJsonSchema")?),
        (None, Some(older)) => Some(ToolSchema {
            flavour: SchemaFlavour::OpenApi,
            ..schema_of(older, "responseSchema")?
        }),
        (None, None) => None,
    };
    request.format = match (schema, mime) {
        (Some(schema), _) => Some(Format {
            place: schema.place,
            kind: FormatKind::Schema {
                name: None,
                description: None,
                schema,
                strict: None,
            },
        }),
        (None, Some(mime)) if !essence.is_empty() => Some(Format {
            place: Place::of(mime),
            kind: FormatKind::Object,
        }),
        (None, _) => None,
    };
    Ok(())
}
