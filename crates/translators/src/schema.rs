//! JSON Schemas as each provider takes them.
//!
//! A schema of a tool or of an answer is moved from one protocol to another, and every provider
//! takes another part of JSON Schema. Cleaning is a pure function of the schema, what it was
//! written as and the [`Mode`]. It is done in one pass over the text and one over a flat tree,
//! without recursion. A schema deeper than [`MAX_DEPTH`], the schemas after the first
//! [`MAX_NODES`], and what references would copy beyond [`MAX_COPIED`] bytes become
//! `{"type":"object"}`.
//!
//! # Names are data
//!
//! Below `properties`, `$defs`, `definitions`, `patternProperties` and `dependentSchemas` the keys
//! are names: a property called `title`, `format` or `$ref` stays. `keyword.rs` has the table of
//! the keywords, of what they hold and of what becomes of each.
//!
//! # The root, in every mode
//!
//! | root | becomes |
//! | --- | --- |
//! | `null`, a boolean, anything else that is no object | `{"type":"object","properties":{}}` |
//! | a map of properties without `properties` around it: every value an object, no key a keyword that may hold one | `properties` of an object; `required: true` inside a property moves into the list |
//! | `type` is a list with `object` in it | `object` |
//! | no `type` | `object`, unless a reference, a choice that has other branches than objects, or a list of values says what it is |
//! | a local `$ref` | the target, beside what the root has |
//! | an object without `properties` | gets `properties: {}` |
//!
//! Below the root `true` is `{}`, and a property that is `false` or `{"not":{}}` is dropped, also
//! from `required`.
//!
//! # Modes
//!
//! The first three rewrite the whole schema. Type names become lower case, and what is no type is left out; `nullable: true` counts
//! as `null` among the types, `definitions` that stay become `$defs`, `allOf` is merged (properties and
//! required joined, the first description that is not empty, of other keywords the first one), and
//! a keyword the table does not know is dropped.
//!
//! | mode | for | what it does |
//! | --- | --- | --- |
//! | [`GeminiJson`](Mode::GeminiJson) | `parametersJsonSchema`, `responseJsonSchema` | `const` becomes an `enum` of one value; a list of `items` becomes `prefixItems`; limits that Gemini does not know become hints. A reference into `$defs` stays with its description alone, since Gemini takes nothing else beside it. Every other reference is inlined. |
//! | [`GeminiOpenapi`](Mode::GeminiOpenapi) | `parameters`, `responseSchema`, backends that refuse JSON Schema | only `type`, `description`, `enum`, `items`, `properties` and `required` stay. References are inlined, up to 16 in one another; values of an `enum` become strings, without `null` and `""`; of `anyOf` and `oneOf` the richest branch is taken (object, array, scalar, null; the first of equals); of a list of types the first; the properties of `then` and `else` are joined; what is nullable is not required; a list without `items` holds strings. |
//! | [`ClaudeOutput`](Mode::ClaudeOutput) | `output_config.format.schema`, strict tools | `oneOf` becomes `anyOf`; every object gets `additionalProperties: false`; `format` stays where Claude knows it, `pattern` where it is simple, `minItems` up to 1. `allOf` is merged, since two closed objects cannot both hold; so is a choice beside properties. A recursive or unresolvable reference is an error. |
//! | [`ClaudeTool`](Mode::ClaudeTool) | `input_schema` | the root becomes an object without `anyOf`, `oneOf` and `allOf`. What stands below stays as sent. |
//! | [`OpenaiFunction`](Mode::OpenaiFunction) | `parameters` | the same, and neither `enum` nor `not` at the root |
//!
//! In the last two a choice at the root is joined: the properties of all branches, required what
//! all of them require. A property that branches describe differently gets them as `anyOf` (of
//! `allOf`: as `allOf`), so that a `kind` that tells branches apart keeps all its values. A root
//! that is no object becomes the empty object. A root that is fine is returned as it was sent.
//!
//! A schema in the flavour of OpenAPI ([`SchemaKind::Openapi`]) is converted in these two modes as
//! well, all the way down: lower-case types, `nullable: true` as a `null` in `type` and `enum`,
//! counts that are spelled as strings as numbers, no `propertyOrdering`.
//!
//! # References that cannot be followed
//!
//! Inlining stops at the reference that would close a cycle. It and those to other documents become
//! an object with the hint `See: Name`, the last segment of the reference.
//!
//! # Hints
//!
//! A keyword that a provider does not take is told to the model instead: `key: value`, a string
//! without quotes. For Gemini each hint is appended to the description as ` (hint)`, and the first
//! one stands alone where there is no description. The order is: `See: Name`, `(nullable)`,
//! `Accepts: a | b`, `Allowed: a, b` for an `enum` of 2 to 10 values, the limits, and `No extra
//! properties allowed`. A hint that is already there is not repeated. For Claude all of them are
//! one `{key: value, key: value}`, after a blank line.
//!
//! # What is reported
//!
//! [`Cleaned::changed`] says that an assertion was taken away without a hint: `if`, `then` and
//! `else`, `not`, `patternProperties`, `propertyNames`, `dependent…`, `contains`, `unevaluated…`,
//! the schema of additional properties, a tuple that becomes a list, one of two values that
//! contradict each other under `allOf`, alternatives of a root, or what a limit of this module
//! cut off. Annotations and what became a hint are not reported.

