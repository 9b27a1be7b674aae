//! Hears everything that is logged, at the finest level.

use parking_lot::Mutex;
use std::{
    fmt::{self, Write as _},
    sync::{Arc, LazyLock},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// What was said through the `log` crate, by whichever test.
static LOGGED: LazyLock<Mutex<String>> = LazyLock::new(Mutex::default);

/// Hears what the thread that it was installed on traces, and what every thread logs.
pub(crate) struct Spy {
    traced: Arc<Mutex<String>>,
    _installed: tracing::subscriber::DefaultGuard,
}

impl Spy {
    pub(crate) fn install() -> Self {
        log::set_logger(&Logger).expect("one spy is enough");
        log::set_max_level(log::LevelFilter::Trace);
        let traced = Arc::<Mutex<String>>::default();
        let tracer = Tracer(Arc::clone(&traced));
        Self {
            traced,
            _installed: tracing::subscriber::set_default(tracer),
        }
    }

    pub(crate) fn text(&self) -> String {
        format!("{}\n{}", self.traced.lock(), LOGGED.lock())
    }
}

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut logged = LOGGED.lock();
        writeln!(logged, "{}: {}", record.target(), record.args()).unwrap();
    }

    fn flush(&self) {}
}

struct Tracer(Arc<Mutex<String>>);

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Tracer {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut text = self.0.lock();
        writeln!(text, "{}", span.metadata().target()).unwrap();
        span.record(&mut Fields(&mut text));
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut Fields(&mut self.0.lock()));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = self.0.lock();
        writeln!(text, "{}", event.metadata().target()).unwrap();
        event.record(&mut Fields(&mut text));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
