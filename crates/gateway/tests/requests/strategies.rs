//! Who serves of those that are ready: by weight, by a strategy that changes, by one of a program
//! that embeds the gateway.

use crate::rig::{Ask, Rig, calls, config, entries, entry, in_order, section, soon, upstream};
use cliproxy_core::Protocol;
use cliproxy_gateway::{Choice, Custom, Selector};
use cliproxy_scripted_upstream::{Behaviour, Failure, Upstream};
use http_body_util::BodyExt as _;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};
use tokio::sync::watch;

const CLAUDE: Protocol = Protocol::Claude;

fn healthy(keys: usize) -> Upstream {
    upstream((0..keys).map(|_| Behaviour::Answer))
}

async fn shares(rig: &Rig, ask: &Ask, requests: usize) -> Vec<usize> {
    let mut shares = BTreeMap::<String, usize>::new();
    for served in rig.served(ask, requests).await {
        *shares.entry(served).or_default() += 1;
    }
    shares.into_values().collect()
}

#[tokio::test]
async fn each_as_often_as_its_weight_says() {
    let upstream = healthy(3);
    let base = upstream.base_url();
    for protocol in Protocol::ALL {
        let entries = [("a", "weight: 5"), ("b", "weight: 3"), ("c", "weight: 2")]
            .map(|(key, weight)| entry(protocol, &base, key, "m", weight));
        let name = section(protocol);
        let rig = Rig::new(&format!(
            "routing: {{strategy: weighted-round-robin}}\n{name}:\n{}",
            entries.concat()
        ));
        let ask = Ask::new(protocol, "m", false);
        assert_eq!(shares(&rig, &ask, 20).await, [10, 6, 4], "{protocol}");
    }
    // Keys of one entry may differ.
    let keys = "[{api-key: a, weight: 3}, {api-key: b}, {api-key: c, weight: 0}]";
    let one = entry(Protocol::Chat, &base, "a", "m", "").replace("[{api-key: a}]", keys);
    let rig = Rig::new(&format!(
        "routing: {{strategy: weighted-round-robin}}\nopenai-compatibility:\n{one}"
    ));
    assert_eq!(shares(&rig, &Ask::chat("m"), 8).await, [6, 2]);
}

#[tokio::test]
async fn a_strategy_may_change_while_requests_come() {
    let upstream = healthy(3);
    let yaml = |strategy: &str| {
        let entries = entries(&upstream, CLAUDE, "abc");
        format!("routing: {{strategy: {strategy}}}\n{entries}")
    };
    let rig = Rig::new(&yaml("round-robin"));
    let ask = Ask::new(CLAUDE, "m", false);
    let distinct = async |requests| {
        let served = rig.served(&ask, requests).await;
        served.into_iter().collect::<BTreeSet<_>>().len()
    };
    assert_eq!(distinct(3).await, 3);
    rig.gateway.reload(config(&yaml("fill-first"))).unwrap();
    assert_eq!(rig.gateway.status().strategy, "fill-first");
    assert_eq!(distinct(3).await, 1);
    rig.gateway.reload(config(&yaml("round-robin"))).unwrap();
    assert_eq!(distinct(3).await, 3);
}

/// Takes the heaviest.
#[derive(Debug)]
struct Heaviest {
    told: watch::Sender<Told>,
}

/// What a selector was told.
#[derive(Debug, Default)]
struct Told {
    /// Each choice.
    choices: Vec<String>,
    /// How often it was retired.
    retired: usize,
}

fn heaviest() -> (Custom, watch::Sender<Told>) {
    let (told, _) = watch::channel(Told::default());
    let selector = Heaviest { told: told.clone() };
    (Custom::new(selector), told)
}

impl Selector for Heaviest {
    fn select(&self, choice: &Choice<'_>) -> Option<usize> {
        let ready = choice.ready.iter();
        let names = ready.map(|one| format!(" {}-{}-{}", one.provider, one.priority, one.weight));
        let asked = format!("{}:{}", choice.route, names.collect::<String>());
        self.told.send_modify(|told| told.choices.push(asked));
        let places = choice.ready.iter().enumerate();
        places.max_by_key(|(_, one)| one.weight).map(|(at, _)| at)
    }

    fn retired(&self) {
        self.told.send_modify(|told| told.retired += 1);
    }
}

/// `a` has the lowest priority and the highest weight.
fn three(upstream: &Upstream, routing: &str) -> String {
    let base = upstream.base_url();
    let entries = [
        entry(CLAUDE, &base, "a", "m", "weight: 9"),
        entry(CLAUDE, &base, "b", "m", "weight: 5, priority: 1"),
        entry(CLAUDE, &base, "c", "m", "priority: 2"),
    ];
    let entries = entries.concat();
    format!("request-retry: 0\nrouting: {{{routing}}}\nclaude-api-key:\n{entries}")
}

