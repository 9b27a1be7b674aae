//! Which profile a host has.

use super::{Profile, vendors};
use cliproxy_core::Protocol;

/// A host, or many.
enum Host {
    /// This one.
    Is(&'static str),
    /// What ends so: the names below a domain, or those of a region.
    Ends(&'static str),
}

use Host::{Ends, Is};

impl Host {
    fn fits(&self, host: &str) -> bool {
        match *self {
            Is(name) => host.eq_ignore_ascii_case(name),
            Ends(end) => {
                let start = host.len().checked_sub(end.len());
                let tail = start.and_then(|start| host.get(start..));
                tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
            }
        }
    }
}

/// Host and name of the profile. What is not listed has the first profile of its protocol.
const CHAT: &[(Host, &str)] = &[
    (Is("api.openai.com"), "openai"),
    (Ends(".openai.azure.com"), "openai"),
    (Ends(".services.ai.azure.com"), "openai"),
    (Is("api.deepseek.com"), "deepseek"),
    (Is("api.moonshot.ai"), "kimi"),
    (Is("api.moonshot.cn"), "kimi"),
    (Is("api.kimi.com"), "kimi"),
    (Is("api.minimax.io"), "minimax"),
    (Is("api.mistral.ai"), "mistral"),
    (Is("openrouter.ai"), "openrouter"),
    (Is("dashscope.aliyuncs.com"), "qwen"),
    (Is("dashscope-intl.aliyuncs.com"), "qwen"),
    (Is("dashscope-us.aliyuncs.com"), "qwen"),
    (Is("dashscope-finance.aliyuncs.com"), "qwen"),
    (Ends(".dashscope.aliyuncs.com"), "qwen"),
    (Is("api.x.ai"), "xai"),
    (Is("open.bigmodel.cn"), "zhipu"),
    (Is("api.z.ai"), "zhipu"),
];

const RESPONSES: &[(Host, &str)] = &[
    (Is("api.openai.com"), "openai"),
    (Ends(".openai.azure.com"), "openai"),
    (Ends(".services.ai.azure.com"), "openai"),
    (Is("chatgpt.com"), "codex"),
    (Is("api.x.ai"), "xai"),
];

const CLAUDE: &[(Host, &str)] = &[(Is("api.anthropic.com"), "anthropic")];

const GEMINI: &[(Host, &str)] = &[
    (Is("generativelanguage.googleapis.com"), "gemini"),
    (Is("aiplatform.googleapis.com"), "vertex"),
    (Ends("-aiplatform.googleapis.com"), "vertex"),
    (Ends(".rep.googleapis.com"), "vertex"),
    (Is("cloudcode-pa.googleapis.com"), "code-assist"),
];

const fn rows(protocol: Protocol) -> &'static [(Host, &'static str)] {
    match protocol {
        Protocol::Chat => CHAT,
        Protocol::Claude => CLAUDE,
        Protocol::Gemini => GEMINI,
        Protocol::Responses => RESPONSES,
    }
}

pub(super) fn profile(protocol: Protocol, host: &str) -> &'static Profile {
    let host = host.strip_suffix('.').unwrap_or(host);
    let row = rows(protocol).iter().find(|(row, _)| row.fits(host));
    let listed = row.and_then(|(_, name)| Profile::by_name(protocol, name));
    listed.unwrap_or_else(|| &vendors::all(protocol)[0])
}

#[cfg(test)]
mod tests {
    use super::{Profile, Protocol, rows};

    #[test]
    fn every_host_has_a_profile_that_exists() {
        for protocol in Protocol::ALL {
            for (_, name) in rows(protocol) {
                assert!(
                    Profile::by_name(protocol, name).is_some(),
                    "{protocol} {name}"
                );
            }
        }
    }
}
