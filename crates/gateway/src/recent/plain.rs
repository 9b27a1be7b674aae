//! A request that the first credential served at once, in a form that allocates nothing.

use super::Decided;
use crate::trace::{CandidateTrace, CourseTrace, Trace};
use cliproxy_core::{CredentialId, ModelId, Operation, Protocol, Usage};
use cliproxy_scheduler::{ShardId, State};
use cliproxy_session_affinity::SessionId;
use cliproxy_usage::{Attempt, Ending, Record, ReplyLosses, Translation};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// As long as the ids are that the gateway makes.
const ID: usize = 24;

/// One request. Everything is shared with what lives longer anyway, or is a number.
#[derive(Debug)]
pub(super) struct Plain {
    id: ([u8; ID], u8),
    client: Arc<str>,
    label: Arc<str>,
    served: ModelId,
    route: ModelId,
    credential: CredentialId,
    priority: i32,
    weight: u32,
    session: Option<SessionId>,
    affinity: Option<&'static str>,
    strategy: &'static str,
    place: Option<(u64, ShardId)>,
    count: usize,
    protocol: Protocol,
    operation: Option<Operation>,
    status: u16,
    took: Duration,
    translation: Option<Arc<Translation>>,
    first_byte: Option<Duration>,
    total: Duration,
    usage: Usage,
    reply_losses: Option<ReplyLosses>,
    begun: Instant,
}

impl Plain {
    /// `None` if there is more to tell than fits.
    pub(super) fn of(record: &Record, trace: &Trace, begun: Instant) -> Option<Self> {
        let ([course], [attempt]) = (&*trace.courses, &*record.attempts) else {
            return None;
        };
        let as_usual = record.ending == Ending::Complete
            && record.error.is_none()
            && &*attempt.outcome == "ok"
            && course.skipped.is_empty()
            && course.notes.is_empty()
            && course.failure.is_none()
            && !course.is_fallback
            && record.model.as_deref() == Some(course.route.as_str());
        let picked = course.picked.as_ref()?;
        if !as_usual || picked.state != State::Ready {
            return None;
        }
        let mut id = [0; ID];
        let text = record.request_id.as_bytes();
        id.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self {
            id: (id, u8::try_from(text.len()).ok()?),
            client: Arc::clone(&record.client),
            label: Arc::clone(&attempt.credential),
            served: attempt.model.clone(),
            route: course.route.clone(),
            credential: picked.credential.clone(),
            priority: picked.priority,
            weight: picked.weight,
            session: course.session,
            affinity: course.affinity,
            strategy: course.strategy,
            place: course.place,
            count: course.count,
            protocol: record.protocol,
            operation: record.operation,
            status: record.status,
            took: attempt.took,
            translation: attempt.translation.clone(),
            first_byte: record.first_byte,
            total: record.total,
            usage: record.usage,
            reply_losses: record.reply_losses.clone(),
            begun,
        })
    }

    pub(super) fn request_id(&self) -> &str {
        let (bytes, length) = &self.id;
        // It was text when it was copied.
        let text = bytes.get(..usize::from(*length)).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// The whole of it again.
    pub(super) fn decided(&self) -> Decided {
        let picked = CandidateTrace {
            credential: self.credential.clone(),
            priority: self.priority,
            weight: self.weight,
            state: State::Ready,
        };
        let course = CourseTrace {
            strategy: self.strategy,
            session: self.session,
            affinity: self.affinity,
            place: self.place,
            picked: Some(picked),
            count: self.count,
            ..CourseTrace::new(self.route.clone(), false, 0)
        };
        let attempt = Attempt {
            credential: Arc::clone(&self.label),
            model: self.served.clone(),
            outcome: "ok".into(),
            took: self.took,
            translation: self.translation.clone(),
        };
        Decided {
            record: Record {
                request_id: self.request_id().into(),
                client: Arc::clone(&self.client),
                peer: None,
                protocol: self.protocol,
                operation: self.operation,
                model: Some(self.route.as_str().into()),
                served_model: Some(self.served.as_str().into()),
                credential: Some(Arc::clone(&self.label)),
                affinity: self.affinity,
                attempts: vec![attempt],
                status: self.status,
                ending: Ending::Complete,
                error: None,
                first_byte: self.first_byte,
                total: self.total,
                usage: self.usage,
                estimated: None,
                reply_losses: self.reply_losses.clone(),
            },
            trace: Trace {
                courses: vec![course],
            },
            begun: self.begun,
        }
    }
}
