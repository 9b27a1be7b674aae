//! Why something is lost: one reason for each rule that loses.

/// The rule, by what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    Announced,
    Approval,
    BesideFunctions,
    Budget,
    Detail,
    Dialect,
    DocumentContext,
    EffortBeside,
    EffortBesideFunctions,
    Entry,
    InWords,
    LeftOut,
    Limit,
    NoChoice,
    NoMember,
    NoPlace,
    NoReasoning,
    NoTool,
    NotContinued,
    OneDetail,
    OnlyOwn,
    OnlySystem,
    Reasoning,
    Run,
    SameName,
    Sampling,
    Schema,
    Sealed,
    Stops,
    Strict,
    SystemBefore,
    SystemInside,
    Temperature,
    Tier,
    ToolMember,
    Unknown,
}

impl Why {
    /// The reason, as documents and tools say it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "it only announces a tool, whose schema is not there",
            Self::Approval => "its calls want to be approved, and nobody would be asked",
            Self::BesideFunctions => "the model takes its provider's tools or functions, not both",
            Self::Budget => {
                "a budget stays below the output limit, which counts the answer as well"
            }
            Self::Detail => "the upstream has no such degree: the nearest is asked for",
            Self::Dialect => "the upstream does not take it, or not in this form",
            Self::DocumentContext => "documents have no context of their own there",
            Self::EffortBeside => {
                "it steers no reasoning beside a budget or where none is asked for, only Claude's words"
            }
            Self::EffortBesideFunctions => "the model takes functions or an effort here, not both",
            Self::Entry => "the configuration of the upstream takes it away",
            Self::InWords => "the model is not held to a form of its answer: it is told in words",
            Self::LeftOut => "the upstream or the model cannot take it: a note says so",
            Self::Limit => "the model's answers are not that long",
            Self::NoChoice => "no tool is left that it could name",
            Self::NoMember => "the upstream's protocol has no member for it",
            Self::NoPlace => "the upstream has no place for it there",
            Self::NoReasoning => "the model or the dialect takes no such control",
            Self::NoTool => "the upstream has no tool of the kind, or not for this model",
            Self::NotContinued => "the model does not go on with an answer that was begun",
            Self::OneDetail => "the model takes one resolution for all images",
            Self::OnlyOwn => "only its own protocol knows such a part",
            Self::OnlySystem => "the upstream needs a turn of the user",
            Self::Reasoning => {
                "the model lacks it, or the rest of the request forbids it: the nearest is asked for"
            }
            Self::Run => "what a provider's tool has done cannot be told to another",
            Self::SameName => "a tool before it has its name",
            Self::Sampling => "the model takes no sampling, or none beside its reasoning",
            Self::Schema => "the upstream does not know all that the schema says",
            Self::Sealed => "only its maker takes it back, and only if it is sealed",
            Self::Stops => "the upstream takes fewer sequences, or none of blanks",
            Self::Strict => "calls are not held to their schema there",
            Self::SystemBefore => "system messages stand behind the user's turn there",
            Self::SystemInside => {
                "system messages stand at the start there: it is tagged text of the user"
            }
            Self::Temperature => "temperatures end at 1 there",
            Self::Tier => "the upstream has no such tier",
            Self::ToolMember => "the upstream's tool of the kind has no such member",
            Self::Unknown => "nothing elsewhere is known to be the same",
        }
    }
}
