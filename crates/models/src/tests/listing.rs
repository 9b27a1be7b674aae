//! What is listed, and the facts listings show.

use super::{behind, source, vendor};
use crate::{Group, ModelInfo, Offer, Resolver, Source};
use cliproxy_core::Protocol;

fn check(sources: &[Source], forced: bool, expected: &[&str]) {
    let resolver = Resolver::derive(sources, forced);
    let listed: Vec<_> = resolver.list().map(|route| route.id.as_str()).collect();
    assert_eq!(listed, expected, "{sources:?}");
}

#[test]
fn ids_in_order_each_once() {
    check(&[], false, &[]);
    check(
        &[source(&["b", "a"]), source(&["c", "A", "b"])],
        false,
        &["a", "b", "c"],
    );
    check(
        &[source(&["fast=m", "fast=n", "m2"])],
        false,
        &["fast", "m2"],
    );
    check(&[source(&["m", "fast=m"])], false, &["fast", "m"]);
    check(&[source(&["deep(high)=m"])], false, &["deep(high)"]);
}

#[test]
fn prefixed_ids_beside_plain_ones() {
    let sources = [behind("t", source(&["m", "t"]))];
    check(&sources, false, &["m", "t", "t/m", "t/t"]);
    check(&sources, true, &["t", "t/m", "t/t"]);
}

#[test]
fn a_model_goes_with_its_last_source() {
    let (a, b) = (source(&["m", "a"]), source(&["m", "b"]));
    check(&[a.clone(), b.clone()], false, &["a", "b", "m"]);
    check(&[a], false, &["a", "m"]);
    check(&[b], false, &["b", "m"]);
}

#[test]
fn routes_have_dense_positions() {
    let resolver = Resolver::derive(&[behind("p", source(&["fast=m", "n(low)"]))], false);
    let all: Vec<_> = resolver
        .routes()
        .enumerate()
        .map(|(at, route)| {
            assert_eq!(route.index, at);
            (route.id.as_str(), route.listed)
        })
        .collect();
    let expected = [
        ("p/fast", true),
        ("p/n(low)", true),
        ("fast", true),
        ("n(low)", true),
        ("p/m", false),
        ("p/n", false),
        ("m", false),
        ("n", false),
    ];
    assert_eq!(all, expected);
}

#[test]
fn facts_of_a_route() {
    let named = Source {
        models: Some(vec![Offer {
            display_name: Some("Our Opus".to_owned()),
            ..Offer {
                name: "claude-opus-5".to_owned(),
                alias: Some("named".to_owned()),
                ..Offer::default()
            }
        }]),
        ..source(&[])
    };
    let sources = [
        source(&["mixed=home-made", "opus=claude-opus-5(low)", "own=llama"]),
        named,
        Source {
            owned_by: "second".into(),
            ..source(&["mixed=gpt-5.4"])
        },
        vendor(Group::Claude, Protocol::Claude),
    ];
    let resolver = Resolver::derive(&sources, false);
    let check = |id: &str, name: &str, owner: &str, facts: Option<(i64, u64, u64)>| {
        let info: &ModelInfo = &resolver.resolve(id).expect(id).route.info;
        assert_eq!(info.display_name.as_deref(), Some(name), "{id}");
        assert_eq!(&*info.owned_by, owner, "{id}");
        let known = (|| Some((info.created?, info.context?, info.max_output?)))();
        assert_eq!(known, facts, "{id}");
        assert_eq!(info.capabilities.is_some(), facts.is_some(), "{id}");
    };
    let opus = Some((1_784_038_800, 1_000_000, 128_000));
    check("opus", "claude-opus-5(low)", "local", opus);
    check("named", "Our Opus", "local", opus);
    check("claude-opus-5", "Claude Opus 5", "anthropic", opus);
    check("own", "llama", "local", None);
    let gpt = Some((1_772_668_800, 1_050_000, 128_000));
    check("mixed", "gpt-5.4", "second", gpt);
}

#[test]
fn who_serves_in_which_protocol() {
    let sources = [
        vendor(Group::Claude, Protocol::Claude),
        Source {
            protocols: vec![Protocol::Responses, Protocol::Chat],
            ..source(&["claude-opus-5", "own"])
        },
    ];
    let resolver = Resolver::derive(&sources, false);
    let check = |id: &str, protocols: &[Protocol], by_chat: &[usize]| {
        let route = resolver.resolve(id).expect(id).route;
        assert_eq!(route.protocols().collect::<Vec<_>>(), protocols, "{id}");
        let chat = route.serving_in(Protocol::Chat);
        let sources: Vec<_> = chat.map(|serving| serving.source).collect();
        assert_eq!(sources, by_chat, "{id}");
    };
    check(
        "claude-opus-5",
        &[Protocol::Chat, Protocol::Claude, Protocol::Responses],
        &[1],
    );
    check("claude-opus-4-8", &[Protocol::Claude], &[]);
    check("own", &[Protocol::Chat, Protocol::Responses], &[1]);
}

#[test]
fn an_unknown_model_is_answered_with_listed_names() {
    let resolver = Resolver::derive(&[behind("t", source(&["fast=gpt-5.4"]))], false);
    let error = resolver
        .resolve(" models/t/fest(low) ")
        .expect_err("no such model");
    assert_eq!(error.requested, "models/t/fest(low)");
    let check = |requested: &str, expected: &str| {
        let error = resolver.resolve(requested).expect_err(requested);
        assert_eq!(error.to_string(), expected);
    };
    check("fest", "unknown model `fest`; similar: `fast`");
    check("t/fest", "unknown model `t/fest`; similar: `t/fast`");
    check("gpt-5.5", "unknown model `gpt-5.5`");
}
