//! Installs tracing.
