//! What an agent is told to do, and what happens to it meanwhile.

use crate::{
    agent::Agent,
    findings::Findings,
    judge::{self, Expected},
    place::{Installation, Place},
};
use cliproxy_core::Protocol;
use cliproxy_e2e::{Entry, Gateway, Launch, config};
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use std::{fs, path::Path, time::Duration};

/// What the file must hold afterwards, and what the command prints.
const CONTENT: &str = "made-by-a-tool";
/// It puts the content together, so that no prompt has it.
const COMMAND: &str = "printf '%s-%s' made by-a-tool > made.txt && cat made.txt";
/// A command that writes nothing.
const PRINT: &str = "printf '%s-%s' made by-a-tool";
/// A hint that outlasts the run.
const LIMIT: Duration = Duration::from_secs(600);

/// One agent in one scenario, in front of an upstream of one protocol.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) name: String,
    agent: Agent,
    scenario: &'static Scenario,
    /// What the upstream speaks: the agent's own protocol, or another one.
    protocol: Protocol,
}

/// Every scenario in the agent's own protocol, and some in all the others.
pub(crate) fn runs() -> impl Iterator<Item = Run> {
    Agent::ALL.into_iter().flat_map(|agent| {
        SCENARIOS.iter().flat_map(move |scenario| {
            let spoken = Protocol::ALL.into_iter().filter(move |protocol| {
                if *protocol == agent.protocol() {
                    // Not tried: Codex 0.169 would go on with reasoning that led to nothing, which
                    // the scripted upstream refuses. What its own provider says is not known.
                    agent != Agent::Codex || scenario.trouble != Some(Trouble::Cut)
                } else {
                    scenario.is_translated
                }
            });
            spoken.map(move |protocol| Run::new(agent, scenario, protocol))
        })
    })
}

/// What happens in a run of an agent.
#[derive(Debug)]
struct Scenario {
    name: &'static str,
    task: Task,
    /// What happens to the account that is tried first.
    trouble: Option<Trouble>,
    /// Whether a second process goes on with the conversation.
    resumed: bool,
    /// Whether it is also run over every other protocol.
    is_translated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    /// Write a file with the tool that the agent has for it.
    File,
    /// Write a file with a command.
    Command,
    /// Both in one answer: print something with a command, and write a file with the tool for it.
    Both,
    /// Use no tool.
    Talk,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// It is at its limit when the conversation begins.
    Limited,
    /// It comes to its limit when the tool's result is sent.
    LimitedLater,
    /// Its first connection breaks.
    Reset,
    /// It ends its first answer in the middle of a call.
    Cut,
    /// Every account refuses what the agent sends.
    Refused,
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        is_translated: true,
        ..scenario("file", Task::File)
    },
    scenario("command", Task::Command),
    Scenario {
        is_translated: true,
        ..scenario("both", Task::Both)
    },
    Scenario {
        resumed: true,
        is_translated: true,
        ..scenario("resumed", Task::Command)
    },
    Scenario {
        trouble: Some(Trouble::Limited),
        ..scenario("limited", Task::Command)
    },
    Scenario {
        trouble: Some(Trouble::LimitedLater),
        is_translated: true,
        ..scenario("moved", Task::Command)
    },
    Scenario {
        trouble: Some(Trouble::Reset),
        ..scenario("reset", Task::File)
    },
    Scenario {
        trouble: Some(Trouble::Cut),
        is_translated: true,
        ..scenario("cut", Task::Command)
    },
    Scenario {
        trouble: Some(Trouble::Refused),
        is_translated: true,
        ..scenario("refused", Task::Talk)
    },
];

const fn scenario(name: &'static str, task: Task) -> Scenario {
    Scenario {
        name,
        task,
        trouble: None,
        resumed: false,
        is_translated: false,
    }
}

impl Run {
    fn new(agent: Agent, scenario: &'static Scenario, protocol: Protocol) -> Self {
        let mut name = format!("{} {}", agent.name(), scenario.name);
        if protocol != agent.protocol() {
            name += &format!(" over {protocol}");
        }
        Self {
            name,
            agent,
            scenario,
            protocol,
        }
    }

    /// Runs the agent and checks what came of it.
    pub(crate) async fn start(&self, installation: &Installation) -> anyhow::Result<Findings> {
        self.scenario.run(self, installation).await
    }

    /// A model of the upstream's vendor, which the agent knows by its own vendor's name.
    const fn model(&self) -> &'static str {
        match self.protocol {
            // OpenAI's own models of this age call no functions over Chat while they reason.
            Protocol::Chat => "gpt-oss-120b",
            Protocol::Responses => Agent::Codex.model(),
            Protocol::Claude => Agent::ClaudeCode.model(),
            Protocol::Gemini => Agent::GeminiCli.model(),
        }
    }

    /// Events of a stream after which a call is not finished, whether the model thought before or
    /// not.
    const fn in_call(&self) -> usize {
        match (self.protocol, self.agent) {
            // It shows its thoughts to its own agent only.
            (Protocol::Gemini, Agent::GeminiCli) => 2,
            (Protocol::Gemini, _) => 1,
            (Protocol::Chat, _) => 4,
            (Protocol::Claude, _) => 6,
            (Protocol::Responses, _) => 7,
        }
    }

    /// What a request to the upstream has that brings a tool's result.
    const fn result_member(&self) -> &'static str {
        match self.protocol {
            Protocol::Chat => "\"tool_call_id\"",
            Protocol::Claude => "\"tool_result\"",
            Protocol::Gemini => "\"functionResponse\"",
            Protocol::Responses => "_call_output\"",
        }
    }
}

