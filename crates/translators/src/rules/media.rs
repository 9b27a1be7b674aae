//! Images, files and recordings.

use crate::{
    json_str::JsonStr,
    normalise::Notes,
    request_ir::{Detail, MediaKind, Request},
    target::Target,
    token_count::ImageRule,
};

/// Which media there are.
pub(crate) struct Media {
    pub(crate) image: Sources,
    pub(crate) document: Sources,
    pub(crate) audio: Sources,
    pub(crate) video: Sources,
    /// A document may be a plain text, with a title and a text about it.
    pub(crate) text_documents: bool,
    /// They may stand in answers.
    pub(crate) in_answers: bool,
    /// What is left to do with how closely images are looked at, once it is known what each is to have.
    pub(crate) settle_details: Option<fn(&mut Request<'_>, &Target<'_>, &mut Notes)>,
    /// What an image costs in tokens, as far as the protocol alone tells.
    pub(crate) cost: ImageRule,
    /// A file has a name and no title.
    pub(crate) has_names_only: bool,
}

/// Where the media of one kind may come from.
#[derive(Clone, Copy)]
pub(crate) struct Sources {
    pub(crate) data: Data,
    /// An address.
    pub(crate) url: bool,
    /// A file at the provider.
    pub(crate) file: bool,
    /// How closely they may be looked at. Instead of what is missing there is `High`; with none at all,
    /// nothing can be said.
    pub(crate) details: &'static [Detail],
}

/// Which data may stand in the body.
#[derive(Clone, Copy)]
pub(crate) enum Data {
    Never,
    Any,
    /// By media type, if it is known, and base64.
    Checked(fn(Option<&str>, &str) -> DataFit),
}

/// What becomes of data.
pub(crate) enum DataFit {
    Taken,
    /// It is taken as this plain text.
    Text(JsonStr<'static>),
    /// Why it is not.
    Refused(&'static str),
}

impl Sources {
    pub(crate) const NONE: Self = Self {
        data: Data::Never,
        url: false,
        file: false,
        details: &[],
    };

    pub(crate) const ALL: Self = Self {
        data: Data::Any,
        url: true,
        file: true,
        details: &[],
    };
}

impl Media {
    pub(crate) const fn of(&self, kind: MediaKind) -> &Sources {
        match kind {
            MediaKind::Image => &self.image,
            MediaKind::Document => &self.document,
            MediaKind::Audio => &self.audio,
            MediaKind::Video => &self.video,
        }
    }
}
