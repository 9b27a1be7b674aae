//! What goes up in one attempt, and how its reply is to come back.

use crate::{
    alt::wants_array,
    bodies::Goal,
    execute::{Course, Execution},
    member::Member,
    replay::Owner,
    translation::Translation,
};
use cliproxy_core::{ModelId, Operation, Protocol};
use cliproxy_json::Slices;
use cliproxy_translators::{Account, Asked, NativeReply, Refused, Report};
use cliproxy_usage::Translation as Record;
use std::{
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// What goes up in one attempt.
pub(crate) struct Outgoing {
    pub(crate) body: Slices,
    /// What the upstream is asked for, which may stream where the client does not.
    pub(crate) operation: Operation,
    pub(crate) way: Way,
    /// What the body calls the conversation, if the gateway has named it.
    pub(crate) conversation: Option<String>,
    /// What of the request does not as the client wrote it.
    pub(crate) record: Option<Arc<Record>>,
}

/// How a reply goes to the client.
pub(crate) enum Way {
    /// It is in the client's protocol; that of a dialect not quite.
    Native(Option<NativeReply>),
    Translated(Translation),
}

impl Way {
    /// What the upstream of a `client` speaks.
    pub(crate) const fn upstream(&self, client: Protocol) -> Protocol {
        match self {
            Self::Native(_) => client,
            Self::Translated(translation) => translation.upstream,
        }
    }

    pub(crate) const fn is_translated(&self) -> bool {
        matches!(self, Self::Translated(_))
    }

    /// Whether events become a body where the client does not stream; else it gets what was sent.
    pub(crate) fn folds(&self) -> bool {
        match self {
            Self::Native(native) => native.as_ref().is_some_and(NativeReply::folds),
            Self::Translated(_) => true,
        }
    }
}

impl Execution<'_> {
    /// What goes up, and what becomes of its reply.
    ///
    /// # Errors
    ///
    /// The request cannot be said in what this upstream speaks.
    pub(crate) fn outgoing(
        &mut self,
        course: &Course<'_>,
        member: &Member,
        target: &ModelId,
    ) -> Result<Outgoing, Refused> {
        let client = self.request.protocol;
        let goal = Goal::of(&course.step, member, client, target, self.operation);
        let takes_key = goal.dialect.profile.takes_cache_key();
        let cache_key = takes_key.then(|| self.cache_key()).flatten();
        let account = Account {
            project: member.credential.project.as_deref(),
            realm: Some(member.realm),
            cache_key: cache_key.as_deref(),
        };
        let options = &self.snapshot.params.translation;
        let operation = match self.operation {
            Operation::Generate if goal.dialect.profile.always_streams() => {
                Operation::GenerateStream
            }
            operation => operation,
        };
        if self.bodies.is_native_to(&goal) {
            let usage = member.calls.force_stream_usage && self.operation.streams();
            let unsealed = self.bodies.unsealed_cut();
            let native = self.bodies.native(&goal, usage, options.policy)?;
            let finished = native.body.finish(&account);
            return Ok(Outgoing {
                conversation: cache_key.filter(|_| finished.is_keyed),
                record: native_record(client, &native.report, finished.cut + unsealed),
                body: finished.body,
                operation,
                way: Way::Native(NativeReply::new(&goal.dialect.profile, self.asked)),
            });
        }
        let streams_array = client == Protocol::Gemini
            && self.operation.streams()
            && wants_array(self.request.query.as_deref())?;
        let upstream = goal.dialect.protocol;
        let asked = Asked {
            protocol: client,
            model: self.asked,
            streams: self.operation.streams(),
            now: unix_seconds((self.clock)()),
            id: self.journal.request_id(),
        };
        let owner = Owner {
            client: self.request.principal.digest(),
            upstream,
            model: target.as_str(),
        };
        let remembers = self.snapshot.params.replay;
        let view = || remembers.then(|| self.memory.replay.view(&owner, Instant::now()));
        let translated = self.bodies.in_dialect(&asked, &goal, options, view)?;
        let finished = translated.body.finish(&account);
        let plan = translated.reply.with_account(&account);
        Ok(Outgoing {
            conversation: cache_key.filter(|_| finished.is_keyed),
            record: Some(record_of(upstream, &translated.report, finished.cut)),
            body: finished.body,
            operation,
            way: Way::Translated(Translation {
                upstream,
                plan: match streams_array {
                    true => plan.as_array(),
                    false => plan,
                },
            }),
        })
    }

    /// What an upstream is to call the conversation, for its cache of prompts. The same whether or not
    /// sessions stay on their credential.
    fn cache_key(&self) -> Option<String> {
        let session = self.session.or_else(|| {
            let (request, extractor) = (self.request, &self.memory.extractor);
            let client = request.principal.digest();
            let head = self.bodies.head();
            extractor.extract(client, &request.headers, Some(&head), request.protocol)
        });
        session.map(|session| session.prompt_cache_key())
    }
}

/// What is noted of a body whose losses are these. `cut` pieces of reasoning were taken out for this
/// attempt.
fn record_of(upstream: Protocol, report: &Report, cut: usize) -> Arc<Record> {
    let text = |text: &Option<String>| text.as_deref().map(Arc::from);
    Arc::new(Record {
        upstream,
        dropped: report.dropped + cut,
        cut,
        changed: report.changed,
        dropped_paths: text(&report.dropped_paths),
        changed_paths: text(&report.changed_paths),
        repairs: report.repairs,
    })
}

/// The same of a body in the client's own protocol, if it has lost something.
pub(crate) fn native_record(
    protocol: Protocol,
    report: &Report,
    cut: usize,
) -> Option<Arc<Record>> {
    let is_lossy = report.dropped + report.changed + cut > 0;
    is_lossy.then(|| record_of(protocol, report, cut))
}

fn unix_seconds(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
