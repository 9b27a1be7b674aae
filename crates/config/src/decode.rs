//! [`Node`] to serde types, past every mistake to the end.

use crate::{
    nearest::nearest,
    problem::Report,
    tree::{KeyPath, Kind, Member, Node, Spot},
    unknown::Unknown,
};
use serde::{
    Deserialize,
    de::{
        self, DeserializeSeed, Deserializer, IntoDeserializer as _, MapAccess, SeqAccess,
        Unexpected, Visitor, value::StrDeserializer,
    },
    forward_to_deserialize_any,
};
use std::{borrow::Cow, cell::RefCell, fmt};

/// After this many mistakes the rest of the file is not looked at.
const MAX_REFUSALS: usize = 100;

/// Decodes `tree`, reports every value of the wrong type, and lists the keys that `T` does not
/// know.
///
/// Serde stops at the first mistake. So a value that is refused is marked in the tree, where it
/// counts as absent from then on, and decoding starts over: one pass per mistake over a tree of a
/// few hundred nodes, in exchange for plain derived types. The alternative, a wrapper type with an
/// error slot around every field, would be visible in each of them.
pub(crate) fn decode<T>(tree: &mut Node, report: &mut Report) -> (T, Vec<Unknown>)
where
    T: for<'de> Deserialize<'de> + Default,
{
    for _ in 0..MAX_REFUSALS {
        let unknown = RefCell::default();
        let refusal = match T::deserialize(Decoder {
            node: tree,
            path: KeyPath::default(),
            unknown: &unknown,
        }) {
            Ok(value) => return (value, unknown.into_inner()),
            Err(refusal) => refusal,
        };
        let path = refusal.path.unwrap_or_default();
        let spot = Spot::root(tree).descend(&path);
        report.error(&spot, refusal.message, refusal.remedy);
        match tree.at_mut(&path) {
            Some(node) => node.kind = Kind::Refused,
            None => break,
        }
    }
    report.error(
        &Spot::root(tree),
        "too many mistakes to go on",
        "correct those that are listed",
    );
    (T::default(), Vec::new())
}

/// Why a value was refused. Never says what the value was: it may be a key in the wrong place.
#[derive(Debug)]
struct Refusal {
    /// Set by the innermost decoder it passes through.
    path: Option<KeyPath>,
    message: String,
    remedy: Cow<'static, str>,
}

impl Refusal {
    fn new(message: impl Into<String>, remedy: impl Into<Cow<'static, str>>) -> Self {
        Self {
            path: None,
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    fn expected(what: &str, found: &Node, remedy: &'static str) -> Self {
        let found = match &found.kind {
            Kind::Null | Kind::Refused => "nothing",
            Kind::Scalar(_) => "a single value",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        };
        Self::new(format!("expected {what}, found {found}"), remedy)
    }

    fn at(mut self, path: &KeyPath) -> Self {
        self.path.get_or_insert_with(|| path.clone());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string(), "")
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}"), "")
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}"), "")
    }

    fn unknown_variant(given: &str, expected: &'static [&'static str]) -> Self {
        let meant = nearest(given, expected.iter().copied());
        let remedy = meant.map_or_else(String::new, |known| format!("did you mean `{known}`?"));
        Self::new(format!("expected one of {}", expected.join(", ")), remedy)
    }
}

/// The words of YAML 1.1, which files for the Go program use: `yes`, `on` and the like.
fn flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" => Some(true),
        "false" | "no" | "off" | "n" => Some(false),
        _ => None,
    }
}

/// Decodes one node.
struct Decoder<'a> {
    node: &'a Node,
    path: KeyPath,
    unknown: &'a RefCell<Vec<Unknown>>,
}

impl Decoder<'_> {
    /// The text of a scalar.
    fn scalar(&self, what: &str) -> Result<&str, Refusal> {
        match &self.node.kind {
            Kind::Scalar(text) => Ok(text),
            _ => Err(Refusal::expected(what, self.node, "").at(&self.path)),
        }
    }

    fn refuse(&self, message: impl Into<String>) -> Refusal {
        Refusal::new(message, "").at(&self.path)
    }
}

