//! The keywords, what each of them holds, and what becomes of it in each mode.

use super::Mode;

/// What stands behind a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Anything that is no schema.
    Data,
    /// Something that is no schema and may be an object.
    Object,
    /// One schema.
    Schema,
    /// A list of schemas.
    Schemas,
    /// One schema or a list of them.
    Items,
    /// Names with schemas.
    Named,
}

/// What becomes of a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays, or a later step sees to it.
    Keep,
    /// It becomes a hint; the number orders the hints of a schema.
    Hint(u8),
    /// It says nothing that must hold.
    Drop,
    /// It asserts something and goes without a trace.
    Lose,
}

use Fate::{Drop, Hint, Keep, Lose};
use Shape::{Data, Items, Named, Object, Schema, Schemas};

pub(super) struct Keyword {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// For Gemini as JSON Schema, for Gemini as OpenAPI, and for Claude's output.
    fates: [Fate; 3],
}

const fn keyword(name: &'static str, shape: Shape, fates: [Fate; 3]) -> Keyword {
    Keyword { name, shape, fates }
}

/// By name. What is not here is dropped where the whole schema is rewritten.
pub(super) const KEYWORDS: &[Keyword] = &[
    keyword("$anchor", Data, [Keep, Drop, Drop]),
    keyword("$comment", Data, [Drop, Drop, Drop]),
    keyword("$defs", Named, [Keep, Drop, Keep]),
    keyword("$dynamicRef", Data, [Lose, Lose, Lose]),
    keyword("$id", Data, [Keep, Drop, Drop]),
    keyword("$recursiveRef", Data, [Lose, Lose, Lose]),
    keyword("$ref", Data, [Keep, Keep, Keep]),
    keyword("$schema", Data, [Drop, Drop, Drop]),
    keyword("additionalItems", Schema, [Drop, Drop, Drop]),
    keyword("additionalProperties", Schema, [Keep, Keep, Keep]),
    keyword("allOf", Schemas, [Keep, Keep, Keep]),
    keyword("anyOf", Schemas, [Keep, Keep, Keep]),
    keyword("const", Object, [Keep, Keep, Keep]),
    keyword("contains", Schema, [Lose, Lose, Lose]),
    keyword("contentSchema", Schema, [Drop, Drop, Drop]),
    keyword("default", Object, [Hint(10), Hint(10), Hint(12)]),
    keyword("definitions", Named, [Keep, Drop, Keep]),
    keyword("dependencies", Object, [Lose, Lose, Lose]),
    keyword("dependentRequired", Object, [Lose, Lose, Lose]),
    keyword("dependentSchemas", Named, [Lose, Lose, Lose]),
    keyword("description", Data, [Keep, Keep, Keep]),
    keyword("discriminator", Object, [Drop, Drop, Drop]),
    keyword("else", Schema, [Lose, Keep, Lose]),
    keyword("enum", Data, [Keep, Keep, Keep]),
    keyword("example", Object, [Drop, Drop, Drop]),
    keyword("examples", Object, [Hint(11), Hint(11), Hint(13)]),
    keyword("exclusiveMaximum", Data, [Hint(2), Hint(4), Hint(4)]),
    keyword("exclusiveMinimum", Data, [Hint(1), Hint(3), Hint(3)]),
    keyword("externalDocs", Object, [Drop, Drop, Drop]),
    keyword("format", Data, [Keep, Hint(9), Hint(11)]),
    keyword("if", Schema, [Lose, Lose, Lose]),
    keyword("items", Items, [Keep, Keep, Keep]),
    keyword("maxItems", Data, [Keep, Hint(7), Hint(8)]),
    keyword("maxLength", Data, [Hint(5), Hint(2), Hint(7)]),
    keyword("maxProperties", Data, [Hint(9), Hint(16), Hint(15)]),
    keyword("maximum", Data, [Keep, Hint(13), Hint(2)]),
    keyword("minItems", Data, [Keep, Hint(6), Hint(9)]),
    keyword("minLength", Data, [Hint(4), Hint(1), Hint(6)]),
    keyword("minProperties", Data, [Hint(8), Hint(15), Hint(14)]),
    keyword("minimum", Data, [Keep, Hint(12), Hint(1)]),
    keyword("multipleOf", Data, [Hint(3), Hint(14), Hint(5)]),
    keyword("not", Schema, [Lose, Lose, Lose]),
    keyword("nullable", Data, [Keep, Keep, Keep]),
    keyword("oneOf", Schemas, [Keep, Keep, Keep]),
    keyword("pattern", Data, [Hint(6), Hint(5), Hint(7)]),
    keyword("patternProperties", Named, [Lose, Lose, Lose]),
    keyword("prefixItems", Schemas, [Keep, Keep, Keep]),
    keyword("properties", Named, [Keep, Keep, Keep]),
    keyword("propertyNames", Schema, [Lose, Lose, Lose]),
    keyword("propertyOrdering", Data, [Keep, Drop, Drop]),
    keyword("required", Data, [Keep, Keep, Keep]),
    keyword("then", Schema, [Lose, Keep, Lose]),
    keyword("title", Data, [Keep, Drop, Keep]),
    keyword("type", Data, [Keep, Keep, Keep]),
    keyword("unevaluatedItems", Schema, [Lose, Lose, Lose]),
    keyword("unevaluatedProperties", Schema, [Lose, Lose, Lose]),
    keyword("uniqueItems", Data, [Hint(7), Hint(8), Hint(10)]),
    keyword("xml", Object, [Drop, Drop, Drop]),
];

impl Keyword {
    /// Its place in [`KEYWORDS`], and itself.
    pub(super) fn find(name: &str) -> Option<(usize, &'static Self)> {
        let at = KEYWORDS
            .binary_search_by(|keyword| keyword.name.cmp(name))
            .ok()?;
        Some((at, &KEYWORDS[at]))
    }

    pub(super) fn fate(&self, mode: Mode) -> Fate {
        match mode {
            Mode::GeminiJson => self.fates[0],
            Mode::GeminiOpenapi => self.fates[1],
            Mode::ClaudeOutput => self.fates[2],
            Mode::ClaudeTool | Mode::OpenaiFunction => Keep,
        }
    }

    /// Whether the value may be an object: then a key of this name is no property.
    pub(super) fn may_hold_an_object(&self) -> bool {
        self.shape != Data
    }
}

/// Whether `name` says something that a value must satisfy, `$ref` and `allOf` aside.
pub(super) fn constrains(name: &str) -> bool {
    const ASIDE: &[&str] = &["$ref", "allOf", "nullable"];
    asserts(name) && !ASIDE.contains(&name)
}

/// Whether `name` says something that a value must satisfy.
pub(super) fn asserts(name: &str) -> bool {
    const ANNOTATIONS: &[&str] = &[
        "$anchor",
        "$comment",
        "$defs",
        "$id",
        "$schema",
        "contentSchema",
        "default",
        "definitions",
        "description",
        "discriminator",
        "example",
        "examples",
        "externalDocs",
        "propertyOrdering",
        "title",
        "xml",
    ];
    Keyword::find(name).is_some() && !ANNOTATIONS.contains(&name)
}
