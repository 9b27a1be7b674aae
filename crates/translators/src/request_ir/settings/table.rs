//! What each setting is called in each protocol: one row per setting, read across.
//!
//! A name with a dot is a member of a member. Where a protocol has no name the setting is lost there, in
//! the row's class, unless its value is the default of the client's protocol. A name here says only
//! that the protocol has the member: which values a vendor takes of it, and in which form, is for
//! the normalise pass.

use super::Key;
use crate::request_ir::Class;
use cliproxy_core::Protocol;
use std::sync::LazyLock;

/// One setting.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: Key,
    /// What its loss is.
    pub(crate) class: Class,
    chat: Name,
    responses: Name,
    claude: Name,
    gemini: Name,
    /// JSON texts that say what the protocols do anyway, so that their loss is none.
    defaults: &'static [&'static str],
}

type Name = Option<&'static str>;

impl Row {
    /// What a protocol calls it.
    pub(crate) const fn name(&self, protocol: Protocol) -> Name {
        match protocol {
            Protocol::Chat => self.chat,
            Protocol::Responses => self.responses,
            Protocol::Claude => self.claude,
            Protocol::Gemini => self.gemini,
        }
    }

    pub(crate) fn is_default(&self, json: &str) -> bool {
        self.defaults.contains(&json)
    }
}

/// The row of a setting.
pub(crate) fn row(key: Key) -> &'static Row {
    // Every key has a row, which a test makes sure of.
    let found = ROWS.iter().find(|row| row.key == key);
    found.unwrap_or(&ROWS[0])
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
pub(crate) static ROWS: [Row; Key::SessionId as usize + 1] = rows();

macro_rules! rows {
    ($($key:ident $class:ident [$chat:expr, $responses:expr, $claude:expr, $gemini:expr] $defaults:expr;)*) => {
        const fn rows() -> [Row; [$(Key::$key),*].len()] {
            [$(Row {
                key: Key::$key,
                class: Class::$class,
                chat: name($chat),
                responses: name($responses),
                claude: name($claude),
                gemini: name($gemini),
                defaults: &$defaults,
            }),*]
        }
    };
}

const fn name(name: &'static str) -> Name {
    if name.is_empty() { None } else { Some(name) }
}

