//! What single vendors lose besides, and what a patch takes away.

use super::{
    CLIENTS, UPSTREAMS,
    fates::{Column, differs, rows, table},
};
use cliproxy_core::Protocol;
use cliproxy_translators::Profile;
use std::{error::Error, fmt::Write as _};

const VENDORS: &str = "
## What the profiles of vendors lose

The same requests for every profile that is not in the tables above, beside the one it is most like, which comes first.
A row is a place of which not all of them make the same; a client without a table loses the same everywhere.
";

const PATCHES: &str = "
## What a patch loses

An upstream that speaks the client's protocol gets the client's bytes, and loses nothing, but for four things.

| what is taken away | class | why |
| --- | --- | --- |
| reasoning of the history that the gateway carries for another vendor, and what an account has sealed that does not serve | opaque | only its maker takes it back |
| sampling beside the thinking that a suffix of the model asks of Claude | quality | the model takes none beside its reasoning |
| what the entry's `drop-params` names | that of the member | the configuration of the upstream takes it away |
| what the backend of the profile `codex` refuses | see the tables; labels are not listed | the backend takes no other |

`code-assist` wraps the body and takes nothing away.
";

/// The profile that the others of its protocol are most like.
const USUAL: [Column; 4] = [
    (Protocol::Chat, "compat"),
    (Protocol::Responses, "openai"),
    (Protocol::Claude, "anthropic"),
    (Protocol::Gemini, "gemini"),
];

/// Bodies that are patched.
const PATCHED: [Column; 2] = [
    (Protocol::Responses, "codex"),
    (Protocol::Gemini, "code-assist"),
];

pub(crate) fn vendors() -> Result<String, Box<dyn Error>> {
    let mut page = VENDORS.to_owned();
    for usual in USUAL {
        let names = Profile::names(usual.0).map(|name| (usual.0, name));
        let others = names.filter(|one| !UPSTREAMS.contains(one));
        let columns: Vec<Column> = [usual].into_iter().chain(others).collect();
        for (client, name, [full, _]) in CLIENTS {
            if client == usual.0 {
                continue;
            }
            let mut rows = rows(client, &serde_json::from_str(full)?, &columns)?;
            rows.retain(|_, row| differs(row, columns.len()));
            if !rows.is_empty() {
                let table = table(&rows, &columns)?;
                write!(
                    page,
                    "\n### {name} clients, upstreams of {}\n\n{table}",
                    usual.0
                )?;
            }
        }
    }
    Ok(page)
}

pub(crate) fn patches() -> Result<String, Box<dyn Error>> {
    let mut page = PATCHES.to_owned();
    for column in PATCHED {
        let clients = CLIENTS
            .into_iter()
            .filter(|(client, ..)| *client == column.0);
        for (client, name, [full, _]) in clients {
            let rows = rows(client, &serde_json::from_str(full)?, &[column])?;
            if !rows.is_empty() {
                let table = table(&rows, &[column])?;
                write!(page, "\n### {name} clients, `{}`\n\n{table}", column.1)?;
            }
        }
    }
    Ok(page)
}
