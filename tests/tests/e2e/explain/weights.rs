//! Accounts that serve in proportion.

use super::{explained, named, signed};
use cliproxy_core::Protocol;
use cliproxy_e2e::{Call, Entry, World, config};
use cliproxy_scripted_upstream::Behaviour;

/// An account of weight 3 and one of weight 1; one of weight 0 never serves.
#[tokio::test]
async fn three_of_four() {
    for protocol in Protocol::ALL {
        let names = ["a", "b", "c"];
        let world = World::configured(names.map(|name| (name, Behaviour::Answer)), |base| {
            let entries = names.into_iter().zip([3, 1, 0]).map(|(name, weight)| {
                Entry::new(protocol, name, base).with(&format!("weight: {weight}"))
            });
            let settings = "routing: {strategy: weighted-round-robin}";
            config(settings, &entries.collect::<Vec<_>>())
        })
        .await;
        let mut served = Vec::new();
        for _ in 0..8 {
            let reply = world.gateway.send(Call::unary(protocol)).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
            served.push(signed(&reply)[0].to_owned());
        }
        let count = |name: &str| served.iter().filter(|by| *by == name).count();
        assert_eq!(
            (count("a"), count("b"), count("c")),
            (6, 2, 0),
            "{served:?}"
        );
        // In each four, not only in the end.
        assert_eq!(served[..4].iter().filter(|by| *by == "b").count(), 1);

        let reply = world.gateway.send(Call::unary(protocol)).await;
        let explained = explained(&world.gateway, &reply);
        let step = &explained["steps"][0];
        assert_eq!(step["strategy"], "weighted-round-robin", "{explained}");
        for (name, weight) in [("a", 3), ("b", 1)] {
            let candidate = named(&step["candidates"], name);
            assert_eq!(candidate["weight"], weight, "{explained}");
        }
    }
}
