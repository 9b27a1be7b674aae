//! Cases of the pass.
