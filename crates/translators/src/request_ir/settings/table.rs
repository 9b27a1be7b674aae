//! What is known of each setting. What a protocol calls it is said in the protocol's `settings.rs`.
//!
//! A name with a dot is a member of a member. Where a protocol has no name the setting is lost there, in
//! the row's class, unless its value is the default of the client's protocol. A name here says only
//! that the protocol has the member: which values a vendor takes of it, and in which form, is for
//! the normalise pass.

use super::{Key, Shape};
use crate::{protocols::rules, request_ir::Class};
use cliproxy_core::Protocol;
use std::sync::LazyLock;

/// One setting.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: Key,
    /// What its value must be.
    pub(crate) shape: Shape,
    /// What its loss is.
    pub(crate) class: Class,
    /// JSON texts that say what the protocols do anyway, so that their loss is none.
    defaults: &'static [&'static str],
}

/// What a protocol calls its settings.
#[derive(Debug)]
pub(crate) struct Names([Name; KEYS]);

type Name = Option<&'static str>;

/// How many settings there are.
const KEYS: usize = Key::SessionId as usize + 1;

impl Names {
    /// Those that it has.
    pub(crate) const fn new(named: &[(Key, &'static str)]) -> Self {
        let mut names = [None; KEYS];
        let mut at = 0;
        while at < named.len() {
            names[named[at].0 as usize] = Some(named[at].1);
            at += 1;
        }
        Self(names)
    }
}

impl Row {
    /// What a protocol calls it.
    pub(crate) const fn name(&self, protocol: Protocol) -> Name {
        rules(protocol).settings.names.0[self.key as usize]
    }

    pub(crate) fn is_default(&self, json: &str) -> bool {
        self.defaults.contains(&json)
    }
}

/// The row of a setting.
pub(crate) fn row(key: Key) -> &'static Row {
    // In the order of the keys, which a test makes sure of.
    &ROWS[key as usize]
}

/// What a member of a request is, by its name. `parent` is the member it stands in, or empty.
pub(crate) fn key_of(protocol: Protocol, parent: &str, name: &str) -> Option<Key> {
    let dot = if parent.is_empty() { "" } else { "." };
    let wanted = || parent.bytes().chain(dot.bytes()).chain(name.bytes());
    let found = NAMES.binary_search_by(|&(known, full, _)| {
        let order = known.cmp(&protocol);
        order.then_with(|| full.bytes().cmp(wanted()))
    });
    found.ok().map(|at| NAMES[at].2)
}

/// Every name that a protocol has for a setting, sorted.
static NAMES: LazyLock<Vec<(Protocol, &'static str, Key)>> = LazyLock::new(|| {
    let named = |row: &'static Row, protocol| Some((protocol, row.name(protocol)?, row.key));
    let rows = ROWS.iter();
    let names = rows.flat_map(|row| Protocol::ALL.map(|protocol| named(row, protocol)));
    let mut names: Vec<_> = names.flatten().collect();
    names.sort_unstable_by_key(|&(protocol, name, _)| (protocol, name));
    names
});

/// The rows, in the order in which encoders write them.
pub(crate) static ROWS: [Row; KEYS] = rows();

macro_rules! rows {
    ($($key:ident $shape:ident $class:ident $defaults:expr;)*) => {
        const fn rows() -> [Row; [$(Key::$key),*].len()] {
            [$(Row {
                key: Key::$key,
                shape: Shape::$shape,
                class: Class::$class,
                defaults: &$defaults,
            }),*]
        }
    };
}

rows! {
    // key             shape           class       defaults
    MaxOutput         Count           Quality     [];
    Temperature       Number          Quality     ["1", "1.0"];
    TopP              Number          Quality     ["1", "1.0"];
    TopK              Number          Quality     [];
    MinP              Number          Quality     ["0", "0.0"];
    Stop              Texts           Quality     ["[]"];
    Seed              Number          Quality     [];
    PresencePenalty   Number          Quality     ["0", "0.0"];
    FrequencyPenalty  Number          Quality     ["0", "0.0"];
    LogitBias         Object          Quality     ["{}"];
    Logprobs          Flag            Quality     ["false"];
    TopLogprobs       Count           Quality     ["0"];
    Choices           Count           Semantic    ["1"];
    Verbosity         Text            Quality     ["\"medium\""];
    Modalities        Texts           Semantic    ["[\"text\"]", "[\"TEXT\"]"];
    Audio             Object          Semantic    [];
    Speech            Object          Semantic    [];
    Prediction        Object          Quality     [];
    MediaResolution   Text            Quality     ["\"MEDIA_RESOLUTION_UNSPECIFIED\""];
    ParallelTools     Flag            Quality     ["true"];
    MaxToolCalls      Count           Quality     [];
    PreviousResponse  Text            Semantic    [];
    Conversation      TextOrObject    Semantic    [];
    Prompt            Object          Semantic    [];
    Background        Flag            Semantic    ["false"];
    CachedContent     Text            Semantic    [];
    McpServers        Objects         Semantic    ["[]"];
    Container         TextOrObject    Quality     [];
    Store             Flag            Bookkeeping [];
    Truncation        Text            Quality     ["\"disabled\""];
    ContextManagement ObjectOrObjects Quality     ["{}", "[]"];
    ServiceTier       Text            Quality     ["\"auto\"", "\"default\""];
    Speed             Text            Quality     ["\"standard\""];
    SafetySettings    Objects         Quality     ["[]"];
    Moderation        TextOrObject    Quality     [];
    Include           Texts           Bookkeeping [];
    PromptCache       Text            Bookkeeping [];
    CacheRetention    Text            Bookkeeping [];
    CacheOptions      Object          Bookkeeping [];
    CacheControl      Object          Bookkeeping [];
    User              Text            Bookkeeping [];
    SafetyIdentifier  Text            Bookkeeping [];
    Metadata          Object          Bookkeeping [];
    Labels            Object          Bookkeeping [];
    ClientMetadata    Object          Bookkeeping [];
    UserPromptId      Text            Bookkeeping [];
    SessionId         Text            Bookkeeping [];
}

#[cfg(test)]
mod tests {
    use super::{Key, ROWS, key_of, row};
    use cliproxy_core::Protocol;

    #[test]
    fn every_key_has_one_row_in_order() {
        for (at, entry) in ROWS.iter().enumerate() {
            assert_eq!(entry.key as usize, at, "{:?}", entry.key);
        }
        // The last of the enum: rows are as many as keys.
        assert_eq!(ROWS.len(), Key::SessionId as usize + 1);
        assert_eq!(row(Key::Seed).key, Key::Seed);
    }

    #[test]
    fn every_name_leads_to_its_key() {
        for row in &ROWS {
            for protocol in Protocol::ALL {
                let Some(name) = row.name(protocol) else {
                    continue;
                };
                let (parent, leaf) = name.rsplit_once('.').unwrap_or(("", name));
                assert_eq!(key_of(protocol, parent, leaf), Some(row.key), "{name}");
            }
        }
        assert_eq!(key_of(Protocol::Claude, "", "seed"), None);
        assert_eq!(key_of(Protocol::Gemini, "", "seed"), None);
        assert_eq!(key_of(Protocol::Chat, "text", "verbosity"), None);
    }
}
