//! The parts of a content.
//!
//! | part | becomes |
//! | --- | --- |
//! | `text` | text; a paragraph of its own after another kind of part |
//! | `text` with `thought` | thinking; neighbours are one thought, up to the part that is signed |
//! | `inlineData`, `fileData` | media by its type; `mediaResolution` is its detail; `videoMetadata` is for Gemini alone |
//! | `functionCall` | call; `thoughtSignature` is its signature |
//! | `functionResponse` | result, see `response`; when it is used, and whether more follows, is for Gemini alone |
//! | `executableCode` with its `codeExecutionResult` | code that ran at the provider; both are kept as the parts they are |
//! | another | kept for Gemini alone |
//!
//! The signature of a text that is no thought is a part of its own behind it, since nothing but Gemini can
//! have it. A thought without a text whose signature is redacted reasoning is that.
//! An address of Google's own storage is a file that the provider keeps.

mod response;

use crate::{
    client_body::{
        expect::{object, required, string, text},
        media,
        members::{camel, take},
        pieces::Pieces,
        sealed,
    },
    gemini::media_resolution,
    json_str::JsonStr,
    rejection::Rejection,
    request_ir::{
        Family, Media, MediaKind, Opaque, OpaqueKind, Part, PartKind, Place, ServerKind,
        ServerTool, Source, Thought, ToolInput, ToolName, ToolUse,
    },
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;
use std::borrow::Cow;

const MEMBERS: [&str; 11] = [
    "text",
    "thought",
    "thoughtSignature",
    "inlineData",
    "fileData",
    "mediaResolution",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "videoMetadata",
];

/// Reads `parts`.
pub(super) fn read<'a>(list: Value<'a>, pieces: &Pieces) -> Result<Vec<Part<'a>>, Rejection> {
    let mut read = Parts {
        // Most lists have one part.
        list: Vec::with_capacity(1),
        ..Parts::default()
    };
    for part in pieces.objects(list, "parts")? {
        read.push(part?, pieces)?;
    }
    read.end_thought();
    Ok(read.list)
}

#[derive(Default)]
struct Parts<'a> {
    list: Vec<Part<'a>>,
    /// Thoughts whose signature may follow.
    thoughts: Vec<JsonStr<'a>>,
    place: Option<Place>,
    has_text: bool,
}

impl<'a> Parts<'a> {
    fn push(&mut self, part: Value<'a>, pieces: &Pieces) -> Result<(), Rejection> {
        let members = take(camel(part), MEMBERS);
        let [
            said,
            thought,
            signature,
            inline,
            file,
            resolution,
            call,
            response,
            code,
            ran,
            clip,
        ] = members;
        let place = Place::of(part);
        let is_thought = thought.is_some_and(|flag| flag.as_bool() == Some(true));
        if let (Some(said), true) = (said, is_thought) {
            return self.thought(text(said, "text")?, signature, place);
        }
        self.end_thought();
        let kind = if let Some(said) = said {
            self.text(text(said, "text")?, place);
            return self.signature(signature);
        } else if let Some(data) = inline {
            media_of(inline_data(data)?, resolution)
        } else if let Some(file) = file {
            media_of(file_data(file)?, resolution)
        } else if let Some(call) = call {
            PartKind::ToolUse(Box::new(function_call(call, signature)?))
        } else if let Some(given) = response {
            PartKind::ToolResult(Box::new(response::read(given, pieces)?))
        } else if code.is_some() || ran.is_some() {
            if code.is_none() && self.attach(part) {
                return Ok(());
            }
            PartKind::ServerTool(Box::new(ServerTool {
                kind: ServerKind::CodeExecution,
                call: part,
                result: None,
            }))
        } else if is_thought || signature.is_some() {
            return self.thought(JsonStr::default(), signature, place);
        } else {
            PartKind::Foreign(Protocol::Gemini)
        };
        let mut part = Part::new(kind, place);
        part.note_aside(clip, |_| true);
        if let Some(given) = response {
            let says = |word| given.get(word);
            let scheduling = says("scheduling").filter(|it| !it.is_null());
            part.note_aside(scheduling, |it| it.as_str().as_deref() != Some("WHEN_IDLE"));
            let more = says("willContinue").or_else(|| says("will_continue"));
            part.note_aside(more, |it| it.as_bool() == Some(true));
        }
        self.list.push(part);
        Ok(())
    }

    fn text(&mut self, text: JsonStr<'a>, place: Place) {
        let is_text = |part: &Part<'_>| matches!(part.kind, PartKind::Text(_));
        let mut part = Part::text(text, place);
        part.begins_paragraph = self.has_text && !self.list.last().is_some_and(is_text);
        self.has_text = true;
        self.list.push(part);
    }

    /// The signature of the text that has just been read.
    fn signature(&mut self, signature: Option<Value<'a>>) -> Result<(), Rejection> {
        if let Some(value) = signature
            && let Some(opaque) = sealed(value, OpaqueKind::Text)?
        {
            let kind = PartKind::Redacted(Box::new(opaque));
            self.list.push(Part::new(kind, Place::of(value)));
        }
        Ok(())
    }

