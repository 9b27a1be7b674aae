//! Which credential a name means.

use super::seen::Seen;
use crate::screen::plain;
use anyhow::{anyhow, bail};
use cliproxy_auth_store::FileName;
use cliproxy_config::nearest;
use cliproxy_gateway::CredentialDetail;

/// What a name stands for.
#[derive(Debug)]
pub(super) enum Named<'a> {
    /// A credential.
    Credential(&'a CredentialDetail),
    /// A file that no credential was made of.
    Broken(FileName),
}

/// What people call a credential: its label, else whose account it is, else its file.
pub(super) fn called(one: &CredentialDetail) -> &str {
    let view = &one.view;
    let Some(from) = &one.from else {
        return &view.credential;
    };
    // Where nothing else is known, the label says no more than the type.
    let is_label = view.credential != view.provider && !view.credential.is_empty();
    let stem = view.id.trim_end_matches(".json");
    match &from.account_id {
        _ if is_label => &view.credential,
        Some(account) => account,
        None => stem,
    }
}

impl Seen {
    /// The one that is meant: by its id, the name of its file with or without `.json`, or a label that
    /// nobody else has.
    pub(super) fn named(&self, name: &str) -> anyhow::Result<Named<'_>> {
        let all = &self.inventory.credentials;
        let with_end = format!("{name}.json");
        let is_called = |id: &str| id == name || id == with_end;
        if let Some(found) = all.iter().find(|one| is_called(&one.view.id)) {
            return Ok(Named::Credential(found));
        }
        let mut broken = self.problems.iter().map(|problem| &problem.file);
        if let Some(file) = broken.find(|file| is_called(file.as_str())) {
            return Ok(Named::Broken(file.clone()));
        }
        let labelled = all
            .iter()
            .filter(|one| one.view.credential == name || called(one) == name);
        match *labelled.collect::<Vec<_>>() {
            [one] => Ok(Named::Credential(one)),
            [] => Err(self.unknown(name)),
            ref several => {
                let ids = several.iter().map(|one| plain(&one.view.id));
                let ids: Vec<_> = ids.collect();
                bail!(
                    "{} credentials are called {}; name one of {}",
                    several.len(),
                    plain(name),
                    ids.join(", ")
                )
            }
        }
    }

    fn unknown(&self, name: &str) -> anyhow::Error {
        let all = &self.inventory.credentials;
        let files = all.iter().filter(|one| one.from.is_some());
        let files = files.map(|one| one.view.id.trim_end_matches(".json"));
        let names = files.chain(all.iter().map(called));
        let hint = match nearest(name.trim_end_matches(".json"), names) {
            Some(near) => format!("did you mean {}?", plain(near)),
            None => "`cliproxy credentials list` shows all".to_owned(),
        };
        anyhow!("there is no credential {}; {hint}", plain(name))
    }

    /// The file of the credential that is meant, to be changed or removed.
    pub(super) fn file(&self, name: &str) -> anyhow::Result<FileName> {
        let one = match self.named(name)? {
            Named::Broken(file) => return Ok(file),
            Named::Credential(one) => one,
        };
        let label = plain(&one.view.credential);
        let Some(from) = &one.from else {
            bail!(
                "{label} is a key of the configuration, not a file: set `disabled: true` in its entry \
                 in {}, or take it out there",
                self.config()
            );
        };
        if let Some(parent) = &from.parent {
            bail!(
                "{label} is a project of {parent}: name that, or take the project out of its `project_id`"
            );
        }
        Ok(FileName::parse(&one.view.id)?)
    }
}
