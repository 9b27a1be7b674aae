//! Calls that a Responses client knows as items of their own, although its upstream knows a function.
//!
//! | tool | item | what its arguments are |
//! | --- | --- | --- |
//! | `local_shell` | `local_shell_call` | `action`, with `type` `exec`, and `command` and `env` in any case |
//! | `shell` | `shell_call` | `action` |
//! | `apply_patch` | `apply_patch_call` | `operation` |
//!
//! There are no events for pieces of such a call, so its item is whole when it is done. Arguments that
//! are no object are repaired as for targets that need one.

use crate::{arguments, compact::one_line, request_ir::HostedKind};
use cliproxy_json::{ObjectWriter, Value, decoded};

/// What an item of its own is called.
#[derive(Clone, Copy, Debug)]
pub(super) struct NativeCall {
    pub(super) kind: &'static str,
    /// What its id begins with.
    pub(super) prefix: &'static str,
    member: &'static str,
    /// Members that clients rely on, written if the model has left them out.
    required: &'static [(&'static str, &'static str)],
}

const LOCAL_SHELL: NativeCall = NativeCall {
    kind: "local_shell_call",
    prefix: "lsh_gw_",
    member: "action",
    required: &[("command", "[]"), ("env", "{}")],
};

const SHELL: NativeCall = NativeCall {
    kind: "shell_call",
    prefix: "sh_gw_",
    member: "action",
    required: &[("commands", "[]")],
};

const APPLY_PATCH: NativeCall = NativeCall {
    kind: "apply_patch_call",
    prefix: "apc_gw_",
    member: "operation",
    required: &[],
};

impl NativeCall {
    pub(super) const fn of(kind: HostedKind) -> Option<Self> {
        match kind {
            HostedKind::LocalShell => Some(LOCAL_SHELL),
            HostedKind::Shell => Some(SHELL),
            HostedKind::ApplyPatch => Some(APPLY_PATCH),
            _ => None,
        }
    }

    /// Writes what is done; `arguments` is the escaped text of the call.
    pub(super) fn write(self, arguments: &str, item: &mut ObjectWriter<'_>) {
        let text = decoded(arguments);
        let input = arguments::object(&text);
        let input = Value::parse(&input).ok();
        let is_local = self.kind == LOCAL_SHELL.kind;
        item.object(self.member, |action| {
            if is_local {
                action.text("type", "exec");
            }
            if let Some(input) = input {
                let own = |name: &str| !is_local || name != "type";
                for (name, value) in input.members().filter(|(name, _)| own(name)) {
                    action.raw(&name, &one_line(value.raw()));
                }
            }
            for (name, value) in self.required {
                if input.is_none_or(|input| input.get(name).is_none()) {
                    action.raw(name, value);
                }
            }
        });
    }
}
