//! What the `type` of a credential file can be.

use cliproxy_config::nearest;

/// The types that requests are made with.
pub(in crate::commands) const SERVED: [&str; 4] = ["codex", "gemini", "kimi", "vertex"];

/// The tokens of these are kept fresh, and no request is made with them.
const KEPT: [&str; 1] = ["xai"];

/// Files of these are listed, and say themselves why they are not used.
const LISTED: [&str; 4] = ["antigravity", "claude", "iflow", "qwen"];

/// The types there are, where the configuration has OAuth clients of these names.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands) struct Types<'a>(pub(in crate::commands) &'a [String]);

impl<'a> Types<'a> {
    /// Those that a file can have to any purpose.
    fn used(self) -> impl Iterator<Item = &'a str> {
        let own = self.0.iter().map(String::as_str);
        let own = own.filter(|own| !SERVED.contains(own) && !is_other_name(own));
        let built_in = SERVED.into_iter().chain(KEPT);
        built_in.chain(own.filter(|own| !KEPT.contains(own)))
    }

    /// Whether anybody knows what to do with files of a type, or why not.
    pub(in crate::commands) fn know(self, kind: &str) -> bool {
        LISTED.contains(&kind) || self.used().any(|known| known == kind)
    }

    /// Whether a type is the gateway's own, and not that of a client of the configuration.
    pub(in crate::commands) fn has_built_in(kind: &str) -> bool {
        let mut all = SERVED.iter().chain(&KEPT).chain(&LISTED);
        all.any(|known| *known == kind)
    }

    /// What somebody probably meant, or may have meant.
    pub(in crate::commands) fn hint(self, kind: &str) -> String {
        let given = kind;
        let kind = match given {
            "chatgpt" | "openai" => "codex",
            "google" => "gemini",
            "anthropic" => "claude",
            "moonshot" => "kimi",
            given => given,
        };
        let all = || self.used().chain(["claude"]);
        match nearest(kind, all()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("there are {}", self.used().collect::<Vec<_>>().join(", ")),
        }
    }
}

/// The name that the configuration and requests have for a type.
fn is_other_name(name: &str) -> bool {
    name == "gemini-cli"
}

#[cfg(test)]
mod tests {
    use super::Types;

    #[test]
    fn types_are_known_or_guessed() {
        let own = ["mine", "codex", "gemini-cli"].map(str::to_owned);
        let check = |kind: &str, is_known: bool, hint: &str| {
            let types = Types(&own);
            assert_eq!(types.know(kind), is_known, "{kind}");
            assert_eq!(types.hint(kind), hint, "{kind}");
        };
        check("codxe", false, "did you mean codex?");
        check("gemni", false, "did you mean gemini?");
        check("chatgpt", false, "did you mean codex?");
        check("claud", false, "did you mean claude?");
        check("mien", false, "did you mean mine?");
        let all = "there are codex, gemini, kimi, vertex, xai, mine";
        check("somebody", false, all);
        check("mine", true, "did you mean mine?");
        assert!(!Types(&[]).know("mine"));
        assert!(!Types::has_built_in("mine"));
        for kind in ["codex", "gemini", "kimi", "vertex", "xai", "claude", "qwen"] {
            assert!(Types(&[]).know(kind), "{kind}");
            assert!(Types::has_built_in(kind), "{kind}");
        }
    }
}
