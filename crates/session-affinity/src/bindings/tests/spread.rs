//! Sessions stay where they are, and spread over the credentials.

use super::{TTL, id};
use crate::SessionId;
use crate::bindings::Bindings;
use cliproxy_core::CredentialId;
use std::{collections::HashMap, time::Instant};

/// What a caller does: take the bound credential if it may serve, else the next one in turn.
fn pick(
    bindings: &Bindings,
    id: &SessionId,
    ready: &[CredentialId],
    turn: &mut usize,
    now: Instant,
) -> CredentialId {
    let bound = bindings.lookup(id, now);
    if let Some(bound) = &bound
        && ready.contains(bound.credential())
    {
        return bound.credential().clone();
    }
    let next = &ready[*turn % ready.len()];
    *turn += 1;
    let binding = match bound {
        Some(bound) => bindings.rebind(id, bound.credential(), next, now),
        None => bindings.bind(id, next, now),
    };
    binding.credential().clone()
}

#[test]
fn sessions_stay_and_spread() {
    let now = Instant::now();
    let bindings = Bindings::new(TTL, 1000, now);
    let all: Vec<CredentialId> = ["a", "b", "c"].map(CredentialId::from).to_vec();
    let mut turn = 0;
    let mut served: HashMap<CredentialId, usize> = HashMap::new();
    for session in 0..12 {
        let first = pick(&bindings, &id(session), &all, &mut turn, now);
        for _ in 0..10 {
            assert_eq!(pick(&bindings, &id(session), &all, &mut turn, now), first);
        }
        *served.entry(first).or_default() += 1;
    }
    assert!(
        all.iter().all(|credential| served[credential] == 4),
        "{served:?}"
    );

    // The bound credential leaves; what serves instead is kept, also when it is back.
    let left = pick(&bindings, &id(0), &all, &mut turn, now);
    let others: Vec<_> = all
        .iter()
        .filter(|other| **other != left)
        .cloned()
        .collect();
    let moved = pick(&bindings, &id(0), &others, &mut turn, now);
    assert_ne!(moved, left);
    for _ in 0..5 {
        assert_eq!(pick(&bindings, &id(0), &all, &mut turn, now), moved);
    }
}
