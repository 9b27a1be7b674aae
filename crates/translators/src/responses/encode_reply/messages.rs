//! Messages, which go on as long as text follows text.

use super::{Annotation, Encoder, OpenPart, annotate};
use crate::{
    reply::{code_points, write_logprobs},
    responses::write_item::{Content, ItemKind, State},
};

impl Encoder {
    /// The message that a text goes to: the one that rests, or a new one.
    pub(super) fn message(&mut self, is_refusal: bool, begins_paragraph: bool) -> usize {
        let item = match self.resting.take() {
            Some(item) if !begins_paragraph => {
                let ItemKind::Message(contents) = &self.items[item].kind else {
                    return item;
                };
                if contents
                    .last()
                    .is_some_and(|last| last.is_refusal == is_refusal)
                {
                    return item;
                }
                self.finish_content(item);
                item
            }
            resting => {
                self.resting = resting;
                self.finish_resting();
                self.add(ItemKind::Message(Vec::new()))
            }
        };
        let message = &mut self.items[item];
        let ItemKind::Message(contents) = &mut message.kind else {
            return item;
        };
        let content = Content {
            is_refusal,
            ..Content::default()
        };
        let index = contents.len() as u64;
        let kind = "response.content_part.added";
        self.frames.of_item(kind, message, &self.tail, |object| {
            object.number("content_index", index);
            object.object("part", |part| content.write(part));
        });
        if let ItemKind::Message(contents) = &mut self.items[item].kind {
            contents.push(content);
        }
        item
    }

    /// The citations of a part that has closed.
    pub(super) fn annotate(&mut self, item: usize, open: &OpenPart) {
        let ItemKind::Message(contents) = &mut self.items[item].kind else {
            return;
        };
        let index = contents.len().saturating_sub(1) as u64;
        let Some(content) = contents.last_mut().filter(|_| !open.citations.is_empty()) else {
            return;
        };
        let range = (open.start, code_points(&content.text));
        let known = content.annotations.len();
        let found = open.citations.iter();
        content
            .annotations
            .extend(found.filter_map(|citation| Annotation::new(citation, range)));
        let item = &self.items[item];
        let ItemKind::Message(contents) = &item.kind else {
            return;
        };
        let annotations = contents.last().map(|content| &content.annotations);
        let fresh = annotations.into_iter().flatten().enumerate().skip(known);
        for (number, annotation) in fresh {
            let kind = "response.output_text.annotation.added";
            self.frames.of_item(kind, item, &self.tail, |object| {
                object.number("content_index", index);
                object.number("annotation_index", number as u64);
                object.object("annotation", |object| annotate(annotation, object));
            });
        }
    }

    pub(super) fn finish_resting(&mut self) {
        if let Some(item) = self.resting.take() {
            self.finish_message(item, State::Completed);
        }
    }

    pub(super) fn finish_message(&mut self, item: usize, state: State) {
        self.finish_content(item);
        self.done(item, state);
    }

    fn finish_content(&mut self, item: usize) {
        let item = &self.items[item];
        let ItemKind::Message(contents) = &item.kind else {
            return;
        };
        let Some(content) = contents.last() else {
            return;
        };
        let index = contents.len() as u64 - 1;
        let (kind, key) = match content.is_refusal {
            true => ("response.refusal.done", "refusal"),
            false => ("response.output_text.done", "text"),
        };
        self.frames.of_item(kind, item, &self.tail, |object| {
            object.number("content_index", index);
            object.escaped(key, &content.text);
            if !content.is_refusal {
                write_logprobs("logprobs", &content.logprobs, object);
            }
        });
        let kind = "response.content_part.done";
        self.frames.of_item(kind, item, &self.tail, |object| {
            object.number("content_index", index);
            object.object("part", |part| content.write(part));
        });
    }
}
