//! One folder per provider: endpoint, headers, error classification.
