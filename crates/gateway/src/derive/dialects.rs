//! What an entry's upstream speaks, and how requests are translated for it.

use crate::member::Dialect;
use cliproxy_config::{
    Config, Entry, ForceStreamUsage, LossPolicy as ConfigPolicy, MaxTokensField as ConfigField,
    RoleDeveloper as ConfigRole,
};
use cliproxy_core::Protocol;
use cliproxy_executors::Provider;
use cliproxy_translators::{
    LossPolicy, MaxTokensField, Options, Params, Profile, RoleDeveloper, StreamUsage,
};
use std::sync::Arc;

/// The protocols of an entry's upstream, each as this upstream speaks it. `vendor` is the section's.
pub(super) fn dialects(entry: &Entry, vendor: &str, provider: &Provider) -> Arc<[Dialect]> {
    let params = Arc::new(params(entry));
    let protocols = provider.executor.protocols().iter();
    let dialects = protocols.map(|&protocol| Dialect {
        protocol,
        profile: profile(entry, vendor, protocol),
        params: Arc::clone(&params),
        repairs: entry.dialect.repair && protocol == Protocol::Chat,
    });
    dialects.collect()
}

/// The same of an account: those of `vendor`, one of which is spoken as the profile has it.
pub(super) fn plain_dialects(
    provider: &Provider,
    vendor: &str,
    (of, name): (Protocol, &str),
) -> Arc<[Dialect]> {
    let params = Arc::<Params>::default();
    let protocols = provider.executor.protocols().iter();
    let dialects = protocols.map(|&protocol| {
        let named = Profile::by_name(protocol, name).filter(|_| protocol == of);
        Dialect {
            protocol,
            profile: *named.unwrap_or_else(|| Profile::of_vendor(protocol, vendor)),
            params: Arc::clone(&params),
            repairs: false,
        }
    });
    dialects.collect()
}

/// The one that the entry names, or that its host has; without a base URL the vendor's own. The
/// entry's switches go on top.
fn profile(entry: &Entry, vendor: &str, protocol: Protocol) -> Profile {
    let host = entry.base_url.as_ref().and_then(|url| url.host_str());
    let name = entry.dialect.profile.as_deref();
    let named = name.and_then(|name| Profile::by_name(protocol, name));
    let mut profile = *named.unwrap_or_else(|| match host {
        Some(host) => Profile::for_host(protocol, host),
        None => Profile::of_vendor(protocol, vendor),
    });
    if let Some(field) = limit_name(entry) {
        profile.set_max_tokens_field(field);
    }
    if let Some(role) = developer(entry) {
        profile.set_role_developer(role);
    }
    profile.set_stream_usage(match entry.force_stream_usage {
        ForceStreamUsage::Auto => StreamUsage::Auto,
        ForceStreamUsage::Off => StreamUsage::Off,
        ForceStreamUsage::On => StreamUsage::On,
    });
    profile
}

fn limit_name(entry: &Entry) -> Option<MaxTokensField> {
    entry.dialect.max_tokens_field.map(|field| match field {
        ConfigField::MaxCompletionTokens => MaxTokensField::MaxCompletionTokens,
        ConfigField::MaxTokens => MaxTokensField::MaxTokens,
    })
}

fn developer(entry: &Entry) -> Option<RoleDeveloper> {
    entry.dialect.role_developer.map(|role| match role {
        ConfigRole::Keep => RoleDeveloper::Keep,
        ConfigRole::System => RoleDeveloper::System,
    })
}

/// What it says itself, which also holds for bodies in the client's own protocol.
fn params(entry: &Entry) -> Params {
    let dialect = &entry.dialect;
    let params = Params::new(dialect.drop_params.clone(), dialect.rename_params.clone());
    params.with_chat(limit_name(entry), developer(entry))
}

/// What the operator wants of all translations.
pub(super) const fn options(config: &Config) -> Options {
    let translation = &config.translation;
    Options {
        policy: match translation.loss_policy {
            ConfigPolicy::Lenient => LossPolicy::Lenient,
            ConfigPolicy::Report => LossPolicy::Report,
            ConfigPolicy::Strict => LossPolicy::Strict,
        },
        auto_cache: translation.auto_cache,
        default_max_tokens: translation.default_max_tokens as u64,
        strict_tools: translation.strict_tools,
        reasoning_details: translation.reasoning_details,
        announces_failures: config.compat.responses_error_event,
    }
}

#[cfg(test)]
mod tests {
    use super::profile;
    use cliproxy_config::{Env, Overrides, load_text, profiles};
    use cliproxy_core::Protocol;
    use cliproxy_translators::Profile;
    use std::{collections::BTreeSet, path::Path};

    #[test]
    fn the_configuration_knows_every_profile() {
        for protocol in Protocol::ALL {
            let known: BTreeSet<_> = profiles(protocol).iter().copied().collect();
            let built: BTreeSet<_> = Profile::names(protocol).collect();
            assert_eq!(known, built, "{protocol}");
            assert_eq!(known.len(), profiles(protocol).len(), "{protocol}");
        }
    }

    #[test]
    fn what_an_entry_says_beats_what_its_host_says() {
        let check = |base: &str, said: &str, expected: &str| {
            let yaml = format!(
                "openai-compatibility: [{{name: a, base-url: '{base}', models: [{{name: m}}], api: \
                 both, {said}}}]"
            );
            let env = Env::default();
            let loaded = load_text(&yaml, Path::new("."), &env, &Overrides::default()).unwrap();
            let entry = &loaded.config.entries[0];
            let named = |protocol| profile(entry, "openai-compatibility", protocol).name();
            let both = [Protocol::Chat, Protocol::Responses].map(named);
            assert_eq!(both.join(" "), expected, "{base} {said}");
        };
        check("https://h", "", "compat compat");
        check("https://h", "profile: xai", "xai xai");
        check("https://h", "profile: mistral", "mistral compat");
        check("https://api.openai.com/v1", "", "openai openai");
        check(
            "https://api.openai.com/v1",
            "profile: codex",
            "openai codex",
        );
        check(
            "https://api.openai.com/v1",
            "profile: compat",
            "compat compat",
        );
    }

    #[test]
    fn switches_go_on_top_of_the_profile() {
        let check = |said: &str, expected: Profile| {
            let yaml = format!(
                "openai-compatibility: [{{name: a, base-url: 'https://api.mistral.ai', models: \
                 [{{name: m}}], {said}}}]"
            );
            let env = Env::default();
            let loaded = load_text(&yaml, Path::new("."), &env, &Overrides::default()).unwrap();
            let entry = &loaded.config.entries[0];
            let found = profile(entry, "openai-compatibility", Protocol::Chat);
            assert_eq!(found, expected, "{said}");
        };
        use cliproxy_translators::{MaxTokensField, RoleDeveloper, StreamUsage};
        let with = |change: fn(&mut Profile)| {
            let mut profile = *Profile::by_name(Protocol::Chat, "mistral").unwrap();
            change(&mut profile);
            profile
        };
        check("", with(|_| {}));
        check(
            "max-tokens-field: max_completion_tokens",
            with(|it| it.set_max_tokens_field(MaxTokensField::MaxCompletionTokens)),
        );
        check(
            "role-developer: keep",
            with(|it| it.set_role_developer(RoleDeveloper::Keep)),
        );
        check(
            "force-stream-usage: on",
            with(|it| it.set_stream_usage(StreamUsage::On)),
        );
        assert_ne!(
            with(|it| it.set_stream_usage(StreamUsage::On)),
            with(|_| {})
        );
    }
}
