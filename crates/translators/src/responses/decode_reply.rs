//! An upstream's reply, read.

use crate::{hub::DecodeReply, reply::Sink};
use cliproxy_json::Value;

#[derive(Debug, Default)]
pub(crate) struct Decoder {}

impl DecodeReply for Decoder {
    fn event(&mut self, _name: Option<&str>, _data: &str, _sink: &mut dyn Sink) {}

    fn has_finished(&self) -> bool {
        false
    }

    fn eof(&mut self, _sink: &mut dyn Sink) {}

    fn body(&mut self, _body: Value<'_>, _sink: &mut dyn Sink) {}
}
