//! Loads, validates and documents the configuration file.
