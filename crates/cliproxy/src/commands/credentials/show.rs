//! `cliproxy credentials show`.

use super::{
    Stop,
    finding::Finding,
    named::{Named, called},
    seen::Seen,
};
use crate::{
    cli::NamedArgs,
    commands::runtime,
    print,
    screen::{Cell, Column, Paint, Table, Tone, json, plain, until},
};
use anyhow::Context as _;
use cliproxy_auth_store::Problem;
use cliproxy_config::Env;
use cliproxy_gateway::CredentialDetail;
use serde_json::json;
use std::process::ExitCode;

pub(super) fn run(args: &NamedArgs) -> Result<ExitCode, Stop> {
    let runtime = runtime().context("cannot start the runtime")?;
    let seen = runtime.block_on(Seen::by_whom_it_may(&args.gateway))?;
    let named = seen.named(&args.name)?;
    let paint = Paint::of_stdout(&Env::of_process());
    match named {
        Named::Credential(one) if args.json => {
            print::line(&json(&seen.judged(one)));
        }
        Named::Credential(one) => print::line(text(one, &seen, paint).trim_end()),
        Named::Broken(file) if args.json => {
            print::line(&json(
                &json!({"file": file.as_str(), "state": "unreadable"}),
            ));
        }
        Named::Broken(file) => {
            for problem in seen.problems.iter().filter(|one| one.file == file) {
                print::line(&plain(&problem.to_string()));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Everything but the secrets, a line for each member that there is.
fn text(one: &CredentialDetail, seen: &Seen, paint: Paint) -> String {
    let (view, now) = (&one.view, seen.inventory.at_ms);
    let found = Finding::of(one, seen);
    let mut lines = Lines::default();
    lines.add("credential", Some(called(one)));
    lines.add("id", Some(&*view.id));
    lines.add("type", Some(&*view.provider));
    lines.toned("state", found.weight.tone(), &found.state);
    let because = view.reason.as_deref();
    lines.add("because", because.filter(|why| !found.state.contains(why)));
    lines.add("back in", view.back_in_ms.map(until));
    let what = Some(&found.what).filter(|what| view.reason.as_ref() != Some(what));
    lines.add("about it", what);
    lines.add("what to do", found.remedy);
    lines.add("priority", Some(view.priority.to_string()));
    lines.add("weight", Some(view.weight.to_string()));
    let proxy = view.proxy.as_deref().unwrap_or("as the environment says");
    lines.add("proxy", Some(proxy));
    if let Some(account) = &view.account {
        lines.add("file", seen.path_of(&account.file));
        lines.add("email", account.email.as_deref());
        lines.add("plan", account.plan.as_deref());
        lines.add("note", account.note.as_deref());
        if let Some(tokens) = &account.tokens {
            let word = match &tokens.reason {
                Some(reason) => format!("{}: {reason}", tokens.condition),
                None => tokens.condition.clone(),
            };
            lines.add("tokens", Some(word));
            lines.add("granted", tokens.refreshed_at_ms.map(|at| since(at, now)));
            lines.add("ends", tokens.expires_at_ms.map(|at| since(at, now)));
            lines.add("next refresh", tokens.next_at_ms.map(|at| since(at, now)));
            if let Some(error) = &tokens.last_error {
                let text = format!("{} ({})", error.text, since(error.at_ms, now));
                lines.add("last error", Some(text));
            }
        }
    }
    if let Some(from) = &one.from {
        lines.add("project of", from.parent.as_deref());
        lines.add("link", from.link.as_deref());
        lines.add("account", from.account_id.as_deref());
        lines.add("projects", listed(&from.projects));
        lines.add("location", from.location.as_deref());
        lines.add("prefix", from.prefix.as_deref());
        lines.add("base_url", from.base_url.as_deref());
        lines.add("excluded", listed(&from.excluded_models));
    }
    lines.add("models", listed(&one.offers));
    let mut text = lines.0.render("", paint);
    // The headings of a list of members say nothing.
    text.drain(..text.find('\n').map_or(0, |end| end + 1));
    for problem in of_file(one, seen) {
        text.push_str(&paint.text(Tone::Bad, &plain(&problem.to_string())));
        text.push('\n');
    }
    text
}

fn of_file<'a>(one: &'a CredentialDetail, seen: &'a Seen) -> impl Iterator<Item = &'a Problem> {
    let file = one.view.account.as_ref().map(|account| &*account.file);
    let problems = seen.problems.iter();
    problems.filter(move |problem| Some(problem.file.as_str()) == file)
}

fn listed(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| names.join(", "))
}

/// A moment, from now on.
fn since(at: u64, now: u64) -> String {
    match at.checked_sub(now) {
        Some(0) => "now".to_owned(),
        Some(ahead) => format!("in {}", until(ahead)),
        None => format!("{} ago", until(now - at)),
    }
}

struct Lines(Table<2>);

impl Default for Lines {
    fn default() -> Self {
        Self(Table::new([
            Column::Words("member"),
            Column::Words("value"),
        ]))
    }
}

impl Lines {
    fn add(&mut self, name: &str, value: Option<impl AsRef<str>>) {
        if let Some(value) = value {
            self.toned(name, Tone::Normal, value.as_ref());
        }
    }

    fn toned(&mut self, name: &str, tone: Tone, value: &str) {
        self.0
            .row([Cell::toned(Tone::Faint, name), Cell::toned(tone, value)]);
    }
}

#[cfg(test)]
mod tests;