rows! {
    // key             class       chat                      responses                 claude                 gemini                               defaults
    MaxOutput          Quality     ["max_completion_tokens", "max_output_tokens",      "max_tokens",          "generationConfig.maxOutputTokens"]  [];
    Temperature        Quality     ["temperature",           "temperature",            "temperature",         "generationConfig.temperature"]      ["1", "1.0"];
    TopP               Quality     ["top_p",                 "top_p",                  "top_p",               "generationConfig.topP"]             ["1", "1.0"];
    TopK               Quality     ["top_k",                 "",                       "top_k",               "generationConfig.topK"]             [];
    MinP               Quality     ["min_p",                 "",                       "",                    ""]                                  ["0", "0.0"];
    Stop               Quality     ["stop",                  "",                       "stop_sequences",      "generationConfig.stopSequences"]    ["[]"];
    Seed               Quality     ["seed",                  "",                       "",                    "generationConfig.seed"]             [];
    PresencePenalty    Quality     ["presence_penalty",      "",                       "",                    "generationConfig.presencePenalty"]  ["0", "0.0"];
    FrequencyPenalty   Quality     ["frequency_penalty",     "",                       "",                    "generationConfig.frequencyPenalty"] ["0", "0.0"];
    LogitBias          Quality     ["logit_bias",            "",                       "",                    ""]                                  ["{}"];
    Logprobs           Quality     ["logprobs",              "",                       "",                    "generationConfig.responseLogprobs"] ["false"];
    TopLogprobs        Quality     ["top_logprobs",          "top_logprobs",           "",                    "generationConfig.logprobs"]         ["0"];
    Choices            Semantic    ["n",                     "",                       "",                    "generationConfig.candidateCount"]   ["1"];
    Verbosity          Quality     ["verbosity",             "text.verbosity",         "",                    ""]                                  ["\"medium\""];
    Modalities         Semantic    ["modalities",            "",                       "",                    "generationConfig.responseModalities"] ["[\"text\"]", "[\"TEXT\"]"];
    Audio              Semantic    ["audio",                 "",                       "",                    ""]                                  [];
    Speech             Quality     ["",                      "",                       "",                    "generationConfig.speechConfig"]     [];
    Prediction         Quality     ["prediction",            "",                       "",                    ""]                                  [];
    MediaResolution    Quality     ["",                      "",                       "",                    "generationConfig.mediaResolution"]  [];
    ParallelTools      Quality     ["parallel_tool_calls",   "parallel_tool_calls",    "tool_choice.disable_parallel_tool_use", ""]                ["true"];
    MaxToolCalls       Quality     ["",                      "max_tool_calls",         "",                    ""]                                  [];
    PreviousResponse   Semantic    ["",                      "previous_response_id",   "",                    ""]                                  [];
    Conversation       Semantic    ["",                      "conversation",           "",                    ""]                                  [];
    Prompt             Semantic    ["",                      "prompt",                 "",                    ""]                                  [];
    Background         Semantic    ["",                      "background",             "",                    ""]                                  ["false"];
    CachedContent      Semantic    ["",                      "",                       "",                    "cachedContent"]                     [];
    McpServers         Semantic    ["",                      "",                       "mcp_servers",         ""]                                  ["[]"];
    Container          Quality     ["",                      "",                       "container",           ""]                                  [];
    Store              Bookkeeping ["store",                 "store",                  "",                    ""]                                  [];
    Truncation         Quality     ["",                      "truncation",             "",                    ""]                                  ["\"disabled\""];
    ContextManagement  Quality     ["",                      "context_management",     "context_management",  ""]                                  ["{}", "[]"];
    ServiceTier        Quality     ["service_tier",          "service_tier",           "service_tier",        "serviceTier"]                       ["\"auto\"", "\"default\""];
    Speed              Quality     ["",                      "",                       "speed",               ""]                                  ["\"standard\""];
    SafetySettings     Quality     ["",                      "",                       "",                    "safetySettings"]                    ["[]"];
    Moderation         Quality     ["moderation",            "moderation",             "",                    ""]                                  [];
    Include            Bookkeeping ["",                      "include",                "",                    ""]                                  [];
    PromptCache        Bookkeeping ["prompt_cache_key",      "prompt_cache_key",       "",                    ""]                                  [];
    CacheRetention     Bookkeeping ["prompt_cache_retention", "prompt_cache_retention", "",                   ""]                                  [];
    CacheOptions       Bookkeeping ["prompt_cache_options",  "prompt_cache_options",   "",                    ""]                                  [];
    CacheControl       Bookkeeping ["",                      "",                       "cache_control",       ""]                                  [];
    User               Bookkeeping ["user",                  "user",                   "",                    ""]                                  [];
    SafetyIdentifier   Bookkeeping ["safety_identifier",     "safety_identifier",      "metadata.user_id",    ""]                                  [];
    Metadata           Bookkeeping ["metadata",              "metadata",               "",                    ""]                                  [];
    Labels             Bookkeeping ["",                      "",                       "",                    "labels"]                            [];
    ClientMetadata     Bookkeeping ["",                      "client_metadata",        "",                    ""]                                  [];
    UserPromptId       Bookkeeping ["",                      "",                       "",                    "user_prompt_id"]                    [];
    SessionId          Bookkeeping ["",                      "",                       "",                    "session_id"]                        [];
}

#[cfg(test)]
mod tests {
    use super::{Key, ROWS, key_of, row};
    use cliproxy_core::Protocol;

    #[test]
    fn every_key_has_one_row() {
        for entry in &ROWS {
            let rows = ROWS.iter().filter(|other| other.key == entry.key);
            assert_eq!(rows.count(), 1, "{:?}", entry.key);
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
