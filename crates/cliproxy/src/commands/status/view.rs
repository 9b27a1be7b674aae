//! What is ready, as a person reads it.

use crate::{
    commands::PASSTHROUGH,
    screen::{Cell, Column, Paint, Table, Tone, plain, until},
};
use cliproxy_gateway::{CredentialView, ModelView, Status};
use cliproxy_management::RunRecord;
use std::collections::BTreeMap;

/// The whole answer.
pub(super) fn text(record: &RunRecord, status: &Status, paint: Paint) -> String {
    let affinity = match (status.session_affinity, status.bindings) {
        (false, _) => "no session affinity".to_owned(),
        (true, 1) => "session affinity with 1 binding".to_owned(),
        (true, bindings) => format!("session affinity with {bindings} bindings"),
    };
    let of = |state| {
        status
            .credentials
            .iter()
            .filter(move |one| one.state == state)
    };
    let how = format!(
        "{}, {affinity}, {} of {} credentials ready{}\n",
        plain(&status.strategy),
        of("ready").count(),
        // Its projects count in its place.
        status.credentials.len() - of("parent").count(),
        match of("partly cooling").count() {
            0 => String::new(),
            partly => format!(", {partly} partly cooling"),
        },
    );
    let which = format!(
        "cliproxy {} on {}, process {}, configuration {}, snapshot {}",
        plain(&status.version),
        plain(&record.address),
        record.pid,
        plain(&record.config),
        status.epoch,
    );
    let mut text = how;
    if status.claude_passthrough && status.credentials.is_empty() {
        text.push_str(&format!("{PASSTHROUGH}\n"));
    }
    text.push_str(&paint.text(Tone::Faint, &which));
    text.push('\n');
    for part in [
        credentials(status, paint),
        upstreams(status, paint),
        counters(status, paint),
    ] {
        if !part.is_empty() {
            text.push('\n');
            text.push_str(&part);
        }
    }
    text
}

fn credentials(status: &Status, paint: Paint) -> String {
    let mut table = Table::new([
        Column::Words("credential"),
        Column::Words("id"),
        Column::Words("provider"),
        Column::Figures("priority"),
        Column::Words("state"),
        Column::Words("tokens"),
        Column::Figures("back in"),
        Column::Figures("probe in"),
    ]);
    let mut twins: BTreeMap<&str, usize> = BTreeMap::new();
    for credential in &status.credentials {
        *twins.entry(&credential.credential).or_default() += 1;
    }
    for credential in &status.credentials {
        let twins = twins.get(&*credential.credential);
        table.row(row(credential, twins > Some(&1)));
        let resting = credential.models.iter();
        for model in resting.filter(|model| !is_ready(&model.state)) {
            table.row(model_row(model));
        }
    }
    table.render("", paint)
}

/// A credential. Its id is told where its label is not enough.
fn row(credential: &CredentialView, with_id: bool) -> [Cell; 8] {
    let id = if with_id { &*credential.id } else { "" };
    [
        Cell::toned(Tone::Strong, &credential.credential),
        Cell::toned(Tone::Faint, id),
        Cell::new(&credential.provider),
        Cell::new(&credential.priority.to_string()),
        state(&credential.state, credential.reason.as_deref()),
        tokens(credential),
        wait(credential.back_in_ms),
        Cell::default(),
    ]
}

fn model_row(model: &ModelView) -> [Cell; 8] {
    [
        Cell::new(&format!("  {}", model.model)),
        Cell::default(),
        Cell::default(),
        Cell::default(),
        state(&model.state, model.reason.as_deref()),
        Cell::default(),
        wait(model.back_in_ms),
        wait(model.probe_in_ms),
    ]
}

/// How its tokens are, where that is worth a word.
fn tokens(credential: &CredentialView) -> Cell {
    let account = credential.account.as_ref();
    let Some(tokens) = account.and_then(|account| account.tokens.as_ref()) else {
        return Cell::default();
    };
    match &*tokens.condition {
        "fresh" | "not-refreshed" => Cell::default(),
        "refreshing" => Cell::new(&tokens.condition),
        // The error says what somebody must do.
        "at-risk" => {
            let error = tokens.last_error.as_ref();
            state("at-risk", error.map(|error| &*error.text))
        }
        condition => state(condition, tokens.reason.as_deref()),
    }
}

