//! One log line per request.

use cliproxy_usage::{Attempt, Record, ReplyLosses, Sink, Translation};
use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

/// Writes each record as one line at `info`. Metadata only: no body, no key, no upstream's
/// address.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogSink;

impl Sink for LogSink {
    fn record(&self, record: &Record) {
        if !tracing::enabled!(tracing::Level::INFO) {
            return;
        }
        let translation = record.translation();
        let attempts = Attempts(record).to_string();
        tracing::info!(
            id = %record.request_id,
            client = %record.client,
            peer = record.peer.map_or_else(|| "-".to_owned(), |peer| peer.to_string()),
            protocol = %record.protocol,
            operation = record.operation.map_or("-", |operation| operation.as_str()),
            model = &*text(record.model.as_ref()),
            served = &*text(record.served_model.as_ref()),
            credential = &*text(record.credential.as_ref()),
            affinity = record.affinity.unwrap_or("-"),
            attempts = &*printable(&attempts),
            status = record.status,
            ending = record.ending.as_str(),
            error = &*text(record.error.as_ref()),
            first_byte_ms = record.first_byte.map_or(0, milliseconds),
            total_ms = milliseconds(record.total),
            input = record.usage.input,
            cached = record.usage.cache_read,
            output = record.usage.output,
            reasoning = record.usage.reasoning,
            // Absent where an upstream has counted.
            estimated = record.estimated,
            // Absent where nothing was translated, and nothing lost.
            upstream_protocol = translation.map(|translation| translation.upstream.as_str()),
            dropped = translation.map(|translation| translation.dropped),
            changed = translation.map(|translation| translation.changed),
            repairs = translation
                .map(|translation| translation.repairs)
                .filter(|repairs| *repairs > 0),
            reply_dropped = record.reply_losses.as_ref().map(ReplyLosses::count),
            "request"
        );
        if let Some(translation) = translation.filter(|translation| is_lossy(translation)) {
            tracing::debug!(
                id = %record.request_id,
                cut = translation.cut,
                dropped = &*text(translation.dropped_paths.as_ref()),
                changed = &*text(translation.changed_paths.as_ref()),
                "lost in translation"
            );
        }
        if let Some(losses) = &record.reply_losses {
            tracing::debug!(
                id = %record.request_id,
                semantic = losses.semantic,
                quality = losses.quality,
                opaque = losses.opaque,
                dropped = %losses.what,
                "lost of the reply"
            );
        }
    }
}

const fn is_lossy(translation: &Translation) -> bool {
    translation.dropped + translation.changed > 0
}

/// As a number that JSON has: 128 bits would be written as text.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A text of others without what a terminal obeys and what turns its direction. A formatter for JSON
/// escapes only those controls that JSON itself forbids.
fn printable(text: &str) -> Cow<'_, str> {
    // Nearly every text is: a pass over its bytes is less than one over characters, and a copy.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let turns = |char| matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    Cow::Owned(text.replace(|char: char| char.is_control() || turns(char), "\u{fffd}"))
}

/// A text that may be absent.
fn text(part: Option<&Arc<str>>) -> Cow<'_, str> {
    printable(part.map_or("-", |part| part))
}

/// `claude-1 (sonnet-4): quota 429 12ms, claude-2: ok 230ms`: with the upstream's model where that is
/// another one than was asked for.
struct Attempts<'a>(&'a Record);

