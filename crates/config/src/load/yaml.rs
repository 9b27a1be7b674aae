//! YAML text to [`Node`]; the one place that knows the YAML library.

use crate::{
    Place,
    problem::Report,
    tree::{KeyPath, Kind, Member, Node, Spot},
};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{
    Budget, Error, Location, Options, Spanned, alias_limits, budget,
    options::{DuplicateKeyPolicy, NonFiniteFloatPolicy},
};
use std::fmt;

/// Reads one YAML document. Duplicate keys are reported, the first one is kept; text that is not
/// YAML is reported and read as an empty file.
pub(super) fn parse(text: &str, report: &mut Report) -> Node {
    let parsed = serde_saphyr::from_str_with_options::<Option<Spanned<Value>>>(text, options());
    match parsed {
        Ok(None) => Node::new(Place::Default, Kind::Null),
        Ok(Some(value)) => Tree { text, report }.node(value, &KeyPath::default()),
        Err(error) => {
            let empty = Node::new(error.location().map_or(Place::Default, place), Kind::Null);
            let (message, remedy) = complaint(&error);
            report.error(&Spot::root(&empty), message, remedy);
            empty
        }
    }
}

fn options() -> Options {
    serde_saphyr::options! {
        // The default error text prints the neighbouring lines, keys of providers included.
        with_snippet: false,
        // Repeated keys reach `Value`, so that all of them can be reported.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        emit_comments: false,
        budget: limits(),
        // Aliases multiply: a few lines of them can describe more memory than there is.
        alias_limits: alias_limits! {
            max_total_replayed_events: 100_000,
            max_replay_stack_depth: 16,
        },
    }
}

/// Room for ten thousand entries of one provider, and not much more.
fn limits() -> Option<Budget> {
    budget! {
        max_events: 500_000,
        max_nodes: 250_000,
        max_depth: 24,
        // One more than is accepted, so that a second one is called by its name.
        max_documents: 2,
        max_aliases: 1_000,
        max_anchors: 1_000,
        max_merge_keys: 1_000,
        max_total_scalar_bytes: 16 * 1024 * 1024,
        max_total_comment_bytes: 16 * 1024 * 1024,
    }
}

/// How many different keys one mapping may have. No mapping of the file has a tenth of them, and
/// keys are looked up one after the other: a hundred thousand would take minutes.
const MAX_KEYS: usize = 1_000;

/// What is wrong with the text, and what to do about it.
///
/// Only what the scanner says is repeated: fixed sentences, at most one character of the text among
/// them. Other errors might quote the text.
fn complaint(error: &Error) -> (String, &'static str) {
    let hint = "check the indentation, and quote text that has `: ` or ` #` in it";
    match error {
        Error::ExternalMessage { msg, .. } => (format!("not valid YAML: {msg}"), hint),
        Error::AliasError { error, .. } => complaint(error),
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            ("too large or too deeply nested".to_owned(), "")
        }
        Error::UnknownAnchor { .. } => (
            "an alias (`*name`) without its anchor (`&name`)".to_owned(),
            "quote a text that begins with `*`",
        ),
        Error::MultipleDocuments { .. } => (
            "more than one YAML document".to_owned(),
            "remove the `---` line and what follows",
        ),
        _ => ("not valid YAML here".to_owned(), hint),
    }
}

fn place(location: Location) -> Place {
    Place::File {
        line: u32::try_from(location.line()).unwrap_or(u32::MAX),
        column: u32::try_from(location.column()).unwrap_or(u32::MAX),
    }
}

/// A value as the library hands it over.
enum Value {
    Null,
    Text(String),
    /// A plain scalar that the library took for a boolean or a number. The value is of no use
    /// (`007` would be 7), its place is: the spelling is there in the text.
    Plain,
    List(Vec<Spanned<Self>>),
    Map(Vec<(Spanned<String>, Spanned<Self>)>),
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Value::Map(members))
    }
}

/// Turns the library's values into nodes.
struct Tree<'a> {
    text: &'a str,
    report: &'a mut Report,
}

impl Tree<'_> {
    fn node(&mut self, value: Spanned<Value>, path: &KeyPath) -> Node {
        let kind = match value.value {
            Value::Null => Kind::Null,
            Value::Text(text) => Kind::Scalar(text),
            Value::Plain => Kind::Scalar(self.spelling(value.defined).to_owned()),
            Value::List(items) => Kind::List(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| self.node(item, &path.index(index)))
                    .collect(),
            ),
            Value::Map(members) => Kind::Map(self.members(members, path)),
        };
        Node::new(place(value.defined), kind)
    }

    fn members(
        &mut self,
        members: Vec<(Spanned<String>, Spanned<Value>)>,
        path: &KeyPath,
    ) -> Vec<Member> {
        let mut kept: Vec<Member> = Vec::with_capacity(members.len());
        for (key, value) in members {
            let path = path.key(&key.value);
            let member = Member {
                place: place(key.defined),
                value: self.node(value, &path),
                key: key.value,
            };
            match kept.iter().find(|first| first.key == member.key) {
                None if kept.len() == MAX_KEYS => {
                    let spot = Spot::outside(&member.place, path);
                    let message = format!("more than {MAX_KEYS} keys in one mapping");
                    self.report.error(&spot, message, "");
                    break;
                }
                None => kept.push(member),
                Some(first) => {
                    let message = match first.place.line() {
                        Some(line) => format!("given twice, first on line {line}"),
                        None => "given twice".to_owned(),
                    };
                    let spot = Spot::outside(&member.place, path);
                    self.report.error(&spot, message, "remove one of them");
                }
            }
        }
        kept
    }

    /// The text of a plain scalar as it was written.
    fn spelling(&self, location: Location) -> &str {
        let span = location.span();
        let range = span.byte_offset().zip(span.byte_len());
        range
            .and_then(|(start, len)| {
                let start = usize::try_from(start).ok()?;
                let end = start.checked_add(usize::try_from(len).ok()?)?;
                self.text.get(start..end)
            })
            .unwrap_or_default()
            .trim()
    }
}
