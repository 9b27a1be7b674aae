//! What is in service of the credential files, and what a change of them means.

use crate::member::Member;
use cliproxy_auth_store::{Change, CredentialRecord, Difference, Standing};
use cliproxy_config::Config;
use cliproxy_core::{CredentialId, Generation};
use cliproxy_token_refresh::LiveTokens;
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// How many names of deleted files are kept.
const MOST_GONE: usize = 10_000;

/// One account.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) record: Arc<CredentialRecord>,
    /// Another one for each identity that the file has had.
    pub(crate) generation: Generation,
    /// What was made of it. Only other tokens leave it true.
    pub(crate) derived: Derived,
}

/// What a derivation has made of an account, kept for the next: a file that changes costs the others
/// next to nothing.
#[derive(Default)]
pub(crate) struct Derived(Mutex<Option<(Arc<Config>, Arc<Member>)>>);

impl Derived {
    /// The member that it is with this configuration, if that is known.
    pub(crate) fn with(&self, config: &Arc<Config>) -> Option<Arc<Member>> {
        let known = self.0.lock();
        let (of, member) = known.as_ref()?;
        Arc::ptr_eq(of, config).then(|| Arc::clone(member))
    }

    pub(crate) fn remember(&self, config: &Arc<Config>, member: &Arc<Member>) {
        *self.0.lock() = Some((Arc::clone(config), Arc::clone(member)));
    }
}

impl fmt::Debug for Derived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_known = self.0.lock().is_some();
        f.debug_tuple("Derived").field(&is_known).finish()
    }
}

/// All accounts, in the order of their ids, so that a derivation always says the same.
#[derive(Debug, Default)]
pub(crate) struct Holdings {
    held: BTreeMap<CredentialId, Held>,
    /// Where tokens are found, by [`owner`].
    live: FxHashMap<CredentialId, Arc<LiveTokens>>,
    /// The last generation that was given out.
    last: u64,
    gone: Gone,
}

/// Those that were there and are gone: who comes back is somebody else.
#[derive(Debug, Default)]
struct Gone {
    names: FxHashSet<CredentialId>,
    /// Some names were given up: anybody may have been there.
    is_anybody: bool,
}

impl Gone {
    fn contains(&self, id: &CredentialId) -> bool {
        self.is_anybody || self.names.contains(id)
    }

    /// A directory whose files have ever new names must not fill the memory with them.
    fn insert(&mut self, id: CredentialId) {
        if self.is_anybody {
            return;
        }
        if self.names.len() >= MOST_GONE {
            self.is_anybody = true;
            self.names = FxHashSet::default();
            return;
        }
        self.names.insert(id);
    }
}

/// What is to be done about changes.
#[derive(Debug, Default)]
pub(crate) struct Consequences {
    /// The snapshot is not true any more.
    pub(crate) derives: bool,
    /// Somebody who was not there may serve.
    pub(super) adds: bool,
    /// Who has tokens that somebody else has written.
    pub(super) renewed: Vec<CredentialId>,
    /// Whose tokens are not kept any more.
    pub(super) forgotten: Vec<CredentialId>,
    /// Whose tokens are kept, or are others than before.
    pub(super) kept: BTreeMap<CredentialId, Arc<CredentialRecord>>,
}

/// Who holds the tokens of an account: a project has those of its file.
pub(crate) fn owner(record: &CredentialRecord) -> &CredentialId {
    record.parent.as_ref().unwrap_or(&record.id)
}

impl Holdings {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Held> {
        self.held.values()
    }

    pub(crate) fn live(&self, record: &CredentialRecord) -> Option<&Arc<LiveTokens>> {
        self.live.get(owner(record))
    }

    pub(super) fn goes_live(&mut self, id: CredentialId, tokens: Arc<LiveTokens>) {
        self.live.insert(id, tokens);
    }

    /// Takes changes over, in their order.
    pub(crate) fn apply(&mut self, changes: Vec<Change>) -> Consequences {
        let mut then = Consequences::default();
        for change in changes {
            match change {
                Change::Added(record) => {
                    let is_back = self.gone.contains(&record.id);
                    let generation = self.generation(is_back);
                    self.put(record, generation, &mut then);
                }
                Change::Recreated(record) => {
                    self.remove(&record.id, &mut then);
                    let generation = self.generation(true);
                    self.put(record, generation, &mut then);
                }
                Change::Removed(id) => self.remove(&id, &mut then),
                Change::Changed {
                    before,
                    record,
                    ours,
                } => self.change(&before, record, ours, &mut then),
            }
        }
        then
    }

    fn change(
        &mut self,
        before: &CredentialRecord,
        record: Arc<CredentialRecord>,
        ours: bool,
        then: &mut Consequences,
    ) {
        let difference = Difference::between(before, &record);
        let Difference {
            identity,
            standing,
            settings,
            tokens,
            ..
        } = difference;
        if tokens && !ours && record.parent.is_none() {
            then.renewed.push(record.id.clone());
        }
        if !(identity || standing || settings) {
            // The engine has these tokens already, or has made them.
            if let Some(held) = self.held.get_mut(&record.id) {
                held.record = Arc::clone(&record);
            }
            if !ours && record.parent.is_none() {
                then.kept.insert(record.id.clone(), record);
            }
            return;
        }
        let is_enabled = standing && before.standing == Standing::Disabled;
        let known = self.held.get(&record.id).map(|held| held.generation);
        let generation = match known {
            Some(generation) if !identity && !is_enabled => generation,
            known => self.generation(known.is_some()),
        };
        if identity {
            self.forget(&record.id, then);
        }
        self.put(record, generation, then);
    }

    fn put(
        &mut self,
        record: Arc<CredentialRecord>,
        generation: Generation,
        then: &mut Consequences,
    ) {
        then.derives = true;
        then.adds |= record.standing == Standing::Active;
        if matches!(record.standing, Standing::Inert(_)) {
            self.forget(&record.id, then);
        } else if record.parent.is_none() {
            then.kept.insert(record.id.clone(), Arc::clone(&record));
        }
        self.gone.names.remove(&record.id);
        let held = Held {
            generation,
            derived: Derived::default(),
            record,
        };
        self.held.insert(held.record.id.clone(), held);
    }

    fn remove(&mut self, id: &CredentialId, then: &mut Consequences) {
        if self.held.remove(id).is_some() {
            then.derives = true;
            self.gone.insert(id.clone());
            self.forget(id, then);
        }
    }

    fn forget(&mut self, id: &CredentialId, then: &mut Consequences) {
        then.kept.remove(id);
        if self.live.remove(id).is_some() {
            then.forgotten.push(id.clone());
        }
    }

    /// The first generation is the same in every process, so that health is found again which was
    /// written down.
    const fn generation(&mut self, is_another: bool) -> Generation {
        if !is_another {
            return Generation(0);
        }
        self.last += 1;
        Generation(self.last)
    }
}

#[cfg(test)]
mod tests;
