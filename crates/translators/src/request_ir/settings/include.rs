//! `include`: what a client of Responses wants to have in the reply.

use super::{Key, Settings};
use crate::request_ir::Place;
use cliproxy_json::ArrayWriter;

impl Settings<'_> {
    /// Where the element stands in an `include` of the client's.
    pub(crate) fn included(&self, wanted: &str) -> Option<Place> {
        let setting = self.get(Key::Include)?;
        let value = setting.value.value()?;
        let mut elements = value.elements();
        let found = elements.find(|element| element.as_str().as_deref() == Some(wanted))?;
        let start = setting.place.offset().unwrap_or_default();
        Some(Place::at(start + found.span().start))
    }

    /// Adds an element to `include`. `place` is what it was made of.
    pub(crate) fn include(&mut self, wanted: &str, place: Option<Place>) {
        if self.included(wanted).is_some() {
            return;
        }
        let old = self.get(Key::Include);
        let place = old.map(|setting| setting.place).or(place);
        let mut out = Vec::new();
        ArrayWriter::write(&mut out, |list| {
            if let Some(value) = old.and_then(|setting| setting.value.value()) {
                for element in value.elements() {
                    list.raw(element.raw());
                }
            }
            list.text(wanted);
        });
        // Pieces of valid JSON, put together.
        let json = String::from_utf8(out).unwrap_or_default();
        self.set(Key::Include, json, place.unwrap_or(Place::NOWHERE));
    }
}
