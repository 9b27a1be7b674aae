//! What a requested name resolves to: aliases, suffixes, pools, merged sources.

use super::{check, named, source, vendor, without};
use crate::Group;
use cliproxy_core::Protocol;

#[test]
fn aliases_keep_the_requested_suffix() {
    check(
        &[source(&[
            "gemini-2.5-pro=gemini-2.5-pro-exp-03-25",
            "Fast=m",
            "x(high=y",
        ])],
        false,
        &[
            ("gemini-2.5-pro(8192)", "0:gemini-2.5-pro-exp-03-25(8192)"),
            ("gemini-2.5-pro", "0:gemini-2.5-pro-exp-03-25"),
            ("fast", "0:m"),
            ("FAST(low)", "0:m(low)"),
            ("Fast()", "0:m"),
            (" Fast (low) ", "0:m(low)"),
            ("x(high", "0:y"),
            ("x(high)", "unknown"),
            ("x", "unknown"),
            ("other", "unknown"),
            ("(high)", "unknown"),
            ("", "unknown"),
        ],
    );
}

/// Clients, aliases and exclusions know them by the names of the list.
#[test]
fn kimi_is_sent_the_names_of_its_own_program() {
    let all = vendor(Group::Kimi, Protocol::Chat);
    let aliases = ["mine=kimi-k2.5"];
    let chosen = named(&aliases, without(&["kimi-k2-*"], all));
    check(
        &[chosen],
        false,
        &[
            ("kimi-k2", "0:k2"),
            ("kimi-k2.6(low)", "0:k2.6(low)"),
            ("kimi-k2.7-code", "0:kimi-for-coding"),
            ("kimi-k2.7-code-highspeed", "0:kimi-for-coding-highspeed"),
            ("mine", "0:k2.5"),
            ("kimi-k2.5", "0:k2.5"),
            ("kimi-k2-thinking", "unknown"),
            ("k2.6", "unknown"),
        ],
    );
    // Of an entry, whatever it calls them.
    let entry = source(&["kimi-k2.5"]);
    let group = Some(Group::Kimi);
    let entry = crate::Source {
        catalogue: group,
        ..entry
    };
    check(&[entry], false, &[("kimi-k2.5", "0:kimi-k2.5")]);
}

#[test]
fn a_configured_suffix_beats_the_requested_one() {
    check(
        &[source(&[
            "cheap=gpt-5.4(low)",
            "o3(high)",
            "(high)",
            "plain=p()",
        ])],
        false,
        &[
            ("cheap", "0:gpt-5.4(low)"),
            ("cheap(high)", "0:gpt-5.4(high)"),
            ("gpt-5.4(high)", "0:gpt-5.4(high)"),
            ("gpt-5.4", "0:gpt-5.4(low)"),
            ("o3(high)", "0:o3(high)"),
            ("o3(low)", "0:o3(low)"),
            ("o3", "0:o3(high)"),
            ("(high)", "0:(high)"),
            ("plain(max)", "0:p(max)"),
        ],
    );
}

#[test]
fn an_alias_may_carry_a_suffix() {
    check(
        &[source(&[
            "deep(high)=a",
            "deep(low)=b",
            "thin(low)=c",
            "thin=d",
        ])],
        false,
        &[
            ("deep(high)", "0:a(high)"),
            ("deep(low)", "0:b(low)"),
            ("deep", "0:a"),
            ("deep(max)", "0:a(max)"),
            ("thin(low)", "0:c(low)"),
            ("thin", "0:d"),
        ],
    );
}

#[test]
fn an_upstream_name_means_itself_unless_somebody_lists_it() {
    check(
        &[source(&["fast=m", "quick=M"]), source(&["slow=m"])],
        false,
        &[("m", "0:m 1:m"), ("M(low)", "0:m(low) 1:m(low)")],
    );
    check(
        &[source(&["fast=m"]), source(&["m"]), source(&["m=n"])],
        false,
        &[("fast", "0:m"), ("m", "1:m 2:n"), ("n", "2:n")],
    );
}

#[test]
fn equal_names_of_several_sources_are_one_route() {
    check(
        &[source(&["m", "n"]), source(&["M"]), source(&["m=up", "n"])],
        false,
        &[
            ("m", "0:m 1:M 2:up"),
            ("M", "0:m 1:M 2:up"),
            ("n", "0:n 2:n"),
        ],
    );
}

#[test]
fn a_repeated_alias_is_a_pool() {
    check(
        &[
            source(&["chat=x", "chat=y", "Chat=z", "chat=x", "solo=w", "solo=w"]),
            source(&["chat=x"]),
        ],
        false,
        &[
            ("chat", "0:x|y|z 1:x"),
            ("chat(low)", "0:x(low)|y(low)|z(low) 1:x(low)"),
            ("y", "0:y"),
            ("solo", "0:w"),
        ],
    );
    check(
        &[source(&["chat=x(low)", "chat=x(high)"])],
        false,
        &[("chat(max)", "0:x(max)"), ("x", "0:x(low)")],
    );
}
