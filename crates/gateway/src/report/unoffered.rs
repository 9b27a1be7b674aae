//! Keys and accounts that could serve and are asked for nothing: nobody offers a model of theirs.

use super::{CredentialView, health::account, sign_ins::SignIns};
use crate::{derive::PASSTHROUGH, gateway::Source, member::Member, snapshot::Snapshot};
use cliproxy_config::Section;
use cliproxy_core::CredentialId;
use rustc_hash::FxHashSet;

const NO_MODELS: &str = "no models";

/// Those of a snapshot that are in no route. `listed` are those that are.
pub(super) fn unoffered(
    snapshot: &Snapshot,
    listed: &FxHashSet<CredentialId>,
    sign_ins: &SignIns,
    source: &Source,
) -> Vec<CredentialView> {
    // An entry is asked with its first key.
    let told = snapshot.members.values();
    let told = told.filter(|one| source.has_told(&one.credential.id));
    let told: FxHashSet<_> = told.map(|one| one.source).collect();
    let members = snapshot.members.iter();
    let members = members.filter(|(id, _)| !listed.contains(*id) && id.as_str() != PASSTHROUGH);
    members
        .map(|(id, member)| CredentialView {
            credential: member.credential.label.to_string(),
            id: id.to_string(),
            provider: member.credential.provider.to_string(),
            priority: member.priority,
            weight: member.weight,
            state: NO_MODELS.to_owned(),
            reason: Some(why(member, &told, source).to_owned()),
            back_in_ms: None,
            proxy: member.proxy.as_deref().map(str::to_owned),
            account: account(member, sign_ins),
            models: Vec::new(),
        })
        .collect()
}

/// `told` are the places of those whose upstream has said which models it has.
fn why(member: &Member, told: &FxHashSet<usize>, source: &Source) -> &'static str {
    // The offers of entries come first, one for each that is in use.
    let mut entries = source.config.entries.iter().filter(|entry| !entry.disabled);
    let entry = entries.nth(member.source);
    match entry.filter(|_| member.origin.is_none()) {
        Some(entry) if entry.models.as_ref().is_some_and(|all| !all.is_empty()) => {
            "`excluded-models` leaves none of its models"
        }
        Some(entry) if entry.discover_models && !told.contains(&member.source) => {
            "`discover-models` is set, and its upstream has not said which it has"
        }
        Some(entry) if entry.discover_models => "its upstream lists none that it may serve",
        Some(entry) if entry.section == Section::OpenaiCompatibility => "its entry lists none",
        _ => "all that it could serve are excluded",
    }
}
