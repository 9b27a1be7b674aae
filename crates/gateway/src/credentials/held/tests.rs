//! What changes of files mean.

use super::{Consequences, Holdings};
use cliproxy_auth_store::{Change, CredentialFile, CredentialRecord, FileName};
use serde_json::{Value, json};
use std::sync::Arc;

fn records(name: &str, content: &Value) -> Vec<Arc<CredentialRecord>> {
    let name = FileName::parse(name).unwrap();
    let file = CredentialFile::read(&name, content.to_string().as_bytes());
    file.unwrap_or_else(|_| panic!("{content}"))
        .records
        .into_vec()
}

fn record(content: &Value) -> Arc<CredentialRecord> {
    records("a.json", content).remove(0)
}

/// An account with this and that.
fn account(more: &Value) -> Arc<CredentialRecord> {
    let mut content = json!({
        "type": "codex", "email": "a@b", "access_token": "a1", "refresh_token": "r1"
    });
    let more = more.as_object().unwrap().clone();
    content.as_object_mut().unwrap().extend(more);
    record(&content)
}

/// `derives`, `adds`, forgotten and kept, in short.
fn shown(then: &Consequences) -> String {
    let flag = |is: bool, word: &'static str| if is { word } else { "" };
    let forgotten = then.forgotten.len();
    let (derives, adds) = (flag(then.derives, "derives "), flag(then.adds, "adds "));
    format!("{derives}{adds}-{forgotten} +{}", then.kept.len())
}

#[test]
fn what_a_change_of_a_file_means() {
    let check = |before: Value, after: Value, ours: bool, expected: &str, is_another: bool| {
        let (before, record) = (account(&before), account(&after));
        let mut holdings = Holdings::default();
        holdings.apply(vec![Change::Added(Arc::clone(&before))]);
        let generation = |holdings: &Holdings| holdings.iter().next().unwrap().generation;
        let first = generation(&holdings);
        let change = Change::Changed {
            before,
            record: Arc::clone(&record),
            ours,
        };
        let then = holdings.apply(vec![change]);
        assert_eq!(shown(&then), expected, "{after}");
        assert_eq!(generation(&holdings) != first, is_another, "{after}");
        assert_eq!(holdings.iter().next().unwrap().record, record, "{after}");
    };
    let same = || json!({});
    let tokens = || json!({"access_token": "a2", "refresh_token": "r2"});
    check(same(), tokens(), true, "-0 +0", false);
    check(same(), tokens(), false, "-0 +1", false);
    let check =
        |before, after, expected, is_another| check(before, after, false, expected, is_another);
    check(same(), json!({"priority": 5}), "derives adds -0 +1", false);
    check(
        same(),
        json!({"proxy_url": "direct"}),
        "derives adds -0 +1",
        false,
    );
    check(same(), json!({"disabled": true}), "derives -0 +1", false);
    check(
        json!({"disabled": true}),
        same(),
        "derives adds -0 +1",
        true,
    );
    check(same(), json!({"email": "c@d"}), "derives adds -0 +1", true);
    check(same(), json!({"type": "kimi"}), "derives adds -0 +1", true);
}

#[test]
fn who_comes_back_is_somebody_else() {
    let check = |changes: &dyn Fn() -> Vec<Change>, is_another: bool| {
        let mut holdings = Holdings::default();
        let changes = changes();
        let name = format!("{changes:?}");
        holdings.apply(vec![Change::Added(account(&json!({})))]);
        let first = holdings.iter().next().unwrap().generation;
        holdings.apply(changes);
        let now = holdings.iter().next().unwrap().generation;
        assert_eq!(now != first, is_another, "{name}");
    };
    let same = || account(&json!({}));
    check(&|| vec![Change::Recreated(same())], true);
    check(
        &|| vec![Change::Removed(same().id.clone()), Change::Added(same())],
        true,
    );
    check(&Vec::new, false);
}

/// Without the names, whoever comes counts as somebody else: that costs what is known of their health,
/// and the other mistake would keep what is known of somebody else's.
#[test]
fn names_that_never_come_back_are_not_kept_for_ever() {
    let base = account(&json!({}));
    let named = |number: usize| {
        let mut record = (*base).clone();
        record.id = format!("{number}.json").as_str().into();
        Arc::new(record)
    };
    let mut holdings = Holdings::default();
    let come_and_go = |holdings: &mut Holdings, number| {
        holdings.apply(vec![Change::Added(named(number))]);
        let generation = holdings.iter().next().unwrap().generation;
        holdings.apply(vec![Change::Removed(named(number).id.clone())]);
        generation
    };
    let first = come_and_go(&mut holdings, 0);
    for number in 1..super::MOST_GONE {
        assert_eq!(come_and_go(&mut holdings, number), first, "{number}");
    }
    assert_eq!(holdings.gone.names.len(), super::MOST_GONE);
    assert_ne!(come_and_go(&mut holdings, 0), first, "one that was there");
    // One more than are kept.
    assert_eq!(come_and_go(&mut holdings, super::MOST_GONE), first);
    assert_eq!(holdings.gone.names.len(), 0);
    let unknown = super::MOST_GONE + 1;
    assert_ne!(come_and_go(&mut holdings, unknown), first);
    assert_ne!(come_and_go(&mut holdings, 7), first);
    assert_eq!(holdings.gone.names.len(), 0);
}

#[test]
fn projects_have_the_tokens_of_their_file() {
    let all = records(
        "g.json",
        &json!({"type": "gemini", "access_token": "a", "refresh_token": "r", "project_id": "p,q"}),
    );
    let mut holdings = Holdings::default();
    let then = holdings.apply(all.iter().cloned().map(Change::Added).collect());
    assert_eq!(shown(&then), "derives adds -0 +1");
    let owners: Vec<_> = holdings
        .iter()
        .map(|held| super::owner(&held.record))
        .collect();
    assert_eq!(owners, [&all[0].id; 3]);
}
