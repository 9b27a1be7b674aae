//! A provider's prompt cache: which prefixes of conversations a key has sent before.
//!
//! It exists so that a client of several keys can see what staying on one of them is worth: the
//! cached tokens of a reply are those of the longest prefix this key has seen.

use rustc_hash::{FxHashSet, FxHasher};
use serde_json::Value;
use std::{
    collections::VecDeque,
    hash::{Hash as _, Hasher as _},
};

/// Tokens every prompt begins with, and every key has cached: cached counts are never zero, so
/// that a test of usage cannot pass by chance.
pub(crate) const PREAMBLE: u64 = 8;

/// Prefixes remembered per key.
const CAPACITY: usize = 4096;

/// One message of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    digest: u64,
    tokens: u64,
}

impl Segment {
    /// Measures a message, or any other part of a body. Cache marks do not count: they move from
    /// turn to turn and are not part of the prompt.
    pub(crate) fn of(value: &Value) -> Self {
        let mut hasher = FxHasher::default();
        let mut bytes = 0;
        measure(value, &mut hasher, &mut bytes);
        Self {
            digest: hasher.finish(),
            tokens: bytes / 4 + 1,
        }
    }
}

/// Tokens of a prompt, the preamble included.
pub(crate) fn tokens(prompt: &[Segment]) -> u64 {
    PREAMBLE + prompt.iter().map(|segment| segment.tokens).sum::<u64>()
}

/// The prefixes one key has sent, the oldest forgotten first.
#[derive(Debug, Default)]
pub(crate) struct PromptCache {
    known: FxHashSet<u64>,
    order: VecDeque<u64>,
}

impl PromptCache {
    /// Tokens of `prompt` that were cached, and remembers all of it.
    pub(crate) fn look_up(&mut self, model: &str, prompt: &[Segment]) -> u64 {
        let mut chain = FxHasher::default();
        model.hash(&mut chain);
        let mut cached = PREAMBLE;
        let mut warm = true;
        for segment in prompt {
            chain.write_u64(segment.digest);
            let prefix = chain.finish();
            warm = warm && self.known.contains(&prefix);
            if warm {
                cached += segment.tokens;
            } else if self.known.insert(prefix) {
                self.order.push_back(prefix);
            }
        }
        while self.order.len() > CAPACITY {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
        cached
    }
}

fn measure(value: &Value, hasher: &mut FxHasher, bytes: &mut u64) {
    match value {
        Value::Null => hasher.write_u8(0),
        Value::Bool(flag) => hasher.write_u8(1 + u8::from(*flag)),
        Value::Number(number) => {
            let text = number.to_string();
            *bytes += text.len() as u64;
            text.hash(hasher);
        }
        Value::String(text) => {
            *bytes += text.len() as u64;
            text.hash(hasher);
        }
        Value::Array(items) => {
            hasher.write_usize(items.len());
            for item in items {
                measure(item, hasher, bytes);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                if name != "cache_control" && name != "prompt_cache_breakpoint" {
                    name.hash(hasher);
                    measure(member, hasher, bytes);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PREAMBLE, PromptCache, Segment, tokens};
    use serde_json::json;

    fn prompt(texts: &[&str]) -> Vec<Segment> {
        texts
            .iter()
            .map(|text| Segment::of(&json!({"text": text})))
            .collect()
    }

    #[test]
    fn the_longest_known_prefix_is_cached() {
        let mut cache = PromptCache::default();
        let first = prompt(&["system", "hello"]);
        let second = prompt(&["system", "hello", "answer", "more"]);
        assert_eq!(cache.look_up("m", &first), PREAMBLE);
        assert_eq!(cache.look_up("m", &second), tokens(&first));
        assert_eq!(cache.look_up("m", &second), tokens(&second));
        assert_eq!(
            cache.look_up("other", &second),
            PREAMBLE,
            "a cache belongs to a model"
        );
        let edited = prompt(&["system!", "hello", "answer", "more"]);
        assert_eq!(
            cache.look_up("m", &edited),
            PREAMBLE,
            "a changed prefix is cold"
        );
    }

    #[test]
    fn cache_marks_are_not_part_of_the_prompt() {
        let plain = Segment::of(&json!({"text": "a"}));
        let marked = Segment::of(&json!({"text": "a", "cache_control": {"type": "ephemeral"}}));
        assert_eq!(plain, marked);
    }
}
