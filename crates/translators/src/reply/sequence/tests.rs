//! Parts that overlap, told one after another.

use crate::{
    json_str::JsonStr,
    reply::{Event, Opening, Sequence, Sink, transcript::Transcript},
};

/// `0` opens a part, `0+x` is a delta of it, `0.` closes it.
#[track_caller]
fn check(steps: &str, expected: &str) {
    let mut sequence = Sequence::new(Seen::default());
    for step in steps.split_whitespace() {
        let part = step[..1].parse().unwrap();
        sequence.event(match step[1..].split_at_checked(1) {
            Some(("+", text)) => Event::Delta {
                part,
                text: JsonStr::escaped(text),
            },
            Some((".", _)) => Event::Close { part },
            _ => Event::Open {
                part,
                // Parts from 5 on are of another choice.
                choice: u16::from(part >= 5),
                opening: Opening::Refusal,
            },
        });
    }
    assert_eq!(sequence.sink.0.join(" "), expected, "{steps}");
}

/// The steps as they come out.
#[derive(Default)]
struct Seen(Vec<String>);

impl Sink for Seen {
    fn event(&mut self, event: Event<'_>) {
        self.0.push(match event {
            Event::Open { part, .. } => part.to_string(),
            Event::Delta { part, text } => format!("{part}+{}", text.as_escaped()),
            Event::Close { part } => format!("{part}."),
            other => format!("{other:?}"),
        });
    }
}

#[test]
fn the_oldest_part_is_live_and_the_others_wait() {
    check("0 0+a 0. 1 1+b 1.", "0 0+a 0. 1 1+b 1.");
    check(
        "0 0+a 1 1+b 0+c 1+d 0. 1+e 1.",
        "0 0+a 0+c 0. 1 1+b 1+d 1+e 1.",
    );
    check("0 1 1+b 1. 2 2+c 0+a 0. 2.", "0 0+a 0. 1 1+b 1. 2 2+c 2.");
    check("0 1 2 2. 1. 0.", "0 0. 1 1. 2 2.");
    check("0 1 1+b", "0");
}

#[test]
fn choices_do_not_wait_for_each_other() {
    check("0 5 5+x 0+a 6 6+y 5. 6. 0.", "0 5 5+x 0+a 5. 6 6+y 6. 0.");
}

#[test]
fn a_failure_is_told_at_once() {
    let mut transcript = Sequence::new(Transcript::default());
    transcript.event(Event::Fail(crate::reply::Fault::cut_off()));
    assert!(transcript.sink.text().starts_with("fail 502"));
}
