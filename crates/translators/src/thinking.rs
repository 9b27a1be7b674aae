//! How much a model is asked to reason, and how much of it is shown: what a request asks for, fitted
//! to the model, in the form its upstream takes.
//!
//! A wish is a [`Control`], read from the body or from the suffix of the model name, which wins.
//! [`read`] says where each protocol has it.
//! [`resolve()`] fits it to the model, [`write()`] says what stands in the body for it.
//! Two notations of the same thing are not a loss; everything else is: [`Outcome`].
//!
//! # Suffix
//!
//! `name(value)`, without regard to case or to spaces around the value:
//!
//! | value | control |
//! | --- | --- |
//! | `none`, `0` | off |
//! | `auto`, `-1` | left to the model |
//! | `minimal` … `max` | this level |
//! | a whole number | this budget |
//! | anything else | no control; the body decides |
//!
//! # Levels and budgets
//!
//! | level | none | auto | minimal | low | medium | high | xhigh | max |
//! | --- | --- | --- | --- | --- | --- | --- | --- | --- |
//! | budget | 0 | −1 | 512 | 1024 | 8192 | 24576 | 32768 | 128000 |
//! | of budgets up to | 0 | −1 | 512 | 1024 | 8192 | 24576 | any | never |
//!
//! The nearest level is the one fewest steps away; of two, the lower.
//!
//! # Fitting
//!
//! A setting is the upstream's *own* where the client speaks the protocol of the vendor that serves.
//! Only a setting of its own in a body is refused (400); everything else is fitted.
//!
//! | asked for | model | becomes |
//! | --- | --- | --- |
//! | nothing | any | nothing |
//! | anything | takes no control | nothing |
//! | anything | unknown | itself, in a notation that the upstream has |
//! | level | budgets only | its budget |
//! | budget | levels only | its level |
//! | level it lacks | has levels | refused if own, else the nearest (Claude: [`claude::effort`]) |
//! | budget out of range | has budgets | refused if own, else the end of the range |
//! | auto | cannot decide | levels only: nearest to medium; else the middle of the range |
//! | off | cannot be off | its lowest level, else its smallest budget |
//!
//! A converted value is never refused: the client did not write it.
//! A model with levels and budgets is taken for one with levels where its upstream has no place for
//! budgets, and the other way round.
//!
//! # Writing
//!
//! [`Form`] names what an upstream takes, [`mod@write`] has the table.

pub(crate) mod claude;
mod control;
mod fit;
mod form;
pub(crate) mod read;
mod resolve;
mod sampling;
pub(crate) mod scale;
mod suffix;
mod write;

#[cfg(test)]
mod tests;

pub use self::suffix::is_thinking_suffix;
pub(crate) use self::{
    claude::OutputLimit,
    control::{Control, Detail, Show},
    fit::fit,
    form::Form,
    resolve::{Origin, Outcome, Refusal, Resolved, Upstream, resolve},
    sampling::sampled,
    suffix::control_of,
    write::{Written, write},
};
