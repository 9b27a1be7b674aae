//! A citation as OpenAI's protocols have it: with its place in the whole content.

use super::ReplyCitation;
use crate::json_str::JsonStr;
use cliproxy_json::ObjectWriter;

/// A citation whose place in the content is known.
#[derive(Debug)]
pub(crate) struct Annotation {
    start: u64,
    end: u64,
    url: JsonStr<'static>,
    title: JsonStr<'static>,
}

impl Annotation {
    /// `part` is where the cited part stands in the content, in code points. One without a URL is none.
    pub(crate) fn new(citation: &ReplyCitation<'_>, part: (u64, u64)) -> Option<Self> {
        let url = citation.url.clone()?.into_owned();
        let title = citation.title.clone().unwrap_or_default().into_owned();
        let (start, end) = match citation.range {
            Some((start, end)) => (part.0.saturating_add(start), part.0.saturating_add(end)),
            None => part,
        };
        Some(Self {
            start,
            end,
            url,
            title,
        })
    }

    /// Its place and its source, which both protocols call the same.
    pub(crate) fn members(&self, citation: &mut ObjectWriter<'_>) {
        citation.number("start_index", self.start);
        citation.number("end_index", self.end);
        citation.escaped("url", self.url.as_escaped());
        citation.escaped("title", self.title.as_escaped());
    }
}
