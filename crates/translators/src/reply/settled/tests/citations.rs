//! A text is cited while it is open, and after it has closed.

use super::{TEXT, check, close, context, delta, open, tool};
use crate::{
    json_str::JsonStr,
    reply::{Event, ReplyCitation, Settled, Sink},
};
use cliproxy_core::Protocol;

fn cite(part: u32) -> Event<'static> {
    let citation = ReplyCitation {
        range: Some((0, 1)),
        url: Some(JsonStr::escaped("u")),
        title: None,
        cited: None,
    };
    Event::Citation { part, citation }
}

#[test]
fn a_text_that_has_closed_is_cited_where_there_is_a_place() {
    let cx = context(Protocol::Claude);
    let events = || {
        vec![
            open(4, TEXT),
            delta(4, "a"),
            close(4),
            open(5, tool("1", "g")),
            cite(4),
            Event::End,
        ]
    };
    check(
        &cx,
        events(),
        "; open 0 text; + \"a\"; close 0; open 1 tool g#1; cite 0 0..1 u; close 1; finish tools; end",
    );
    let mut seen = 0;
    let mut settled = Settled::new(&cx, |event: Event<'_>| {
        seen += u32::from(matches!(event, Event::Citation { .. }));
    });
    for event in events() {
        settled.event(event);
    }
    assert_eq!(settled.losses().to_string(), "citations 1");
    assert_eq!(seen, 0);
}
