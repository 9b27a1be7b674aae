//! Resolves a requested model to a route: prefix, alias, pool, exclusion, catalogue.
