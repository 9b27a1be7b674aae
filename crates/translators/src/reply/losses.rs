//! What a reply lost on its way to the client, by kind.
//!
//! | kind | class | what it counts |
//! | --- | --- | --- |
//! | `content` | semantic | blocks, items and parts of a kind that is not translated |
//! | `media` | semantic | images and recordings: any for a Claude client, all but images for a Chat or Responses client; images by address, and sound whose format nobody says |
//! | `calls` | semantic | calls after the first for a client of the old functions; calls without a name; arguments after the end of a call |
//! | `answers` | semantic | answers after the first, for Claude and Responses clients |
//! | `citations` | quality | those without an address, those of a text that is not there, and those told after the end of their text in a stream for a Claude or Responses client |
//! | `runs` | quality | tools that ran at the provider: any for a Chat client, all but searches for the others |
//! | `logprobs` | quality | probabilities of tokens: one for the reply |
//! | `signatures` | opaque | opaque reasoning without a place: Gemini's on a text for all but Responses clients, and what a Chat upstream seals |
//!
//! Nothing is lost that the client has not asked for (reasoning it does not want to see), that says the same
//! again (reasoning told twice), or that describes the reply (usage in detail, the upstream's own ids).

use super::{Opening, ReplyContext};
use crate::{
    request_ir::{LossClass, ServerKind},
    rules::ReplyMedia,
};
use std::fmt;

/// What of a reply its client did not get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplyLoss {
    /// A block, an item or a part of a kind that is not translated.
    Content,
    /// An image, or a recording.
    Media,
    /// A call of a tool, or a piece of one.
    Call,
    /// An answer beside the first.
    Choice,
    /// Where a piece of text is from.
    Citation,
    /// A tool that ran at the provider.
    Run,
    /// Probabilities of tokens.
    Logprobs,
    /// Reasoning that only its maker can read.
    Signature,
}

impl ReplyLoss {
    /// All of them, the gravest first.
    pub const ALL: [Self; 8] = [
        Self::Content,
        Self::Media,
        Self::Call,
        Self::Choice,
        Self::Citation,
        Self::Run,
        Self::Logprobs,
        Self::Signature,
    ];

    /// The name in logs and documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Media => "media",
            Self::Call => "calls",
            Self::Choice => "answers",
            Self::Citation => "citations",
            Self::Run => "runs",
            Self::Logprobs => "logprobs",
            Self::Signature => "signatures",
        }
    }

    /// What is lost with it.
    #[must_use]
    pub const fn class(self) -> LossClass {
        match self {
            Self::Content | Self::Media | Self::Call | Self::Choice => LossClass::Semantic,
            Self::Citation | Self::Run | Self::Logprobs => LossClass::Quality,
            Self::Signature => LossClass::Opaque,
        }
    }

    /// The reason, in a few words.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Content => "it is not translated: the client's protocol knows nothing like it",
            Self::Media => "the client's protocol has no place for it in an answer",
            Self::Call => "the client could not tell which call is meant",
            Self::Choice => "the client's protocol has one answer",
            Self::Citation => "the client could not tell what is cited",
            Self::Run => "the client's protocol has no such tool of a provider",
            Self::Logprobs => "the client's protocol has no place for them",
            Self::Signature => "the client's protocol has no place for the seal",
        }
    }

    /// What this client has no place for, of what opens a part.
    pub(crate) fn of(opening: &Opening<'_>, cx: &ReplyContext) -> Option<Self> {
        let rules = cx.rules();
        match opening {
            Opening::Media { mime, .. } => {
                let has_place = match rules.media {
                    ReplyMedia::None => false,
                    ReplyMedia::Images => mime.starts_with("image/"),
                    ReplyMedia::All => true,
                };
                (!has_place).then_some(Self::Media)
            }
            Opening::Server(run) => {
                let has_place = run.kind == ServerKind::WebSearch && rules.has_searches;
                (!has_place).then_some(Self::Run)
            }
            Opening::Text { .. }
            | Opening::Refusal
            | Opening::Thinking { .. }
            | Opening::Redacted
            | Opening::Tool { .. } => None,
        }
    }
}

/// How often each was lost. Small, and made of nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplyLosses([u32; ReplyLoss::ALL.len()]);

impl ReplyLosses {
    pub(crate) const fn new() -> Self {
        Self([0; ReplyLoss::ALL.len()])
    }

    pub(crate) const fn note(&mut self, lost: ReplyLoss) {
        let count = &mut self.0[lost as usize];
        *count = match lost {
            // Every delta has its own.
            ReplyLoss::Logprobs => 1,
            _ => count.saturating_add(1),
        };
    }

    /// Whether the client got everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How much was lost.
    #[must_use]
    pub fn count(&self) -> usize {
        self.iter().map(|(_, count)| count).sum()
    }

    /// How much of one class.
    #[must_use]
    pub fn of_class(&self, class: LossClass) -> usize {
        let of_class = self.iter().filter(|(lost, _)| lost.class() == class);
        of_class.map(|(_, count)| count).sum()
    }

    /// What was lost and how often, the gravest first.
    pub fn iter(&self) -> impl Iterator<Item = (ReplyLoss, usize)> {
        let counted = ReplyLoss::ALL.into_iter().zip(self.0);
        let lost = counted.filter(|(_, count)| *count > 0);
        lost.map(|(lost, count)| (lost, usize::try_from(count).unwrap_or(usize::MAX)))
    }
}

/// `media 1, citations 2`.
impl fmt::Display for ReplyLosses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (lost, count)) in self.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{} {count}", lost.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