    fn thought(
        &mut self,
        text: JsonStr<'a>,
        signature: Option<Value<'a>>,
        place: Place,
    ) -> Result<(), Rejection> {
        self.place.get_or_insert(place);
        if !text.is_empty() {
            self.thoughts.push(text);
        }
        let opaque = match signature {
            Some(value) => sealed(value, OpaqueKind::Thought)?,
            None => None,
        };
        if opaque.is_some() {
            self.push_thought(opaque);
        }
        Ok(())
    }

    /// What was thought without a signature.
    fn end_thought(&mut self) {
        match self.thoughts.is_empty() {
            true => self.place = None,
            false => self.push_thought(None),
        }
    }

    fn push_thought(&mut self, opaque: Option<Opaque<'a>>) {
        let place = self.place.take().unwrap_or(Place::NOWHERE);
        let mut texts = std::mem::take(&mut self.thoughts);
        let text = match texts.len() {
            0 => JsonStr::default(),
            1 => texts.remove(0),
            _ => JsonStr::written(texts.iter().map(JsonStr::as_escaped).collect()),
        };
        let kind = match opaque {
            Some(opaque) if text.is_empty() && opaque.kind == OpaqueKind::Redacted => {
                PartKind::Redacted(Box::new(opaque))
            }
            opaque => PartKind::Thinking(Box::new(Thought {
                text,
                opaque,
                ..Thought::default()
            })),
        };
        self.list.push(Part::new(kind, place));
    }

    /// Joins a result to the code that stands before it.
    fn attach(&mut self, part: Value<'a>) -> bool {
        match self.list.last_mut().map(|last| &mut last.kind) {
            Some(PartKind::ServerTool(run)) if run.result.is_none() => {
                run.result = Some(part);
                true
            }
            _ => false,
        }
    }
}

fn sealed(value: Value<'_>, kind: OpaqueKind) -> Result<Option<Opaque<'_>>, Rejection> {
    sealed::opaque_in_base64(value, "thoughtSignature", (Family::Gemini, kind))
}

fn function_call<'a>(
    call: Value<'a>,
    signature: Option<Value<'a>>,
) -> Result<ToolUse<'a>, Rejection> {
    let members = camel(object(call, "functionCall")?);
    let [id, name, arguments] = take(members, ["id", "name", "args"]);
    let id = id.map(|id| string(id, "id")).transpose()?;
    let arguments = arguments.map(|value| object(value, "args")).transpose()?;
    let signature_place = signature.map_or(Place::NOWHERE, Place::of);
    let signature = signature.map(|value| sealed(value, OpaqueKind::Call));
    Ok(ToolUse {
        id: id.unwrap_or_default(),
        name: ToolName::bare(string(required(name, call, "name")?, "name")?),
        input: ToolInput::Json(Cow::Borrowed(arguments.map_or("{}", |value| value.raw()))),
        signature: signature.transpose()?.flatten(),
        signature_place,
    })
}

fn media_of<'a>(mut media: Media<'a>, resolution: Option<Value<'a>>) -> PartKind<'a> {
    if let Some(resolution) = resolution {
        let level = resolution.get("level").unwrap_or(resolution);
        let name = level.as_str().unwrap_or_default();
        media.detail = media_resolution::detail(&name);
        media.detail_place = Place::of(resolution);
    }
    PartKind::Media(Box::new(media))
}

/// `{mimeType, data, displayName}`.
fn inline_data(value: Value<'_>) -> Result<Media<'_>, Rejection> {
    let members = camel(object(value, "inlineData")?);
    let [mime, data, name] = take(members, ["mimeType", "data", "displayName"]);
    let mime = mime.map(|mime| media::mime(mime, "mimeType")).transpose()?;
    let data = required(data, value, "data")?;
    let mut read = media::by_base64(data, "data", mime, None)?;
    read.name = name.and_then(JsonStr::of);
    Ok(read)
}

/// What a file's address begins with that Google keeps.
const GOOGLE: [&str; 3] = [
    "https://generativelanguage.googleapis.com/",
    "gs://",
    "files/",
];

/// `{mimeType, fileUri, displayName}`.
fn file_data(value: Value<'_>) -> Result<Media<'_>, Rejection> {
    let members = camel(object(value, "fileData")?);
    let [mime, uri, name] = take(members, ["mimeType", "fileUri", "displayName"]);
    let uri = required(uri, value, "fileUri")?;
    let mime = mime.map(|mime| media::mime(mime, "mimeType")).transpose()?;
    let known = mime.as_deref().or_else(|| {
        let address = uri.escaped()?;
        crate::mime::of_url(address)
    });
    let kind = known.map_or(MediaKind::Document, media::kind_of);
    let address = text(uri, "fileUri")?;
    let is_kept = GOOGLE
        .iter()
        .any(|head| address.as_escaped().starts_with(head));
    let mut read = match is_kept {
        true => Media::new(
            kind,
            Source::File {
                owner: Protocol::Gemini,
                id: address,
            },
        ),
        false => media::by_url(uri, "fileUri", kind)?,
    };
    if mime.is_some() {
        read.mime = mime;
    }
    read.name = name.and_then(JsonStr::of);
    Ok(read)
}
