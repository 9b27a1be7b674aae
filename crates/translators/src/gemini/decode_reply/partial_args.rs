//! A call whose arguments arrive in pieces: `partialArgs`.
//!
//! Each piece has a path (`$.a.b[0]`, `$['a']`) and a value; a text that goes on in the next piece with
//! the same path is put together. The call is complete with the first piece that has no `willContinue`.
//! One that never is, since the reply was cut off, has the arguments so far with nothing closed.
//! Paths deeper than [`MAX_DEPTH`] and pieces that contradict earlier ones are ignored.
//!
//! <https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc>

use crate::json_str::JsonStr;
use cliproxy_json::{ArrayWriter, ObjectWriter, Value};

const MAX_DEPTH: usize = 64;

#[derive(Debug, Default)]
pub(super) struct PartialCall {
    pub(super) id: JsonStr<'static>,
    pub(super) name: JsonStr<'static>,
    pub(super) signature: Option<JsonStr<'static>>,
    args: Node,
}

#[derive(Debug, Default)]
enum Node {
    #[default]
    Unset,
    Object(Vec<(String, Self)>),
    Array(Vec<Self>),
    /// Escaped.
    Text(String),
    /// JSON.
    Other(String),
}

enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

/// Whether a call comes in pieces.
pub(super) fn is_partial(call: Value<'_>) -> bool {
    goes_on(call) || call.get("partialArgs").is_some()
}

fn goes_on(value: Value<'_>) -> bool {
    let flag = value.get("willContinue");
    flag.and_then(|flag| flag.as_bool()) == Some(true)
}

impl PartialCall {
    /// Takes a piece; whether the call is complete.
    pub(super) fn add(&mut self, call: Value<'_>, signature: Option<JsonStr<'_>>) -> bool {
        let text = |key: &str| {
            let text = call.get(key).and_then(JsonStr::of);
            text.filter(|text| !text.is_empty())
                .map(JsonStr::into_owned)
        };
        if let Some(id) = text("id") {
            self.id = id;
        }
        if let Some(name) = text("name") {
            self.name = name;
        }
        if let Some(signature) = signature {
            self.signature = Some(signature.into_owned());
        }
        if let Some(args) = call.get("args") {
            for (key, value) in args.members() {
                self.set(&[Step::Key(&key)], value);
            }
        }
        for piece in call.get("partialArgs").iter().flat_map(Value::elements) {
            let path = piece.get("jsonPath").and_then(|path| path.as_str());
            let path = path.as_deref().and_then(steps);
            let value = piece.members().find(|(key, _)| key.ends_with("Value"));
            if let (Some(path), Some((key, value))) = (path, value) {
                match &*key {
                    "nullValue" => self.set_json(&path, "null"),
                    _ => self.set(&path, value),
                }
            }
        }
        !goes_on(call)
    }

    /// The arguments as JSON.
    pub(super) fn args(&self) -> String {
        let mut out = Vec::new();
        match &self.args {
            Node::Unset => out.extend_from_slice(b"{}"),
            args => args.write(&mut out),
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    /// The arguments as far as they have come: what a client cannot take for whole.
    pub(super) fn cut_args(&self) -> String {
        let mut args = self.args();
        let open = args.trim_end_matches(['}', ']']);
        let open = open.strip_suffix('"').unwrap_or(open);
        args.truncate(open.len());
        args
    }

    fn set(&mut self, path: &[Step<'_>], value: Value<'_>) {
        match (value.escaped(), self.args.at(path)) {
            (Some(more), Some(Node::Text(text))) => text.push_str(more),
            (Some(text), Some(node @ Node::Unset)) => *node = Node::Text(text.to_owned()),
            (None, _) => self.set_json(path, value.raw()),
            _ => {}
        }
    }

    fn set_json(&mut self, path: &[Step<'_>], json: &str) {
        if let Some(node @ Node::Unset) = self.args.at(path) {
            *node = Node::Other(json.to_owned());
        }
    }
}

impl Node {
    /// The place at the end of a path, made if it can be.
    fn at(&mut self, path: &[Step<'_>]) -> Option<&mut Self> {
        let mut node = self;
        for step in path {
            node = match step {
                Step::Key(key) => {
                    if matches!(node, Self::Unset) {
                        *node = Self::Object(Vec::new());
                    }
                    let Self::Object(members) = node else {
                        return None;
                    };
                    let known = members.iter().position(|(name, _)| name == key);
                    let at = known.unwrap_or_else(|| {
                        members.push(((*key).to_owned(), Self::Unset));
                        members.len() - 1
                    });
                    &mut members.get_mut(at)?.1
                }
                Step::Index(index) => {
                    if matches!(node, Self::Unset) {
                        *node = Self::Array(Vec::new());
                    }
                    let Self::Array(elements) = node else {
                        return None;
                    };
                    // Elements come in order: no gap is made up.
                    if *index == elements.len() {
                        elements.push(Self::Unset);
                    }
                    elements.get_mut(*index)?
                }
            };
        }
        Some(node)
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Unset => out.extend_from_slice(b"null"),
            Self::Object(members) => ObjectWriter::write(out, |object| {
                for (key, value) in members {
                    object.member(key, |out| value.write(out));
                }
            }),
            Self::Array(elements) => ArrayWriter::write(out, |array| {
                for value in elements {
                    array.element(|out| value.write(out));
                }
            }),
            Self::Text(escaped) => {
                out.push(b'"');
                out.extend_from_slice(escaped.as_bytes());
                out.push(b'"');
            }
            Self::Other(json) => out.extend_from_slice(json.as_bytes()),
        }
    }
}

/// Reads a path; `None` for one that is not understood.
fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    let mut rest = path.strip_prefix('$')?;
    while !rest.is_empty() {
        if steps.len() == MAX_DEPTH {
            return None;
        }
        if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(['.', '[']).unwrap_or(name.len());
            let (name, after) = name.split_at(end);
            steps.push(Step::Key(name));
            rest = after;
        } else {
            let (inside, after) = rest.strip_prefix('[')?.split_once(']')?;
            let name = inside.strip_prefix(['\'', '"']);
            let name = name.and_then(|name| name.strip_suffix(['\'', '"']));
            steps.push(match name {
                Some(name) => Step::Key(name),
                None => Step::Index(inside.parse().ok()?),
            });
            rest = after;
        }
    }
    (!steps.is_empty()).then_some(steps)
}
