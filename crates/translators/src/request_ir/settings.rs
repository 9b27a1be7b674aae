//! Everything in a request that is one member: sampling, limits, labels, state at a provider.

mod include;
mod shape;
mod table;

pub(crate) use shape::Shape;
pub(crate) use table::{Names, ROWS, key_of, row};

use super::Place;
use cliproxy_core::Protocol;
use cliproxy_json::Value;
use smallvec::SmallVec;
use std::borrow::Cow;

/// What a member is about. `table` says what it is called in each protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    // Limits and sampling.
    MaxOutput,
    Temperature,
    TopP,
    TopK,
    MinP,
    /// Always an array of strings.
    Stop,
    Seed,
    PresencePenalty,
    FrequencyPenalty,
    LogitBias,
    Logprobs,
    TopLogprobs,
    Choices,
    // The answer.
    Verbosity,
    Modalities,
    Audio,
    Speech,
    Prediction,
    MediaResolution,
    // Tools.
    ParallelTools,
    MaxToolCalls,
    // State that only one server holds.
    PreviousResponse,
    Conversation,
    Prompt,
    Background,
    CachedContent,
    McpServers,
    Container,
    // How the request is treated.
    Store,
    Truncation,
    ContextManagement,
    ServiceTier,
    /// Claude's `speed`.
    Speed,
    SafetySettings,
    Moderation,
    // Labels and files.
    Include,
    /// OpenAI's `prompt_cache_key`.
    PromptCache,
    CacheRetention,
    CacheOptions,
    /// Claude's `cache_control` at the top level.
    CacheControl,
    User,
    SafetyIdentifier,
    Metadata,
    Labels,
    ClientMetadata,
    UserPromptId,
    SessionId,
}

/// JSON text: of the client's body, or written here.
#[derive(Clone, Debug)]
pub(crate) struct RawJson<'a>(pub(crate) Cow<'a, str>);

#[derive(Clone, Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) key: Key,
    pub(crate) value: RawJson<'a>,
    pub(crate) place: Place,
}

/// The settings of a request, each at most once, in the order of the body.
#[derive(Debug, Default)]
pub(crate) struct Settings<'a>(SmallVec<[Setting<'a>; 8]>);

impl<'a> RawJson<'a> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// To be read. What a decoder took from a body, or an encoder wrote, is valid.
    pub(crate) fn value(&self) -> Option<Value<'_>> {
        Value::parse(&self.0).ok()
    }
}

impl<'a> Settings<'a> {
    /// Those that `protocol` has a name for, in the order of the table, with their names.
    pub(crate) fn named(
        &self,
        protocol: Protocol,
    ) -> impl Iterator<Item = (&'static str, &Setting<'a>)> {
        let rows = ROWS
            .iter()
            .filter_map(move |row| Some((row.name(protocol)?, row.key)));
        rows.filter_map(|(name, key)| Some((name, self.get(key)?)))
    }

    pub(crate) fn get(&self, key: Key) -> Option<&Setting<'a>> {
        self.0.iter().find(|setting| setting.key == key)
    }

    /// Takes a member as it is. `null` is no setting; of two members with one meaning the first wins.
    pub(crate) fn take(&mut self, key: Key, value: Value<'a>) {
        if !value.is_null() && self.get(key).is_none() {
            self.0.push(Setting {
                key,
                value: RawJson(Cow::Borrowed(value.raw())),
                place: Place::of(value),
            });
        }
    }

    /// Sets a value that was written here; `place` is what it was made of.
    pub(crate) fn set(&mut self, key: Key, json: String, place: Place) {
        self.remove(key);
        self.0.push(Setting {
            key,
            value: RawJson(Cow::Owned(json)),
            place,
        });
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<Setting<'a>> {
        let at = self.0.iter().position(|setting| setting.key == key)?;
        Some(self.0.remove(at))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Setting<'a>> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Setting<'a>> {
        self.0.iter_mut()
    }

    /// Keeps those that `keep` says to keep; it may change them.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&mut Setting<'a>) -> bool) {
        self.0.retain(keep);
    }
}
