//! Events as data.

use crate::{
    json_str::JsonStr,
    reply::{
        Event, Fault, Finish, Opening, ReplyCitation, ReplyContext, ServerRun, ServerSource,
        ShowThinking, Sink, UsagePatch,
    },
    request_ir::{Family, HostedKind, Opaque, OpaqueKind, ServerKind, ToolName},
};
use cliproxy_core::Protocol;
use proptest::{collection::vec, option, prelude::*, sample::select};

#[derive(Clone, Debug)]
pub(super) enum Step {
    Start,
    Open(u32, u16, Part),
    Delta(u32, &'static str),
    NextSummary(u32),
    Citation(u32, Option<(u64, u64)>),
    Opaque(u32, Family, OpaqueKind),
    Close(u32),
    Usage,
    Finish(u16, Finish<'static>),
    End,
    Fail,
    Alive,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Text {
        begins_paragraph: bool,
    },
    Refusal,
    Thinking {
        is_raw: bool,
    },
    Redacted,
    Tool {
        name: &'static str,
        is_freeform: bool,
        is_signed: bool,
    },
    Search,
    Image,
}

const TEXTS: [&str; 6] = ["a", "é ", r"\n", r#"say \"hi\""#, r"\ud83d\ude00", "文"];
const ARGUMENTS: [&str; 4] = [r#"{\"a\":"#, "1}", r#"{\"input\":\"x\"}"#, "bare"];

impl Step {
    pub(super) const fn is_citation(&self) -> bool {
        matches!(self, Self::Citation(..))
    }

    pub(super) fn tell(&self, sink: &mut impl Sink) {
        sink.event(match *self {
            Self::Start => Event::Start {
                id: JsonStr::escaped("chatcmpl-1"),
                created: Some(5),
            },
            Self::Open(part, choice, opening) => Event::Open {
                part,
                choice,
                opening: opening.opening(),
            },
            Self::Delta(part, text) => Event::Delta {
                part,
                text: JsonStr::escaped(text),
            },
            Self::NextSummary(part) => Event::NextSummary { part },
            Self::Citation(part, range) => Event::Citation {
                part,
                citation: ReplyCitation {
                    range,
                    url: Some(JsonStr::escaped("https://e.com")),
                    title: None,
                    cited: None,
                },
            },
            Self::Opaque(part, family, kind) => Event::Opaque {
                part,
                opaque: opaque(family, kind),
            },
            Self::Close(part) => Event::Close { part },
            Self::Usage => Event::Usage(UsagePatch {
                plain: Some(3),
                output: Some(2),
                ..UsagePatch::default()
            }),
            Self::Finish(choice, ref reason) => Event::Finish {
                choice,
                reason: reason.clone(),
            },
            Self::End => Event::End,
            Self::Fail => Event::Fail(Fault {
                status: 529,
                code: None,
                message: "busy".into(),
                is_quoted: true,
            }),
            Self::Alive => Event::Alive,
        });
    }
}

fn opaque(family: Family, kind: OpaqueKind) -> Opaque<'static> {
    Opaque {
        family,
        kind,
        item: None,
        data: JsonStr::escaped("EqQB"),
        realm: None,
    }
}

impl Part {
    fn opening(self) -> Opening<'static> {
        match self {
            Self::Text { begins_paragraph } => Opening::Text { begins_paragraph },
            Self::Refusal => Opening::Refusal,
            Self::Thinking { is_raw } => Opening::Thinking { is_raw },
            Self::Redacted => Opening::Redacted,
            Self::Tool {
                name,
                is_freeform,
                is_signed,
            } => Opening::Tool {
                id: "functions.f:0".into(),
                name: name.into(),
                namespace: None,
                is_freeform,
                signature: is_signed.then(|| opaque(Family::Gemini, OpaqueKind::Call)),
            },
            Self::Search => Opening::Server(ServerRun {
                kind: ServerKind::WebSearch,
                id: None,
                queries: vec![JsonStr::escaped("q"), JsonStr::escaped("r")],
                sources: vec![ServerSource {
                    url: JsonStr::escaped("https://e.com"),
                    title: JsonStr::escaped("E"),
                }],
            }),
            Self::Image => Opening::Media {
                mime: "image/png".into(),
                base64: "AAAA".into(),
            },
        }
    }
}

/// A client of any protocol, which has asked for anything.
pub(in crate::reply) fn client() -> impl Strategy<Value = ReplyContext> {
    let protocols = [
        Protocol::Chat,
        Protocol::Claude,
        Protocol::Gemini,
        Protocol::Responses,
    ];
    let shows = [ShowThinking::Yes, ShowThinking::No, ShowThinking::Omitted];
    let flags = any::<(bool, bool, bool, bool)>();
    (select(protocols.to_vec()), select(shows.to_vec()), flags).prop_map(|(client, show, flags)| {
        let mut cx = ReplyContext::new(client, "m", 1);
        cx.show_thinking = show;
        let shell = ("local_shell".to_owned(), HostedKind::LocalShell);
        cx.native_tools.extend([shell]);
        (cx.include_usage, cx.include_encrypted, cx.is_enveloped, _) = flags;
        cx.uses_legacy_functions = flags.3 && flags.0;
        cx.freeform.insert("free".to_owned());
        let name = ToolName {
            namespace: Some("ns".into()),
            name: "own".into(),
        };
        cx.names.insert("ns__own", name);
        cx
    })
}

fn part() -> impl Strategy<Value = Part> {
    let names = select(&["f", "free", "ns__own", "local_shell"][..]);
    prop_oneof![
        3 => any::<bool>().prop_map(|begins_paragraph| Part::Text { begins_paragraph }),
        1 => Just(Part::Refusal),
        3 => any::<bool>().prop_map(|is_raw| Part::Thinking { is_raw }),
        1 => Just(Part::Redacted),
        3 => (names, any::<bool>(), any::<bool>()).prop_map(|(name, is_freeform, is_signed)| {
            Part::Tool { name, is_freeform, is_signed }
        }),
        1 => Just(Part::Search),
        1 => Just(Part::Image),
    ]
}

fn finish() -> impl Strategy<Value = Finish<'static>> {
    select(vec![
        Finish::Stop,
        Finish::StopSequence(Some(JsonStr::escaped("END"))),
        Finish::Length,
        Finish::ContextFull,
        Finish::ToolUse,
        Finish::Filter { is_prompt: true },
        Finish::Filter { is_prompt: false },
        Finish::Refusal,
        Finish::Pause,
        Finish::Malformed,
        Finish::Other,
    ])
}

fn sealed() -> impl Strategy<Value = (Family, OpaqueKind)> {
    select(vec![
        (Family::Anthropic, OpaqueKind::Signature),
        (Family::Anthropic, OpaqueKind::Redacted),
        (Family::OpenAi, OpaqueKind::Encrypted),
        (Family::Gemini, OpaqueKind::Call),
        (Family::Gemini, OpaqueKind::Thought),
        (Family::Unknown, OpaqueKind::Encrypted),
    ])
}

/// Any step, in no order: parts that were never opened, parts that are opened twice.
pub(super) fn step() -> impl Strategy<Value = Step> {
    let id = || 0..4_u32;
    let texts: Vec<_> = TEXTS.into_iter().chain(ARGUMENTS).chain([""]).collect();
    prop_oneof![
        1 => Just(Step::Start),
        8 => (id(), 0..2_u16, part()).prop_map(|(id, choice, part)| Step::Open(id, choice, part)),
        12 => (id(), select(texts)).prop_map(|(id, text)| Step::Delta(id, text)),
        1 => id().prop_map(Step::NextSummary),
        2 => (id(), option::of((0..5_u64, 0..5_u64))).prop_map(|(id, range)| Step::Citation(id, range)),
        2 => (id(), sealed()).prop_map(|(id, (family, kind))| Step::Opaque(id, family, kind)),
        6 => id().prop_map(Step::Close),
        1 => Just(Step::Usage),
        1 => (0..2_u16, finish()).prop_map(|(choice, reason)| Step::Finish(choice, reason)),
        1 => Just(Step::Alive),
        1 => prop_oneof![3 => Just(Step::End), 1 => Just(Step::Fail)],
    ]
}

/// A reply as a well-behaved decoder tells it: one part after the other, all calls complete.
pub(super) fn orderly() -> impl Strategy<Value = Vec<Step>> {
    let texts = vec(select(&TEXTS[..]), 1..4);
    let one = (part(), texts, option::of(sealed()), any::<bool>());
    (vec(one, 0..6), finish()).prop_map(|(parts, reason)| {
        let mut steps = vec![Step::Start];
        for (id, (part, texts, sealed, is_split)) in (0..).zip(parts) {
            steps.push(Step::Open(id, 0, part));
            match part {
                Part::Text { .. } | Part::Refusal | Part::Thinking { .. } => {
                    for text in texts {
                        steps.push(Step::Delta(id, text));
                        if is_split {
                            steps.push(Step::NextSummary(id));
                        }
                    }
                }
                Part::Tool { .. } if is_split => {
                    steps.extend([Step::Delta(id, ARGUMENTS[0]), Step::Delta(id, ARGUMENTS[1])]);
                }
                Part::Tool { .. } | Part::Redacted | Part::Search | Part::Image => {}
            }
            if matches!(part, Part::Text { .. }) && is_split {
                steps.push(Step::Citation(id, Some((0, 1))));
                steps.push(Step::Citation(id, None));
            }
            if let (Part::Thinking { .. } | Part::Redacted, Some((family, kind))) = (part, sealed) {
                steps.push(Step::Opaque(id, family, kind));
            }
            steps.push(Step::Close(id));
        }
        steps.extend([Step::Usage, Step::Finish(0, reason), Step::End]);
        steps
    })
}
