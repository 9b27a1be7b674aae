//! One item of `api-keys`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;

/// The long form of a client key; the short form, a plain text, becomes `{key: …}` before decoding.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct RawClientKey {
    pub(crate) key: Option<String>,
    pub(crate) key_hash: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) max_concurrency: Option<u32>,
    pub(crate) disabled: Option<bool>,
}

impl JsonSchema for RawClientKey {
    fn schema_name() -> Cow<'static, str> {
        "ClientKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A key that clients present: its text, or an object.",
            "anyOf": [
                { "type": ["string", "number", "boolean"] },
                {
                    "type": "object",
                    "properties": {
                        "key": {
                            "description": "The key, `env:NAME` or `file:PATH`.",
                            "type": ["string", "number"],
                        },
                        "key-hash": {
                            "description": "Instead of the key: `sha256:` and its digest.",
                            "type": "string",
                            "pattern": "^sha256:[0-9A-Fa-f]{64}$",
                        },
                        "name": {
                            "description": "What logs call this client.",
                            "type": "string",
                        },
                        "max-concurrency": {
                            "description": "Most requests at a time. Absent: `limits.max-concurrency-per-key`.",
                            "type": "integer",
                            "minimum": 1,
                        },
                        "disabled": {
                            "description": "Refuse this key.",
                            "type": "boolean",
                        },
                    },
                },
            ],
        })
    }
}
