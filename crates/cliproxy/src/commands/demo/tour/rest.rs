//! Waiting for accounts that rest.

use super::{ACCOUNTS, words::INDENT};
use crate::{
    commands::demo::models::TOUR,
    print,
    screen::{took, until},
};
use anyhow::{bail, ensure};
use cliproxy_gateway::{CredentialView, Gateway};
use std::time::Duration;

/// The longest rest that is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Says who rests and for how long, and returns when everybody is ready.
pub(super) async fn until_all_are_ready(gateway: &Gateway) -> anyhow::Result<()> {
    for account in accounts(gateway) {
        print::line(&format!("{INDENT}status: {}", standing(&account)));
    }
    let Some(rest) = longest(gateway) else {
        bail!("nobody rests");
    };
    ensure!(
        rest <= PATIENCE,
        "somebody rests for {}",
        took(milliseconds(rest))
    );
    let wait = took(milliseconds(rest));
    print::line(&format!("{INDENT}waiting {wait} until the rest is over"));
    // Whole milliseconds end a little before the rest does.
    while let Some(rest) = longest(gateway) {
        tokio::time::sleep(rest + Duration::from_millis(1)).await;
    }
    Ok(())
}

/// Those that could serve the conversation.
fn accounts(gateway: &Gateway) -> impl Iterator<Item = CredentialView> {
    let credentials = gateway.status().credentials.into_iter();
    credentials.filter(|credential| {
        let mut accounts = ACCOUNTS.iter();
        accounts.any(|account| account.model == TOUR && account.name == credential.credential)
    })
}

fn longest(gateway: &Gateway) -> Option<Duration> {
    let rests = accounts(gateway).filter_map(|account| account.back_in_ms);
    rests.max().map(Duration::from_millis)
}

/// `tour-a cooling: quota, back in 3 s`.
fn standing(account: &CredentialView) -> String {
    let mut text = format!("{} {}", account.credential, account.state);
    if let Some(reason) = &account.reason {
        text.push_str(&format!(": {reason}"));
    }
    if let Some(ms) = account.back_in_ms {
        text.push_str(&format!(", back in {}", until(ms)));
    }
    text
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
