//! Events with their numbers.

use crate::responses::write_item::Item;
use cliproxy_json::ObjectWriter;

#[derive(Debug, Default)]
pub(super) struct Frames {
    out: Vec<u8>,
    sequence: u64,
}

impl Frames {
    pub(super) const fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// One event. Its type is also its name.
    pub(super) fn write(&mut self, kind: &str, members: impl FnOnce(&mut ObjectWriter<'_>)) {
        let out = &mut self.out;
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(b"\ndata: ");
        ObjectWriter::write(out, |object| {
            object.text("type", kind);
            object.number("sequence_number", self.sequence);
            members(object);
        });
        out.extend_from_slice(b"\n\n");
        self.sequence += 1;
    }

    /// An event about the inside of an item.
    pub(super) fn of_item(
        &mut self,
        kind: &str,
        item: &Item,
        tail: &str,
        members: impl FnOnce(&mut ObjectWriter<'_>),
    ) {
        self.write(kind, |object| {
            object.member("item_id", |out| item.write_id(tail, out));
            object.number("output_index", item.index);
            members(object);
        });
    }

    /// An event that shows an item.
    pub(super) fn show(&mut self, kind: &str, item: &Item, tail: &str) {
        self.write(kind, |object| {
            object.number("output_index", item.index);
            object.object("item", |object| item.write(tail, object));
        });
    }
}
