//! The process that is started after a kill.

use crate::{
    round::Left,
    window::Window,
    world::{ACCOUNT, World},
};
use anyhow::ensure;
use cliproxy_e2e::{eventually, without_tokens};
use cliproxy_scripted_upstream::oauth::{Gate, TokenBehaviour};

const LOST: (&str, Option<&str>) = ("needs-login", Some("ambiguous-rotation"));

/// Starts the gateway again, and checks that it works or says why not.
pub(crate) async fn works(world: &World, left: &Left) -> anyhow::Result<()> {
    let known = world.last_call();
    let gate = Gate::new();
    let held = TokenBehaviour::Answer.held(&gate);
    world.upstream.oauth().rewrite(ACCOUNT, [held]);
    let gateway = world.start().await;
    if left.window.is_uncertain() && !left.is_condemned {
        // Until its one question is answered.
        world.reports(&gateway, "rotation-uncertain", None).await?;
    }
    gate.open();
    if left.window.is_lost() {
        world.reports(&gateway, LOST.0, LOST.1).await?;
        let status = world.status(&gateway).await;
        ensure!(status != 200, "served without a sign-in");
        let asked = world.calls_after(known).len();
        let expected = usize::from(!left.is_condemned);
        ensure!(asked == expected, "asked {asked} times");
        ensure!(world.auths.text(ACCOUNT) == left.text, "the file changes");
        world.stop(gateway).await?;
        return needs_a_sign_in(world).await;
    }
    let status = world.status(&gateway).await;
    ensure!(status == 200, "status {status}");
    let calls = world.calls_after(known);
    let expected = usize::from(matches!(left.window, Window::Before | Window::Noted));
    ensure!(
        calls.len() == expected && calls.iter().all(|call| call.is_granted()),
        "asked: {calls:?}"
    );
    world.reports(&gateway, "fresh", None).await?;
    let text = world.auths.text(ACCOUNT);
    ensure!(
        without_tokens(&text) == without_tokens(&left.text),
        "more than the tokens has changed: {text}"
    );
    if expected > 0 {
        // What was noted is taken back, also what an earlier kill has left.
        eventually("nothing is noted", async || world.note().is_none()).await;
    }
    world.stop(gateway).await
}

/// The next process knows it too and asks nobody, until somebody signs in.
async fn needs_a_sign_in(world: &World) -> anyhow::Result<()> {
    let known = world.last_call();
    let gateway = world.start().await;
    world.reports(&gateway, LOST.0, LOST.1).await?;
    let status = world.status(&gateway).await;
    ensure!(status != 200, "served without a sign-in");
    let asked = world.calls_after(known);
    ensure!(asked.is_empty(), "asked: {asked:?}");
    world.begin_anew();
    eventually("it serves after a sign-in", async || {
        world.status(&gateway).await == 200
    })
    .await;
    world.stop(gateway).await
}
