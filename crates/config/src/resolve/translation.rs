//! How requests are translated, and what an entry's upstream takes.

use super::{Resolver, text, texts};
use crate::{
    ChatApi, EntryDialect, Section, Translation,
    nearest::nearest,
    profiles,
    raw::{RawChat, RawClaude, RawEntry, RawTranslation},
    translation::protocols,
    tree::Spot,
};
use std::collections::BTreeMap;

/// Without these a body is no request.
const NEEDED: [&str; 4] = ["model", "messages", "input", "stream"];

impl Resolver<'_> {
    pub(super) fn translation(
        &mut self,
        translation: &RawTranslation,
        claude: &RawClaude,
        chat: &RawChat,
        root: &Spot<'_>,
    ) -> Translation {
        let default = Translation::default();
        if claude.default_max_tokens == Some(0) {
            let spot = root.key("claude").key("default-max-tokens");
            let remedy = "remove it for the default";
            self.report.error(&spot, "must be at least 1", remedy);
        }
        Translation {
            loss_policy: translation.loss_policy.unwrap_or(default.loss_policy),
            strict_tools: translation.strict_tools.unwrap_or(default.strict_tools),
            replay: translation.replay.unwrap_or(default.replay),
            reasoning_details: chat.reasoning_details.unwrap_or(default.reasoning_details),
            auto_cache: claude.auto_cache.unwrap_or(default.auto_cache),
            default_max_tokens: claude
                .default_max_tokens
                .unwrap_or(default.default_max_tokens),
        }
    }

    /// Takes what it needs out of the entry.
    pub(super) fn dialect(
        &mut self,
        section: Section,
        raw: &mut RawEntry,
        spot: &Spot<'_>,
    ) -> EntryDialect {
        let profile = raw.profile.take();
        let api = raw.api.unwrap_or_default();
        EntryDialect {
            profile: self.profile(section, api, profile, &spot.key("profile")),
            max_tokens_field: raw.max_tokens_field,
            role_developer: raw.role_developer,
            drop_params: self.drop_params(&mut raw.drop_params, &spot.key("drop-params")),
            rename_params: self.rename_params(&mut raw.rename_params, &spot.key("rename-params")),
            repair: raw.repair.unwrap_or(false),
        }
    }

    fn profile(
        &mut self,
        section: Section,
        api: ChatApi,
        given: Option<String>,
        spot: &Spot<'_>,
    ) -> Option<String> {
        let name = text(given)?.to_ascii_lowercase();
        let protocols = protocols(section, api).iter();
        let mut known: Vec<&str> = Vec::new();
        for profile in protocols.flat_map(|&protocol| profiles(protocol)) {
            if !known.contains(profile) {
                known.push(profile);
            }
        }
        if known.contains(&&*name) {
            return Some(name);
        }
        let there_are = format!("there are {}", known.join(", "));
        let remedy = match nearest(&name, known.into_iter()) {
            Some(known) => format!("did you mean `{known}`? {there_are}"),
            None => there_are,
        };
        let message = format!("not a profile of `{section}`");
        self.report.error(spot, message, remedy);
        None
    }

    fn drop_params(&mut self, given: &mut Vec<Option<String>>, spot: &Spot<'_>) -> Vec<String> {
        let names = texts(std::mem::take(given));
        for name in &names {
            self.refuse_needed(name, spot);
        }
        names
    }

    fn rename_params(
        &mut self,
        given: &mut BTreeMap<String, Option<String>>,
        spot: &Spot<'_>,
    ) -> Vec<(String, String)> {
        let mut renamed = Vec::with_capacity(given.len());
        for (old, new) in std::mem::take(given) {
            let spot = spot.key(&old);
            let Some(new) = text(new) else {
                let remedy = "write the new name, or list it in `drop-params`";
                self.report.error(&spot, "no new name", remedy);
                continue;
            };
            self.refuse_needed(&old, &spot);
            self.refuse_needed(&new, &spot);
            renamed.push((old, new));
        }
        renamed
    }

    fn refuse_needed(&mut self, name: &str, spot: &Spot<'_>) {
        if NEEDED.contains(&name) {
            let message = format!("no request can do without `{name}`");
            self.report.error(spot, message, "remove it");
        }
    }
}
