//! What an operator says of a model.

use crate::{Modality, Thinking};

/// What an operator says of a model, over what anybody else knows of it.
///
/// What is `None` or empty is not said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ModelFacts {
    /// Input window, in tokens.
    pub context: Option<u64>,
    /// Output limit, in tokens.
    pub max_output: Option<u64>,
    /// How reasoning is controlled. The default of [`Thinking`] says that it cannot be.
    pub thinking: Option<Thinking>,
    /// Kinds of input the model reads.
    pub input: Vec<Modality>,
    /// Kinds of output the model writes.
    pub output: Vec<Modality>,
}
