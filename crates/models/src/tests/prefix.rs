//! What a requested name resolves to: prefixes, exclusions, `models/`, empty sources.

use super::{behind, check, source, vendor, without};
use crate::{Group, Source};
use cliproxy_core::Protocol;

#[test]
fn a_prefix_selects_its_source() {
    let sources = [behind("team", source(&["m", "fast=Up-1"])), source(&["m"])];
    check(
        &sources,
        false,
        &[
            ("team/m", "0:m"),
            ("team/M(low)", "0:m(low)"),
            ("team/fast", "0:Up-1"),
            ("team/up-1", "0:Up-1"),
            ("m", "0:m 1:m"),
            ("fast", "0:Up-1"),
            ("Team/m", "unknown"),
            ("TEAM/M", "unknown"),
            ("team/team/m", "unknown"),
            ("team/", "unknown"),
            ("other/m", "unknown"),
        ],
    );
    check(
        &sources,
        true,
        &[
            ("team/m", "0:m"),
            ("m", "1:m"),
            ("fast", "unknown"),
            ("up-1", "unknown"),
        ],
    );
}

#[test]
fn prefixes_that_look_like_names() {
    check(
        &[behind("m", source(&["m", "n"]))],
        true,
        &[("m", "0:m"), ("m/m", "0:m"), ("n", "unknown")],
    );
    // A vendor's path is not a prefix: it has no case, and `Team/n` is spelled like a prefix.
    check(
        &[
            source(&["anthropic/Claude-X", "Team/n"]),
            behind("Team", source(&["N", "n2"])),
            behind("team", source(&["n"])),
        ],
        false,
        &[
            ("Anthropic/claude-x", "0:anthropic/Claude-X"),
            ("Team/n", "0:Team/n"),
            ("Team/N", "1:N"),
            ("Team/N2", "1:n2"),
            ("team/n", "2:n"),
            ("TEAM/n", "0:Team/n"),
        ],
    );
    // Behind its prefix a source is asked for the rest of the name, whatever else it offers.
    check(
        &[behind("openai", source(&["openai/gpt", "gpt"]))],
        false,
        &[
            ("openai/gpt", "0:gpt"),
            ("openai/openai/gpt", "0:openai/gpt"),
        ],
    );
}

#[test]
fn exclusions_speak_of_upstream_names() {
    let sources = [
        behind(
            "p",
            without(
                &["GPT-*", "*-preview"],
                source(&["fast=gpt-5.4(low)", "o3", "a=x-preview"]),
            ),
        ),
        source(&["gpt-5.4"]),
        without(&["slow"], source(&["slow=m"])),
    ];
    check(
        &sources,
        false,
        &[
            ("fast", "unknown"),
            ("p/fast", "unknown"),
            ("gpt-5.4", "1:gpt-5.4"),
            ("p/gpt-5.4", "unknown"),
            ("p/o3", "0:o3"),
            ("a", "unknown"),
            ("slow", "2:m"),
        ],
    );
    let claude = vendor(Group::Claude, Protocol::Claude);
    check(
        &[without(&["*"], claude)],
        false,
        &[("claude-opus-5", "unknown")],
    );
}

#[test]
fn leading_models_is_ignored() {
    check(
        &[
            source(&["m", "models/own"]),
            behind("models", source(&["p"])),
        ],
        false,
        &[
            ("models/m", "0:m"),
            ("models/M(low)", "0:m(low)"),
            ("models/own", "0:models/own"),
            ("models/p", "1:p"),
            ("models/models/m", "unknown"),
            ("Models/m", "unknown"),
        ],
    );
}

#[test]
fn sources_without_models() {
    let stock = "claude-opus-5";
    let claude = vendor(Group::Claude, Protocol::Claude);
    let compatible = Source {
        models: None,
        ..source(&[])
    };
    let empty = Source {
        models: Some(vec![]),
        ..claude.clone()
    };
    check(&[claude], false, &[(stock, "0:claude-opus-5")]);
    check(&[compatible], false, &[(stock, "unknown")]);
    check(&[empty], false, &[(stock, "unknown")]);
}

#[test]
fn blank_names_are_no_models() {
    check(
        &[
            behind(" ", source(&["a=", " =m", " "])),
            behind(" t ", source(&[" n "])),
        ],
        false,
        &[
            ("a", "unknown"),
            ("m", "0:m"),
            ("/m", "unknown"),
            ("t/n", "1:n"),
        ],
    );
}
