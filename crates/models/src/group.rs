//! The lists of the catalogue.

use cliproxy_core::ModelId;
use serde::Deserialize;

/// A list of the catalogue: what a kind of credential is offered by its vendor.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Group {
    /// The Anthropic API.
    Claude,
    /// The Gemini API.
    Gemini,
    /// The OpenAI API.
    #[serde(rename = "openai")]
    OpenAi,
    /// The ChatGPT backend on its largest plan, and what a host that speaks like it gets.
    #[serde(rename = "codex-pro")]
    Codex,
    /// The ChatGPT backend on the plan "plus".
    CodexPlus,
    /// The ChatGPT backend on the plans "team", "business" and "go".
    CodexTeam,
    /// The ChatGPT backend without a paid plan.
    CodexFree,
    /// Vertex AI.
    Vertex,
    /// Code Assist, the backend of Gemini CLI.
    GeminiCli,
    /// AI Studio.
    #[serde(rename = "aistudio")]
    AiStudio,
    /// Moonshot.
    Kimi,
    /// xAI.
    Xai,
}

impl Group {
    /// Every group, in the order in which a model is looked for beyond its own group: the
    /// vendors' public APIs first, because their figures are the documented ones.
    pub const ALL: [Self; 12] = [
        Self::Claude,
        Self::Gemini,
        Self::OpenAi,
        Self::Codex,
        Self::CodexPlus,
        Self::CodexTeam,
        Self::CodexFree,
        Self::Vertex,
        Self::GeminiCli,
        Self::AiStudio,
        Self::Kimi,
        Self::Xai,
    ];

    /// The list for a ChatGPT plan, as the account's id token spells it.
    ///
    /// An absent or unheard-of plan gets the largest list: the backend refuses what the account
    /// lacks, whereas a model that is not offered could never be tried.
    #[must_use]
    pub fn codex_plan(plan: Option<&str>) -> Self {
        match plan.map(str::to_ascii_lowercase).as_deref() {
            Some("free") => Self::CodexFree,
            Some("business" | "go" | "team") => Self::CodexTeam,
            Some("plus") => Self::CodexPlus,
            _ => Self::Codex,
        }
    }

    /// What the upstream itself calls a model of this list, if not by the name that it is known by.
    ///
    /// Kimi's own program knows `kimi-k2.5` as `k2.5`, and its models for coding by their purpose:
    /// <https://github.com/MoonshotAI/kimi-code>.
    pub(crate) fn sent(self, id: &str) -> Option<ModelId> {
        if self != Self::Kimi {
            return None;
        }
        let id = id.to_ascii_lowercase();
        let short = id.strip_prefix("kimi-").unwrap_or(&id);
        Some(match short {
            "k2.7-code" | "for-coding" => "kimi-for-coding".into(),
            "k2.7-code-highspeed" | "for-coding-highspeed" => "kimi-for-coding-highspeed".into(),
            other => other.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Group;

    #[test]
    fn plan_to_list() {
        let check = |plan, group| assert_eq!(Group::codex_plan(plan), group, "{plan:?}");
        check(Some("pro"), Group::Codex);
        check(Some("plus"), Group::CodexPlus);
        check(Some("team"), Group::CodexTeam);
        check(Some("Business"), Group::CodexTeam);
        check(Some("go"), Group::CodexTeam);
        check(Some("free"), Group::CodexFree);
        check(Some("galactic"), Group::Codex);
        check(None, Group::Codex);
    }
}
