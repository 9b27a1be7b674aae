//! What the programs of the bench floor share: how a request says what its answer should be.
//!
//! - `floor-proxy`: the reverse proxy that budgets are ratios of;
//! - `bench-upstream`: the provider behind every proxy;
//! - `bench-load`: the client in front of it.

#[path = "../../src/body.rs"]
pub mod body;

use std::fmt;
use std::time::Duration;

/// How the upstream is to answer, written into the last message of the request.
///
/// In the body and not in a header, because a gateway decides which headers travel; the text of
/// a message reaches the upstream through every gateway, even one that translates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    /// Data events before `[DONE]`; none means one JSON document instead of a stream.
    pub events: usize,
    /// The pause between two events; zero means none.
    pub interval: Duration,
    /// Without a pause: a write per event, instead of one for all that are ready.
    pub trickle: bool,
}

const MARK: &[u8] = b"bench-script events=";

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            events,
            interval,
            trickle,
        } = self;
        write!(
            f,
            "bench-script events={events} interval-ms={} trickle={}.",
            interval.as_millis(),
            u8::from(*trickle)
        )
    }
}

impl Script {
    /// Finds the script in a request body. A body without one asks for a single document.
    pub fn find(body: &[u8]) -> Self {
        // The script stands in the last message, so the search starts from the end.
        let found = memchr::memmem::rfind(body, MARK).and_then(|at| {
            let (events, rest) = number(&body[at + MARK.len()..])?;
            let (interval, rest) = number(rest.strip_prefix(b" interval-ms=")?)?;
            let (trickle, _) = number(rest.strip_prefix(b" trickle=")?)?;
            Some(Self {
                events: usize::try_from(events).ok()?,
                interval: Duration::from_millis(interval),
                trickle: trickle == 1,
            })
        });
        found.unwrap_or(Self {
            events: 0,
            interval: Duration::ZERO,
            trickle: false,
        })
    }
}

fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(digits);
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_found_where_it_was_written() {
        let script = Script {
            events: 200,
            interval: Duration::from_millis(20),
            trickle: true,
        };
        let body = format!(r#"{{"messages":[{{"role":"user","content":"{script}"}}]}}"#);
        assert_eq!(Script::find(body.as_bytes()), script);
        assert_eq!(Script::find(b"{}").events, 0);
    }
}
