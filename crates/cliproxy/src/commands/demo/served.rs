//! A generation that came back, and everything that must be true of it.

#[cfg(test)]
mod tests;

use super::{ask::Ask, config::entry_name, models::SCARCE, reply::Said, tour::ACCOUNTS};
use crate::client::Reply;
use anyhow::{Context as _, bail, ensure};
use cliproxy_scripted_upstream::{
    DEMO_ACCOUNT, DEMO_KEYS,
    grammar::{self, Outcome},
};
use std::time::Duration;

/// A good reply, by what the gateway says about it.
#[derive(Debug)]
pub(super) struct Served {
    /// What the log and `explain` call the request.
    pub(super) id: String,
    /// The credential.
    pub(super) by: String,
    /// The model, if the gateway says that it is another than the one asked for.
    pub(super) fallback: Option<String>,
    pub(super) attempts: u32,
    pub(super) affinity: String,
    pub(super) text: String,
    pub(super) took: Duration,
}

impl Served {
    /// Judges a reply: its status, its form, that the account named in the header wrote it, that
    /// it answers this very request, and that it calls the model what the client calls it.
    pub(super) fn judge(ask: &Ask<'_>, reply: &Reply) -> anyhow::Result<Self> {
        ensure!(
            reply.status.is_success(),
            "answered {}: {}",
            reply.status,
            reply.excerpt()
        );
        if ask.streamed {
            let outcome = grammar::check(ask.protocol, &reply.body).context("the stream")?;
            ensure!(
                outcome == Outcome::Completed,
                "the stream ended with an error"
            );
        }
        let by = reply.header("x-cliproxy-served-by");
        let (by, fallback) = match by.split_once("; model=") {
            Some((by, model)) => (by, Some(model.to_owned())),
            None => (by, None),
        };
        let said = Said::read(ask.protocol, ask.streamed, &reply.body)?;
        let Some(author) = label(by) else {
            bail!("served by `{by}`, which the demo does not have");
        };
        let asked = ask.said.last().map(String::as_str).unwrap_or_default();
        let expected = format!("scripted reply from {author} to: {asked}");
        ensure!(
            said.text == expected,
            "the text is `{}` and not `{expected}`",
            said.text
        );
        ensure!(
            !said.models.is_empty() && said.models.iter().all(|model| model == ask.model),
            "asked for {}, and the reply names {:?}",
            ask.model,
            said.models
        );
        let attempts = reply.header("x-cliproxy-attempts");
        Ok(Self {
            id: reply.header("x-cliproxy-request-id").to_owned(),
            by: by.to_owned(),
            fallback,
            attempts: attempts.parse().context("no number of attempts")?,
            affinity: reply.header("x-cliproxy-affinity").to_owned(),
            text: said.text,
            took: reply.took,
        })
    }
}

/// What the account behind an entry calls itself.
fn label(entry: &str) -> Option<&'static str> {
    if entry == SCARCE {
        return Some(SCARCE);
    }
    if entry == DEMO_ACCOUNT {
        return Some(DEMO_ACCOUNT);
    }
    let mut guests = ACCOUNTS.iter();
    if let Some(guest) = guests.find(|account| account.name == entry) {
        return Some(guest.name);
    }
    let mut accounts = DEMO_KEYS.iter();
    Some(accounts.find(|key| entry_name(key) == entry)?.label)
}