impl fmt::Display for Attempts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record {
            attempts, model, ..
        } = self.0;
        let asked = model.as_deref().unwrap_or_default();
        for (at, attempt) in attempts.iter().enumerate() {
            let Attempt {
                credential,
                model,
                outcome,
                took,
                translation: _,
            } = attempt;
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{credential}")?;
            if !model.as_str().eq_ignore_ascii_case(asked) {
                write!(f, " ({model})")?;
            }
            write!(f, ": {outcome} {}ms", took.as_millis())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Attempts, LogSink};
    use crate::journal::blank;
    use cliproxy_core::Protocol;
    use cliproxy_usage::{Attempt, Record, ReplyLosses, Sink as _, Translation};
    use parking_lot::Mutex;
    use std::{
        fmt::{Debug, Write as _},
        sync::Arc,
        time::Duration,
    };
    use tracing::{
        Event, Level, Metadata, Subscriber,
        field::Field,
        span::{self, Attributes, Id},
    };

    /// What is logged of a request with these losses, without time and level.
    fn logged(level: Level, translation: Option<Translation>) -> String {
        logged_with(level, translation, None)
    }

    fn logged_with(
        level: Level,
        translation: Option<Translation>,
        reply_losses: Option<ReplyLosses>,
    ) -> String {
        let record = Record {
            reply_losses,
            attempts: vec![Attempt {
                credential: "main".into(),
                model: "m".into(),
                outcome: "ok".into(),
                took: Duration::ZERO,
                translation: translation.map(Arc::new),
            }],
            ..blank(&"nobody".into(), Protocol::Claude)
        };
        let text = Arc::default();
        let lines = Lines {
            level,
            text: Arc::clone(&text),
        };
        tracing::subscriber::with_default(lines, || LogSink.record(&record));
        let text = text.lock();
        text.clone()
    }

    /// Writes each event down as a line of its fields.
    struct Lines {
        level: Level,
        text: Arc<Mutex<String>>,
    }

    impl Subscriber for Lines {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            *metadata.level() <= self.level
        }

        fn event(&self, event: &Event<'_>) {
            let mut text = self.text.lock();
            event.record(&mut |field: &Field, value: &dyn Debug| {
                write!(text, "{field}={value:?} ").unwrap();
            });
            text.push('\n');
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn losses_are_counted_and_their_places_named_for_those_who_look() {
        let lost = |dropped, cut, changed| {
            Some(Translation {
                upstream: Protocol::Chat,
                dropped,
                cut,
                changed,
                dropped_paths: (dropped > cut).then(|| "top_k".into()),
                changed_paths: (changed > 0).then(|| "max_tokens".into()),
                repairs: 0,
            })
        };
        let check = |level, lost, expected: &[&str], lines: usize| {
            let log = logged(level, lost);
            assert_eq!(log.lines().count(), lines, "{log}");
            for words in expected {
                assert!(log.contains(words), "{words}: {log}");
            }
        };
        let counts = |counts| ["upstream_protocol=\"chat\"", counts];
        check(
            Level::INFO,
            lost(2, 1, 1),
            &counts("dropped=2 changed=1"),
            1,
        );
        check(
            Level::DEBUG,
            lost(0, 0, 0),
            &counts("dropped=0 changed=0"),
            1,
        );
        let places = ["cut=1", "dropped=\"top_k\"", "changed=\"max_tokens\""];
        check(Level::DEBUG, lost(2, 1, 1), &places, 2);
        check(Level::DEBUG, lost(1, 1, 0), &["cut=1", "dropped=\"-\""], 2);
        let plain = logged(Level::DEBUG, None);
        assert!(
            !plain.contains("dropped") && !plain.contains("upstream"),
            "{plain}"
        );
    }

    #[test]
    fn repairs_are_counted_where_there_are_any() {
        let repaired = |repairs| {
            let translation = Translation {
                upstream: Protocol::Chat,
                dropped: 0,
                cut: 0,
                changed: 0,
                dropped_paths: None,
                changed_paths: None,
                repairs,
            };
            logged(Level::DEBUG, Some(translation))
        };
        let line = repaired(2);
        assert!(line.contains("changed=0 repairs=2"), "{line}");
        let line = repaired(0);
        assert!(!line.contains("repairs"), "{line}");
    }

    #[test]
    fn losses_of_a_reply_are_counted_and_named_likewise() {
        let losses = ReplyLosses {
            semantic: 1,
            quality: 2,
            opaque: 0,
            what: "media 1, citations 2".into(),
        };
        let line = logged_with(Level::INFO, None, Some(losses.clone()));
        assert!(line.contains("reply_dropped=3"), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
        let lines = logged_with(Level::DEBUG, None, Some(losses));
        let what = "semantic=1 quality=2 opaque=0 dropped=media 1, citations 2";
        assert!(lines.contains(what), "{lines}");
        let plain = logged(Level::DEBUG, None);
        assert!(!plain.contains("reply_dropped"), "{plain}");
    }

    #[test]
    fn attempts_name_a_model_that_was_not_asked_for() {
        let check = |asked: Option<&str>, models: &[&str], expected: &str| {
            let attempts = models.iter().map(|&model| Attempt {
                credential: "main".into(),
                model: model.into(),
                outcome: "quota 429".into(),
                took: Duration::from_micros(12_900),
                translation: None,
            });
            let record = Record {
                model: asked.map(Into::into),
                attempts: attempts.collect(),
                ..blank(&"nobody".into(), Protocol::Claude)
            };
            assert_eq!(Attempts(&record).to_string(), expected, "{asked:?}");
        };
        let plain = "main: quota 429 12ms";
        check(Some("m"), &[], "");
        check(Some("m"), &["m"], plain);
        check(Some("M"), &["m"], plain);
        let other = "main (m-1): quota 429 12ms";
        check(Some("m"), &["m-1"], other);
        check(Some("m"), &["m", "m-1"], &format!("{plain}, {other}"));
        check(None, &["m-1"], other);
    }
}
