//! Clients that bring their own upstream credential.

use crate::rig::{Ask, Rig, entries, upstream};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::Behaviour;

const GATEWAY_KEY: &str = "key-of-alice-0123456789";

#[tokio::test]
async fn without_the_option_a_bearer_goes_nowhere() {
    let upstream = upstream([Behaviour::Answer]);
    let entries = entries(&upstream, Protocol::Claude, "a");
    let rig = Rig::new(&format!("api-keys: [{GATEWAY_KEY}]\n{entries}"));
    let ask = Ask::new(Protocol::Claude, "m", false)
        .header("authorization", "Bearer sk-ant-oat-own")
        .header("x-gateway-key", GATEWAY_KEY);
    let answer = rig.send(&ask).await;
    assert_eq!(answer.header("x-cliproxy-served-by"), "a");
    assert!(!format!("{:?}", upstream.requests()).contains("sk-ant-oat-own"));
}

#[tokio::test]
async fn with_it_no_credential_of_the_gateway_is_touched() {
    let upstream = upstream([Behaviour::Answer]);
    let entries = entries(&upstream, Protocol::Claude, "a");
    // Nothing listens behind the proxy: what is sent to the vendor fails here.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let direct = entries.replace("name: a,", "name: a, proxy-url: direct,");
    let rig = Rig::new(&format!(
        "claude-passthrough: true\nproxy-url: \"{proxy}\"\napi-keys: [{GATEWAY_KEY}]\n{direct}"
    ));
    let ask = Ask::new(Protocol::Claude, "m", false).header("x-gateway-key", GATEWAY_KEY);
    let own = ask.clone().header("authorization", "Bearer sk-ant-oat-own");
    assert_eq!(rig.send(&own).await.status, 502);
    let record = rig.record().await;
    let attempts: Vec<_> = record.attempts.iter().map(|a| &*a.credential).collect();
    assert_eq!(attempts, ["claude-passthrough"]);
    assert_eq!(upstream.stats().requests, 0);
    // Without a bearer of its own, and in other schemes, the pool serves.
    assert_eq!(rig.served(&ask, 1).await, ["a"]);
    let basic = ask.header("authorization", "Basic eHg6eHg=");
    assert_eq!(rig.served(&basic, 1).await, ["a"]);
}

#[tokio::test]
async fn its_time_is_bounded_as_well() {
    // Takes connections, and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", silent.local_addr().unwrap());
    let rig = Rig::new(&format!(
        "claude-passthrough: true\nproxy-url: \"{proxy}\"\napi-keys: [{GATEWAY_KEY}]\n\
         request-deadline: 300ms"
    ));
    for stream in [false, true] {
        let ask = Ask::new(Protocol::Claude, "m", stream)
            .header("x-gateway-key", GATEWAY_KEY)
            .header("authorization", "Bearer sk-ant-oat-own");
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, 504, "{}", answer.text());
        let named = "claude-passthrough: no reply has begun in time (request-deadline)";
        assert!(answer.text().contains(named), "{}", answer.text());
        let record = rig.record().await;
        assert_eq!(&*record.attempts[0].credential, "claude-passthrough");
    }
}

#[tokio::test]
async fn a_client_that_keeps_its_sign_in_back_is_told_how_to_send_it() {
    let check = async |option: &str, model: &str, is_told: bool| {
        let rig = Rig::new(&format!("{option}\napi-keys: [{GATEWAY_KEY}]"));
        let bearer = format!("Bearer {GATEWAY_KEY}");
        let ask = Ask::new(Protocol::Claude, model, false).header("authorization", &bearer);
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, 404, "{}", answer.text());
        let told = "send the client key in x-gateway-key";
        assert_eq!(answer.text().contains(told), is_told, "{}", answer.text());
        assert_eq!(rig.gateway.status().claude_passthrough, !option.is_empty());
    };
    let on = "claude-passthrough: true";
    check(on, "claude-opus-4-6", true).await;
    check(on, "gpt-5", false).await;
    check("", "claude-opus-4-6", false).await;
}
