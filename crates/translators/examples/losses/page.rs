//! What is lost, client by client: made by translating a body that has every member.

#[path = "fates.rs"]
mod fates;
#[path = "places.rs"]
mod places;
#[path = "profiles.rs"]
mod profiles;
#[path = "replies.rs"]
mod replies;

use cliproxy_core::Protocol;
use fates::{Column, rows, table};
use std::{error::Error, fmt::Write as _};

const HEAD: &str = "\
# What translation loses

Written by `cargo run -p cliproxy-translators --example losses`; a test keeps it fresh.
The rules behind it, and what the classes mean, are in [translation](translation.md#losses).

## What a request loses

Each table is about the clients of one protocol.
A request that has every member of the protocol (`crates/translators/tests/full`) was translated for each kind of upstream, and a second one (`more`) with what cannot stand beside these: other choices of tools, the old functions of Chat, an answer that was begun.
A row is a place in the client's body where something was lost, and why; what is not listed arrives, if need be in another notation.

The model is one that nobody knows, so it is taken for able to do what most models can.
What some can only is shown as lost: system messages inside the conversation (Claude), the provider's tools or a form of the answer beside functions, and a resolution for each image (Gemini), web search in Chat.
What the page cannot show is what becomes of single values: a level or budget that the model lacks ([reasoning](translation.md#reasoning)), a temperature over 1 and an output limit over the model's for Claude, more stop sequences than the upstream takes, a schema with assertions that it does not know, manual thinking of Claude, which is switched off where a call is forced, and an answer that was begun, for models of Claude that do not continue one.
They are *changed*.
The request asks for reasoning, beside which Claude takes no sampling: without it `temperature`, `top_p` and `top_k` arrive.

| word | meaning |
| --- | --- |
| refused | semantic: the request is about it, and gets 400. With `loss-policy: lenient` a part of the conversation becomes a note |
| dropped | it leaves no trace |
| changed | it arrives as something else, or by weaker means |
| with `x` | it is part of `x`, and goes with it |
| – | it arrives |
| (1), (2) | which of the reasons in the last column it is |

| reason | meaning |
| --- | --- |
| only its maker takes it back, and only if it is sealed | reasoning is sealed (signed or encrypted) by the provider that made it. No other can read it; open text of it goes to Chat upstreams that want it back |
| the upstream does not take it, or not in this form | its protocol has the member, but this vendor refuses it, or takes other values |
| nothing elsewhere is known to be the same | a member of this protocol alone, or one of a later version |

Labels and files of a request (`metadata`, `user`, `store`, cache marks and the like) are never listed.
";

/// What stands between the two tables of a client.
const SECOND: &str = "The second request:";

/// The upstreams: protocol and profile.
const UPSTREAMS: [Column; 6] = [
    (Protocol::Chat, "openai"),
    (Protocol::Chat, "compat"),
    (Protocol::Responses, "openai"),
    (Protocol::Responses, "codex"),
    (Protocol::Claude, "anthropic"),
    (Protocol::Gemini, "gemini"),
];

/// The requests of each client: one with every member, and one with what cannot stand beside these.
const CLIENTS: [(Protocol, &str, [&str; 2]); 4] = [
    (
        Protocol::Chat,
        "Chat",
        [
            include_str!("../../tests/full/chat.json"),
            include_str!("../../tests/full/more/chat.json"),
        ],
    ),
    (
        Protocol::Responses,
        "Responses",
        [
            include_str!("../../tests/full/responses.json"),
            include_str!("../../tests/full/more/responses.json"),
        ],
    ),
    (
        Protocol::Claude,
        "Claude",
        [
            include_str!("../../tests/full/claude.json"),
            include_str!("../../tests/full/more/claude.json"),
        ],
    ),
    (
        Protocol::Gemini,
        "Gemini",
        [
            include_str!("../../tests/full/gemini.json"),
            include_str!("../../tests/full/more/gemini.json"),
        ],
    ),
];

/// The page.
pub(crate) fn page() -> Result<String, Box<dyn Error>> {
    let mut page = HEAD.to_owned();
    for (client, name, [full, more]) in CLIENTS {
        let columns = UPSTREAMS.into_iter().filter(|(it, _)| *it != client);
        let columns: Vec<Column> = columns.collect();
        let listed = |document: &str| {
            let document = serde_json::from_str(document)?;
            table(&rows(client, &document, &columns)?, &columns)
        };
        write!(page, "\n### {name} clients\n\n{}", listed(full)?)?;
        write!(page, "\n{SECOND}\n\n{}", listed(more)?)?;
    }
    page.push_str(&profiles::vendors()?);
    page.push_str(&profiles::patches()?);
    page.push_str(&replies::replies()?);
    Ok(page)
}
