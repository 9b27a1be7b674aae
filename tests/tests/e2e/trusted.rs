//! Addresses that proxies in front report.

use cliproxy_core::Protocol::Chat;
use cliproxy_e2e::{Call, Entry, World, config};
use cliproxy_scripted_upstream::Behaviour;

/// A forwarded address is believed from a trusted proxy, for the log and for nothing else.
#[tokio::test]
async fn forwarded_addresses() {
    let start = async |settings: &'static str| {
        World::start(Chat, settings, [("a", Behaviour::Answer)]).await
    };
    let peer = async |world: &World, id: &str, forwarded: &str| {
        let call = Call::unary(Chat)
            .header("x-request-id", id)
            .header("x-forwarded-for", forwarded)
            .header("x-real-ip", "198.51.100.99")
            .header("forwarded", "for=198.51.100.99")
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "https");
        let reply = world.gateway.send(call).await;
        assert_eq!(reply.status, 200, "{forwarded}: {}", reply.text());
        let line = world.gateway.logged(&format!("id={id} ")).await;
        let (_, rest) = line.split_once("peer=").unwrap();
        rest.split(' ').next().unwrap().trim_matches('"').to_owned()
    };
    let direct = start("").await;
    assert_eq!(peer(&direct, "forged", "198.51.100.1").await, "127.0.0.1");
    let behind = start("trusted-proxies: [127.0.0.0/8, 10.0.0.0/8]").await;
    let cases = [
        ("198.51.100.1", "198.51.100.1"),
        ("127.0.0.1, 198.51.100.1, 10.1.2.3", "198.51.100.1"),
        ("2001:db8::7", "2001:db8::7"),
        ("nonsense", "127.0.0.1"),
    ];
    for (number, (forwarded, expected)) in cases.into_iter().enumerate() {
        let id = format!("case-{number}");
        assert_eq!(peer(&behind, &id, forwarded).await, expected, "{forwarded}");
    }
    // Neither lets anybody in, nor another host.
    for world in [&direct, &behind] {
        let call = Call::unary(Chat).header("x-forwarded-for", "127.0.0.1");
        let anonymous = world.gateway.send(call.clone().anonymous()).await;
        assert_eq!(anonymous.status, 401);
        let named = call
            .header("host", "evil.example")
            .header("x-forwarded-host", "localhost");
        assert_eq!(world.gateway.send(named).await.status, 403);
        // Nor does any of it reach the upstream.
        world.assert_clean();
        for request in world.upstream.requests() {
            assert!(
                !request
                    .headers
                    .keys()
                    .any(|name| name.as_str().contains("forwarded"))
            );
        }
    }
    // A reload makes it trusted.
    let before = direct.gateway.log().len();
    let entry = Entry::new(Chat, "a", &direct.upstream.base_url());
    direct
        .gateway
        .rewrite(&config("trusted-proxies: [127.0.0.1]", &[entry]));
    direct
        .gateway
        .logged_after(before, "configuration reloaded")
        .await;
    assert_eq!(
        peer(&direct, "trusted", "198.51.100.1").await,
        "198.51.100.1"
    );
}
