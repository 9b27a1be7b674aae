//! What happens to a roster: configurations, requests, their ends, commands, reloads.

use std::collections::BTreeSet;

use proptest::{
    prelude::{Just, Strategy as Generator, any, prop},
    prop_oneof,
    sample::Index,
};

use super::*;

/// The routes, with the upstream models behind each.
pub(super) const ROUTES: [(&str, &[&str]); 2] = [("single", &["m1"]), ("pool", &["m1", "m2"])];
pub(super) const CREDENTIALS: usize = 7;
pub(super) const UPSTREAMS: usize = 2;

/// No multiple of one is near a sum of others, so that hardly ever two are equally rich.
const WEIGHTS: [u32; 4] = [0, 314_159, 577_215, 1_000_000];

/// What a configuration says about one credential.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) member: bool,
    pub(super) generation: u64,
    pub(super) priority: i32,
    pub(super) provider: usize,
    pub(super) account: Option<u32>,
    pub(super) weight: u32,
    pub(super) upstream: Option<usize>,
    pub(super) websocket: bool,
}

/// A pick that is not over; `None` is the last one.
pub(super) type Which = Option<Index>;

/// What a request asks for. Credentials are numbers.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) route: usize,
    pub(super) pin: Option<usize>,
    pub(super) sticky: Option<usize>,
    pub(super) stand_in: Option<usize>,
    pub(super) websocket: bool,
    pub(super) tried: BTreeSet<usize>,
    /// It has been to where this open pick went, and if so whether it met its upstream failing.
    pub(super) after: Option<(Which, bool)>,
}

#[derive(Clone, Debug)]
pub(super) enum Act {
    Pick(Wish),
    /// An attempt of an open pick ends; another may follow.
    Record {
        which: Which,
        target: Index,
        outcome: Outcome,
    },
    /// An open pick is over.
    Drop(Which),
    Reset(usize, Option<&'static str>),
    Wait(Duration),
    Reload {
        strategy: Option<Strategy>,
        changes: Vec<(usize, Entry)>,
    },
}

pub(super) fn strategies() -> impl Generator<Value = Strategy> {
    prop_oneof![
        3 => Just(Strategy::RoundRobin),
        1 => Just(Strategy::FillFirst),
        3 => Just(Strategy::Weighted),
    ]
}

/// In some histories there are few credentials, so that often nobody is ready.
pub(super) fn entries() -> impl Generator<Value = Vec<Entry>> {
    let few = prop::bool::weighted(0.3);
    let all = prop::collection::vec((entry(), prop::bool::weighted(0.7)), CREDENTIALS);
    (few, all).prop_map(|(few, all)| {
        let entries = all.into_iter().map(|(entry, without)| Entry {
            member: entry.member && !(few && without),
            ..entry
        });
        entries.collect()
    })
}

fn which() -> impl Generator<Value = Which> {
    prop::option::weighted(0.5, any::<Index>())
}

fn entry() -> impl Generator<Value = Entry> {
    let health = (
        prop::bool::weighted(0.9),
        prop::bool::weighted(0.1).prop_map(u64::from),
        prop::option::weighted(0.7, 0..UPSTREAMS),
    );
    let weight = (0..WEIGHTS.len()).prop_map(|which| WEIGHTS[which]);
    let turn = (
        prop::bool::weighted(0.3).prop_map(i32::from),
        0..2_usize,
        prop::option::weighted(0.9, 0..3_u32),
        weight,
        prop::bool::weighted(0.3),
    );
    (health, turn).prop_map(|(health, turn)| Entry {
        member: health.0,
        generation: health.1,
        upstream: health.2,
        priority: turn.0,
        provider: turn.1,
        account: turn.2,
        weight: turn.3,
        websocket: turn.4,
    })
}

pub(super) fn acts() -> impl Generator<Value = Vec<Act>> {
    let record =
        (which(), any::<Index>(), outcome()).prop_map(|(which, target, outcome)| Act::Record {
            which,
            target,
            outcome,
        });
    let model = prop::option::of(prop_oneof![Just("m1"), Just("m2")]);
    let reset = (0..CREDENTIALS, model).prop_map(|(who, model)| Act::Reset(who, model));
    let wait = prop_oneof![
        4 => (0..12_000_u64).prop_map(Duration::from_millis),
        2 => Just(30 * SECOND),
        1 => (1..90_u32).prop_map(|minutes| minutes * MINUTE),
        1 => (1..8_u32).prop_map(|hours| hours * HOUR),
        1 => (8..40_u32).prop_map(|hours| hours * HOUR),
    ];
    let changes = prop::collection::vec((0..CREDENTIALS, entry()), 0..4);
    let reload = (prop::option::weighted(0.3, strategies()), changes)
        .prop_map(|(strategy, changes)| Act::Reload { strategy, changes });
    let act = prop_oneof![
        30 => wish().prop_map(Act::Pick),
        16 => record,
        6 => which().prop_map(Act::Drop),
        1 => reset,
        7 => wait.prop_map(Act::Wait),
        3 => reload,
    ];
    prop::collection::vec(act, 1..160)
}

fn wish() -> impl Generator<Value = Wish> {
    let rarely = |probability| prop::option::weighted(probability, 0..CREDENTIALS);
    let several = || prop::collection::btree_set(0..CREDENTIALS, 0..CREDENTIALS);
    let tried = prop_oneof![4 => Just(BTreeSet::new()), 1 => several()];
    let preferred = (rarely(0.1), rarely(0.15), rarely(0.1));
    let after = prop::option::weighted(0.3, (which(), any::<bool>()));
    let rest = (0..ROUTES.len(), prop::bool::weighted(0.2), tried, after);
    (preferred, rest).prop_map(
        |((pin, sticky, stand_in), (route, websocket, tried, after))| Wish {
            route,
            pin,
            sticky,
            stand_in,
            websocket,
            tried,
            after,
        },
    )
}

fn outcome() -> impl Generator<Value = Outcome> {
    let hint = || {
        prop_oneof![
            2 => (1..60_u64).prop_map(Duration::from_secs),
            1 => (1..8_u32).prop_map(|hours| hours * HOUR),
            2 => (1..9_u32).prop_map(|days| days * DAY),
        ]
    };
    let scope = prop_oneof![2 => Just(Scope::Model), 1 => Just(Scope::Credential)];
    let limited =
        (scope, hint()).prop_map(|(scope, hint)| failed(ErrorKind::Quota, scope, Some(hint)));
    let ruled = hint().prop_map(|hint| Outcome::Ruled {
        kind: ErrorKind::BadRequest,
        scope: Scope::Request,
        retry_after: Some(hint),
    });
    prop_oneof![
        8 => limited,
        10 => Just(failed(ErrorKind::Upstream, Scope::Provider, None)),
        1 => Just(failed(ErrorKind::Upstream, Scope::Model, None)),
        1 => Just(failed(ErrorKind::Transport, Scope::Request, None)),
        1 => Just(failed(ErrorKind::BadRequest, Scope::Request, None)),
        1 => Just(failed(ErrorKind::ModelUnavailable, Scope::Model, None)),
        1 => Just(failed(ErrorKind::Auth, Scope::Credential, None)),
        1 => ruled,
        2 => Just(Outcome::Began),
        2 => Just(Outcome::Succeeded),
    ]
}
