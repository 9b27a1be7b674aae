//! What a change of files derives anew.

use crate::{
    gateway::{Environment, Gateway},
    member::Member,
};
use cliproxy_auth_store::{Change, CredentialFile, CredentialRecord, FileName};
use cliproxy_config::{Config, Env, Overrides, load_text};
use cliproxy_core::CredentialId;
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use std::{
    path::Path,
    sync::Arc,
    time::{Instant, UNIX_EPOCH},
};

fn config() -> Config {
    let (env, overrides) = (Env::default(), Overrides::default());
    let loaded = load_text("api-keys: [k]\n", Path::new("."), &env, &overrides);
    loaded.unwrap().config
}

fn gateway() -> Gateway {
    Gateway::new(&config(), Environment::new(|| UNIX_EPOCH, [7; 32])).unwrap()
}

fn record(name: &str, more: &Value) -> Arc<CredentialRecord> {
    let mut content = json!({
        "type": "codex", "email": name, "access_token": "a1", "refresh_token": name
    });
    let more = more.as_object().unwrap().clone();
    content.as_object_mut().unwrap().extend(more);
    named(name, &content)
}

fn named(name: &str, content: &Value) -> Arc<CredentialRecord> {
    let name = FileName::parse(&format!("{name}.json")).unwrap();
    let file = CredentialFile::read(&name, content.to_string().as_bytes());
    file.ok().unwrap().primary().unwrap().clone()
}

fn put(gateway: &Gateway, changes: Vec<Change>) {
    let mut source = gateway.source().lock();
    let then = source.holdings.apply(changes);
    assert!(then.derives);
    gateway.rederive(&source);
}

fn members(gateway: &Gateway) -> FxHashMap<CredentialId, Arc<Member>> {
    let snapshot = gateway.snapshot();
    // What a member was derived for is also where the models expect it.
    for member in snapshot.members.values() {
        let mut routes = snapshot.models().routes();
        let serves = routes.any(|route| {
            let mut serving = route.serving.iter();
            serving.any(|serving| serving.source == member.source)
        });
        assert!(serves, "{:?}", member.credential.id);
    }
    snapshot.members.clone()
}

/// The names of those whose members are not the ones of before.
fn derived(
    before: &FxHashMap<CredentialId, Arc<Member>>,
    after: &FxHashMap<CredentialId, Arc<Member>>,
) -> String {
    let is_new = |(id, member): &(&CredentialId, &Arc<Member>)| {
        let known = before.get(*id);
        known.is_none_or(|known| !Arc::ptr_eq(known, member))
    };
    let mut names: Vec<_> = after
        .iter()
        .filter(is_new)
        .map(|(id, _)| id.as_str())
        .collect();
    names.sort_unstable();
    names.join(" ")
}

#[test]
fn only_what_has_changed_is_derived_anew() {
    let plain = |name: &str| record(name, &json!({}));
    let check = |change: Vec<Change>, expected: &str| {
        let gateway = gateway();
        let first = ["b", "c", "d"].map(|name| Change::Added(plain(name)));
        put(&gateway, first.into());
        let before = members(&gateway);
        put(&gateway, change);
        assert_eq!(derived(&before, &members(&gateway)), expected);
    };
    let changed = |name: &str, more: &Value| Change::Changed {
        before: plain(name),
        record: record(name, more),
        ours: false,
    };
    check(vec![changed("b", &json!({"priority": 7}))], "b.json");
    check(vec![changed("c", &json!({"disabled": true}))], "");
    check(vec![Change::Removed("b.json".into())], "");
    check(vec![Change::Recreated(plain("c"))], "c.json");
    check(vec![Change::Added(plain("e"))], "e.json");
    // Another offer, behind those that are there, and before them: then all have another place.
    let prefixed = |name: &str| record(name, &json!({"prefix": "p"}));
    check(vec![Change::Added(prefixed("e"))], "e.json");
    let all = "a.json b.json c.json d.json";
    check(vec![Change::Added(prefixed("a"))], all);
}

/// What it has signed in with decides how it is called: nobody else may be called so for its sake.
#[test]
fn a_key_that_signs_in_changes_nothing_for_others() {
    let key = |more: &Value| {
        let mut content = json!({"type": "codex", "email": "z", "api_key": "k"});
        let more = more.as_object().unwrap().clone();
        content.as_object_mut().unwrap().extend(more);
        named("z", &content)
    };
    let (locked, signed) = (key(&json!({})), key(&json!({"access_token": "a"})));
    let check = |before: &Arc<CredentialRecord>, after: &Arc<CredentialRecord>| {
        let gateway = gateway();
        let a = Change::Added(record("a", &json!({})));
        put(&gateway, vec![a, Change::Added(Arc::clone(before))]);
        let first = members(&gateway);
        let change = Change::Changed {
            before: Arc::clone(before),
            record: Arc::clone(after),
            ours: false,
        };
        put(&gateway, vec![change]);
        put(&gateway, vec![Change::Added(record("b", &json!({})))]);
        let last = members(&gateway);
        assert_eq!(derived(&first, &last), "b.json z.json");
        let calls = |name: &str| Arc::as_ptr(&last[&CredentialId::from(name)].calls);
        assert_eq!(calls("a.json"), calls("b.json"));
        assert_eq!(calls("a.json") == calls("z.json"), after.signs_in());
    };
    check(&locked, &signed);
    check(&signed, &locked);
}

#[test]
fn a_reload_derives_all_anew() {
    let gateway = gateway();
    put(&gateway, vec![Change::Added(record("a", &json!({})))]);
    let before = members(&gateway);
    gateway.reload(config()).unwrap();
    assert_eq!(derived(&before, &members(&gateway)), "a.json");
}

#[test]
fn what_is_learned_of_counting_outlives_a_change_of_files() {
    let gateway = gateway();
    let now = Instant::now();
    put(&gateway, vec![Change::Added(record("a", &json!({})))]);
    members(&gateway)[&CredentialId::from("a.json")]
        .calls
        .counts
        .is_not_there(now);
    put(&gateway, vec![Change::Added(record("b", &json!({})))]);
    let members = members(&gateway);
    for name in ["a.json", "b.json"] {
        let counts = &members[&CredentialId::from(name)].calls.counts;
        assert!(counts.known_answer(now).is_some(), "{name}");
    }
}
