//! How far an account has come with its behaviours at the token endpoint.

use crate::oauth::{Gate, TokenBehaviour};
use std::{collections::VecDeque, time::Duration};

/// The behaviours that are left, and the calls that were made.
#[derive(Debug)]
pub(crate) struct Conduct {
    queue: VecDeque<TokenBehaviour>,
    calls: u32,
}

/// One call's behaviour, with what it waits for taken off.
#[derive(Debug, Default)]
pub(crate) struct Next {
    pub(crate) waits: Vec<Wait>,
    pub(crate) behaviour: TokenBehaviour,
}

/// What an answer waits for.
#[derive(Debug)]
pub(crate) enum Wait {
    For(Duration),
    Until(Gate),
}

impl Wait {
    pub(crate) async fn over(self) {
        match self {
            Self::For(time) => tokio::time::sleep(time).await,
            Self::Until(gate) => gate.opened().await,
        }
    }
}

impl Conduct {
    pub(crate) const fn new(queue: VecDeque<TokenBehaviour>) -> Self {
        Self { queue, calls: 0 }
    }

    /// What to do with the next call.
    pub(crate) fn next(&mut self) -> Next {
        let behaviour = if self.queue.len() > 1 {
            self.queue.pop_front()
        } else {
            self.queue.front().cloned()
        };
        self.calls = self.calls.wrapping_add(1);
        let mut next = Next {
            waits: Vec::new(),
            behaviour: behaviour.unwrap_or_default(),
        };
        loop {
            next.behaviour = match next.behaviour {
                TokenBehaviour::Delayed { by, then } => {
                    next.waits.push(Wait::For(by));
                    *then
                }
                TokenBehaviour::Held { gate, then } => {
                    next.waits.push(Wait::Until(gate));
                    *then
                }
                TokenBehaviour::Every { nth, then } if self.calls.is_multiple_of(nth.get()) => {
                    *then
                }
                TokenBehaviour::Every { .. } => TokenBehaviour::Answer,
                plain => {
                    next.behaviour = plain;
                    return next;
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Conduct;
    use crate::oauth::{Gate, TokenBehaviour, TokenFailure};
    use std::{num::NonZeroU32, time::Duration};

    #[test]
    fn every_nth_call_goes_wrong() {
        let third = NonZeroU32::new(3).expect("not zero");
        let behaviour = TokenBehaviour::from(TokenFailure::Internal)
            .held(&Gate::new())
            .delayed(Duration::from_secs(1))
            .every(third);
        let mut conduct = Conduct::new([behaviour].into());
        let row: Vec<_> = (0..6)
            .map(|_| conduct.next())
            .map(|next| {
                let fails = matches!(next.behaviour, TokenBehaviour::Fail(TokenFailure::Internal));
                (fails, next.waits.len())
            })
            .collect();
        let (good, bad) = ((false, 0), (true, 2));
        assert_eq!(row, [good, good, bad, good, good, bad]);
    }

    #[test]
    fn the_last_behaviour_of_a_queue_stays() {
        let mut conduct = Conduct::new([TokenBehaviour::Html, TokenBehaviour::Same].into());
        assert!(matches!(conduct.next().behaviour, TokenBehaviour::Html));
        assert!(matches!(conduct.next().behaviour, TokenBehaviour::Same));
        assert!(matches!(conduct.next().behaviour, TokenBehaviour::Same));
        let mut none = Conduct::new([].into());
        assert!(matches!(none.next().behaviour, TokenBehaviour::Answer));
    }
}