impl Scenario {
    async fn run(&self, run: &Run, installation: &Installation) -> anyhow::Result<Findings> {
        let Run { name, agent, .. } = run;
        let agent = *agent;
        let upstream = Upstream::start(self.script(run))?;
        let gateway = self.gateway(run, installation, &upstream).await;
        let base = format!("http://{}", gateway.addr());
        let root = installation.work.join(name.replace(' ', "-"));
        let place = Place::new(root, agent, &base)?;
        let mut findings = Findings::of(name);

        let file = place.work.join("made.txt");
        let task = self.task(agent);
        let arguments = agent.arguments(&prompt(task, agent, &file), false);
        let ended = place.run(installation, agent, &base, &arguments).await?;
        let requests = upstream.requests();
        let tries = match self.trouble {
            Some(Trouble::Limited | Trouble::Reset) => Some(1),
            Some(Trouble::LimitedLater) => Some(2),
            None | Some(Trouble::Cut | Trouble::Refused) => None,
        };
        let expected = Expected {
            result: (task != Task::Talk).then(|| run.result_member()),
            printed: matches!(task, Task::Command | Task::Both).then_some(CONTENT),
            // Reasoning that is sealed for one account stays out of another's requests.
            reasoned: task != Task::Talk && self.trouble != Some(Trouble::LimitedLater),
            tries,
        };
        if self.trouble == Some(Trouble::Refused) {
            judge::refused(&mut findings, &ended, &requests);
        } else {
            judge::process(&mut findings, &ended, &requests, expected);
        }
        if task != Task::Talk {
            let made = fs::read_to_string(&file).unwrap_or_default();
            findings.check("the tool was run", made.trim_end() == CONTENT, || {
                format!("{} holds {made:?}", file.display())
            });
        }
        if self.resumed {
            let arguments = agent.arguments("thank you, that is all", true);
            let ended = place.run(installation, agent, &base, &arguments).await?;
            judge::resumed(&mut findings, &ended, &upstream.requests(), requests.len());
        }

        // It writes about a request when its last byte is out, which the agent may not wait for.
        gateway.signal("TERM");
        let log = gateway.ended().await.stderr;
        fs::write(place.root.join("gateway.log"), format!("{log}\n"))?;
        judge::log(&mut findings, &log, self.fails());
        let received = place.root.join("upstream.txt");
        fs::write(&received, judge::transcript(&upstream.requests()))?;
        judge::violations(&mut findings, &upstream.violations());
        findings.show(
            "what the upstream received",
            &received.display().to_string(),
        );
        Ok(findings)
    }

    /// How the gateway calls the end of what the agent has to be told, if it must be told.
    fn fails(&self) -> Option<&'static str> {
        match self.trouble? {
            Trouble::Cut => Some("interrupted"),
            Trouble::Refused => Some("failed"),
            Trouble::Limited | Trouble::LimitedLater | Trouble::Reset => None,
        }
    }

    fn task(&self, agent: Agent) -> Task {
        // Gemini CLI 0.61 sends each tool result twice when it resumes a conversation, which the
        // provider refuses, and the scripted upstream as well.
        if self.resumed && agent == Agent::GeminiCli {
            return Task::Talk;
        }
        self.task
    }

    fn script(&self, run: &Run) -> Script {
        let limited = Behaviour::from(Failure::RateLimit { retry_after: LIMIT });
        let first = match self.trouble {
            None => vec![Behaviour::Answer],
            Some(Trouble::Limited) => vec![limited],
            Some(Trouble::LimitedLater) => vec![Behaviour::Answer, limited],
            Some(Trouble::Reset) => vec![Behaviour::ResetAfter(0), Behaviour::Answer],
            Some(Trouble::Cut) => vec![Behaviour::TruncateAfter(run.in_call()), Behaviour::Answer],
            Some(Trouble::Refused) => vec![Failure::Refused.into()],
        };
        let second = match self.trouble {
            Some(Trouble::Refused) => Failure::Refused.into(),
            _ => Behaviour::Answer,
        };
        Script::new()
            .queue("sk-a", "a", first)
            .key("sk-b", "b", second)
    }

    async fn gateway(
        &self,
        run: &Run,
        installation: &Installation,
        upstream: &Upstream,
    ) -> Gateway {
        let settings =
            "routing: {strategy: round-robin, session-affinity: true}\nlog: {format: json}";
        let entries = ["a", "b"].map(|name| {
            let models = format!("[{{name: {}, alias: {}}}]", run.model(), run.agent.model());
            let entry = Entry::new(run.protocol, name, &upstream.base_url()).models(&models);
            // With trouble ahead it must be known who is tried first.
            match (self.trouble, name) {
                (Some(_), "a") => entry.with("priority: 1"),
                _ => entry,
            }
        });
        let launch = Launch::of(
            &installation.gateway,
            &["serve", "--config", "config.yaml", "--port", "0"],
        );
        Gateway::launch(launch.file("config.yaml", &config(settings, &entries))).await
    }
}

fn prompt(task: Task, agent: Agent, file: &Path) -> String {
    match task {
        Task::File => agent.write_file(file, CONTENT),
        Task::Command => agent.run_command(COMMAND),
        Task::Both => {
            let write = agent.write_file(file, CONTENT);
            format!("{} and {write}", agent.run_command(PRINT))
        }
        Task::Talk => "hello".to_owned(),
    }
}
