//! One log line per request.

use cliproxy_usage::{Attempt, Record, Sink};
use std::{fmt, time::Duration};

/// Writes each record as one line at `info`. Metadata only: no body, no key, no upstream's
/// address.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogSink;

impl Sink for LogSink {
    fn record(&self, record: &Record) {
        let text = |part: &Option<std::sync::Arc<str>>| printable(part.as_deref().unwrap_or("-"));
        if !tracing::enabled!(tracing::Level::INFO) {
            return;
        }
        tracing::info!(
            id = %record.request_id,
            client = %record.client,
            peer = record.peer.map_or_else(|| "-".to_owned(), |peer| peer.to_string()),
            protocol = %record.protocol,
            operation = record.operation.map_or("-", |operation| operation.as_str()),
            model = text(&record.model),
            served = text(&record.served_model),
            credential = text(&record.credential),
            affinity = record.affinity.unwrap_or("-"),
            attempts = Attempts(&record.attempts).to_string(),
            status = record.status,
            ending = record.ending.as_str(),
            error = text(&record.error),
            first_byte_ms = record.first_byte.map_or(0, milliseconds),
            total_ms = milliseconds(record.total),
            input = record.usage.input,
            cached = record.usage.cache_read,
            output = record.usage.output,
            reasoning = record.usage.reasoning,
            "request"
        );
    }
}

/// As a number that JSON has: 128 bits would be written as text.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A text of others without what a terminal obeys and what turns its direction. A formatter for JSON
/// escapes only those controls that JSON itself forbids.
fn printable(text: &str) -> String {
    let turns = |char| matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(|char: char| char.is_control() || turns(char), "\u{fffd}")
}

/// `claude-1: quota 429 12ms, claude-2: ok 230ms`.
struct Attempts<'a>(&'a [Attempt]);

impl fmt::Display for Attempts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, attempt) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            let took = attempt.took.as_millis();
            write!(
                f,
                "{comma}{}: {} {took}ms",
                attempt.credential, attempt.outcome
            )?;
        }
        Ok(())
    }
}
