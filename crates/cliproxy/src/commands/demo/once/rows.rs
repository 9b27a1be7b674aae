//! One row of the table: a protocol, streamed or not.

use super::visitor::{Visitor, hello};
use crate::commands::demo::{ask::Ask, config::entry_name, models, served::Served};
use anyhow::{Context as _, ensure};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, DEMO_KEYS, DemoKey};
use std::time::Duration;

/// What two of the headings mean.
pub(super) const NOTES: &str = "\
attempts     the most that one request needed
added time   over the same request without the gateway; medians of 15";
pub(super) const DEBUG_NOTE: &str =
    "             (this is a debug build; one with --release is faster)";

/// Pairs of requests, with and without the gateway, whose medians are compared.
const SAMPLES: usize = 15;
/// Conversations to open until each account was met often enough. Four accounts take turns, and
/// what is looked for happens at the third visit at the latest.
const MOST: usize = 24;

/// What is known about it. A part that is missing went wrong before it was known.
pub(super) struct Row {
    protocol: Protocol,
    streamed: bool,
    attempts: Option<u32>,
    served_by: Option<String>,
    kept: Option<bool>,
    added: Option<Duration>,
    wrong: Vec<String>,
}

impl Row {
    pub(super) const HEADINGS: [&str; 6] = [
        "protocol",
        "streamed",
        "served by",
        "attempts",
        "session kept",
        "added time",
    ];

    const fn new(protocol: Protocol, streamed: bool) -> Self {
        Self {
            protocol,
            streamed,
            attempts: None,
            served_by: None,
            kept: None,
            added: None,
            wrong: Vec::new(),
        }
    }

    /// Makes the requests of both rows of a protocol. All accounts that misbehave are met first: a
    /// conversation that began on one of them would rightly move.
    pub(super) async fn both(visitor: &Visitor<'_>, protocol: Protocol) -> [Self; 2] {
        let mut rows = [false, true].map(|streamed| Self::new(protocol, streamed));
        for row in &mut rows {
            let outcome = row.fail_over(visitor).await;
            row.note(outcome);
        }
        for row in &mut rows {
            let outcome = row.converse(visitor).await;
            row.note(outcome);
        }
        rows
    }

    fn note(&mut self, outcome: anyhow::Result<()>) {
        let wrong = outcome.err().map(|error| format!("{error:#}"));
        self.wrong.extend(wrong);
    }

    /// Opens conversations until the account that misbehaves was met and passed by: without
    /// streaming the one that always fails, with streaming the one that runs into its limit.
    async fn fail_over(&mut self, visitor: &Visitor<'_>) -> anyhow::Result<()> {
        let met = |key: &&DemoKey| {
            key.protocol == self.protocol
                && match key.behaviour {
                    Behaviour::Fail(_) => !self.streamed,
                    Behaviour::RateLimited { .. } => self.streamed,
                    _ => false,
                }
        };
        let account = DEMO_KEYS.iter().find(met).context("no such account")?;
        let mut most = 0;
        for _ in 0..MOST {
            if visitor.hits(account.label) >= visits(account) {
                break;
            }
            let served = visitor.open(self.protocol, self.streamed).await?;
            most = most.max(served.attempts);
        }
        self.attempts = Some(most);
        ensure!(
            visitor.hits(account.label) >= visits(account),
            "{} was not met by {MOST} requests",
            entry_name(account)
        );
        ensure!(most >= 2, "no request was tried on a second account");
        Ok(())
    }

    /// Two turns of a conversation, and how much longer they take with the gateway.
    async fn converse(&mut self, visitor: &Visitor<'_>) -> anyhow::Result<()> {
        let session = visitor.new_session();
        let mut said = vec![hello(&session)];
        let first = visitor.ask(&self.turn(&session, &said)).await?;
        said.extend([first.text.clone(), "And again".to_owned()]);
        let again = self.turn(&session, &said);
        let second = visitor.ask(&again).await?;
        let kept = first.by == second.by && second.affinity == "hit";
        self.kept = Some(kept);
        self.served_by = Some(second.by.clone());
        let added = added(visitor, &again, &second).await?;
        self.added = Some(added);
        ensure!(
            kept,
            "the session went from {} to {} ({})",
            first.by,
            second.by,
            second.affinity
        );
        Ok(())
    }

    fn turn<'a>(&self, session: &'a str, said: &'a [String]) -> Ask<'a> {
        Ask {
            protocol: self.protocol,
            streamed: self.streamed,
            model: models::of(self.protocol),
            session,
            said,
        }
    }

    /// The row as it is shown.
    pub(super) fn cells(&self) -> [String; 6] {
        let unknown = || "-".to_owned();
        [
            self.protocol.to_string(),
            yes_or_no(self.streamed),
            self.served_by.clone().unwrap_or_else(unknown),
            self.attempts.map_or_else(unknown, |most| most.to_string()),
            self.kept.map_or_else(unknown, yes_or_no),
            self.added.map_or_else(unknown, shown),
        ]
    }

    /// What is not as it should be.
    pub(super) fn wrong(&self) -> impl Iterator<Item = String> + '_ {
        let streamed = if self.streamed { ", streamed" } else { "" };
        let protocol = self.protocol;
        let wrong = self.wrong.iter();
        wrong.map(move |what| format!("{protocol}{streamed}: {what}"))
    }
}

/// How often an account is visited until it has shown what it is.
pub(super) const fn visits(account: &DemoKey) -> u64 {
    match account.behaviour {
        Behaviour::RateLimited { answers, .. } => answers as u64 + 1,
        _ => 1,
    }
}

/// In turn, so that whatever else the machine does meets both alike.
async fn added(visitor: &Visitor<'_>, ask: &Ask<'_>, served: &Served) -> anyhow::Result<Duration> {
    let mut accounts = DEMO_KEYS.iter();
    let account = accounts
        .find(|key| entry_name(key) == served.by)
        .context("no such account")?;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        without.push(visitor.direct(ask, account).await?);
        with.push(visitor.ask(ask).await?.took);
    }
    Ok(median(with).saturating_sub(median(without)))
}

fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

fn yes_or_no(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

/// `85 µs`, `1.2 ms`.
fn shown(duration: Duration) -> String {
    if duration < Duration::from_millis(1) {
        format!("{} µs", duration.as_micros())
    } else {
        format!("{:.1} ms", duration.as_secs_f64() * 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, median, shown};
    use anyhow::anyhow;
    use cliproxy_core::Protocol;
    use std::time::Duration;

    #[test]
    fn a_row_shows_what_is_known_and_says_what_is_wrong() {
        let mut row = Row::new(Protocol::Claude, true);
        row.attempts = Some(2);
        row.note(Ok(()));
        row.note(Err(anyhow!("inner").context("outer")));
        assert_eq!(row.cells(), ["claude", "yes", "-", "2", "-", "-"]);
        let wrong: Vec<String> = row.wrong().collect();
        assert_eq!(wrong, ["claude, streamed: outer: inner"]);
    }

    #[test]
    fn durations() {
        let check = |micros, text: &str| assert_eq!(shown(Duration::from_micros(micros)), text);
        check(0, "0 µs");
        check(85, "85 µs");
        check(999, "999 µs");
        check(1_000, "1.0 ms");
        check(12_345, "12.3 ms");
    }

    #[test]
    fn medians() {
        let of =
            |micros: &[u64]| median(micros.iter().copied().map(Duration::from_micros).collect());
        assert_eq!(of(&[9, 1, 5]), Duration::from_micros(5));
        assert_eq!(of(&[]), Duration::ZERO);
    }
}