/// Integers are parsed from their spelling, so that the message can name the bounds.
macro_rules! integers {
    ($($method:ident $visit:ident $type:ident $what:literal)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            match self.scalar($what)?.trim().parse::<$type>() {
                Ok(number) => visitor
                    .$visit(number)
                    .map_err(|refusal: Refusal| refusal.at(&self.path)),
                Err(_) => Err(self.refuse(concat!("expected ", $what))),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Decoder<'_> {
    type Error = Refusal;

    integers! {
        deserialize_i32 visit_i32 i32 "a whole number from -2147483648 to 2147483647"
        deserialize_i64 visit_i64 i64 "a whole number"
        deserialize_u16 visit_u16 u16 "a whole number from 0 to 65535"
        deserialize_u32 visit_u32 u32 "a whole number from 0 to 4294967295"
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.node.kind {
            Kind::Null | Kind::Refused => visitor.visit_unit(),
            Kind::Scalar(text) => visitor.visit_str(text),
            Kind::List(_) => return self.deserialize_seq(visitor),
            Kind::Map(_) => return self.deserialize_map(visitor),
        }
        .map_err(|refusal: Refusal| refusal.at(&self.path))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let what = "true or false";
        match flag(self.scalar(what)?) {
            Some(flag) => visitor.visit_bool(flag),
            None => Err(self.refuse(format!("expected {what}"))),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let text = self.scalar("a text")?;
        visitor
            .visit_str(text)
            .map_err(|refusal: Refusal| refusal.at(&self.path))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.node.kind {
            Kind::Null | Kind::Refused => visitor.visit_none(),
            Kind::Scalar(_) | Kind::List(_) | Kind::Map(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let items = match &self.node.kind {
            Kind::List(items) => items.as_slice(),
            Kind::Null | Kind::Refused => &[],
            Kind::Scalar(_) | Kind::Map(_) => {
                let remedy = "begin each item with `- `";
                return Err(Refusal::expected("a list", self.node, remedy).at(&self.path));
            }
        };
        visitor.visit_seq(Items {
            items: items.iter().enumerate(),
            path: self.path,
            unknown: self.unknown,
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.visit_members(None, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.visit_members(Some(fields), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        let word = self.scalar("a word")?.trim().to_ascii_lowercase();
        let variant: StrDeserializer<'_, Refusal> = word.as_str().into_deserializer();
        visitor
            .visit_enum(variant)
            .map_err(|refusal| refusal.at(&self.path))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
        identifier
    }
}

impl<'de> Decoder<'_> {
    /// Visits a mapping. With `fields`, members that are not among them are noted and left out.
    fn visit_members<V: Visitor<'de>>(
        self,
        fields: Option<&'static [&'static str]>,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        let members = match &self.node.kind {
            Kind::Map(members) => members.as_slice(),
            Kind::Null | Kind::Refused => &[],
            Kind::Scalar(_) | Kind::List(_) => {
                let remedy = "write `key: value` lines, indented, below it";
                return Err(Refusal::expected("a mapping", self.node, remedy).at(&self.path));
            }
        };
        let mut known = Vec::with_capacity(members.len());
        for member in members {
            match fields {
                Some(fields) if !fields.contains(&member.key.as_str()) => {
                    let path = self.path.key(&member.key);
                    self.unknown.borrow_mut().push(Unknown { path, fields });
                }
                _ => known.push(member),
            }
        }
        visitor
            .visit_map(Members {
                members: known.into_iter(),
                value: None,
                path: self.path.clone(),
                unknown: self.unknown,
            })
            .map_err(|refusal: Refusal| refusal.at(&self.path))
    }
}

struct Items<'a> {
    items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
    path: KeyPath,
    unknown: &'a RefCell<Vec<Unknown>>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refusal> {
        let Some((index, node)) = self.items.next() else {
            return Ok(None);
        };
        let path = self.path.index(index);
        let item = Decoder {
            node,
            path: path.clone(),
            unknown: self.unknown,
        };
        let item = seed.deserialize(item);
        item.map(Some).map_err(|refusal| refusal.at(&path))
    }
}

struct Members<'a> {
    members: std::vec::IntoIter<&'a Member>,
    value: Option<&'a Member>,
    path: KeyPath,
    unknown: &'a RefCell<Vec<Unknown>>,
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refusal> {
        let Some(member) = self.members.next() else {
            return Ok(None);
        };
        self.value = Some(member);
        let key: StrDeserializer<'_, Refusal> = member.key.as_str().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Refusal> {
        let member = self
            .value
            .take()
            .ok_or_else(|| Refusal::new("a value without a key", ""))?;
        let path = self.path.key(&member.key);
        let value = Decoder {
            node: &member.value,
            path: path.clone(),
            unknown: self.unknown,
        };
        seed.deserialize(value).map_err(|refusal| refusal.at(&path))
    }
}
