//! The agents: how each is pointed at a gateway, and what it can be told to do.

use cliproxy_core::Protocol;
use cliproxy_e2e::CLIENT_KEY;
use serde_json::json;
use std::path::Path;

/// A coding agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agent {
    ClaudeCode,
    Codex,
    GeminiCli,
}

impl Agent {
    pub(crate) const ALL: [Self; 3] = [Self::ClaudeCode, Self::Codex, Self::GeminiCli];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::GeminiCli => "gemini-cli",
        }
    }

    pub(crate) const fn protocol(self) -> Protocol {
        match self {
            Self::ClaudeCode => Protocol::Claude,
            Self::Codex => Protocol::Responses,
            Self::GeminiCli => Protocol::Gemini,
        }
    }

    /// A model that the agent knows: what it sends depends on what it knows of the model.
    pub(crate) const fn model(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-sonnet-5",
            Self::Codex => "gpt-5.5",
            Self::GeminiCli => "gemini-3.1-pro-preview",
        }
    }

    /// Its program in `node_modules/.bin`.
    pub(crate) const fn program(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude",
            Self::Codex => "codex",
            Self::GeminiCli => "gemini",
        }
    }

    /// The files of its configuration, with their paths under the home directory.
    pub(crate) fn files(self, gateway: &str) -> Vec<(&'static str, String)> {
        let model = self.model();
        match self {
            Self::ClaudeCode => Vec::new(),
            Self::Codex => {
                let toml = format!(
                    r#"model = "{model}"
model_provider = "cliproxy"
check_for_update_on_startup = false

[analytics]
enabled = false

[features]
plugins = false

[model_providers.cliproxy]
name = "cliproxy"
base_url = "{gateway}/v1"
env_key = "GATEWAY_KEY"
wire_api = "responses"
"#
                );
                vec![(".codex/config.toml", toml)]
            }
            Self::GeminiCli => {
                let settings = json!({
                    "general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false},
                    "model": {"name": model},
                    "privacy": {"usageStatisticsEnabled": false},
                    "security": {"auth": {"selectedType": "gemini-api-key"}},
                });
                vec![(".gemini/settings.json", settings.to_string())]
            }
        }
    }

    /// The variables it is configured by.
    pub(crate) fn environment(self, gateway: &str, home: &Path) -> Vec<(&'static str, String)> {
        let text = str::to_owned;
        match self {
            Self::ClaudeCode => vec![
                ("ANTHROPIC_AUTH_TOKEN", text(CLIENT_KEY)),
                ("ANTHROPIC_BASE_URL", text(gateway)),
                ("ANTHROPIC_MODEL", text(self.model())),
                ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", text("1")),
                // It refuses to run without asking as root, which a container's user often is.
                ("IS_SANDBOX", text("1")),
            ],
            Self::Codex => vec![
                ("CODEX_HOME", home.join(".codex").display().to_string()),
                ("GATEWAY_KEY", text(CLIENT_KEY)),
            ],
            Self::GeminiCli => vec![
                ("GEMINI_API_KEY", text(CLIENT_KEY)),
                ("GEMINI_CLI_HOME", home.display().to_string()),
                ("GOOGLE_GEMINI_BASE_URL", text(gateway)),
            ],
        }
    }

    /// Runs a prompt without asking anything, in a new conversation or in the last one.
    pub(crate) fn arguments(self, prompt: &str, resume: bool) -> Vec<String> {
        let mut arguments = match (self, resume) {
            (Self::ClaudeCode, false) => vec!["--dangerously-skip-permissions", "--print"],
            (Self::ClaudeCode, true) => {
                vec!["--dangerously-skip-permissions", "--continue", "--print"]
            }
            (Self::Codex, false) => vec!["exec"],
            (Self::Codex, true) => vec!["exec", "resume", "--last"],
            (Self::GeminiCli, false) => vec!["--skip-trust", "--yolo"],
            (Self::GeminiCli, true) => vec!["--skip-trust", "--yolo", "--resume", "latest"],
        };
        arguments.extend(match self {
            Self::ClaudeCode => &[][..],
            Self::Codex => &[
                "--skip-git-repo-check",
                "--dangerously-bypass-approvals-and-sandbox",
            ],
            Self::GeminiCli => &["--prompt"],
        });
        arguments.push(prompt);
        arguments.into_iter().map(str::to_owned).collect()
    }

    /// The call by which it writes a file, in the words of the scripted upstream.
    pub(crate) fn write_file(self, path: &Path, content: &str) -> String {
        match self {
            Self::ClaudeCode => call("Write", &json!({"file_path": path, "content": content})),
            Self::Codex => {
                let name = path.display();
                let patch =
                    format!("*** Begin Patch\n*** Add File: {name}\n+{content}\n*** End Patch\n");
                call("apply_patch", &json!(patch))
            }
            Self::GeminiCli => call(
                "write_file",
                &json!({"file_path": path, "content": content}),
            ),
        }
    }

    /// The call by which it runs a command.
    pub(crate) fn run_command(self, command: &str) -> String {
        match self {
            Self::ClaudeCode => call(
                "Bash",
                &json!({"command": command, "description": "A scripted command"}),
            ),
            Self::Codex => call("exec_command", &json!({"cmd": command})),
            Self::GeminiCli => call("run_shell_command", &json!({"command": command})),
        }
    }
}

fn call(tool: &str, arguments: &serde_json::Value) -> String {
    format!("call {tool} with {arguments}")
}
