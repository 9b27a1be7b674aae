//! A reply as an upstream writes it: as a stream, and as a body.

mod chat;
mod claude;
mod gemini;
mod responses;

use super::{
    super::properties::Event,
    said::{Call, Reply, Said},
};
use serde_json::Value;

fn unnamed(data: &Value) -> Event {
    (None, data.to_string())
}

fn named(data: &Value) -> Event {
    (data["type"].as_str().map(str::to_owned), data.to_string())
}

impl Reply {
    fn reason(&self, reasons: &[&'static str]) -> &'static str {
        reasons[self.finish.index(reasons.len())]
    }

    fn calls(&self) -> impl Iterator<Item = &Call> {
        self.said.iter().filter_map(|said| match said {
            Said::Call(call) => Some(call),
            _ => None,
        })
    }
}
