//! The keys of a running upstream, and what each of them has been through.

use crate::{
    Behaviour, Failure, prompt_cache::PromptCache, responses::log::ResponseLog, script::ScriptedKey,
};
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHasher};
use std::{
    collections::VecDeque,
    hash::{Hash as _, Hasher as _},
    sync::Arc,
    time::{Duration, Instant},
};

/// All keys of an upstream.
#[derive(Debug)]
pub(crate) struct Keyring(FxHashMap<String, Arc<Key>>);

/// An account: everything a provider would keep per key.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) label: String,
    /// Of the label, so that accounts of two upstreams never make the same ids.
    pub(crate) digest: u32,
    conduct: Mutex<Conduct>,
    pub(crate) cache: Mutex<PromptCache>,
    pub(crate) responses: Mutex<ResponseLog>,
}

/// How the account behaves, and how far it has come with it.
#[derive(Debug)]
struct Conduct {
    queue: VecDeque<Behaviour>,
    requests: u32,
    window: Option<Window>,
}

/// A rate limit's current window.
#[derive(Clone, Copy, Debug)]
struct Window {
    started: Instant,
    answers: u32,
}

impl Keyring {
    pub(crate) fn new(keys: Vec<ScriptedKey>) -> Self {
        Self(
            keys.into_iter()
                .map(|scripted| {
                    let key = Key::new(&scripted.label, scripted.behaviours);
                    (scripted.key.expose().to_owned(), key)
                })
                .collect(),
        )
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Arc<Key>> {
        self.0.get(key)
    }

    pub(crate) fn labelled(&self, label: &str) -> Option<&Arc<Key>> {
        self.0.values().find(|key| key.label == label)
    }
}

impl Key {
    pub(crate) fn new(label: &str, behaviours: Vec<Behaviour>) -> Arc<Self> {
        Arc::new(Self {
            label: label.to_owned(),
            digest: digest(label),
            conduct: Mutex::new(Conduct::new(behaviours.into())),
            cache: Mutex::default(),
            responses: Mutex::default(),
        })
    }

    /// What to do with the next request. Rate limits are resolved to an answer or a failure here.
    pub(crate) fn behave(&self, now: Instant) -> Behaviour {
        self.conduct.lock().next(now)
    }

    /// Replaces what is left of the script.
    pub(crate) fn rewrite(&self, queue: VecDeque<Behaviour>) {
        *self.conduct.lock() = Conduct::new(queue);
    }
}

impl Conduct {
    const fn new(queue: VecDeque<Behaviour>) -> Self {
        Self {
            queue,
            requests: 0,
            window: None,
        }
    }

    fn next(&mut self, now: Instant) -> Behaviour {
        let behaviour = if self.queue.len() > 1 {
            self.queue.pop_front()
        } else {
            self.queue.front().cloned()
        };
        self.requests = self.requests.wrapping_add(1);
        match behaviour.unwrap_or_default() {
            Behaviour::RateLimited { answers, window } => match self.admit(answers, window, now) {
                Ok(()) => Behaviour::Answer,
                Err(retry_after) => Behaviour::Fail(Failure::RateLimit { retry_after }),
            },
            Behaviour::RateLimitedEvery { nth, retry_after } => {
                if self.requests.is_multiple_of(nth.get()) {
                    Behaviour::Fail(Failure::RateLimit { retry_after })
                } else {
                    Behaviour::Answer
                }
            }
            other => other,
        }
    }

    fn admit(&mut self, answers: u32, length: Duration, now: Instant) -> Result<(), Duration> {
        let fresh = Window {
            started: now,
            answers: 0,
        };
        let window = self.window.get_or_insert(fresh);
        if now.duration_since(window.started) >= length {
            *window = fresh;
        }
        if window.answers >= answers {
            return Err(length - now.duration_since(window.started));
        }
        window.answers += 1;
        Ok(())
    }
}

fn digest(label: &str) -> u32 {
    let mut hasher = FxHasher::default();
    label.hash(&mut hasher);
    (hasher.finish() >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::Conduct;
    use crate::{Behaviour, Failure};
    use std::{
        num::NonZeroU32,
        time::{Duration, Instant},
    };

    fn verdict(behaviour: &Behaviour) -> Option<u64> {
        match behaviour {
            Behaviour::Answer => None,
            Behaviour::Fail(Failure::RateLimit { retry_after }) => Some(retry_after.as_secs()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_window_admits_so_many_and_says_when_it_ends() {
        let limit = Behaviour::RateLimited {
            answers: 2,
            window: Duration::from_secs(60),
        };
        let mut conduct = Conduct::new([limit].into());
        let start = Instant::now();
        for (second, expected) in [
            (0, None),
            (10, None),
            (20, Some(40)),
            (59, Some(1)),
            (60, None),
            (61, None),
            (62, Some(58)),
        ] {
            let behaviour = conduct.next(start + Duration::from_secs(second));
            assert_eq!(verdict(&behaviour), expected, "after {second} s");
        }
    }

    #[test]
    fn every_nth_request_is_refused() {
        let limit = Behaviour::RateLimitedEvery {
            nth: NonZeroU32::new(3).expect("not zero"),
            retry_after: Duration::from_secs(5),
        };
        let mut conduct = Conduct::new([limit].into());
        let row: Vec<_> = (0..6)
            .map(|_| verdict(&conduct.next(Instant::now())))
            .collect();
        assert_eq!(row, [None, None, Some(5), None, None, Some(5)]);
    }

    #[test]
    fn the_last_behaviour_of_a_queue_stays() {
        let mut conduct = Conduct::new([Behaviour::Html, Behaviour::Empty].into());
        assert!(matches!(conduct.next(Instant::now()), Behaviour::Html));
        assert!(matches!(conduct.next(Instant::now()), Behaviour::Empty));
        assert!(matches!(conduct.next(Instant::now()), Behaviour::Empty));
        assert!(matches!(
            Conduct::new([].into()).next(Instant::now()),
            Behaviour::Answer
        ));
    }
}