fn upstreams(status: &Status, paint: Paint) -> String {
    let mut table = Table::new([
        Column::Words("upstream that is passed over"),
        Column::Figures("trial in"),
    ]);
    for upstream in &status.upstreams {
        let trial = wait(Some(upstream.trial_in_ms));
        table.row([Cell::toned(Tone::Bad, &upstream.upstream), trial]);
    }
    table.render("", paint)
}

/// What has happened at all since the process began.
fn counters(status: &Status, paint: Paint) -> String {
    let mut table = Table::new([
        Column::Words("counted since the start"),
        Column::Words("from"),
        Column::Words("to"),
        Column::Words("outcome"),
        Column::Figures("times"),
    ]);
    for counter in status.counters.iter().filter(|counter| counter.value > 0) {
        let label = |name| Cell::new(counter.labels.get(name).map_or("", String::as_str));
        table.row([
            Cell::new(&counter.name),
            label("from"),
            label("to"),
            label("outcome"),
            Cell::new(&counter.value.to_string()),
        ]);
    }
    table.render("", paint)
}

fn is_ready(state: &str) -> bool {
    state == "ready"
}

fn state(state: &str, reason: Option<&str>) -> Cell {
    let tone = if is_ready(state) {
        Tone::Good
    } else {
        Tone::Bad
    };
    match reason {
        Some(reason) => Cell::toned(tone, &format!("{state}: {reason}")),
        None => Cell::toned(tone, state),
    }
}

