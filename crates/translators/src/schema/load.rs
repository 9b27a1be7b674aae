//! From the text to the tree: what each keyword holds, and where references lead.

mod members;
mod references;

use super::{
    MAX_DEPTH, MAX_NODES, Mode, SchemaError, SchemaKind,
    keyword::{KEYWORDS, Keyword},
    refs::Refs,
    root::Root,
    tree::{Id, Loaded, Node, Part, Tree},
};
use cliproxy_json::{Kind, Value};
use std::{borrow::Cow, collections::VecDeque, mem};

pub(super) fn load<'a>(
    schema: Value<'a>,
    root: Root,
    kind: SchemaKind,
    mode: Mode,
) -> Result<Loaded<'a>, SchemaError> {
    let mut loader = Loader {
        mode,
        kind,
        loaded: Loaded {
            tree: Tree::default(),
            spans: Vec::new(),
            references: Vec::new(),
        },
        tasks: VecDeque::new(),
        refs: Refs::new(schema),
        copied: 0,
    };
    loader.start(schema, root);
    while let Some(task) = loader.tasks.pop_front() {
        loader.read(&task)?;
    }
    Ok(loader.loaded)
}

struct Loader<'a> {
    mode: Mode,
    kind: SchemaKind,
    loaded: Loaded<'a>,
    /// In the order of their schemas.
    tasks: VecDeque<Task<'a>>,
    refs: Refs<'a>,
    /// Bytes that references have brought in.
    copied: usize,
}

/// A schema that is still to be read.
#[derive(Clone, Copy)]
struct Task<'a> {
    id: Id,
    value: Value<'a>,
    depth: usize,
    /// The last reference on the way here.
    followed: usize,
    /// It will be merged with others, so that a reference must not stay.
    joined: bool,
    /// Only whether it is required is looked at.
    shallow: bool,
}

/// What is collected while the members of a schema are read.
#[derive(Default)]
struct Read<'a> {
    node: Node<'a>,
    reference: Option<Value<'a>>,
    /// The places of a tuple, and the keyword they stood behind.
    tuple: (&'static str, Vec<Id>),
    /// The schema that has the places of the tuple as its choices.
    any_of_tuple: Option<Id>,
}

impl<'a> Loader<'a> {
    fn start(&mut self, schema: Value<'a>, root: Root) {
        let task = Task {
            id: 0,
            value: schema,
            depth: 0,
            followed: 0,
            joined: true,
            shallow: false,
        };
        let node = Node {
            is_root: true,
            ..Node::default()
        };
        self.loaded.tree.add(node);
        self.loaded.spans.push(Some(schema.span()));
        match root {
            Root::Schema => self.tasks.push_back(task),
            Root::Properties => {
                let mut read = Read {
                    node: mem::take(&mut self.loaded.tree.nodes[0]),
                    ..Read::default()
                };
                read.node.types.push(Cow::Borrowed("object"));
                self.named(&mut read, "properties", schema, &task, true);
                self.loaded.tree.nodes[0] = read.node;
            }
        }
    }

    /// Whether schemas below the root stay as sent.
    fn keeps_inside(&self) -> bool {
        self.mode.keeps_inside() && self.kind == SchemaKind::JsonSchema
    }

    fn read(&mut self, task: &Task<'a>) -> Result<(), SchemaError> {
        if task.depth > MAX_DEPTH || task.id >= MAX_NODES {
            self.loaded.tree.nodes[task.id] = Node::any_object();
            self.loaded.tree.changed = true;
            return Ok(());
        }
        let mut read = Read {
            node: mem::take(&mut self.loaded.tree.nodes[task.id]),
            ..Read::default()
        };
        let mut seen = 0_u64;
        for (key, value) in task.value.members() {
            match Keyword::find(&key) {
                Some((at, keyword)) => {
                    // Of two members of one name the first counts.
                    let bit = 1 << at;
                    if seen & bit == 0 {
                        seen |= bit;
                        self.keyword(&mut read, keyword, value, task);
                    }
                }
                None if self.mode.keeps_inside() => {
                    let text = Part::Text(Cow::Borrowed(value.raw()));
                    read.node.members.push((key, text));
                }
                None => {}
            }
        }
        self.tuple(&mut read);
        self.references(&mut read, task)?;
        self.loaded.tree.nodes[task.id] = read.node;
        Ok(())
    }

    /// A schema below `parent`, which is read later if anything has to be known of it.
    fn child(&mut self, value: Value<'a>, parent: &Node<'a>, task: &Task<'a>, at_root: bool) -> Id {
        let is_root = at_root && parent.is_root && self.mode.keeps_inside();
        let is_object = value.kind() == Kind::Object;
        let stays = self.keeps_inside() && !is_root;
        let node = Node {
            source: value.raw(),
            verbatim: stays || !is_object && self.mode.keeps_inside(),
            is_root,
            ..Node::default()
        };
        let id = self.loaded.tree.add(node);
        self.loaded.spans.push(Some(value.span()));
        if is_object && !stays {
            self.tasks.push_back(Task {
                id,
                value,
                depth: task.depth + 1,
                joined: false,
                ..*task
            });
        }
        id
    }
}

const _: () = assert!(KEYWORDS.len() <= 64, "keywords that were seen are bits");
