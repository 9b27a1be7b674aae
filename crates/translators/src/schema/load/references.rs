//! Which references stay, and which are followed.
//!
//! A target that is brought in becomes one more branch of `allOf`, which is merged later.

use super::{Loader, Read, Task};
use crate::schema::{
    MAX_COPIED, Mode, SchemaError,
    keyword::constrains,
    refs,
    tree::{Id, Part},
};
use cliproxy_json::Value;
use std::borrow::Cow;

impl<'a> Loader<'a> {
    /// Decides which references stay, and starts reading the targets of the others.
    pub(super) fn references(
        &mut self,
        read: &mut Read<'a>,
        task: &Task<'a>,
    ) -> Result<(), SchemaError> {
        let node = &read.node;
        let constrained = !node.types.is_empty()
            || node.values.is_some()
            || node.required.is_some()
            || node.members.iter().any(|(name, _)| constrains(name));
        self.join_branches(read, task, constrained);
        let Some(value) = read.reference.take() else {
            return Ok(());
        };
        if self.mode.keeps_inside() && !read.node.is_root {
            let text = Cow::Borrowed(value.raw());
            read.node.push("$ref", Part::Text(text));
            return Ok(());
        }
        let Some(reference) = value.as_str() else {
            return Ok(());
        };
        let takes_references = matches!(self.mode, Mode::GeminiJson | Mode::ClaudeOutput);
        let target = self.refs.resolve(&reference);
        let spelled = refs::in_defs(&reference)
            .or_else(|| (reference == "#").then_some(Cow::Borrowed("#")))
            .filter(|spelled| takes_references && self.refs.is_unique(spelled));
        let may_stay = !task.joined && !constrained;
        if let (Some(spelled), Some(target), true) = (&spelled, target, may_stay) {
            self.keep(read, task.id, spelled, target);
            return Ok(());
        }
        let is_anchor = reference.starts_with('#') && !reference.starts_with("#/");
        if self.mode == Mode::GeminiJson && is_anchor && reference != "#" && may_stay {
            let text = Cow::Borrowed(value.raw());
            read.node.push("$ref", Part::Text(text));
            return Ok(());
        }
        let Some(target) = target else {
            return self.unresolved(read, &reference, SchemaError::Unresolved);
        };
        let site = task.value.span();
        match self.refs.follow(&site, &target.span(), task.followed) {
            Some(followed) if self.copied + target.raw().len() <= MAX_COPIED => {
                self.copied += target.raw().len();
                self.inline(read, task, target, followed);
            }
            Some(_) => {
                self.loaded.tree.changed = true;
                return self.unresolved(read, &reference, SchemaError::Unresolved);
            }
            None => match spelled {
                Some(spelled) if !task.joined => self.keep(read, task.id, &spelled, target),
                _ => return self.unresolved(read, &reference, SchemaError::Recursive),
            },
        }
        Ok(())
    }

    /// Branches that are merged with other things cannot stay references.
    fn join_branches(&mut self, read: &Read<'a>, task: &Task<'a>, constrained: bool) {
        let is_claude = self.mode == Mode::ClaudeOutput;
        let has_properties = read.node.has("properties") || read.node.required.is_some();
        for (name, part) in &read.node.members {
            let Part::Schemas(ids) = part else { continue };
            let joined = match &**name {
                "allOf" => task.joined || constrained || ids.len() > 1 || read.reference.is_some(),
                "anyOf" | "oneOf" => is_claude && has_properties,
                _ => false,
            };
            let (Some(&first), Some(&last), true) = (ids.first(), ids.last(), joined) else {
                continue;
            };
            let tasks = self.tasks.iter_mut().rev();
            for task in tasks.take_while(|task| task.id >= first) {
                task.joined |= task.id <= last;
            }
        }
    }

    fn keep(&mut self, read: &mut Read<'a>, id: Id, spelled: &str, target: Value<'a>) {
        let mut text = Vec::new();
        cliproxy_json::quote_into(&mut text, spelled);
        let text = String::from_utf8_lossy(&text).into_owned();
        read.node.push("$ref", Part::Text(Cow::Owned(text)));
        self.loaded.references.push((id, target.span().start));
    }

    fn inline(&mut self, read: &mut Read<'a>, task: &Task<'a>, target: Value<'a>, followed: usize) {
        let task = Task { followed, ..*task };
        let id = self.child(target, &read.node, &task, true);
        if let Some(last) = self.tasks.back_mut().filter(|last| last.id == id) {
            last.joined = true;
        }
        match read
            .node
            .members
            .iter_mut()
            .find(|(name, _)| name == "allOf")
        {
            Some((_, Part::Schemas(ids))) => ids.push(id),
            _ => read.node.push("allOf", Part::Schemas(vec![id])),
        }
    }

    fn unresolved(
        &mut self,
        read: &mut Read<'a>,
        reference: &str,
        error: SchemaError,
    ) -> Result<(), SchemaError> {
        match self.mode {
            Mode::ClaudeOutput => return Err(error),
            Mode::ClaudeTool | Mode::OpenaiFunction => self.loaded.tree.changed = true,
            Mode::GeminiJson | Mode::GeminiOpenapi => {
                let mut name = Vec::new();
                cliproxy_json::escape_into(&mut name, &refs::last_segment(reference));
                read.node.see = Some(String::from_utf8_lossy(&name).into_owned());
            }
        }
        Ok(())
    }
}
