//! The record of a request, written exactly once: at its end, or when it is dropped.

use crate::{
    curfew::SHUTTING_DOWN,
    desk::Desk,
    failure::Failure,
    plan::Step,
    trace::{CourseTrace, Trace},
};
use cliproxy_core::{ErrorKind, ModelId, Operation, Protocol, Usage};
use cliproxy_translators::{LossClass, ReplyLosses};
use cliproxy_usage::{Attempt, Ending, Record, ReplyLosses as Lost, Translation};
use std::{
    net::IpAddr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// How much of a model's name is kept, in bytes.
const LOGGED_MODEL: usize = 128;

/// Collects what is known about one request.
///
/// A journal that is dropped before its end belongs to a client that left, a panic, or a shutdown
/// that did not wait: the record is written all the same, and says which.
pub struct Journal {
    record: Record,
    trace: Trace,
    under_way: Option<UnderWay>,
    /// Of the reply, so far.
    reply_losses: ReplyLosses,
    started: Instant,
    desk: Arc<Desk>,
    written: bool,
}

/// An attempt that has not ended.
struct UnderWay {
    credential: Arc<str>,
    model: ModelId,
    translation: Option<Arc<Translation>>,
    begun: Instant,
}

impl Journal {
    pub(crate) fn begin(
        request_id: Arc<str>,
        protocol: Protocol,
        started: Instant,
        desk: Arc<Desk>,
    ) -> Self {
        Self {
            record: Record {
                request_id,
                ..blank(&desk.nobody, protocol)
            },
            trace: Trace::default(),
            under_way: None,
            reply_losses: ReplyLosses::default(),
            started,
            desk,
            written: false,
        }
    }

    /// The id of the request.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.record.request_id
    }

    /// Writes no record: somebody else says what there is to say.
    pub const fn discard(&mut self) {
        self.written = true;
    }

    /// Where the request came from.
    pub const fn peer(&mut self, address: Option<IpAddr>) {
        self.record.peer = address;
    }

    /// Who asks.
    pub fn client(&mut self, label: &Arc<str>) {
        self.record.client = Arc::clone(label);
    }

    pub(crate) fn asked(&mut self, operation: Operation, model: Option<&str>) {
        self.record.operation = Some(operation);
        // The client chooses the text, and may choose megabytes of it.
        let cut = |model: &str| Arc::from(&model[..model.floor_char_boundary(LOGGED_MODEL)]);
        self.record.model = model.map(cut);
    }

    pub(crate) fn affinity(&mut self, what: &'static str) {
        self.record.affinity = Some(what);
        if let Some(course) = self.trace.courses.last_mut() {
            course.affinity = Some(what);
        }
    }

    /// A model is about to be tried.
    pub(crate) fn course(&mut self, step: &Step<'_>) {
        let attempts = self.record.attempts.len();
        let course = CourseTrace {
            provider: step.provider.cloned(),
            ..CourseTrace::new(step.route.id.clone(), step.is_fallback, attempts)
        };
        keep(&mut self.trace.courses, course);
        self.record.affinity = None;
    }

    /// A fallback cannot be tried.
    pub(crate) fn passed_over(&mut self, model: &ModelId, why: &str) {
        let attempts = self.record.attempts.len();
        let course = CourseTrace {
            failure: Some(why.into()),
            ..CourseTrace::new(model.clone(), true, attempts)
        };
        keep(&mut self.trace.courses, course);
    }

    /// The model that is being tried.
    pub(crate) fn current(&mut self) -> Option<&mut CourseTrace> {
        self.trace.courses.last_mut()
    }

    /// The model that was tried has not served.
    pub(crate) fn course_failed(&mut self, failure: &Failure) {
        if let Some(course) = self.trace.courses.last_mut() {
            course.failure = Some(failure.to_string().into());
        }
    }

    /// Whether the model that is being tried is not the one that was asked for.
    pub(crate) fn is_fallback(&self) -> bool {
        let current = self.trace.courses.last();
        current.is_some_and(|course| course.is_fallback)
    }

    /// An attempt begins.
    pub(crate) fn attempts_with(
        &mut self,
        credential: &Arc<str>,
        model: &ModelId,
        translation: Option<Arc<Translation>>,
    ) {
        self.under_way = Some(UnderWay {
            credential: Arc::clone(credential),
            model: model.clone(),
            translation,
            begun: Instant::now(),
        });
    }

    /// The attempt that is under way, if there is one, has ended so.
    pub(crate) fn attempted(&mut self, outcome: Arc<str>) -> Option<&Arc<str>> {
        let ended = self.under_way.take()?;
        let attempt = Attempt {
            credential: ended.credential,
            model: ended.model,
            outcome,
            took: ended.begun.elapsed(),
            translation: ended.translation,
        };
        keep(&mut self.record.attempts, attempt);
        self.last_tried()
    }

    /// A rule of the operator has decided about the last attempt.
    pub(crate) fn ruled(&mut self, action: &str) {
        if let Some(last) = self.record.attempts.last_mut() {
            last.outcome = format!("{} (rule: {action})", last.outcome).into();
        }
    }

    pub(crate) fn served_model(&self) -> Option<&str> {
        self.record.served_model.as_deref()
    }

    /// The label of the credential that was tried last.
    pub(crate) fn last_tried(&self) -> Option<&Arc<str>> {
        let last = self.record.attempts.last();
        last.map(|attempt| &attempt.credential)
    }

    pub(crate) fn attempts(&self) -> usize {
        self.record.attempts.len()
    }

    pub(crate) fn affinity_word(&self) -> Option<&'static str> {
        self.record.affinity
    }

    pub(crate) fn served(&mut self, credential: &Arc<str>, model: &ModelId) {
        self.record.credential = Some(Arc::clone(credential));
        self.record.served_model = Some(model.as_str().into());
    }

    /// The head of the reply goes out now.
    pub(crate) fn answered(&mut self, status: u16) {
        self.record.status = status;
        self.record
            .first_byte
            .get_or_insert_with(|| self.started.elapsed());
    }

    pub(crate) fn used(&mut self, usage: Usage) {
        self.record.usage = usage;
    }

    /// How many tokens the request has, by the gateway's own estimate.
    pub(crate) const fn estimated(&mut self, tokens: u64) {
        self.record.estimated = Some(tokens);
    }

    /// What the client does not get of the reply, so far.
    pub(crate) const fn lost_of_reply(&mut self, losses: ReplyLosses) {
        self.reply_losses = losses;
    }

    /// Writes the record of a request that needed no upstream.
    pub fn answered_here(mut self, status: u16) {
        self.answered(status);
        self.end(Ending::Complete, None);
    }

    /// Writes the record of a request that was refused.
    pub fn refused(mut self, status: u16, why: impl Into<Arc<str>>) {
        self.answered(status);
        self.end(Ending::Failed, Some(why.into()));
    }

    /// Writes the record of a reply that was not delivered, and why: nobody is left to say it.
    pub(crate) fn abandon(&mut self) {
        let (status, why) = if thread::panicking() {
            (500, "the gateway panicked")
        } else if self.desk.curfew.has_rung() {
            (503, SHUTTING_DOWN)
        } else {
            return self.end(Ending::Cancelled, None);
        };
        let ending = match self.record.first_byte {
            Some(_) => Ending::Interrupted,
            None => {
                self.answered(status);
                Ending::Failed
            }
        };
        self.end(ending, Some(why.into()));
    }

    /// Writes the record.
    pub(crate) fn end(&mut self, ending: Ending, error: Option<Arc<str>>) {
        if self.written {
            return;
        }
        self.written = true;
        // Nobody waits for it any more.
        self.attempted(ErrorKind::Cancelled.as_str().into());
        self.record.ending = ending;
        self.record.error = error;
        self.record.total = self.started.elapsed();
        self.record.reply_losses = lost(self.reply_losses);
        self.desk.counters.count(&self.record);
        for sink in &self.desk.sinks {
            sink.record(&self.record);
        }
        // Health checks, lists of models and strangers have nothing to explain.
        if self.record.operation.is_some() {
            let recent = &self.desk.recent;
            recent.push(&self.record, &mut self.trace, self.started);
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.abandon();
    }
}

/// What the record says of these.
fn lost(losses: ReplyLosses) -> Option<Lost> {
    (!losses.is_empty()).then(|| Lost {
        semantic: losses.of_class(LossClass::Semantic),
        quality: losses.of_class(LossClass::Quality),
        opaque: losses.of_class(LossClass::Opaque),
        what: losses.to_string().into(),
    })
}

/// A record of nothing yet.
pub(crate) fn blank(nobody: &Arc<str>, protocol: Protocol) -> Record {
    Record {
        request_id: Arc::clone(nobody),
        client: Arc::clone(nobody),
        peer: None,
        protocol,
        operation: None,
        model: None,
        served_model: None,
        credential: None,
        affinity: None,
        attempts: Vec::new(),
        status: 499,
        ending: Ending::Cancelled,
        error: None,
        first_byte: None,
        total: Duration::ZERO,
        usage: Usage::default(),
        estimated: None,
        reply_losses: None,
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.record.fmt(f)
    }
}

/// Adds to a list that nearly always stays at one: a plain first push takes room for four, which a
/// stream would hold for as long as it lives.
fn keep<T>(list: &mut Vec<T>, item: T) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
    list.push(item);
}
