//! One kill: the load, the moment, and what is left.

use crate::{
    after,
    load::Load,
    plan::{Event, Plan},
    window::Window,
    world::{ACCOUNT, World},
};
use anyhow::{Context as _, ensure};
use cliproxy_e2e::{Ends, soon, without_tokens};
use cliproxy_scripted_upstream::{
    Stats,
    oauth::{Call, Outcome, token_digest},
};
use std::time::Duration;
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

/// Tokio's timer is no finer than this.
const COARSE: Duration = Duration::from_millis(2);

/// What a kill has left.
pub(crate) struct Left {
    pub(crate) window: Window,
    /// The file.
    pub(crate) text: String,
    /// It was noted that the refresh token is refused.
    pub(crate) is_condemned: bool,
}

/// What was there before.
struct Before {
    text: String,
    note: Option<serde_json::Value>,
    drafts: Vec<String>,
    call: u64,
}

/// Makes a token end under load, kills the gateway, and checks what is left and whether it works again.
pub(crate) async fn round(world: &World, plan: &Plan) -> anyhow::Result<Window> {
    if plan.ends == Ends::Ago {
        world.end_by_date();
    }
    let before = Before {
        text: world.auths.text(ACCOUNT),
        note: world.note(),
        drafts: world.auths.drafts(),
        call: world.last_call(),
    };
    let refused = strike(world, plan, &before).await;
    ensure!(
        plan.endpoint.loses() || refused.is_empty(),
        "refused while it could be served: {refused:?}"
    );
    let left = look(world, plan, &before).context("what is left")?;
    let again = Box::pin(after::works(world, &left));
    let what = || format!("{}, started again", left.window);
    again.await.with_context(what)?;
    Ok(left.window)
}

/// Runs the gateway until the moment of the plan. Returns what clients were refused with.
async fn strike(world: &World, plan: &Plan, before: &Before) -> Vec<String> {
    let upstream = &world.upstream;
    let oauth = upstream.oauth();
    oauth.rewrite(ACCOUNT, plan.endpoint.behaviours());
    drop(upstream.take_requests());
    let start = upstream.stats();
    let gateway = world.start().await;
    let load = Load::begin(&gateway.client());
    if plan.ends == Ends::InTime {
        let served = start.hits(ACCOUNT) + 16;
        soon("load", upstream.wait_for(|now| now.hits(ACCOUNT) >= served)).await;
        oauth.expire(ACCOUNT);
    }
    soon(
        "a refresh",
        happened(world, plan.moment.after, before, &start),
    )
    .await;
    pause(plan.moment.by).await;
    // SIGKILL.
    drop(gateway);
    let refused = load.end().await;
    // What the server has received by now it answers, whether or not somebody hears it.
    let quiet = upstream.wait_for(|now| now.connections == 0 && now.calls_active == 0);
    soon("the end of all connections", quiet).await;
    refused
}

/// Waits for what the moment of the kill is counted from.
async fn happened(world: &World, event: Event, before: &Before, start: &Stats) {
    let asked = |now: &Stats| now.refreshes(ACCOUNT) > start.refreshes(ACCOUNT);
    match event {
        Event::Ended => {}
        Event::Noted => {
            while world.note() == before.note {
                yield_now().await;
            }
        }
        Event::Asked => drop(world.upstream.wait_for(asked).await),
        Event::Answered => {
            let answered = |now: &Stats| now.calls_completed > start.calls_completed;
            drop(world.upstream.wait_for(answered).await);
        }
    }
}

async fn pause(time: Duration) {
    let until = Instant::now() + time;
    sleep(time.saturating_sub(COARSE)).await;
    while Instant::now() < until {
        yield_now().await;
    }
}

fn look(world: &World, plan: &Plan, before: &Before) -> anyhow::Result<Left> {
    let text = world.auths.text(ACCOUNT);
    serde_json::from_str::<serde_json::Value>(&text).context("the file is not whole")?;
    ensure!(
        without_tokens(&text) == without_tokens(&before.text),
        "more than the tokens has changed: {text}"
    );
    let mut drafts = world.auths.drafts();
    drafts.retain(|draft| !before.drafts.contains(draft));
    ensure!(drafts.len() <= 1, "one writer leaves {drafts:?}");

    let calls = world.calls_after(before.call);
    let chain = chain(&before.text, &calls)?;
    let token = world.auths.refresh_token(ACCOUNT);
    let has = chain.iter().position(|known| *known == token);
    let has = has.context("a refresh token that nobody has handed out")?;
    let used = newest_in_use(world, &calls);
    ensure!(
        used <= has,
        "a request had a token of refresh {used}, and the file has that of {has}"
    );
    // What an earlier kill has left says nothing about this one.
    let note = world
        .note()
        .filter(|note| before.note.as_ref() != Some(note));
    let state = note.as_ref().and_then(|note| note["state"].as_str());
    let window = window(plan, &calls, has, chain.len() - 1, state)?;
    let is_refused = |call: &Call| matches!(call.outcome, Outcome::Refused { .. });
    ensure!(
        window == Window::Cut || !calls.iter().any(is_refused),
        "reuse was detected: {calls:?}"
    );
    Ok(Left {
        window,
        text,
        is_condemned: state == Some("refused"),
    })
}

/// The refresh token of before, and each that was made since.
fn chain(before: &str, calls: &[Call]) -> anyhow::Result<Vec<String>> {
    let file: serde_json::Value = serde_json::from_str(before)?;
    let first = file["refresh_token"].as_str().context("a refresh token")?;
    let made = calls.iter().filter_map(|call| match &call.outcome {
        Outcome::Granted { refresh_token, .. } => refresh_token.clone(),
        _ => None,
    });
    Ok([token_digest(first)].into_iter().chain(made).collect())
}

/// Which of the grants the newest token is of that requests were made with; 0 is that of before.
fn newest_in_use(world: &World, calls: &[Call]) -> usize {
    let made = calls.iter().filter_map(|call| match &call.outcome {
        Outcome::Granted { access_token, .. } => Some(access_token.clone()),
        _ => None,
    });
    let made: Vec<_> = made.collect();
    let requests = world.upstream.take_requests();
    let used = requests.iter().filter_map(|request| {
        let token = request.header("authorization").strip_prefix("Bearer ")?;
        let token = token_digest(token);
        made.iter().position(|known| *known == token)
    });
    used.max().map_or(0, |place| place + 1)
}

fn window(
    plan: &Plan,
    calls: &[Call],
    has: usize,
    last: usize,
    note: Option<&str>,
) -> anyhow::Result<Window> {
    let in_flight = note == Some("in-flight");
    if calls.is_empty() {
        ensure!(note.is_none() || in_flight, "noted: {note:?}");
        return Ok(if in_flight {
            Window::Noted
        } else {
            Window::Before
        });
    }
    ensure!(last > 0, "asked in vain: {calls:?}");
    if has < last {
        ensure!(
            note.is_some(),
            "a rotation is lost, and not noted: {calls:?}"
        );
        let cut = plan.endpoint.loses();
        ensure!(in_flight || cut, "noted: {note:?}");
        return Ok(if cut { Window::Cut } else { Window::Sent });
    }
    ensure!(note.is_none() || in_flight, "noted: {note:?}");
    Ok(if in_flight {
        Window::Written
    } else {
        Window::After
    })
}