mod cache;
mod cycle;
mod describe;
mod keyword;
mod load;
mod merge;
mod refs;
mod root;
mod settle;
mod tree;
mod write;

#[cfg(test)]
mod tests;

use cliproxy_json::Value;
use std::borrow::Cow;

pub(crate) use self::{
    cache::{CLEANED, Held},
    root::EMPTY,
};

#[cfg(test)]
pub(crate) use self::cache::SchemaCache;

/// How deep schemas are nested in one another at most.
const MAX_DEPTH: usize = 64;

/// How many schemas one schema consists of at most.
const MAX_NODES: usize = 20_000;

/// How many bytes references copy into one schema at most.
const MAX_COPIED: usize = 1 << 20;

/// Who takes the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    GeminiJson,
    GeminiOpenapi,
    ClaudeOutput,
    ClaudeTool,
    OpenaiFunction,
}

impl Mode {
    /// Whether only the root is repaired.
    fn keeps_inside(self) -> bool {
        matches!(self, Self::ClaudeTool | Self::OpenaiFunction)
    }
}

/// What the schema was written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SchemaKind {
    /// JSON Schema.
    JsonSchema,
    /// The flavour of OpenAPI that Gemini's `parameters` and `responseSchema` have.
    Openapi,
}

/// A schema that its target takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cleaned<'a> {
    /// The schema; borrowed where it stayed as sent.
    pub(crate) json: Cow<'a, str>,
    /// Whether an assertion was taken away without a hint.
    pub(crate) changed: bool,
}

/// Why Claude cannot hold an answer to this schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SchemaError {
    #[error("the schema refers to itself")]
    Recursive,
    #[error("a reference of the schema leads nowhere, or to too much")]
    Unresolved,
}

/// Cleans `schema` for `mode`.
///
/// # Errors
///
/// Only [`Mode::ClaudeOutput`] fails: see [`SchemaError`].
pub(crate) fn clean<'a>(
    schema: Value<'a>,
    kind: SchemaKind,
    mode: Mode,
) -> Result<Cleaned<'a>, SchemaError> {
    if stays(schema, kind, mode) {
        return Ok(Cleaned {
            json: Cow::Borrowed(schema.raw()),
            changed: false,
        });
    }
    let Some(root) = root::Root::of(schema) else {
        return Ok(Cleaned {
            json: Cow::Borrowed(root::empty(mode)),
            changed: false,
        });
    };
    let loaded = load::load(schema, root, kind, mode)?;
    if mode == Mode::ClaudeOutput {
        cycle::check(&loaded)?;
    }
    let mut tree = loaded.tree;
    settle::settle(&mut tree, mode);
    root::settle(&mut tree, mode);
    Ok(write::write(tree, mode))
}

/// Whether the schema is taken as it is; answered by a look at the root.
fn stays(schema: Value<'_>, kind: SchemaKind, mode: Mode) -> bool {
    kind == SchemaKind::JsonSchema && mode.keeps_inside() && root::is_fine(schema, mode)
}
