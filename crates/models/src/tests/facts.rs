//! What an operator says of a model, over what the catalogue knows.

use super::{alias, source};
use crate::{Aliases, Catalogue, ModelInfo, Offer, Resolver, Source};
use cliproxy_core::{Capabilities, Effort, Modality, ModelFacts, Thinking, ThinkingDisplay};

/// What is known of the target of `asked`, where an entry says `facts` of the model `name`.
fn known(name: &str, facts: ModelFacts, asked: &str) -> Option<ModelInfo> {
    let offer = Offer {
        name: name.to_owned(),
        facts,
        ..Offer::default()
    };
    let source = Source {
        models: Some(vec![offer]),
        aliases: Aliases::new([alias(&format!("other={name}"))]),
        ..source(&[])
    };
    let resolver = Resolver::derive(&[source], false);
    let route = resolver.resolve(asked).expect(asked).route;
    assert_eq!(
        route.serving[0]
            .record(0)
            .map(|info| (info.context, info.max_output)),
        route.serving[0]
            .record(0)
            .map(|_| (route.info.context, route.info.max_output)),
        "listings show what counts"
    );
    route.serving[0].record(0).cloned()
}

fn catalogue(name: &str) -> ModelInfo {
    let info = Catalogue::embedded().lookup(None, name);
    info.expect(name).clone()
}

fn capabilities(name: &str) -> Capabilities {
    catalogue(name).capabilities.expect(name)
}

#[test]
fn limits_count_over_the_catalogues() {
    let facts = ModelFacts {
        max_output: Some(5),
        ..ModelFacts::default()
    };
    for asked in ["claude-opus-5", "other"] {
        let info = known("claude-opus-5", facts.clone(), asked);
        let expected = ModelInfo {
            max_output: Some(5),
            ..catalogue("claude-opus-5")
        };
        assert_eq!(info, Some(expected), "{asked}");
    }
    let info = known("home-made", facts, "home-made").expect("described");
    assert_eq!((info.max_output, info.context), (Some(5), None));
    assert_eq!(info.capabilities, None, "nothing is said of what it takes");
    let nothing = known("home-made", ModelFacts::default(), "home-made");
    assert_eq!(nothing, None);
}

#[test]
fn what_is_not_said_is_as_the_catalogue_has_it() {
    let low = Thinking {
        levels: vec![Effort::Low],
        ..Thinking::default()
    };
    let opus = capabilities("claude-opus-5");
    let shown = opus.thinking.as_ref().map(|it| it.display_default);
    assert_eq!(shown, Some(ThinkingDisplay::Omitted));
    let unknown = Capabilities {
        unknown_thinking: true,
        ..Capabilities::default()
    };
    let check = |name: &str, facts: ModelFacts, expected: Capabilities| {
        let found = known(name, facts.clone(), name).and_then(|info| info.capabilities);
        assert_eq!(found, Some(expected), "{name} {facts:?}");
    };
    let input = |input: &[Modality]| ModelFacts {
        input: input.to_vec(),
        ..ModelFacts::default()
    };
    let thinking = |thinking: &Thinking| ModelFacts {
        thinking: Some(thinking.clone()),
        ..ModelFacts::default()
    };
    check(
        "claude-opus-5",
        input(&[Modality::Text]),
        Capabilities {
            input: vec![Modality::Text],
            ..opus.clone()
        },
    );
    check(
        "claude-opus-5",
        thinking(&low),
        Capabilities {
            thinking: Some(Thinking {
                display_default: ThinkingDisplay::Omitted,
                ..low.clone()
            }),
            ..opus.clone()
        },
    );
    check(
        "claude-opus-5",
        thinking(&Thinking::default()),
        Capabilities {
            thinking: None,
            ..opus
        },
    );
    check(
        "home-made",
        input(&[Modality::Text]),
        Capabilities {
            input: vec![Modality::Text],
            ..unknown.clone()
        },
    );
    check(
        "home-made",
        thinking(&low),
        Capabilities {
            thinking: Some(low.clone()),
            ..Capabilities::default()
        },
    );
    check(
        "home-made",
        ModelFacts {
            output: vec![Modality::Image],
            ..ModelFacts::default()
        },
        Capabilities {
            output: vec![Modality::Image],
            ..unknown
        },
    );
}
