//! Another strategy, under a running gateway.

use super::{account, asked, explained, in_session, limit, signed};
use crate::reload::reloaded;
use cliproxy_core::Protocol;
use cliproxy_e2e::{Entry, World, config};
use cliproxy_scripted_upstream::Behaviour;
use std::collections::BTreeSet;

/// Who rests still does, and sessions stay where they are; only new ones follow the new strategy.
#[tokio::test]
async fn health_and_bindings_survive_another_strategy() {
    for protocol in Protocol::ALL {
        let names = ["a", "b", "c"];
        let yaml = |strategy: &str, base: &str| {
            let routing = format!("routing: {{strategy: {strategy}, session-affinity: true}}");
            config(
                &routing,
                &names.map(|name| Entry::new(protocol, name, base)),
            )
        };
        let answers = names.map(|name| (name, Behaviour::Answer));
        let world = World::configured(answers, |base| yaml("round-robin", base)).await;
        let (gateway, base) = (&world.gateway, world.upstream.base_url());
        let ask = async |session: &str| {
            let reply = gateway.send(in_session(protocol, session)).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
            signed(&reply).map(str::to_owned)
        };
        // Sessions on all of them, of which one is then to rest.
        let mut owners = Vec::new();
        for session in ["s-0", "s-1", "s-2"] {
            owners.push(ask(session).await[0].clone());
        }
        assert_eq!(owners.iter().collect::<BTreeSet<_>>().len(), 3);
        world
            .upstream
            .rewrite(&owners[0], [limit(600), Behaviour::Answer]);
        let [moved_to, attempts, word] = ask("s-0").await;
        assert_eq!((&*attempts, &*word), ("2", "moved: quota"), "{protocol}");
        owners[0] = moved_to;
        let resting: Vec<_> = names
            .into_iter()
            .filter(|name| account(gateway, name)["state"] != "ready")
            .collect();
        let [resting] = resting[..] else {
            panic!("{resting:?}");
        };
        let hits = world.hits(resting);
        let before = asked(gateway, &["status"]);

        reloaded(gateway, || gateway.rewrite(&yaml("fill-first", &base))).await;
        let after = asked(gateway, &["status"]);
        assert_eq!(before["strategy"], "round-robin", "{before}");
        assert_eq!(after["strategy"], "fill-first", "{after}");
        assert_ne!(before["epoch"], after["epoch"]);
        assert_eq!((&before["bindings"], 3), (&after["bindings"], owners.len()));
        assert_eq!(before["bindings"], 3, "{before}");
        let rest = account(gateway, resting);
        assert_eq!(rest["state"], "cooling", "{rest}");
        assert!(rest["back_in_ms"].as_u64().unwrap() > 500_000, "{rest}");

        for (session, owner) in ["s-0", "s-1", "s-2"].into_iter().zip(&owners) {
            let expected = [owner.clone(), "1".to_owned(), "hit".to_owned()];
            assert_eq!(ask(session).await, expected, "{protocol} {session}");
        }
        let mut new = BTreeSet::new();
        for session in ["s-3", "s-4", "s-5"] {
            let [by, attempts, word] = ask(session).await;
            assert_eq!((&*attempts, &*word), ("1", "new"), "{protocol}");
            new.insert(by);
        }
        assert_eq!(new.len(), 1, "the first that is ready: {new:?}");
        assert_eq!(world.hits(resting), hits, "nobody has asked {resting}");
        let reply = gateway.send(in_session(protocol, "s-6")).await;
        let explained = explained(gateway, &reply);
        assert_eq!(explained["steps"][0]["strategy"], "fill-first");
    }
}
