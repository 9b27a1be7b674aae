//! A borrowed view of a request body that knows where it is, so that a check can name the member.
//!
//! The checks of the four protocols say *what* is wrong; how a provider words it, and how it spells
//! a path, is the protocol's own affair.

use serde_json::{Map, Value};

/// What is wrong with one member of a request.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A required member is absent.
    Missing,
    /// The protocol has no such member here.
    Unknown,
    /// The value has another JSON type.
    Type { expected: &'static str },
    /// Not one of the values the protocol knows.
    Value {
        got: String,
        known: Vec<&'static str>,
    },
    /// A number above its maximum.
    Above { max: f64, got: f64 },
    /// A number below its minimum.
    Below { min: f64, got: f64 },
    /// An array or text without content.
    Empty,
    /// An array with too many elements.
    Long { max: usize, got: usize },
    /// A rule of this protocol, already in the provider's words.
    Rule(Rule),
}

/// A rule only one protocol has.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The HTTP status: nearly always 400.
    pub(crate) status: u16,
    /// The provider's error code, for protocols that have codes.
    pub(crate) code: Option<&'static str>,
    /// The provider's message.
    pub(crate) message: String,
}

/// One step on the way from the root of a body to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Member(String),
    Element(usize),
}

/// What is wrong, and where.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) path: Vec<Step>,
    pub(crate) fault: Fault,
}

pub(crate) type Checked<T = ()> = Result<T, Problem>;

#[derive(Clone, Copy)]
enum Place<'v> {
    Root,
    Member(&'v str),
    Element(usize),
}

/// A value and the way to it. The way is a chain of borrowed parents: it costs nothing until a
/// check fails.
#[derive(Clone, Copy)]
pub(crate) struct Node<'p, 'v> {
    pub(crate) value: &'v Value,
    parent: Option<&'p Self>,
    place: Place<'v>,
}

impl<'v> Node<'_, 'v> {
    pub(crate) const fn root(value: &'v Value) -> Self {
        Self {
            value,
            parent: None,
            place: Place::Root,
        }
    }

    /// A problem with this value.
    pub(crate) fn fault(&self, fault: Fault) -> Problem {
        let mut path = Vec::new();
        let mut node = Some(self);
        while let Some(here) = node {
            match here.place {
                Place::Root => {}
                Place::Member(name) => path.push(Step::Member(name.to_owned())),
                Place::Element(index) => path.push(Step::Element(index)),
            }
            node = here.parent;
        }
        path.reverse();
        Problem { path, fault }
    }

    /// A rule of the protocol that this value breaks.
    pub(crate) fn rule(&self, code: Option<&'static str>, message: impl Into<String>) -> Problem {
        self.fault(Fault::Rule(Rule {
            status: 400,
            code,
            message: message.into(),
        }))
    }

    fn fault_at(&self, name: &str, fault: Fault) -> Problem {
        let mut problem = self.fault(fault);
        problem.path.push(Step::Member(name.to_owned()));
        problem
    }

    pub(crate) fn object(&self) -> Checked<&'v Map<String, Value>> {
        self.value
            .as_object()
            .ok_or_else(|| self.expected("an object"))
    }

    /// The member, unless it is absent or `null`.
    pub(crate) fn find<'s>(&'s self, name: &'v str) -> Option<Node<'s, 'v>> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(Node {
            value,
            parent: Some(self),
            place: Place::Member(name),
        })
    }

    pub(crate) fn need<'s>(&'s self, name: &'v str) -> Checked<Node<'s, 'v>> {
        self.object()?;
        self.find(name)
            .ok_or_else(|| self.fault_at(name, Fault::Missing))
    }

    /// Fails on the first member whose name is in none of the lists.
    pub(crate) fn only(&self, known: &[&[&str]]) -> Checked {
        match self
            .object()?
            .keys()
            .find(|name| !known.iter().any(|list| list.contains(&name.as_str())))
        {
            Some(name) => Err(self.fault_at(name, Fault::Unknown)),
            None => Ok(()),
        }
    }

    /// The elements of an array.
    pub(crate) fn elements<'s>(&'s self) -> Checked<impl ExactSizeIterator<Item = Node<'s, 'v>>> {
        let array = self
            .value
            .as_array()
            .ok_or_else(|| self.expected("an array"))?;
        Ok(array.iter().enumerate().map(move |(index, value)| Node {
            value,
            parent: Some(self),
            place: Place::Element(index),
        }))
    }

    pub(crate) fn text(&self) -> Checked<&'v str> {
        self.value.as_str().ok_or_else(|| self.expected("a string"))
    }

    pub(crate) fn filled_text(&self) -> Checked<&'v str> {
        let text = self.text()?;
        if text.is_empty() {
            return Err(self.fault(Fault::Empty));
        }
        Ok(text)
    }

    pub(crate) fn flag(&self) -> Checked<bool> {
        self.value
            .as_bool()
            .ok_or_else(|| self.expected("a boolean"))
    }

    /// One of the texts the protocol knows here.
    pub(crate) fn one_of(&self, known: &[&'static str]) -> Checked<&'v str> {
        let text = self.text()?;
        if known.contains(&text) {
            return Ok(text);
        }
        Err(self.fault(Fault::Value {
            got: text.to_owned(),
            known: known.to_vec(),
        }))
    }

    pub(crate) fn number(&self, min: f64, max: f64) -> Checked<f64> {
        let number = self
            .value
            .as_f64()
            .ok_or_else(|| self.expected("a number"))?;
        self.within(number, min, max)
    }

    pub(crate) fn integer(&self, min: f64, max: f64) -> Checked<f64> {
        let number = self
            .value
            .as_f64()
            .filter(|number| number.fract() == 0.0)
            .ok_or_else(|| self.expected("an integer"))?;
        self.within(number, min, max)
    }

    pub(crate) fn expected(&self, expected: &'static str) -> Problem {
        self.fault(Fault::Type { expected })
    }

    fn within(&self, got: f64, min: f64, max: f64) -> Checked<f64> {
        if got > max {
            return Err(self.fault(Fault::Above { max, got }));
        }
        if got < min {
            return Err(self.fault(Fault::Below { min, got }));
        }
        Ok(got)
    }
}

/// Runs a check on members that may be absent.
pub(crate) fn each(
    node: &Node<'_, '_>,
    names: &[&'static str],
    check: impl Fn(&Node<'_, '_>) -> Checked,
) -> Checked {
    for name in names {
        if let Some(member) = node.find(name) {
            check(&member)?;
        }
    }
    Ok(())
}

/// Whether a name is made of `[A-Za-z0-9_-]`, 1 to `max` of them.
pub(crate) fn is_plain_name(name: &str, max: usize) -> bool {
    (1..=max).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}
