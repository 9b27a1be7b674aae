//! One sign-in with several projects: a virtual record for each.

use super::{CredentialRecord, Standing};
use crate::file_name::PROJECT;
use cliproxy_core::CredentialId;
use std::collections::BTreeSet;

/// The projects that are listed with commas, each once, in order.
pub(super) fn split(list: &str) -> Box<[Box<str>]> {
    let mut projects: Vec<Box<str>> = Vec::new();
    for project in list.split(',').map(str::trim) {
        if !project.is_empty() && !projects.iter().any(|known| **known == *project) {
            projects.push(project.into());
        }
    }
    projects.into()
}

/// The record itself, and one for each of its projects if it has several. All of them share one set of
/// tokens: a refresh by one is seen by all.
///
/// One that is switched off or of no use has no children: they would be neither.
pub(super) fn spread(mut parent: CredentialRecord) -> Vec<CredentialRecord> {
    if parent.projects.len() < 2 || parent.standing != Standing::Active {
        return vec![parent];
    }
    let mut taken = BTreeSet::new();
    let children: Vec<_> = parent
        .projects
        .iter()
        .map(|project| {
            let mut id = child_id(&parent.id, project);
            // Two projects may differ only in what an id cannot have.
            while !taken.insert(id.clone()) {
                id.push('-');
            }
            CredentialRecord {
                id: CredentialId::from(id),
                label: format!("{} [{project}]", parent.label).into(),
                projects: Box::from([project.clone()]),
                parent: Some(parent.id.clone()),
                ..parent.clone()
            }
        })
        .collect();
    parent.standing = Standing::Parent(children.iter().map(|child| child.id.clone()).collect());
    let mut records = vec![parent];
    records.extend(children);
    records
}

fn child_id(parent: &CredentialId, project: &str) -> String {
    let plain = |character| match character {
        '/' | '\\' | ' ' => '_',
        character => character,
    };
    let project: String = project.chars().map(plain).collect();
    format!("{parent}{PROJECT}{project}")
}
