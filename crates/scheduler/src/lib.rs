//! Picks a credential for a model; owns health, cooldown and strategies.
