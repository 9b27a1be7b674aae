//! Keys that other versions know and this one does not act on.
//!
//! A file written for another version loads here; each such key is named once.

use crate::Section;

/// What becomes of an accepted key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A group whose members are looked up one by one.
    Group,
    /// Has no meaning here, for this reason.
    Ignored(&'static str),
    /// Would mean something, but not in this version.
    NotYet,
    /// Would mean less protection than its author counts on, if it were ignored.
    Unsafe(&'static str),
}

use Standing::{Group, Ignored, NotYet, Unsafe};

/// Exists elsewhere to make a gateway look like another program.
const DISGUISE: Standing = Ignored("the gateway never poses as another program");
const LEFT_OUT: Standing = Ignored("this is not part of the gateway");
const NO_ANTIGRAVITY: Standing = Ignored("the antigravity provider is not part of the gateway");
const SHOWN_AS_ASKED: Standing = Ignored("a reply always shows the name that was asked for");

/// How the sections of [`Section`] appear in [`KEYS`].
const ENTRY: &str = "ENTRY";
/// How the providers under `oauth-model-alias` appear there.
const PROVIDER: &str = "PROVIDER";

/// Every accepted key, as a path without positions. Members of a group stand behind it.
const KEYS: &[(&str, Standing)] = &[
    // Listener, management.
    ("remote-management", NotYet),
    ("ws-allowed-origins", NotYet),
    ("limits.max-ws-per-key", NotYet),
    // Client keys.
    (
        "api-keys[].allowed-models",
        Unsafe("every model would be allowed"),
    ),
    (
        "api-keys[].expires-at",
        Unsafe("the key would never expire"),
    ),
    ("api-keys[].rpm", Unsafe("the key would have no limit")),
    ("api-keys[].tpm", Unsafe("the key would have no limit")),
    // Logs and usage.
    ("commercial-mode", NotYet),
    ("logging-to-file", NotYet),
    ("logs-max-total-size-mb", NotYet),
    ("error-logs-max-files", NotYet),
    ("request-log", NotYet),
    ("log.redact", Ignored("secrets are never logged")),
    ("usage", NotYet),
    ("usage-statistics-enabled", NotYet),
    ("redis-usage-queue-retention-seconds", NotYet),
    ("pprof", LEFT_OUT),
    // Requests.
    ("payload", NotYet),
    ("compat.unknown-model-status", NotYet),
    ("compat.flat-auth-errors", NotYet),
    ("compat.openai-error-shape-everywhere", NotYet),
    ("compat.claude-lenient-stream", NotYet),
    ("compat.resp-true-rpop", NotYet),
    ("compat.cpa-headers", NotYet),
    ("model-catalogue", NotYet),
    ("disable-image-generation", NotYet),
    ("gpt-image-2-base-model", NotYet),
    ("video-result-auth-cache-ttl", NotYet),
    ("finish-unary-on-disconnect", NotYet),
    ("streaming.early-commit-seconds", NotYet),
    ("nonstream-keepalive-interval", NotYet),
    ("ws-auth", NotYet),
    ("enable-gemini-cli-endpoint", LEFT_OUT),
    // Accounts.
    ("oauth-model-alias.PROVIDER[].force-mapping", SHOWN_AS_ASKED),
    ("quota-exceeded", Group),
    ("quota-exceeded.switch-project", NotYet),
    ("quota-exceeded.switch-preview-model", NotYet),
    ("quota-exceeded.antigravity-credits", NO_ANTIGRAVITY),
    // Providers.
    ("interactions-api-key", NotYet),
    ("xai-api-key", NotYet),
    ("xai", NotYet),
    ("codex", Group),
    (
        "codex.stream-bootstrap-buffering",
        Ignored("streams are always buffered until they begin"),
    ),
    ("codex.optimize-multi-agent-v2", NotYet),
    ("codex.live-media-relay", LEFT_OUT),
    ("codex.identity-confuse", DISGUISE),
    ("codex.disable-codex-cloaking", DISGUISE),
    ("codex-header-defaults", DISGUISE),
    ("claude-header-defaults", DISGUISE),
    ("disable-claude-cloak-mode", DISGUISE),
    ("claude-code", Group),
    ("claude-code.disable-cloaking-model-list", DISGUISE),
    ("antigravity", Group),
    ("antigravity.sensitive-words", DISGUISE),
    ("antigravity-signature-cache-enabled", NO_ANTIGRAVITY),
    ("antigravity-signature-bypass-strict", NO_ANTIGRAVITY),
    ("ampcode", LEFT_OUT),
    ("amp-upstream-url", LEFT_OUT),
    ("amp-upstream-api-key", LEFT_OUT),
    ("amp-restrict-management-to-localhost", LEFT_OUT),
    ("amp-model-mappings", LEFT_OUT),
    ("plugins", LEFT_OUT),
    ("home", LEFT_OUT),
    ("credential-concurrency", LEFT_OUT),
    ("credential-in-flight", LEFT_OUT),
    // Entries.
    ("ENTRY[].cloak", DISGUISE),
    ("ENTRY[].experimental-cch-signing", DISGUISE),
    ("ENTRY[].fingerprint-profile", DISGUISE),
    ("ENTRY[].rebuild-mid-system-message", NotYet),
    ("ENTRY[].websockets", NotYet),
    ("ENTRY[].alpha-search", NotYet),
    ("ENTRY[].inject-image-tool", NotYet),
    ("ENTRY[].support-prompt-cache-key", NotYet),
    ("ENTRY[].quota-group", NotYet),
    ("ENTRY[].limits", NotYet),
    ("ENTRY[].quirks", NotYet),
    ("ENTRY[].tls-cert", NotYet),
    ("ENTRY[].tls-key", NotYet),
    (
        "ENTRY[].insecure-skip-verify",
        Ignored("certificates are always verified"),
    ),
    ("ENTRY[].models[].force-mapping", SHOWN_AS_ASKED),
    ("ENTRY[].models[].is-compat", NotYet),
    ("ENTRY[].models[].image", NotYet),
];

/// What becomes of the key with this path, if it is accepted.
pub(crate) fn standing(pattern: &str) -> Option<Standing> {
    let general = general(pattern);
    KEYS.iter()
        .find(|(key, _)| *key == general)
        .map(|(_, standing)| *standing)
}

/// The accepted keys beside the one with this path.
pub(crate) fn siblings(pattern: &str) -> impl Iterator<Item = &'static str> {
    let general = general(pattern);
    let parent = split(&general).0.to_owned();
    KEYS.iter().filter_map(move |(key, _)| {
        let (before, last) = split(key);
        (before == parent).then_some(last)
    })
}

fn general(pattern: &str) -> String {
    if let Some((group, below)) = pattern.split_once('.')
        && group == "oauth-model-alias"
        && let Some(provider_end) = below.find('[')
    {
        return format!("{group}.{PROVIDER}{}", &below[provider_end..]);
    }
    Section::ALL
        .iter()
        .find_map(|section| pattern.strip_prefix(section.as_str()))
        .filter(|rest| rest.starts_with('['))
        .map_or_else(|| pattern.to_owned(), |rest| format!("{ENTRY}{rest}"))
}

fn split(pattern: &str) -> (&str, &str) {
    pattern.rsplit_once('.').unwrap_or(("", pattern))
}
