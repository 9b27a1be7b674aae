//! Answers like a provider from a script, in four protocols, for demo, tests and benches.
