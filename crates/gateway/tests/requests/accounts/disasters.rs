//! Full disks, and kills in the middle of a refresh.

use super::{Ends, Home, ask, by};
use crate::rig::{Rig, now, soon};
use cliproxy_auth_store::{
    Disk, FileName, FileStore, Journal, JournalState,
    testing::{Fault, FaultyDisk},
};
use cliproxy_core::Secret;
use cliproxy_scripted_upstream::oauth::{Gate, TokenBehaviour, TokenFailure};
use serde_json::json;
use std::{io::ErrorKind, sync::Arc};

fn condition(rig: &Rig) -> (String, Option<String>) {
    let status = rig.gateway.status();
    let one = status
        .credentials
        .into_iter()
        .find(|one| one.id == "a.json");
    let tokens = one.unwrap().account.unwrap().tokens.unwrap();
    (tokens.condition, tokens.reason)
}

#[tokio::test]
async fn a_full_disk_is_survived_and_reported() {
    let gate = Gate::new();
    let home = Home::new([], [TokenBehaviour::Answer.held(&gate)]);
    home.sign_in("a", Ends::Ago, &json!({}));
    let before = home.read("a");
    let disk = Arc::<FaultyDisk>::default();
    let rig = Rig::on_disk(&home.yaml(""), Arc::clone(&disk) as Arc<dyn Disk>).await;
    let ask = ask();
    let filling = async {
        soon(home.upstream.wait_for(|stats| stats.refreshes("a") == 1)).await;
        disk.fail(Fault::Always(ErrorKind::StorageFull));
        gate.open();
    };
    let (answer, ()) = tokio::join!(rig.send(&ask), filling);
    assert_eq!(by(&answer), "a", "with what is in memory");
    assert_eq!(condition(&rig).0, "at-risk");
    assert_eq!(home.read("a"), before, "the old file is whole");
    assert_eq!(by(&rig.send(&ask).await), "a");
    disk.heal();
    assert_eq!(
        rig.gateway.close_credentials().await,
        [],
        "a stop writes it"
    );
    assert_eq!(super::tokens::on_disk(&home), super::tokens::granted(&home));
    assert_eq!(home.upstream.stats().refreshes("a"), 1);
}

/// It can be read, and a crash could take it away: that is no reason to ask for other tokens.
#[tokio::test]
async fn a_file_whose_name_is_not_synced_is_at_risk() {
    let gate = Gate::new();
    let home = Home::new([], [TokenBehaviour::Answer.held(&gate)]);
    home.sign_in("a", Ends::Ago, &json!({}));
    let disk = Arc::<FaultyDisk>::default();
    let rig = Rig::on_disk(&home.yaml(""), Arc::clone(&disk) as Arc<dyn Disk>).await;
    let ask = ask();
    let failing = async {
        soon(home.upstream.wait_for(|stats| stats.refreshes("a") == 1)).await;
        // Made, filled, owned, synced and renamed it is.
        disk.fail(Fault::Once(5, ErrorKind::Other));
        gate.open();
    };
    let (answer, ()) = tokio::join!(rig.send(&ask), failing);
    assert_eq!(by(&answer), "a");
    assert_eq!(super::tokens::on_disk(&home), super::tokens::granted(&home));
    assert_eq!(condition(&rig).0, "at-risk");
    assert_eq!(rig.gateway.close_credentials().await, []);
    assert_eq!(condition(&rig).0, "fresh");
    assert_eq!(home.upstream.stats().refreshes("a"), 1);
    assert_eq!(super::tokens::on_disk(&home), super::tokens::granted(&home));
}

#[tokio::test]
async fn a_rotation_that_was_cut_off_by_a_kill_is_tried_once() {
    let check = async |answer: TokenBehaviour, expected: (&str, Option<&str>)| {
        let gate = Gate::new();
        let home = Home::new([], [answer.held(&gate)]);
        home.sign_in("a", Ends::Long, &json!({}));
        let refresh = home.read("a")["refresh_token"].as_str().unwrap().to_owned();
        let journal = Journal::of(&FileStore::new(home.directory.path()));
        let name = FileName::parse("a.json").unwrap();
        let token = Secret::from(refresh);
        journal
            .write(&name, &token, &JournalState::InFlight, now())
            .unwrap();
        let rig = home.rig("").await;
        assert_eq!(condition(&rig).0, "rotation-uncertain");
        // The token that it has is good, and serves meanwhile.
        assert_eq!(by(&rig.send(&ask()).await), "a");
        soon(home.upstream.wait_for(|stats| stats.refreshes("a") == 1)).await;
        gate.open();
        assert_eq!(rig.gateway.close_credentials().await, []);
        let (condition, reason) = condition(&rig);
        assert_eq!((&*condition, reason.as_deref()), expected);
        assert_eq!(home.upstream.stats().refreshes("a"), 1);
    };
    check(TokenBehaviour::Answer, ("fresh", None)).await;
    let refused = TokenBehaviour::Fail(TokenFailure::Reused);
    check(refused, ("needs-login", Some("ambiguous-rotation"))).await;
}
