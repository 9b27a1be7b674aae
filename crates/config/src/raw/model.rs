//! One model of an entry.

use schemars::JsonSchema;
use serde::Deserialize;

/// One model of an entry.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Model")]
pub(crate) struct RawModel {
    /// The upstream's name.
    pub(crate) name: Option<String>,
    /// The clients' name, if it is another one. The same alias may be given to several models.
    pub(crate) alias: Option<String>,
    /// Shown in listings.
    pub(crate) display_name: Option<String>,
    /// Its input window, in tokens. Absent or 0, as below: what the catalogue says.
    pub(crate) context: Option<u32>,
    /// Another name for `context`, which wins.
    pub(crate) max_context_length: Option<u32>,
    /// Its output limit, in tokens.
    pub(crate) max_output: Option<u32>,
    /// How its reasoning is controlled. Absent: as the catalogue says; `{}`: not at all.
    pub(crate) thinking: Option<RawThinking>,
    /// Kinds of input that it reads. Absent: what the catalogue says.
    pub(crate) input_modalities: Vec<Option<RawModality>>,
    /// Kinds of output that it writes. Absent: what the catalogue says.
    pub(crate) output_modalities: Vec<Option<RawModality>>,
}

/// How the reasoning of a model is controlled.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "ModelThinking")]
pub(crate) struct RawThinking {
    /// The levels it takes; `none` if it can be switched off, and `auto` if it can be left to decide.
    pub(crate) levels: Vec<Option<RawLevel>>,
    /// The smallest budget, in tokens. 0 by default.
    pub(crate) min: Option<u32>,
    /// The largest budget, in tokens. Absent: it takes no budgets.
    pub(crate) max: Option<u32>,
    /// Whether it can be switched off. `false` by default.
    pub(crate) zero_allowed: Option<bool>,
    /// Whether it can be left to decide. `false` by default.
    pub(crate) dynamic_allowed: Option<bool>,
}

/// A level of reasoning, or what stands for one.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "ThinkingLevel")]
pub(crate) enum RawLevel {
    None,
    Auto,
    Minimal,
    Low,
    Medium,
    High,
    Xhigh,
    Max,
}

/// A kind of content.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Modality")]
pub(crate) enum RawModality {
    Text,
    Image,
    Audio,
    Video,
}
