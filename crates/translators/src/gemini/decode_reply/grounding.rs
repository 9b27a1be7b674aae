//! Where a candidate's text is from: `groundingMetadata` and `citationMetadata`.
//!
//! They are told at the end, since frames may repeat them; the last that is not empty counts. Each
//! page that a support names cites the open text; what was searched for and found is told as one run
//! after it. Offsets are bytes of the text and become code points. A loss are those beyond it, those of no
//! page with an address, and all if the reply does not end with text.

use crate::{
    json_str::JsonStr,
    reply::{Emitter, Event, PartId, ReplyCitation, ReplyLoss, ServerRun, ServerSource, TextIndex},
    request_ir::ServerKind,
    tap::tokens,
};
use cliproxy_json::Value;

/// Keeps metadata that says something.
pub(super) fn keep(kept: &mut Option<String>, value: Value<'_>) {
    if value.members().next().is_some() {
        *kept = Some(value.raw().to_owned());
    }
}

/// Tells the citations; the search that was made, if there was one.
pub(super) fn tell(
    sources: &[Option<String>; 2],
    cited: Option<(PartId, &TextIndex)>,
    out: &mut Emitter<'_>,
) -> Option<ServerRun<'static>> {
    let [grounding, citations] = sources.each_ref().map(|kept| {
        let kept = kept.as_deref()?;
        Value::parse(kept).ok()
    });
    let found = grounding.into_iter().flat_map(supports);
    for found in found.chain(citations.into_iter().flat_map(passages)) {
        let placed = found
            .zip(cited)
            .and_then(|((citation, start, end), (part, text))| {
                let range = text.code_point_at(start).zip(text.code_point_at(end));
                let citation = ReplyCitation { range, ..citation };
                range.map(|_| Event::Citation { part, citation })
            });
        match placed {
            Some(event) => out.event(event),
            None => out.lost(ReplyLoss::Citation),
        }
    }
    search(grounding?)
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
