//! What a model takes, as the catalogue writes it. The records themselves belong to the shared
//! vocabulary, which knows no file format.
//!
//! What a row leaves out has the record's own default. The `Default` of the rows is never used:
//! serde asks for it all the same.

use cliproxy_core::{
    Capabilities, Effort, Modality, Sampling, Thinking, ThinkingDisplay, ThoughtSignatures,
    UnknownName,
};
use serde::{Deserialize, Deserializer, de::Error};
use std::{borrow::Cow, str::FromStr};

#[derive(Default, Deserialize)]
#[serde(remote = "Capabilities", default)]
pub(super) struct CapabilitiesRow {
    #[serde(deserialize_with = "thinking")]
    thinking: Option<Thinking>,
    /// The catalogue knows.
    #[serde(skip)]
    unknown_thinking: bool,
    #[serde(deserialize_with = "named")]
    sampling: Sampling,
    structured_output: bool,
    prefill: bool,
    mid_system: bool,
    #[serde(deserialize_with = "named")]
    thought_signatures: ThoughtSignatures,
    #[serde(rename = "fr_parts")]
    function_response_parts: bool,
    search_with_functions: bool,
    schema_with_functions: bool,
    effort_with_functions: bool,
    chat_search: bool,
    image_patches: bool,
    #[serde(rename = "in", deserialize_with = "all_named")]
    input: Vec<Modality>,
    #[serde(rename = "out", deserialize_with = "all_named")]
    output: Vec<Modality>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Thinking", default)]
struct ThinkingRow {
    #[serde(deserialize_with = "all_named")]
    levels: Vec<Effort>,
    budget: Option<(u32, u32)>,
    can_off: bool,
    none_level: bool,
    can_auto: bool,
    #[serde(deserialize_with = "named")]
    display_default: ThinkingDisplay,
}

fn thinking<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Thinking>, D::Error> {
    ThinkingRow::deserialize(input).map(Some)
}

fn named<'de, D, T>(input: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = UnknownName>,
{
    parsed(&Cow::<str>::deserialize(input)?)
}

fn all_named<'de, D, T>(input: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = UnknownName>,
{
    let names = Vec::<Cow<'_, str>>::deserialize(input)?;
    names.iter().map(|name| parsed(name)).collect()
}

fn parsed<T: FromStr<Err = UnknownName>, E: Error>(name: &str) -> Result<T, E> {
    name.parse()
        .map_err(|error| E::custom(format_args!("{error} {name:?}")))
}
