//! What an entry of the configuration says of members and roles, in a native body.
//!
//! A profile is about translated bodies and does nothing here; an entry's own switches do.
//!
//! | switch | what is done |
//! |---|---|
//! | `max-tokens-field` (Chat) | the output limit gets this name; one that has it already stays, and the other goes |
//! | `role-developer: system` (Chat) | the role of such messages |
//! | `rename-params` | the member gets its new name in its place; where the body has the new name, that one stays |
//! | `drop-params` | the member goes: a loss, unless it says what is done without it |

#[cfg(test)]
mod tests;

use super::Patch;
use crate::request_ir::{Class, Place, Why, key_of, row};
use cliproxy_core::Protocol;
use cliproxy_json::{Value, quoted};

impl<'a> Patch<'a> {
    /// Done after everything else, so that it is about the finished body.
    pub(super) fn switches(&mut self) {
        let params = self.target.params;
        if self.target.rules().settings.follows_profile {
            if let Some((other, wanted)) = params.limit() {
                match self.has(wanted) {
                    true => self.plan.cut(other),
                    false => self.plan.call(other, wanted),
                }
            }
            if params.keeps_no_developer() {
                self.developers();
            }
        }
        for (old, new) in params.renamed().filter(|(old, new)| old != new) {
            if self.has(new) {
                self.take(old);
            } else {
                self.plan.call(old, new);
            }
        }
        for name in params.dropped() {
            self.take(name);
        }
    }

    fn has(&self, name: &str) -> bool {
        self.root.get(name).is_some_and(|value| !value.is_null())
    }

    /// Takes a member away.
    fn take(&mut self, name: &'a str) {
        self.plan.cut(name);
        if let Some(value) = self.root.get(name)
            && let Some(class) = class(self.target.protocol, name, value)
        {
            self.losses.drop(Place::of(value), class, Why::Entry);
        }
    }

    fn developers(&mut self) {
        let messages = self.root.get("messages").into_iter();
        for message in messages.flat_map(|messages| messages.elements()) {
            let role = message.get("role");
            if let Some(role) = role.filter(|role| role.as_str().as_deref() == Some("developer")) {
                self.splices.replace(role.span(), quoted("system"));
            }
        }
    }
}

/// What is lost with a member, if something is.
fn class(protocol: Protocol, name: &str, value: Value<'_>) -> Option<Class> {
    let row = key_of(protocol, "", name).map(row);
    let is_default = row.is_some_and(|row| row.is_default(value.raw()));
    let class = row.map_or(Class::Quality, |row| match row.class {
        // It is the operator who takes it away, not a protocol that has no place for it.
        Class::Semantic => Class::Quality,
        class => class,
    });
    (!value.is_null() && !is_default).then_some(class)
}
