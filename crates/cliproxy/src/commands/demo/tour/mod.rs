//! `cliproxy demo --tour`: a conversation that shows what the gateway does.

mod accounts;
mod facts;
mod rest;
mod scene;
mod words;

pub(super) use self::accounts::{ACCOUNTS, Account};

use self::{
    facts::Facts,
    scene::{Cue, SCENES, Scene},
    words::INDENT,
};
use super::{account, ask::Ask, models::TOUR, served::Served, stage::Stage, verdict};
use crate::{client::Client, print, screen::Paint};
use anyhow::{Context as _, ensure};
use cliproxy_config::Env;
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Failure};
use http::HeaderValue;
use std::time::Duration;

const OPENING: &str = include_str!("opening.txt");
const CLOSING: &str = include_str!("closing.txt");

/// The request that is made with an account's token.
const REFRESH: &str = "tour-0";

/// Between two turns, for those who read along.
const PACE: Duration = Duration::from_millis(1_500);

/// Shows the tour to somebody who watches, and what to ask afterwards.
pub(super) async fn tell(stage: &Stage) {
    let wrong = run(stage, PACE).await;
    if !wrong.is_empty() {
        // It serves all the same.
        verdict::give(&wrong);
    }
    print::line(&format!("\n{CLOSING}"));
}

/// Makes the requests and tells what becomes of them, with this pause between them. Returns what is
/// not as it should be.
pub(super) async fn run(stage: &Stage, pace: Duration) -> Vec<String> {
    print::line(OPENING.trim_end());
    let mut guide = Guide {
        stage,
        client: Client::new(),
        paint: Paint::of_stdout(&Env::of_process()),
        said: Vec::new(),
        before: None,
        wrong: Vec::new(),
    };
    guide.sign_in().await;
    for (number, scene) in (1..).zip(&SCENES) {
        // A rest that is waited for is pause enough.
        if !matches!(scene.cue, Cue::Rest) {
            tokio::time::sleep(pace).await;
        }
        let id = format!("tour-{number}");
        if let Err(error) = guide.play(scene, &id).await {
            guide.object(&id, &format!("{error:#}"));
            // What follows builds on it.
            break;
        }
    }
    guide.wrong
}

/// Leads through one conversation.
struct Guide<'a> {
    stage: &'a Stage,
    client: Client,
    paint: Paint,
    said: Vec<String>,
    /// The turn before.
    before: Option<Facts>,
    wrong: Vec<String>,
}

impl Guide<'_> {
    /// Shows what becomes of an access token that ends before its time.
    async fn sign_in(&mut self) {
        print::line("");
        print::line(&words::refresh_begins());
        match account::refresh(self.stage, REFRESH).await {
            Ok(()) => print::line(&words::refreshed(REFRESH, self.paint)),
            Err(error) => self.object(REFRESH, &format!("{error:#}")),
        }
    }

    async fn play(&mut self, scene: &Scene, id: &str) -> anyhow::Result<()> {
        print::line("");
        self.prepare(&scene.cue).await?;
        let facts = self.ask(id).await?;
        print::line(&words::turn(&facts, self.before.as_ref(), self.paint));
        for difference in scene.expected.differences(&facts) {
            self.object(id, &difference);
        }
        self.before = Some(facts);
        Ok(())
    }

    async fn prepare(&self, cue: &Cue) -> anyhow::Result<()> {
        match cue {
            Cue::Nothing => {}
            Cue::Rest => rest::until_all_are_ready(self.stage.gateway()).await?,
            Cue::Limit(accounts, retry_after) => {
                for account in *accounts {
                    let retry_after = *retry_after;
                    let limit = Failure::RateLimit { retry_after };
                    let queue = [limit.into(), Behaviour::Answer];
                    ensure!(
                        self.stage.upstream().rewrite(account, queue),
                        "the upstream has no {account}"
                    );
                }
                let seconds = retry_after.as_secs();
                let accounts = accounts.join(" and ");
                print::line(&format!(
                    "{INDENT}now the upstream limits {accounts}: 429, Retry-After {seconds}"
                ));
            }
        }
        Ok(())
    }

    /// Takes the next turn, under this request id.
    async fn ask(&mut self, id: &str) -> anyhow::Result<Facts> {
        self.said.push(format!("This is what {id} asks."));
        let ask = Ask {
            protocol: Protocol::Chat,
            streamed: false,
            model: TOUR,
            session: "tour",
            said: &self.said,
        };
        let stage = self.stage;
        let mut request = ask.request(&stage.gateway_url(), stage.key())?;
        let headers = request.headers_mut();
        headers.insert("x-request-id", HeaderValue::from_str(id)?);
        let reply = self.client.send(request).await?;
        let served = Served::judge(&ask, &reply)?;
        let explained = stage.gateway().explain(&served.id);
        let explained = explained.with_context(|| format!("`explain {}` fails", served.id))?;
        self.said.push(served.text.clone());
        Facts::of(served, &reply, &explained)
    }

    fn object(&mut self, id: &str, difference: &str) {
        print::line(&format!("{INDENT}not as it should be: {difference}"));
        self.wrong.push(format!("{id}: {difference}"));
    }
}

#[cfg(test)]
mod tests {
    use super::{ACCOUNTS, CLOSING, OPENING, SCENES, TOUR};
    use crate::commands::demo::models::TOUR_FALLBACK;

    #[test]
    fn the_words_around_it_fit() {
        for line in OPENING.lines().chain(CLOSING.lines()) {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let names = ACCOUNTS.iter().map(|account| account.name);
        for name in names.chain([TOUR, TOUR_FALLBACK]) {
            assert!(OPENING.contains(name), "{name}");
        }
    }

    #[test]
    fn every_account_has_its_part() {
        for account in &ACCOUNTS {
            let mut expected = SCENES.iter().map(|scene| &scene.expected);
            let found = expected.find(|expected| expected.by == account.name);
            let found = found.map(|expected| expected.fallback.unwrap_or(TOUR));
            assert_eq!(found, Some(account.model), "{}", account.name);
        }
    }
}
