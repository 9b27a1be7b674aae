//! The newest requests as a person reads them, a line for each.

use super::view::{arrived, is_good};
use crate::screen::{Cell, Column, Paint, Table, Tone, took};
use cliproxy_gateway::{Explanation, Step};

/// The whole answer.
pub(super) fn text(explained: &[Explanation], paint: Paint) -> String {
    if explained.is_empty() {
        return "no request is over yet\n".to_owned();
    }
    let mut table = Table::new([
        Column::Words("request"),
        Column::Words("arrived"),
        Column::Words("client"),
        Column::Words("model"),
        Column::Words("served by"),
        Column::Words("affinity"),
        Column::Figures("attempts"),
        Column::Figures("time"),
        Column::Words("end"),
    ]);
    for one in explained {
        table.row(row(one));
    }
    table.render("", paint)
}

fn row(one: &Explanation) -> [Cell; 9] {
    let tone = match is_good(one) {
        true => Tone::Good,
        false => Tone::Bad,
    };
    let attempts: usize = one.steps.iter().map(|step| step.attempts.len()).sum();
    let affinity = one.steps.last().map_or("", |step| &step.affinity);
    [
        Cell::toned(Tone::Strong, &one.request_id),
        Cell::new(&arrived(one).unwrap_or_default()),
        Cell::new(&one.client),
        Cell::new(&one.model),
        Cell::new(&served_by(one).unwrap_or_default()),
        Cell::new(if affinity == "-" { "" } else { affinity }),
        Cell::new(&attempts.to_string()),
        Cell::new(&took(one.total_ms)),
        Cell::toned(tone, &format!("{} {}", one.status, one.ending)),
    ]
}

/// The credential, and the model if a fallback served.
fn served_by(one: &Explanation) -> Option<String> {
    let is_served = |step: &&Step| step.outcome == "served";
    let (place, step) = one
        .steps
        .iter()
        .enumerate()
        .find(|(_, step)| is_served(step))?;
    let credential = &step.attempts.last()?.credential;
    Some(match place {
        0 => credential.clone(),
        _ => format!("{credential}; model={}", step.route),
    })
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::screen::Paint;
    use cliproxy_gateway::{AttemptView, Explanation, Step};

    fn step(route: &str, tried: &[&str], affinity: &str, outcome: &str) -> Step {
        let attempts = tried.iter().map(|&credential| AttemptView {
            credential: credential.to_owned(),
            model: String::new(),
            outcome: String::new(),
            ms: 0,
            translation: None,
        });
        Step {
            route: route.to_owned(),
            strategy: String::new(),
            session: None,
            affinity: affinity.to_owned(),
            candidates: Vec::new(),
            more_candidates: 0,
            attempts: attempts.collect(),
            notes: Vec::new(),
            outcome: outcome.to_owned(),
        }
    }

    fn request(id: &str, status: u16, ending: &str, steps: Vec<Step>) -> Explanation {
        Explanation {
            request_id: id.to_owned(),
            at_ms: 1_778_234_400_250,
            client: "alice".to_owned(),
            protocol: "claude".to_owned(),
            operation: "generate".to_owned(),
            model: "sonnet".to_owned(),
            status,
            ending: ending.to_owned(),
            error: (status != 200).then(|| "refused".to_owned()),
            total_ms: 2_310,
            reply_losses: None,
            steps,
        }
    }

    #[test]
    fn a_line_for_each() {
        let failed = || {
            step(
                "sonnet",
                &["main", "spare"],
                "-",
                "the upstream answered 500",
            )
        };
        let requests = [
            request(
                "req_3",
                200,
                "complete",
                vec![step("sonnet", &["main"], "hit", "served")],
            ),
            request(
                "req_2",
                200,
                "complete",
                vec![failed(), step("haiku", &["other"], "new", "served")],
            ),
            request("req_1", 500, "failed", vec![failed()]),
            request("req_0", 404, "failed", Vec::new()),
        ];
        assert_eq!(
            text(&requests, Paint::Nothing),
            "\
request  arrived               client  model   served by           affinity  attempts   time  end
req_3    2026-05-08T10:00:00Z  alice   sonnet  main                hit              1  2.3 s  200 complete
req_2    2026-05-08T10:00:00Z  alice   sonnet  other; model=haiku  new              3  2.3 s  200 complete
req_1    2026-05-08T10:00:00Z  alice   sonnet                                       2  2.3 s  500 failed
req_0    2026-05-08T10:00:00Z  alice   sonnet                                       0  2.3 s  404 failed
"
        );
        assert_eq!(text(&[], Paint::Nothing), "no request is over yet\n");
    }

    #[test]
    fn nothing_in_it_reaches_the_terminal() {
        let evil = "a\u{1b}[2J\n\u{9b}1m\u{202e}";
        let mut one = request(evil, 200, evil, vec![step(evil, &[evil], evil, "served")]);
        one.client = evil.to_owned();
        one.model = evil.to_owned();
        let text = text(&[one], Paint::Nothing);
        let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert_eq!(text.find(obeyed), None, "{text:?}");
        assert_eq!(text.lines().count(), 2, "{text}");
    }
}