#[tokio::test]
async fn a_selector_chooses_among_all_who_are_ready() {
    let down = Failure::Internal.into();
    let upstream = upstream([down, Behaviour::Answer, Behaviour::Answer]);
    let (selector, told) = heaviest();
    let rig = Rig::choosing(&three(&upstream, "strategy: fill-first"), Some(selector));
    let ask = Ask::new(CLAUDE, "m", false);
    let asked = || {
        let mut choices = Vec::new();
        told.send_modify(|told| choices = mem::take(&mut told.choices));
        choices
    };
    assert_eq!(rig.served(&ask, 1).await, ["b"]);
    let all = "m: claude-2-1 claude-1-5 claude-0-9";
    let others = "m: claude-2-1 claude-1-5";
    assert_eq!(asked(), [all, others], "`a` was tried");
    assert_eq!(rig.served(&ask, 1).await, ["b"]);
    assert_eq!(asked(), [others], "`a` rests");
    assert_eq!(rig.gateway.status().strategy, "custom");
    let explained = rig.gateway.explain_last().unwrap();
    assert_eq!(explained.steps[0].strategy, "custom");
}

#[tokio::test]
async fn sessions_and_pins_come_before_a_selector() {
    let (selector, told) = heaviest();
    let upstream = healthy(3);
    let routing = "session-affinity: true";
    let rig = Rig::choosing(&three(&upstream, routing), Some(selector));
    let ask = Ask::new(CLAUDE, "m", false).header("x-session-id", "one");
    assert_eq!(rig.served(&ask, 3).await, ["a", "a", "a"]);
    assert_eq!(told.borrow().choices.len(), 1);

    let (selector, told) = heaviest();
    let rig = Rig::choosing(
        &entries(&upstream, Protocol::Responses, "ab"),
        Some(selector),
    );
    let made = rig.send(&Ask::new(Protocol::Responses, "m", false)).await;
    let id = &made.json()["id"];
    let body = json!({"model": "m", "input": "more", "previous_response_id": id}).to_string();
    let ask = Ask::new(Protocol::Responses, "m", false).with_body(body);
    let next = rig.send(&ask).await;
    let served = "x-cliproxy-served-by";
    assert_eq!(next.header(served), made.header(served));
    assert_eq!(told.borrow().choices.len(), 1);
}

/// Chooses this place, whoever is there.
#[derive(Debug)]
struct Place(Option<usize>);

impl Selector for Place {
    fn select(&self, _: &Choice<'_>) -> Option<usize> {
        self.0
    }
}

#[tokio::test]
async fn a_selector_may_choose_nobody() {
    for place in [None, Some(3), Some(usize::MAX)] {
        let upstream = healthy(3);
        let selector = Custom::new(Place(place));
        let rig = Rig::choosing(&three(&upstream, ""), Some(selector));
        let answer = rig.send(&Ask::new(CLAUDE, "m", false)).await;
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(answer.text().contains("no credential is available"));
        assert_eq!(calls(&upstream, "abc"), [0, 0, 0]);
    }
    // Who was tried is not among those to choose from, and the last error counts.
    let upstream = upstream([Failure::Internal.into(), Failure::Forbidden.into()]);
    let selector = Custom::new(Place(Some(0)));
    let entries = in_order(&entries(&upstream, CLAUDE, "ab"));
    let rig = Rig::choosing(&entries, Some(selector));
    let answer = rig.send(&Ask::new(CLAUDE, "m", false)).await;
    assert_eq!(
        (answer.status.as_u16(), calls(&upstream, "ab")),
        (403, vec![1, 1])
    );
}

#[tokio::test]
async fn a_selector_is_retired_once_at_the_end() {
    let upstream = upstream([Behaviour::StallAfter(4)]);
    let (selector, told) = heaviest();
    let mut retired = told.subscribe();
    let times = || told.borrow().retired;
    let yaml = entries(&upstream, CLAUDE, "a");
    let rig = Rig::choosing(&yaml, Some(selector));
    let mut reply = rig.open(&Ask::new(CLAUDE, "m", true)).await;
    soon(reply.body.frame()).await.unwrap().unwrap();
    for _ in 0..3 {
        rig.gateway.reload(config(&yaml)).unwrap();
    }
    rig.gateway.reload(config("port: 1")).unwrap();
    assert_eq!(times(), 0, "the gateway may use it again");
    drop(rig);
    assert_eq!(times(), 0, "a stream still runs");
    drop(reply);
    soon(retired.wait_for(|told| told.retired > 0))
        .await
        .unwrap();
    assert_eq!(times(), 1);
}