fn wait(ms: Option<u64>) -> Cell {
    ms.map_or_else(Cell::default, |ms| Cell::new(&until(ms)))
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::{
        commands::credentials::scenery::{account, key, with_error},
        screen::Paint,
    };
    use cliproxy_core::Secret;
    use cliproxy_gateway::{CounterView, CredentialView, ModelView, Status, UpstreamView};
    use cliproxy_management::RunRecord;

    fn record() -> RunRecord {
        RunRecord {
            pid: 77,
            started_ms: 0,
            config: "/etc/cliproxy/config.yaml".to_owned(),
            address: "127.0.0.1:8317".to_owned(),
            control: ([127, 0, 0, 1], 9).into(),
            token: Secret::from("canary"),
        }
    }

    fn model(model: &str, state: &str, back: Option<u64>, probe: Option<u64>) -> ModelView {
        ModelView {
            model: model.to_owned(),
            state: state.to_owned(),
            reason: back.map(|_| "quota".to_owned()),
            back_in_ms: back,
            probe_in_ms: probe,
        }
    }

    fn credential(label: &str, id: &str, state: &str, models: Vec<ModelView>) -> CredentialView {
        let is_cooling = state == "cooling";
        CredentialView {
            id: id.to_owned(),
            back_in_ms: is_cooling.then_some(7_500_000),
            models,
            ..key(label, state, is_cooling.then_some("unauthorized")).view
        }
    }

    fn status(credentials: Vec<CredentialView>) -> Status {
        Status {
            version: "0.1.0".to_owned(),
            epoch: 3,
            strategy: "round-robin".to_owned(),
            session_affinity: true,
            bindings: 12,
            credentials,
            claude_passthrough: false,
            upstreams: Vec::new(),
            counters: Vec::new(),
        }
    }

    fn counter(name: &str, labels: &[(&str, &str)], value: u64) -> CounterView {
        let labels = labels.iter();
        let labels = labels.map(|&(name, value)| (name.to_owned(), value.to_owned()));
        CounterView {
            name: name.to_owned(),
            labels: labels.collect(),
            value,
        }
    }

    #[test]
    fn credentials_and_the_models_that_rest() {
        let resting = vec![
            model("sonnet", "ready", None, None),
            model("opus", "cooling", Some(12_000), Some(3_000)),
        ];
        let mut status = status(vec![
            credential("main", "1", "partly cooling", resting),
            credential("other", "2", "ready", Vec::new()),
            credential("spare", "3", "cooling", Vec::new()),
        ]);
        status.upstreams.push(UpstreamView {
            upstream: "https://api.example.com".to_owned(),
            trial_in_ms: 4_200,
        });
        status.counters = vec![
            counter("lost_total", &[("from", "chat"), ("to", "claude")], 3),
            counter("gone_total", &[], 12),
            counter("never_total", &[], 0),
        ];
        assert_eq!(
            text(&record(), &status, Paint::Nothing),
            "\
round-robin, session affinity with 12 bindings, 1 of 3 credentials ready, 1 partly cooling
cliproxy 0.1.0 on 127.0.0.1:8317, process 77, configuration /etc/cliproxy/config.yaml, snapshot 3

credential  provider  priority  state                    back in  probe in
main        claude           0  partly cooling
  opus                          cooling: quota              12 s       3 s
other       claude           0  ready
spare       claude           0  cooling: unauthorized  2 h 5 min

upstream that is passed over  trial in
https://api.example.com            5 s

counted since the start  from  to      times
lost_total               chat  claude      3
gone_total                                12
"
        );
    }

    #[test]
    fn accounts_whose_tokens_need_somebody() {
        let parent = |one: CredentialView| CredentialView {
            state: "parent".to_owned(),
            ..one
        };
        let mut status = status(vec![
            account("a", "fresh", None).view,
            account("b", "needs-login", Some("refused")).view,
            with_error(account("c", "at-risk", None), "disk full; free some space").view,
            account("d", "refreshing", None).view,
            parent(account("e", "fresh", None).view),
        ]);
        status.counters = vec![counter("refresh_total", &[("outcome", "granted")], 3)];
        let text = text(&record(), &status, Paint::Nothing);
        assert!(text.contains("4 of 4 credentials ready"), "{text}");
        let tables: Vec<&str> = text.lines().skip(3).collect();
        assert_eq!(
            tables,
            [
                "credential  provider  priority  state   tokens",
                "a           codex            0  ready",
                "b           codex            0  ready   needs-login: refused",
                "c           codex            0  ready   at-risk: disk full; free some space",
                "d           codex            0  ready   refreshing",
                "e           codex            0  parent",
                "",
                "counted since the start  outcome  times",
                "refresh_total            granted      3",
            ]
        );
    }

    #[test]
    fn keys_of_one_entry_are_told_apart() {
        let ready = |label, id| credential(label, id, "ready", Vec::new());
        let status = status(vec![
            ready("main", "k1"),
            ready("main", "k2"),
            ready("b", "k3"),
        ]);
        let text = text(&record(), &status, Paint::Nothing);
        let table: Vec<&str> = text.lines().skip(3).collect();
        assert_eq!(
            table,
            [
                "credential  id  provider  priority  state",
                "main        k1  claude           0  ready",
                "main        k2  claude           0  ready",
                "b               claude           0  ready",
            ]
        );
    }

    #[test]
    fn a_gateway_without_credentials() {
        let status = Status {
            session_affinity: false,
            ..status(Vec::new())
        };
        let text = text(&record(), &status, Paint::Nothing);
        assert!(text.starts_with("round-robin, no session affinity, 0 of 0"));
        assert_eq!(text.lines().count(), 2, "{text}");
    }

    #[test]
    fn sign_ins_that_clients_bring_are_told_where_there_is_nothing_else() {
        let status = Status {
            claude_passthrough: true,
            ..status(Vec::new())
        };
        let text = text(&record(), &status, Paint::Nothing);
        let line = text.lines().nth(1).unwrap();
        assert!(line.starts_with("`claude-passthrough` is on"), "{text}");
    }

    #[test]
    fn nothing_in_it_reaches_the_terminal() {
        let evil = "a\u{1b}[2J\n\u{9b}1m\u{202e}";
        let mut status = status(vec![credential(
            evil,
            evil,
            evil,
            vec![model(evil, evil, Some(1), None)],
        )]);
        status.strategy = evil.to_owned();
        status.version = evil.to_owned();
        status.upstreams.push(UpstreamView {
            upstream: evil.to_owned(),
            trial_in_ms: 0,
        });
        status.counters = vec![counter(evil, &[("from", evil), ("to", evil)], 1)];
        let mut record = record();
        record.config = evil.to_owned();
        record.address = evil.to_owned();
        let text = text(&record, &status, Paint::Nothing);
        let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert_eq!(text.find(obeyed), None, "{text:?}");
        assert!(text.contains("\\u{1b}[2J\\n\\u{9b}1m\\u{202e}"), "{text}");
        assert!(!text.contains("canary"));
    }
}
