//! Where a candidate's text is from: `groundingMetadata` and `citationMetadata`.
//!
//! Frames may repeat them; the last that is not empty counts. Each page that a support names cites the
//! last text, once: what is known when a text closes is told before, for clients that cannot be told later,
//! and all else at the end. What was searched for and found is told as one run after it. Offsets are bytes of the
//! text and become code points. A loss are those beyond it, those of no page with an address, and all if the
//! reply has no text.

use crate::{
    json_str::JsonStr,
    reply::{Emitter, Event, PartId, ReplyCitation, ReplyLoss, ServerRun, ServerSource, TextIndex},
    request_ir::ServerKind,
    tap::tokens,
};
use cliproxy_json::Value;
use std::collections::BTreeSet;

/// What a candidate has said of its sources.
#[derive(Debug, Default)]
pub(super) struct Grounding {
    /// `groundingMetadata` and `citationMetadata`.
    sources: [Option<String>; 2],
    /// Something of them has not been told.
    is_news: bool,
    /// Start, end and address of what has been told.
    told: BTreeSet<(u64, u64, String)>,
}

impl Grounding {
    /// Keeps metadata that says something.
    pub(super) fn keep(&mut self, said: [Option<Value<'_>>; 2]) {
        for (kept, said) in self.sources.iter_mut().zip(said) {
            if let Some(said) = said.filter(|said| said.members().next().is_some()) {
                *kept = Some(said.raw().to_owned());
                self.is_news = true;
            }
        }
    }

    pub(super) const fn is_news(&self) -> bool {
        self.is_news
    }

    /// Tells what has a place in this text, which is about to close.
    pub(super) fn cite_open(&mut self, text: (PartId, &TextIndex), out: &mut Emitter<'_>) {
        if std::mem::take(&mut self.is_news) {
            self.cite(Some(text), |_| {}, out);
        }
    }

    /// Tells all that has not been told; nothing follows.
    pub(super) fn cite_last(&mut self, text: Option<(PartId, &TextIndex)>, out: &mut Emitter<'_>) {
        self.cite(text, |out| out.lost(ReplyLoss::Citation), out);
    }

    fn cite(
        &mut self,
        text: Option<(PartId, &TextIndex)>,
        lose: impl Fn(&mut Emitter<'_>),
        out: &mut Emitter<'_>,
    ) {
        let [grounding, citations] = parsed(&self.sources);
        let found = grounding.into_iter().flat_map(supports);
        for found in found.chain(citations.into_iter().flat_map(passages)) {
            let Some((citation, start, end)) = found else {
                lose(out);
                continue;
            };
            let url = citation.url.as_ref().map(JsonStr::as_escaped);
            let place = (start, end, url.unwrap_or_default().to_owned());
            if self.told.contains(&place) {
                continue;
            }
            let placed = text.and_then(|(part, text)| {
                let range = text.code_point_at(start).zip(text.code_point_at(end));
                range.map(|range| (part, range))
            });
            match placed {
                Some((part, range)) => {
                    let range = Some(range);
                    let citation = ReplyCitation { range, ..citation };
                    out.event(Event::Citation { part, citation });
                    self.told.insert(place);
                }
                None => lose(out),
            }
        }
    }

    /// The search that was made, if there was one.
    pub(super) fn search(&self) -> Option<ServerRun<'static>> {
        let [grounding, _] = parsed(&self.sources);
        search(grounding?)
    }
}

fn parsed(sources: &[Option<String>; 2]) -> [Option<Value<'_>>; 2] {
    sources.each_ref().map(|kept| {
        let kept = kept.as_deref()?;
        Value::parse(kept).ok()
    })
}

/// A citation and its place in bytes; `None` if it cannot be told.
type Found<'a> = Option<(ReplyCitation<'a>, u64, u64)>;

/// One citation for each page of each support.
fn supports(grounding: Value<'_>) -> impl Iterator<Item = Found<'_>> {
    let pages: Vec<_> = list(grounding, "groundingChunks").collect();
    list(grounding, "groundingSupports").flat_map(move |support| {
        let segment = support.get("segment");
        let (start, end) = offsets(segment);
        let cited = segment.and_then(|segment| text(segment, "text"));
        let indices = list(support, "groundingChunkIndices");
        let pages: Vec<_> = indices
            .map(|index| pages.get(usize::try_from(index.as_u64()?).ok()?).copied())
            .collect();
        pages.into_iter().map(move |page| {
            let page = page?;
            let page = page.get("web").or_else(|| page.get("retrievedContext"))?;
            let citation = ReplyCitation {
                range: None,
                url: Some(text(page, "uri")?),
                title: text(page, "title"),
                cited: cited.clone(),
            };
            Some((citation, start, end?))
        })
    })
}

/// Passages that are recited.
fn passages(metadata: Value<'_>) -> impl Iterator<Item = Found<'_>> {
    let named = ["citations", "citationSources"].into_iter();
    let passages = named.flat_map(move |key| list(metadata, key));
    passages.map(|passage| {
        let (start, end) = offsets(Some(passage));
        let citation = ReplyCitation {
            range: None,
            url: Some(text(passage, "uri")?),
            title: text(passage, "title"),
            cited: None,
        };
        Some((citation, start, end?))
    })
}

/// Google leaves out a zero.
fn offsets(segment: Option<Value<'_>>) -> (u64, Option<u64>) {
    let offset = |key| tokens(segment?.get(key));
    (offset("startIndex").unwrap_or(0), offset("endIndex"))
}

fn search(grounding: Value<'_>) -> Option<ServerRun<'static>> {
    let queries: Vec<_> = list(grounding, "webSearchQueries")
        .filter_map(|query| Some(JsonStr::of(query)?.into_owned()))
        .collect();
    let pages = list(grounding, "groundingChunks").filter_map(|page| {
        let page = page.get("web")?;
        Some(ServerSource {
            url: text(page, "uri")?.into_owned(),
            title: text(page, "title").unwrap_or_default().into_owned(),
        })
    });
    let sources: Vec<_> = pages.collect();
    let is_some = !queries.is_empty() || !sources.is_empty();
    is_some.then_some(ServerRun {
        kind: ServerKind::WebSearch,
        id: None,
        queries,
        sources,
    })
}

fn list<'a>(value: Value<'a>, key: &str) -> impl Iterator<Item = Value<'a>> + use<'a> {
    let list = value.get(key);
    list.into_iter().flat_map(|list| list.elements())
}

fn text<'a>(value: Value<'a>, key: &str) -> Option<JsonStr<'a>> {
    value.get(key).and_then(JsonStr::of)
}
