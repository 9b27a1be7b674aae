//! Which profile a host has.

use super::Profile;
use crate::protocols::rules;
use cliproxy_core::Protocol;

/// A host, or many.
pub(crate) enum Host {
    /// This one.
    Is(&'static str),
    /// What ends so: the names below a domain, or those of a region.
    Ends(&'static str),
}

impl Host {
    fn fits(&self, host: &str) -> bool {
        match *self {
            Self::Is(name) => host.eq_ignore_ascii_case(name),
            Self::Ends(end) => {
                let start = host.len().checked_sub(end.len());
                let tail = start.and_then(|start| host.get(start..));
                tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
            }
        }
    }
}

pub(super) fn profile(protocol: Protocol, host: &str) -> &'static Profile {
    let host = host.strip_suffix('.').unwrap_or(host);
    let profiles = &rules(protocol).profiles;
    let row = profiles.hosts.iter().find(|(row, _)| row.fits(host));
    let listed = row.and_then(|(_, name)| Profile::by_name(protocol, name));
    listed.unwrap_or_else(|| &profiles.all[0])
}

#[cfg(test)]
mod tests {
    use super::{Profile, Protocol, rules};

    #[test]
    fn every_host_has_a_profile_that_exists() {
        for protocol in Protocol::ALL {
            for (_, name) in rules(protocol).profiles.hosts {
                assert!(
                    Profile::by_name(protocol, name).is_some(),
                    "{protocol} {name}"
                );
            }
        }
    }
}
